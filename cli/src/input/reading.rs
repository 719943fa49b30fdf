//! How to read: the options about it, what configurations add to them, and the loader that all documents of one share.
use super::{
    Asked,
    loader::Files,
    overlay::{Overlay, Texts},
    text::{STDIN, standard_input},
};
use crate::{
    config::{Config, ConfigArgs, HEADING},
    progress::Progress,
    remote::{Fetcher, Options},
};
use std::{
    io,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tidings_config::More;
use tidings_document::{Diagnostic, Document, Limits, Loader, OpenError, Settings};

/// Options about reading that several commands share.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// Folder that references may lead into; may be repeated
    ///
    /// They may always lead into the nearest folder above the document that has a `.git`, or else into its own.
    #[arg(help_heading = HEADING, long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
    /// Let references lead to hidden files too, such as `.env` and those in `.git`
    ///
    /// Hidden is what has a name that begins with a dot, and all in a folder of such a name. A document in such a folder may
    /// always refer to other files in it.
    #[arg(help_heading = HEADING, long)]
    allow_hidden: bool,
    /// Folder that imports of Protobuf schemas start from; may be repeated
    ///
    /// They are looked for there first, then beside the file that has them and in the folders above it.
    #[arg(help_heading = HEADING, long = "proto-path", value_name = "DIR")]
    proto_paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    remote: Options,
    #[arg(skip)]
    progress: Progress,
    /// One for each configuration that adds something of its own.
    #[arg(skip)]
    sessions: Mutex<Vec<(More, Arc<Session>)>>,
}

/// How to read one of several documents.
pub(crate) struct Source<'r> {
    pub(crate) reading: &'r Reading,
    pub(crate) config: Rc<Config>,
    /// Files as they would be.
    pub(crate) texts: Option<Texts>,
}

/// What all documents of one configuration share.
#[derive(Debug)]
struct Session {
    settings: Settings,
    files: Arc<Files>,
}

impl Reading {
    /// Where a long run says what it is at.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Makes ready to read everything once more: what was fetched stays, what could not be is tried again.
    ///
    /// # Errors
    /// When the options lead to what is not there, so that nothing can be read at all.
    pub(crate) fn start_again(&self) -> Result<(), OpenError> {
        self.session(&More::default())?;
        for files in self.all_files() {
            files.take_asked();
            files.fetcher.forget_failures();
        }
        Ok(())
    }

    /// The files that were asked for since the last call.
    pub(crate) fn take_asked(&self) -> Asked {
        let asked = |files: Arc<Files>| files.take_asked();
        self.all_files().into_iter().flat_map(asked).collect()
    }

    /// Counts nothing below a folder among the files that were asked for.
    pub(crate) fn forget(&self, folder: &Path) {
        self.all_files()
            .iter()
            .for_each(|files| files.forget(folder));
    }

    /// Counts a file among those that were asked for, whether or not it is there.
    pub(crate) fn ask_for(&self, path: &Path) {
        if let Ok(session) = self.session(&More::default()) {
            // Whoever reads it says what is wrong with it.
            let _ = session.files.canonical(path);
        }
    }

    /// How files besides documents are read.
    ///
    /// # Errors
    /// When the options lead to what is not there, so that nothing can be read at all.
    pub(crate) fn settings(&self, more: &More) -> Result<Settings, OpenError> {
        Ok(self.session(more)?.settings.clone())
    }

    fn all_files(&self) -> Vec<Arc<Files>> {
        let sessions = self.sessions.lock();
        let sessions = sessions.unwrap_or_else(PoisonError::into_inner);
        let files = sessions.iter().map(|(_, session)| session.files.clone());
        files.collect()
    }

    fn session(&self, more: &More) -> Result<Arc<Session>, OpenError> {
        let sessions = self.sessions.lock();
        let mut sessions = sessions.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, session)) = sessions.iter().find(|(known, _)| known == more) {
            return Ok(session.clone());
        }
        let session = Arc::new(self.new_session(more)?);
        sessions.push((more.clone(), session.clone()));
        Ok(session)
    }

    fn new_session(&self, more: &More) -> Result<Session, OpenError> {
        let limits = Limits::default();
        are_folders(&self.roots, "`--root`", &limits)?;
        are_folders(&more.roots, "`roots` of `tidings.toml`", &limits)?;
        are_folders(&self.proto_paths, "`--proto-path`", &limits)?;
        are_folders(&more.proto_paths, "`proto-path` of `tidings.toml`", &limits)?;
        let roots = [self.roots.as_slice(), &more.roots].concat();
        let proto_paths = [self.proto_paths.as_slice(), &more.proto_paths].concat();
        let mut remote = self.remote.clone();
        remote.hosts.extend(more.hosts.iter().cloned());
        remote.map.extend(more.map.iter().cloned());
        remote.lock = remote.lock.or_else(|| more.lock.clone());
        let files = Arc::new(Files::new(Fetcher::new(&remote)?, self.progress.clone()));
        let settings = Settings {
            limits,
            roots,
            hidden: self.allow_hidden || more.hidden,
            proto_paths,
            remote: remote.policy(),
            loader: files.clone(),
        };
        Ok(Session { settings, files })
    }
}

/// Whether all of them are folders; `named` says who asks for them.
fn are_folders(folders: &[PathBuf], named: &str, limits: &Limits) -> Result<(), OpenError> {
    for folder in folders {
        is_folder(folder).map_err(|source| {
            let mut error = OpenError::new(folder, source, limits);
            error.reason += &format!("; {named} names it");
            error
        })?;
    }
    Ok(())
}

fn is_folder(path: &Path) -> io::Result<()> {
    match path.metadata()?.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

impl Source<'_> {
    /// Reads the files of a document; `-` is standard input.
    pub(super) fn open(&self, path: &Path) -> Result<(Document, Vec<Diagnostic>), OpenError> {
        let session = self.reading.session(&self.config.more)?;
        let mut settings = session.settings.clone();
        if let Some(texts) = &self.texts {
            settings.loader = Arc::new(Overlay {
                texts: texts.clone(),
                base: settings.loader,
            });
        }
        let opened = if path == Path::new("-") {
            let name = Path::new(STDIN);
            let text = standard_input(settings.limits.file_bytes)
                .map_err(|source| OpenError::new(name, source, &settings.limits))?;
            tidings_document::open_text(name, text, &settings)?
        } else {
            tidings_document::open(path, &settings)?
        };
        session.files.fetcher.save_lock()?;
        Ok(opened)
    }
}
