//! The demo's password and client secret: random for each data directory, and kept beside its data,
//! so that the terminal can show them again at the next start. Nothing else knows them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::domain::client::SECRET_PREFIX;
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

/// The name of the file in the data directory.
const FILE_NAME: &str = "demo-credentials.json";

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The demo's password and client secret.
#[derive(Debug)]
pub struct Credentials {
    /// Of the demo account.
    pub password: Secret<String>,
    /// Of the demo app.
    pub client_secret: Secret<String>,
}

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the demo's credentials {} cannot be {what}: {error}", path.display())]
pub struct CredentialsError {
    path: PathBuf,
    what: &'static str,
    error: io::Error,
}

impl Credentials {
    /// The credentials of a data directory, made at the first call. A file that does not parse is
    /// replaced: what it held was for a demo only.
    pub fn of(directory: &Path, env: &Env) -> Result<Self, CredentialsError> {
        let path = directory.join(FILE_NAME);
        let failed = |what| {
            let path = path.clone();
            move |error| CredentialsError { path, what, error }
        };
        match fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => {
                if let Some(found) = parse(&text) {
                    return Ok(found);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read")(error)),
        }
        let fresh =
            Self { password: password(env), client_secret: env.random_token(SECRET_PREFIX) };
        fresh.write(directory, &path, env).map_err(failed("written"))?;
        Ok(fresh)
    }

    /// The file appears complete, and for its owner only.
    fn write(&self, directory: &Path, path: &Path, env: &Env) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let draft = directory.join(format!(".{FILE_NAME}-{}", env.random_id()));
        let value = json!({
            "password": self.password.expose(),
            "client_secret": self.client_secret.expose(),
        });
        let text = Zeroizing::new(format!("{value:#}\n"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&draft, path)
    }
}

fn parse(text: &str) -> Option<Credentials> {
    let value: Value = serde_json::from_str(text).ok()?;
    let secret =
        |name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(Secret::from);
    Some(Credentials { password: secret("password")?, client_secret: secret("client_secret")? })
}

/// Three groups of four, 60 bits, easy to type.
fn password(env: &Env) -> Secret<String> {
    let letters = env.random_bytes::<12>().map(|byte| ALPHABET[usize::from(byte % 32)]);
    let groups: Vec<String> =
        letters.chunks(4).map(|group| group.iter().copied().map(char::from).collect()).collect();
    Secret::new(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn credentials_are_made_once_and_for_their_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("data");
        let env = Env::system();
        let first = Credentials::of(&directory, &env).unwrap();
        let again = Credentials::of(&directory, &env).unwrap();
        assert_eq!(first.password.expose(), again.password.expose());
        assert_eq!(first.client_secret.expose(), again.client_secret.expose());
        let mode = fs::metadata(directory.join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn every_directory_has_its_own_and_a_damaged_file_is_replaced() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let env = Env::system();
        let first = Credentials::of(a.path(), &env).unwrap();
        let other = Credentials::of(b.path(), &env).unwrap();
        assert_ne!(first.password.expose(), other.password.expose());
        fs::write(a.path().join(FILE_NAME), "{\"password\":\"\"}").unwrap();
        let fresh = Credentials::of(a.path(), &env).unwrap();
        assert_ne!(first.password.expose(), fresh.password.expose());
    }

    #[test]
    fn a_password_can_be_typed() {
        let password = password(&Env::system());
        let groups: Vec<&str> = password.expose().split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4, 4, 4]);
        assert!(groups.concat().bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
