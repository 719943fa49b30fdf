//! Opening documents as the commands do: from a file or standard input, within the allowed folders.
mod documents;
mod loader;

use crate::{
    progress::Progress,
    remote::{Fetcher, Options},
};
use anyhow::bail;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tidings_document::{
    Diagnostic, Document, FsLoader, Limits, Loader, OpenError, Settings, Severity,
    api::{Api, Version},
};
use tidings_rules::{Profile, Rule};

pub(crate) use documents::{Known, documents};
use loader::Files;
pub(crate) use loader::{Asked, Stamp};

/// Options about reading that several commands share.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// Folder that references may lead into, besides the nearest folder above the document with a `.git`, or else its own; may be repeated
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
    #[command(flatten)]
    remote: Options,
    #[arg(skip)]
    progress: Progress,
    #[arg(skip)]
    session: OnceLock<Session>,
}

/// What all documents of a run share.
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
        let files = &self.session()?.files;
        files.take_asked();
        files.fetcher.forget_failures();
        Ok(())
    }

    /// The files that were asked for since the last call.
    pub(crate) fn take_asked(&self) -> Asked {
        self.session
            .get()
            .map(|session| session.files.take_asked())
            .unwrap_or_default()
    }

    fn session(&self) -> Result<&Session, OpenError> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let limits = Limits::default();
        for root in &self.roots {
            is_folder(root).map_err(|source| OpenError::new(root, source, &limits))?;
        }
        let files = Arc::new(Files::new(
            Fetcher::new(&self.remote)?,
            self.progress.clone(),
        ));
        let settings = Settings {
            limits,
            roots: self.roots.clone(),
            remote: self.remote.policy(),
            loader: files.clone(),
        };
        Ok(self.session.get_or_init(|| Session { settings, files }))
    }
}

/// A document whose files were read. It owns what models and findings lead into.
pub(crate) struct Opened {
    path: PathBuf,
    document: Arc<Document>,
    /// What is wrong with texts and references.
    diagnostics: Vec<Diagnostic>,
}

/// A document and everything that is wrong with it.
pub(crate) struct Checked {
    /// Its name as the user gave it.
    pub(crate) path: PathBuf,
    /// The document, for places and pointers.
    pub(crate) document: Arc<Document>,
    /// Findings in the order of their places.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Version of the specification; `None` when too little of the document could be read.
    pub(crate) version: Option<Version>,
    /// What the document holds, in a few words; `None` likewise.
    pub(crate) contents: Option<String>,
}

impl Checked {
    /// How many findings weigh so much.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// Whether there is no error.
    pub(crate) fn is_valid(&self) -> bool {
        self.count(Severity::Error) == 0
    }
}

/// The rule that a file breaks which cannot be read.
pub(crate) static FILE_UNREADABLE: Rule = Rule {
    id: "file-unreadable",
    severity: Severity::Error,
    since: "0.1.0",
    profile: Profile::Official,
    codes: &[],
    summary: "a document cannot be read at all",
    docs: r##"The file does not exist, may not be read, is too large, or there is no document where the argument leads.
Nothing can be said about its content; the other documents are checked all the same.

What a document needs at the least:

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
```
"##,
};

/// A document that could not be read at all.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Its name as the user gave it.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) error: OpenError,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Unreadable {}

/// Reads a document and checks it by the rules of a profile.
pub(crate) fn check(
    path: &Path,
    reading: &Reading,
    profile: Profile,
) -> Result<Checked, Unreadable> {
    Ok(open(path, reading)?.check(profile).0)
}

/// Reads the files of a document; `-` is standard input.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Opened, Unreadable> {
    let (document, diagnostics) = open_files(path, reading).map_err(|error| Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(Opened {
        path: path.to_owned(),
        document: Arc::new(document),
        diagnostics,
    })
}

impl Opened {
    /// Reads the model and checks it by the rules of a profile. Without a model the findings say why.
    pub(crate) fn check(&self, profile: Profile) -> (Checked, Option<Api<'_>>) {
        self.examine(profile, tidings_rules::check)
    }

    /// Reads the model without checking what it means: for commands that work on documents with questionable examples too.
    pub(crate) fn read(&self) -> (Checked, Option<Api<'_>>) {
        self.examine(Profile::Official, |_, _| Vec::new())
    }

    fn examine(
        &self,
        profile: Profile,
        rules: impl Fn(&Api<'_>, Profile) -> Vec<Diagnostic>,
    ) -> (Checked, Option<Api<'_>>) {
        let (api, findings) = tidings_document::read(&self.document);
        let mut diagnostics = self.diagnostics.clone();
        diagnostics.extend(findings);
        if let Some(api) = &api {
            diagnostics.extend(rules(api, profile));
        }
        diagnostics.retain(|finding| finding.rule.profile <= profile);
        diagnostics.sort_by(|a, b| (a.span, a.rule.id).cmp(&(b.span, b.rule.id)));
        let checked = Checked {
            path: self.path.clone(),
            document: self.document.clone(),
            diagnostics,
            version: api.as_ref().map(|api| api.version),
            contents: api.as_ref().map(contents),
        };
        (checked, api)
    }
}

fn open_files(path: &Path, reading: &Reading) -> Result<(Document, Vec<Diagnostic>), OpenError> {
    let Session { settings, files } = reading.session()?;
    let opened = if path == Path::new("-") {
        let name = Path::new(STDIN);
        let text = standard_input(settings.limits.file_bytes)
            .map_err(|source| OpenError::new(name, source, &settings.limits))?;
        tidings_document::open_text(name, text, settings)?
    } else {
        tidings_document::open(path, settings)?
    };
    files.fetcher.save_lock()?;
    Ok(opened)
}

/// Standard input as findings name it.
const STDIN: &str = "<stdin>";

fn is_folder(path: &Path) -> io::Result<()> {
    match path.metadata()?.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

fn standard_input(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Refuses `-` where it occurs twice: the second would be empty.
pub(crate) fn stdin_once<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    let stdin = paths.into_iter().filter(|path| *path == Path::new("-"));
    if stdin.count() > 1 {
        bail!("`-` is given twice, but standard input can be read only once");
    }
    Ok(())
}

/// Refuses to write over a file that a document was read from.
pub(crate) fn is_no_source(path: &Path, document: &Document) -> anyhow::Result<()> {
    let Ok(output) = path.canonicalize() else {
        return Ok(());
    };
    let sources = document.sources();
    let is_output = |file| {
        sources
            .path(file)
            .canonicalize()
            .is_ok_and(|path| path == output)
    };
    if sources.iter().any(is_output) {
        bail!(
            "`{}` is part of the document; choose another file to write",
            path.display()
        );
    }
    Ok(())
}

/// Reads a file that is not a document, or standard input for `-`.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let limits = Limits::default();
    let (name, bytes) = if path == Path::new("-") {
        (Path::new(STDIN), standard_input(limits.file_bytes))
    } else {
        (path, FsLoader.read(path, limits.file_bytes))
    };
    bytes.map_err(|source| Unreadable {
        path: path.to_owned(),
        error: OpenError::new(name, source, &limits),
    })
}

fn contents(api: &Api<'_>) -> String {
    let counted =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "AsyncAPI {}, {}, {}, {}",
        api.version.as_str(),
        counted(api.channels.len(), "channel"),
        counted(api.operations.len(), "operation"),
        counted(api.messages.len(), "message"),
    )
}
