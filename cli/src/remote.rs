//! What stands behind URLs: of the lock and the cache where these have it, else from the hosts that were allowed.
mod cache;
mod http;
mod lock;

use cache::Cache;
use http::Client;
use lock::Lock;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::Write,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tidings_document::{FetchError, Host, Limits, Mapping, OpenError, Remote, Url};

/// Heading of the options in the help.
const HEADING: &str = "Remote references";

/// Options about references to other machines.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Host that references may be fetched from; may be repeated
    ///
    /// `host` stands for the usual ports, `host:port` for another. Where no host is named, nothing is fetched.
    #[arg(help_heading = HEADING, long = "allow-remote", value_name = "HOST")]
    pub(crate) hosts: Vec<Host>,
    /// File or folder to read instead of a URL; may be repeated
    ///
    /// A folder stands for everything below a URL that ends in `/`.
    #[arg(help_heading = HEADING, long, value_name = "URL=PATH", value_parser = mapping)]
    pub(crate) map: Vec<Mapping>,
    /// Hashes of what may be fetched [default: tidings.lock, where it is]
    #[arg(help_heading = HEADING, long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
    /// Fetch everything anew and write its hashes to the lock
    #[arg(help_heading = HEADING, long)]
    pub(crate) update_lock: bool,
    /// Ask no host: what the lock names is read from the cache
    #[arg(help_heading = HEADING, long, conflicts_with = "update_lock")]
    pub(crate) offline: bool,
    /// Most seconds to wait for one URL
    #[arg(help_heading = HEADING, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) remote_timeout: u64,
}

fn mapping(text: &str) -> Result<Mapping, String> {
    let (url, path) = text
        .rsplit_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write a URL and a path, as in `https://example.com/schemas/=schemas`")?;
    Mapping::new(url, path).map_err(|error| format!("the URL {error}"))
}

impl Options {
    /// Which references may be followed at all.
    pub(crate) fn policy(&self) -> Remote {
        Remote {
            hosts: self.hosts.clone(),
            map: self.map.clone(),
        }
    }
}

/// The lock in the working folder.
const LOCK: &str = "tidings.lock";

/// Gets every URL once a run, whatever comes of it.
#[derive(Debug)]
pub(crate) struct Fetcher {
    client: Client,
    cache: Option<Cache>,
    lock_path: PathBuf,
    update: bool,
    offline: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lock: Option<Lock>,
    /// What is to be written to the lock.
    new: Lock,
    known: HashMap<Url, Result<Vec<u8>, FetchError>>,
}

impl Fetcher {
    /// Reads the lock, unless no host may be asked anyway.
    ///
    /// # Errors
    /// When the lock that was named is not there, or is no lock.
    pub(crate) fn new(options: &Options) -> Result<Self, OpenError> {
        let lock_path = options.lock.clone().unwrap_or_else(|| LOCK.into());
        let must_exist = options.lock.is_some() && !options.update_lock;
        if must_exist && !options.hosts.is_empty() && !lock_path.exists() {
            let missing = io::ErrorKind::NotFound.into();
            let mut missing = OpenError::new(&lock_path, missing, &Limits::default());
            missing.reason += "; `--update-lock` writes it";
            return Err(missing);
        }
        let lock = if options.hosts.is_empty() || !(must_exist || lock_path.exists()) {
            options.update_lock.then(Lock::default)
        } else {
            Some(Lock::read(&lock_path).map_err(|error| bad_lock(&lock_path, &error))?)
        };
        let state = State {
            lock,
            ..State::default()
        };
        Ok(Self {
            client: Client::new(
                options.policy(),
                Duration::from_secs(options.remote_timeout),
            ),
            cache: Cache::find(),
            lock_path,
            update: options.update_lock,
            offline: options.offline,
            state: Mutex::new(state),
        })
    }

    /// What stands behind a URL, of at most so many bytes.
    pub(crate) fn fetch(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.known.get(url) {
            return known.clone();
        }
        let result = if self.update {
            self.fetch_anew(url, limit, &mut state)
        } else {
            self.fetch_locked(url, limit, state.lock.as_ref())
        };
        state.known.insert(url.clone(), result.clone());
        result
    }

    /// Tries again what failed before.
    pub(crate) fn forget_failures(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.retain(|_, result| result.is_ok());
        self.client.forget_silent();
    }

    /// Writes the lock when it has something new.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn save_lock(&self) -> Result<(), OpenError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.new.is_empty() {
            let written = self.add_to_lock(&state.new);
            written.map_err(|error| bad_lock(&self.lock_path, &error))?;
            state.new = Lock::default();
        }
        Ok(())
    }

    /// The file is read again: documents of another configuration may have written to it.
    fn add_to_lock(&self, new: &Lock) -> anyhow::Result<()> {
        let mut lock = match self.lock_path.exists() {
            true => Lock::read(&self.lock_path)?,
            false => Lock::default(),
        };
        lock.extend(new);
        crate::write::outputs(&[(&self.lock_path, lock.to_text()?)])
    }

    fn fetch_anew(&self, url: &Url, limit: u64, state: &mut State) -> Result<Vec<u8>, FetchError> {
        let bytes = self.client.get(url, limit)?;
        let hash = sha256(&bytes);
        self.keep(&hash, &bytes);
        let lock = state.lock.get_or_insert_default();
        if lock.hash(url) != Some(&hash) {
            state.new.insert(url, hash);
        }
        Ok(bytes)
    }

    fn fetch_locked(
        &self,
        url: &Url,
        limit: u64,
        lock: Option<&Lock>,
    ) -> Result<Vec<u8>, FetchError> {
        let path = plain_path(&self.lock_path);
        let Some(lock) = lock else {
            if self.offline {
                let error = FetchError::new("is not fetched: there is no lock to find it by");
                return Err(error.help(format!(
                    "write `{path}` with `--update-lock` while there is a network"
                )));
            }
            return self.client.get(url, limit);
        };
        let Some(hash) = lock.hash(url) else {
            let error = FetchError::new(format!("is not read: `{path}` does not name it"));
            return Err(error.help("look at what it holds, then add it with `--update-lock`"));
        };
        if let Some(bytes) = self.cache.as_ref().and_then(|it| it.read(hash, limit)) {
            return Ok(bytes);
        }
        if self.offline {
            let error = FetchError::new("is not fetched: it is not in the cache");
            return Err(error.help("run once without `--offline`"));
        }
        let bytes = self.client.get(url, limit)?;
        let found = sha256(&bytes);
        if found != hash {
            let reason = format!(
                "has changed: the SHA-256 of its content is `{found}`, but `{path}` says `{hash}`"
            );
            let error = FetchError::new(reason);
            return Err(error.help("look at what changed, then accept it with `--update-lock`"));
        }
        self.keep(hash, &bytes);
        Ok(bytes)
    }

    fn keep(&self, hash: &str, bytes: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.write(hash, bytes);
        }
    }
}

fn bad_lock(path: &Path, error: &anyhow::Error) -> OpenError {
    let reason = format!("is no lock that can be used: {error:#}");
    let mut bad = OpenError::new(path, io::Error::other(reason.clone()), &Limits::default());
    bad.reason = reason;
    bad
}

fn plain_path(path: &Path) -> String {
    path.display().to_string()
}

/// The hash of a content in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
