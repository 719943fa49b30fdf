//! One writer at a time in a folder.
use anyhow::bail;
use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long another writer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps other runs from writing to a folder until it is dropped. The folder itself is locked, so that nothing is left behind;
/// where the system cannot do that, nobody is kept out.
pub(super) fn lock(folder: &Path) -> anyhow::Result<Option<File>> {
    let Ok(file) = File::open(folder) else {
        return Ok(None);
    };
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if start.elapsed() > PATIENCE => bail!(
                "another run writes to `{}`; try again when it has ended",
                folder.display()
            ),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
        }
    }
}
