//! Locks on files (flock). They end with the last descriptor of the process, however it ends, which
//! is why they, and not process ids, tell who is alive.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::{At, Error};

/// How often a condition in another process is looked at.
pub(super) const POLL: Duration = Duration::from_millis(5);

/// Opens the lock file at `path`, creating it when needed. Nothing is locked yet.
pub(super) fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .at("open", path)
}

/// Waits for a lock that others may share.
pub(super) fn shared(file: &File, path: &Path) -> Result<(), Error> {
    retry(|| file.lock_shared()).at("lock", path)
}

/// Waits for the lock that nobody shares.
pub(super) fn exclusive(file: &File, path: &Path) -> Result<(), Error> {
    retry(|| file.lock()).at("lock", path)
}

/// Takes the exclusive lock if it is free; `false` when it is not.
pub(super) fn try_exclusive(file: &File, path: &Path) -> Result<bool, Error> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(source).at("lock", path),
    }
}

/// Opens the file and waits up to `patience` for its exclusive lock.
pub(super) fn exclusive_within(path: &Path, patience: Duration) -> Result<Option<File>, Error> {
    let file = open(path)?;
    let deadline = Instant::now() + patience;
    loop {
        if try_exclusive(&file, path)? {
            return Ok(Some(file));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

fn retry(mut lock: impl FnMut() -> std::io::Result<()>) -> std::io::Result<()> {
    loop {
        match lock() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
