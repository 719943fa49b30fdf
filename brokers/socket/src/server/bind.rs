//! Listening on an address; for Unix sockets, the file with its owner's rights, its stale predecessor and its removal.
use crate::{
    Address, SocketSettings,
    stream::{Input, split_tcp, split_unix},
    tls::Accepting,
    writer::Output,
};
use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::SocketAddr,
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    time::sleep,
};

/// How often, and after what pauses, the folder of a Unix socket is tried to be locked.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
    Tcps(TcpListener, Accepting),
}

/// A connection that stands.
pub(super) enum Accepted {
    Plain(Input, Output),
    /// Its handshake is yet to come.
    Tls(TcpStream, Accepting),
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        let (input, output) = match self {
            Self::Unix(listener) => split_unix(listener.accept().await?.0),
            Self::Tcp(listener) => split_tcp(listener.accept().await?.0)?,
            Self::Tcps(listener, tls) => {
                let stream = listener.accept().await?.0;
                return Ok(Accepted::Tls(stream, tls.clone()));
            }
        };
        Ok(Accepted::Plain(input, output))
    }
}

/// The file of a Unix socket, removed with this, unless somebody else has put another there.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path)
            .is_ok_and(|file| (file.dev(), file.ino()) == self.identity);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "socket file not removed");
        }
    }
}

pub(super) async fn bind(
    address: &Address,
    settings: &SocketSettings,
) -> Result<(Listener, Address, Option<SocketFile>)> {
    let failed = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::AddrInUse => ErrorKind::InUse,
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            io::ErrorKind::InvalidInput => ErrorKind::Invalid,
            _ => ErrorKind::Unexpected,
        };
        Error::new(kind, "listen", error.to_string()).with("address", address)
    };
    match address {
        Address::Unix(path) => {
            let (listener, file) = bind_unix(path).await.map_err(failed)?;
            Ok((Listener::Unix(listener), address.clone(), Some(file)))
        }
        Address::Tcp(host) => {
            let listener = TcpListener::bind(host).await.map_err(failed)?;
            let bound = Address::Tcp(listener.local_addr().map_err(failed)?.to_string());
            Ok((Listener::Tcp(listener), bound, None))
        }
        Address::Tcps(host) => {
            let tls = Accepting::new(settings).map_err(|error| error.with("address", address))?;
            let listener = TcpListener::bind(host).await.map_err(failed)?;
            let bound = Address::Tcps(listener.local_addr().map_err(failed)?.to_string());
            Ok((Listener::Tcps(listener, tls), bound, None))
        }
    }
}

async fn bind_unix(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    // Bound to another path below, so that the system would not say it; nobody could connect to this one.
    SocketAddr::from_pathname(path)?;
    let _folder = lock_folder(path).await;
    refuse_living(path).await?;
    // Made beside the path and then moved there, so that the file never has wider rights than its owner's.
    let new = beside(path);
    let listener = UnixListener::bind(&new)?;
    let moved = fs::set_permissions(&new, fs::Permissions::from_mode(0o600))
        .and_then(|()| fs::rename(&new, path));
    if let Err(error) = moved {
        drop(fs::remove_file(&new));
        return Err(error);
    }
    let file = fs::symlink_metadata(path)?;
    Ok((
        listener,
        SocketFile {
            path: path.to_owned(),
            identity: (file.dev(), file.ino()),
        },
    ))
}

/// Keeps out whoever starts at the same time, or both would find a stale file and the slower take the place of the other.
/// Nothing where the folder cannot be locked: who comes later is still refused then.
async fn lock_folder(path: &Path) -> Option<File> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = File::open(folder.unwrap_or(Path::new("."))).ok()?;
    for _ in 0..TRIES {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(TryLockError::WouldBlock) => sleep(PAUSE).await,
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Goes on where nothing is there, or a socket that nobody listens to any more.
async fn refuse_living(path: &Path) -> io::Result<()> {
    let in_use = |reason| Err(io::Error::new(io::ErrorKind::AddrInUse, reason));
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(file) if !file.file_type().is_socket() => {
            return in_use("a file that is no socket is there; remove it or choose another path");
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Ok(_) => in_use("somebody listens there already"),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// A short name in the same folder that no other has.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Relaxed);
    path.with_file_name(format!(".{:x}-{number:x}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn bind_at(path: &Path) -> Result<(Listener, Option<SocketFile>)> {
        bind(&Address::Unix(path.to_owned()), &SocketSettings::default())
            .await
            .map(|(listener, _, file)| (listener, file))
    }

    #[tokio::test]
    async fn only_the_owner_may_use_the_file_and_it_goes_with_the_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let bound = bind_at(&path).await.unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        drop(bound);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_but_a_living_one_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let living = bind_at(&path).await.unwrap();
        let error = bind_at(&path).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InUse);
        assert!(path.exists());
        drop(living);
    }

    #[tokio::test]
    async fn other_files_and_missing_folders_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "kept").unwrap();
        assert_eq!(
            bind_at(&path).await.map(drop).unwrap_err().kind(),
            ErrorKind::InUse
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        let missing = folder.path().join("missing/a.sock");
        assert_eq!(
            bind_at(&missing).await.map(drop).unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }

    #[tokio::test]
    async fn a_path_that_nobody_could_connect_to_is_invalid() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(200));
        assert_eq!(
            bind_at(&long).await.map(drop).unwrap_err().kind(),
            ErrorKind::Invalid
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn of_two_that_start_at_once_on_a_stale_socket_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        // Whoever holds the folder is between looking and taking.
        let busy = lock_folder(&path).await.unwrap();
        let second = bind_at(&path);
        let (second, first) = tokio::join!(second, async {
            tokio::task::yield_now().await;
            fs::remove_file(&path).unwrap();
            let first = UnixListener::bind(&path).unwrap();
            drop(busy);
            first
        });
        assert_eq!(second.map(drop).unwrap_err().kind(), ErrorKind::InUse);
        drop(first);
    }

    #[tokio::test]
    async fn a_file_that_somebody_else_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let bound = bind_at(&path).await.unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "other").unwrap();
        drop(bound);
        assert!(path.exists());
    }
}
