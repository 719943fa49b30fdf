//! A file that says where the instances are, read again and again.
use super::Discovery;
use crate::Address;
use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

/// How often it is read.
const PAUSE: Duration = Duration::from_millis(200);
/// Largest file.
const LARGEST: u64 = 1 << 20;

/// A file with an address a line; a line that begins with `#`, and what follows one behind a space, is a remark. It is opened by its name each time, so that another may take its place,
/// and a change counts once it was read twice the same, so that no half of a file does. What cannot be read changes nothing.
pub struct InstancesFile {
    known: watch::Sender<BTreeSet<Address>>,
    task: JoinHandle<()>,
}

impl InstancesFile {
    /// Reads it, and then whenever it has changed, within half a second.
    ///
    /// # Errors
    /// When it cannot be read, or has a line that is no address.
    pub async fn watch(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let known = watch::Sender::new(read(&path).await?);
        let task = tokio::spawn(follow(path, known.clone()));
        Ok(Self { known, task })
    }
}

impl Discovery for InstancesFile {
    fn instances(&self) -> watch::Receiver<BTreeSet<Address>> {
        self.known.subscribe()
    }
}

impl Drop for InstancesFile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for InstancesFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesFile").finish_non_exhaustive()
    }
}

async fn follow(path: PathBuf, known: watch::Sender<BTreeSet<Address>>) {
    let (mut before, mut told) = (None, String::new());
    loop {
        sleep(PAUSE).await;
        match read(&path).await {
            Ok(now) => {
                told.clear();
                if before.as_ref() == Some(&now) {
                    known.send_if_modified(|known| {
                        let is_other = *known != now;
                        known.clone_from(&now);
                        is_other
                    });
                }
                before = Some(now);
            }
            Err(error) => {
                let error = error.to_string();
                if error != told {
                    tracing::warn!(%error, "the instances stay as they were");
                }
                (before, told) = (None, error);
            }
        }
    }
}

async fn read(path: &Path) -> Result<BTreeSet<Address>> {
    let told = |error: Error| error.with("file", path.display());
    let failed = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            _ => ErrorKind::Unexpected,
        };
        told(Error::new(kind, "discover", error.to_string()))
    };
    let size = tokio::fs::metadata(path).await.map_err(failed)?.len();
    if size > LARGEST {
        let reason = format!("{size} bytes are more than {LARGEST}");
        return Err(told(Error::new(ErrorKind::TooLarge, "discover", reason)));
    }
    let text = tokio::fs::read_to_string(path).await.map_err(failed)?;
    let lines = text
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.parse().map_err(told)).collect()
}
