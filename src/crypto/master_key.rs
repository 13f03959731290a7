//! Where the master key comes from: a file that only its owner can read, or a text.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::seal::MasterKey;
use crate::config::{InvalidMasterKey, parse_master_key};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// Why there is no master key to read.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file does not exist.
    #[error(
        "the master key {} is missing. If this database is new, make one with `latchkey keys init`; \
         otherwise put the key back that was used before, because nothing else opens what is \
         sealed in the database", .0.display()
    )]
    Missing(PathBuf),
    /// A directory, a device, a pipe or a socket.
    #[error("the master key {} is not a regular file; point the setting at the key file", .0.display())]
    NotAFile(PathBuf),
    /// The group or everybody may touch it.
    #[error(
        "the master key {} can be reached by others (mode {mode:03o}); run `chmod 600 {}`",
        path.display(), path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else.
    #[error(
        "the master key file {} is unusable: {reason}. Put the key back that was used before; it \
         is one line of base64", path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: InvalidMasterKey,
    },
    /// The file is there, and making a key must not destroy one.
    #[error("the master key {} exists already and is never overwritten", .0.display())]
    Exists(PathBuf),
    /// The operating system refused.
    #[error(
        "the master key {} cannot be {what}: {error}; check that its directory exists and that \
         both belong to the user Latchkey runs as", path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system said.
        error: io::Error,
    },
}

/// Longest file that is looked at, in bytes: a key takes 45.
const MAX_FILE: u64 = 1024;

impl MasterKey {
    /// The key that [`parse_master_key`] has read.
    pub fn new(bytes: &Secret<[u8; 32]>) -> Self {
        Self::from_bytes(Zeroizing::new(*bytes.expose()))
    }

    /// Reads the key file at `path`: a regular file (or a link to one) that only its owner can
    /// reach, with one line of base64.
    pub fn read_file(path: &Path) -> Result<Self, MasterKeyError> {
        let io = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => MasterKeyError::Missing(path.to_owned()),
            _ => MasterKeyError::Io { path: path.to_owned(), what: "read", error },
        };
        // Opening a pipe would wait for a writer without NONBLOCK. What is checked is the opened
        // file, so that it cannot be exchanged in between.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file =
            OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(MasterKeyError::NotAFile(path.to_owned()));
        }
        let mode = metadata.permissions().mode() & 0o777;
        if is_exposed(mode, metadata.uid(), metadata.gid()) {
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
        let unusable = |reason| MasterKeyError::Unusable { path: path.to_owned(), reason };
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(io)?;
        let text = str::from_utf8(&bytes).map_err(|_| unusable(InvalidMasterKey::NotBase64))?;
        Ok(Self::new(&parse_master_key(text).map_err(unusable)?))
    }

    /// Writes the key to a new file at `path` that only its owner can read, and makes it durable.
    /// The file appears complete or not at all, and an existing one is never replaced, however
    /// many processes try at once: all but one get [`MasterKeyError::Exists`].
    pub fn create_file(&self, env: &Env, path: &Path) -> Result<(), MasterKeyError> {
        let io = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => MasterKeyError::Exists(path.to_owned()),
            _ => MasterKeyError::Io { path: path.to_owned(), what: "written", error },
        };
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let draft = directory.join(format!(".master-key-{}", env.random_id()));
        let written = self.write_draft(&draft).and_then(|()| fs::hard_link(&draft, path));
        // Without the draft the key stands under one name only; a draft that was never made or
        // cannot be removed changes nothing about the outcome.
        let _ = fs::remove_file(&draft);
        written.map_err(io)?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(io)
    }

    fn write_draft(&self, draft: &Path) -> io::Result<()> {
        let line = Zeroizing::new(STANDARD.encode(*self.bytes) + "\n");
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()
    }
}

/// Whether others than its owner can reach a file.
///
/// A file that is root's, and that nobody can write, may be readable to root's own group: so it looks
/// when a service manager lets the user of a service read a credential by an access list (acl(5)),
/// whose mask stands in the group's place.
fn is_exposed(mode: u32, owner: u32, group: u32) -> bool {
    let is_credential = mode == 0o440 && owner == 0 && group == 0;
    mode & 0o077 != 0 && !is_credential
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(path: &Path, text: &[u8], mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn message(path: &Path) -> String {
        MasterKey::read_file(path).unwrap_err().to_string()
    }

    #[test]
    fn a_written_key_is_read_back() {
        let env = Env::system();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        let key = MasterKey::generate(&env);
        key.create_file(&env, &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::read_file(&path).unwrap().id(), key.id());
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 1, "the draft is left behind");
        // A mounted secret is often a link.
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        assert_eq!(MasterKey::read_file(&link).unwrap().id(), key.id());
    }

    #[test]
    fn an_existing_key_is_never_overwritten() {
        let env = Env::system();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        write(&path, b"", 0o600);
        let error = MasterKey::generate(&env).create_file(&env, &path).unwrap_err();
        assert!(matches!(error, MasterKeyError::Exists(_)), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn of_many_who_create_one_wins_and_all_read_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        let outcomes: Vec<(bool, String)> = std::thread::scope(|scope| {
            let create = || {
                let env = Env::system();
                let won = MasterKey::generate(&env).create_file(&env, &path).is_ok();
                (won, MasterKey::read_file(&path).unwrap().id().to_owned())
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|(won, _)| *won).count(), 1);
        assert!(outcomes.iter().all(|(_, id)| *id == outcomes[0].1));
    }

    #[test]
    fn f23_a_bad_key_file_is_named_with_its_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let good = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

        let path = at("missing");
        assert!(message(&path).contains("is missing") && message(&path).contains("keys init"));
        assert!(!path.exists(), "reading never makes a key");

        assert!(message(directory.path()).contains("not a regular file"));
        let pipe = at("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(status.success());
        assert!(message(&pipe).contains("not a regular file"));

        assert!(!is_exposed(0o440, 0, 0), "systemd's credentials");
        assert!(is_exposed(0o440, 1000, 0) && is_exposed(0o440, 0, 1000));
        for mode in [0o644, 0o640, 0o604, 0o601, 0o620] {
            write(&at("exposed"), good.as_bytes(), mode);
            let text = message(&at("exposed"));
            assert!(text.contains(&format!("mode {mode:03o}")) && text.contains("chmod 600"));
        }
        for (text, expected) in [
            (&b""[..], "is empty"),
            (b" \n", "is empty"),
            (b"AAECAwQFBgcICQoLDA0ODw==", "but is 16 bytes"),
            (&good.as_bytes()[..20], "but is 15 bytes"),
            (format!("{good}{good}").replace('=', "").as_bytes(), "not base64"),
            (b"-----BEGIN PRIVATE KEY-----", "not base64"),
            (b"\xff\xfe", "not base64"),
            (&[b'A'; 43], "not random"),
            (&[b'A'; 4000], "must be 32 bytes"),
            (b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "not random"),
            (b"Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSwgb3I=", "not random"),
        ] {
            write(&at("bad"), text, 0o600);
            let message = message(&at("bad"));
            assert!(message.contains(expected), "{message}");
            assert!(message.contains(at("bad").to_str().unwrap()));
        }
        for mode in [0o600, 0o400] {
            write(&at("good"), good.as_bytes(), mode);
            MasterKey::read_file(&at("good")).unwrap();
            fs::remove_file(at("good")).unwrap();
        }
    }

    #[test]
    fn a_file_and_a_setting_spell_a_key_alike() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        for text in [
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        ] {
            write(&path, text.as_bytes(), 0o600);
            let set = MasterKey::new(&parse_master_key(text).unwrap());
            assert_eq!(MasterKey::read_file(&path).unwrap().id(), set.id());
        }
    }

    #[test]
    fn an_error_shows_nothing_of_the_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        write(&path, b"c2VjcmV0IHNlY3JldA==", 0o600);
        let error = MasterKey::read_file(&path).unwrap_err();
        let MasterKeyError::Unusable { reason, .. } = &error else { panic!("{error}") };
        assert_eq!(*reason, InvalidMasterKey::Length(13));
        assert!(!format!("{error:?} {error}").contains("c2Vj"));
    }
}
