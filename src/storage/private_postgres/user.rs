//! As whom Postgres runs. It refuses to run as root and under a user id without a name.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::Error;

/// The users that a cluster of root runs as, the first that exists.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user a cluster runs as.
#[derive(Debug, Clone)]
pub(super) struct RunAs {
    /// Its user id.
    pub(super) uid: u32,
    /// Its group id when it is not the current user, so that programs are started through it.
    switch_to_group: Option<u32>,
    /// The names that may connect: its own and the current user's.
    pub(super) names: Vec<String>,
}

impl RunAs {
    /// The user for a cluster whose files are, or will be, in `directory`.
    pub(super) fn for_directory(directory: &Path) -> Result<Self, Error> {
        let uid = current_uid();
        let own = id(&["-un"]).ok_or(Error::NamelessUser { uid })?;
        if uid != 0 {
            return Ok(Self { uid, switch_to_group: None, names: vec![own] });
        }
        // A cluster stays with the user that made it, also when `postgres` is added later.
        let made_by = std::fs::symlink_metadata(directory)
            .ok()
            .filter(|found| found.is_dir() && found.uid() != 0)
            .and_then(|found| id(&["-un", &found.uid().to_string()]));
        made_by
            .iter()
            .map(String::as_str)
            .chain(UNPRIVILEGED)
            .find_map(|name| {
                let uid = id(&["-u", name])?.parse().ok().filter(|uid| *uid != 0)?;
                let gid = id(&["-g", name])?.parse().ok()?;
                let names = vec![own.clone(), name.to_owned()];
                Some(Self { uid, switch_to_group: Some(gid), names })
            })
            .ok_or(Error::NoUnprivilegedUser)
    }

    /// A command that runs as this user, with nothing of our environment that could steer Postgres.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(gid) = self.switch_to_group {
            command.gid(gid).uid(self.uid);
        }
        command
    }

    /// Whether this user can enter `directory`, whatever decides that (modes, lists, namespaces).
    pub(super) fn can_enter(&self, directory: &Path) -> bool {
        self.command(Path::new("/bin/sh"))
            .args(["-c", "cd \"$1\"", "sh"])
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Whether it is another user than the current one.
    pub(super) fn group_if_other(&self) -> Option<u32> {
        self.switch_to_group
    }
}

/// The effective user id of this process.
pub(super) fn current_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// What `id` says; it knows every source of users that the system does, and needs no unsafe call.
fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
