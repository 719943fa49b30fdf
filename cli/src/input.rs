//! Opening documents as the commands do: from a file or standard input, within the allowed folders.
mod documents;
mod loader;
mod overlay;

use crate::{
    config::{self, Config, ConfigArgs, Problem},
    progress::Progress,
    remote::{Fetcher, Options},
    sift::{By, Checks, Sieve, Suppressed},
};
use anyhow::bail;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tidings_document::{
    Diagnostic, Document, FsLoader, Host, Limits, Loader, Mapping, OpenError, Settings, Severity,
    api::{Api, Version},
};
use tidings_rules::{Profile, Rule, ruleset::Applied};

pub(crate) use documents::{Known, documents};
use loader::Files;
pub(crate) use loader::{Asked, Stamp};
use overlay::Overlay;
pub(crate) use overlay::Texts;

/// Options about reading that several commands share.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// Folder that references may lead into, besides the nearest folder above the document with a `.git`, or else its own; may be repeated
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
    #[command(flatten)]
    remote: Options,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[arg(skip)]
    progress: Progress,
    /// One for each configuration that adds something of its own.
    #[arg(skip)]
    sessions: Mutex<Vec<(More, Arc<Session>)>>,
}

/// What a configuration adds to the options about reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct More {
    /// Folders that references may lead into.
    pub(crate) roots: Vec<PathBuf>,
    /// Hosts that references may be fetched from.
    pub(crate) hosts: Vec<Host>,
    /// Files that are read instead of URLs.
    pub(crate) map: Vec<Mapping>,
    /// Hashes of what may be fetched, unless an option names others.
    pub(crate) lock: Option<PathBuf>,
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
    pub(crate) fn settings(&self) -> Result<Settings, OpenError> {
        Ok(self.session(&More::default())?.settings.clone())
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
        let roots = [self.roots.as_slice(), &more.roots].concat();
        for root in &roots {
            is_folder(root).map_err(|source| OpenError::new(root, source, &limits))?;
        }
        let mut remote = self.remote.clone();
        remote.hosts.extend(more.hosts.iter().cloned());
        remote.map.extend(more.map.iter().cloned());
        remote.lock = remote.lock.or_else(|| more.lock.clone());
        let files = Arc::new(Files::new(Fetcher::new(&remote)?, self.progress.clone()));
        let settings = Settings {
            limits,
            roots,
            remote: remote.policy(),
            loader: files.clone(),
        };
        Ok(Session { settings, files })
    }
}

/// A document whose files were read. It owns what models and findings lead into.
pub(crate) struct Opened {
    path: PathBuf,
    document: Arc<Document>,
    /// What is wrong with texts and references.
    diagnostics: Vec<Diagnostic>,
    config: Rc<Config>,
}

/// A document and everything that is wrong with it.
pub(crate) struct Checked {
    /// Its name as the user gave it.
    pub(crate) path: PathBuf,
    /// The document, for places and pointers.
    pub(crate) document: Arc<Document>,
    /// Findings in the order of their places.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Findings that are known and not shown.
    pub(crate) suppressed: Vec<Suppressed>,
    /// The least severity that fails.
    pub(crate) fail_on: Severity,
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

    /// How many findings can be mended for certain.
    pub(crate) fn fixable(&self) -> usize {
        let sources = self.document.sources();
        let fixes = self
            .diagnostics
            .iter()
            .filter_map(|found| found.fix.as_ref());
        fixes.filter(|fix| fix.edits(sources).is_some()).count()
    }

    /// How many findings the document itself says to leave out.
    pub(crate) fn ignored(&self) -> usize {
        let by_itself = |hidden: &&Suppressed| matches!(hidden.by, By::Ignore(_));
        self.suppressed.iter().filter(by_itself).count()
    }

    /// Whether a finding weighs enough to fail.
    pub(crate) fn fails(&self) -> bool {
        let mut findings = self.diagnostics.iter();
        findings.any(|found| found.severity >= self.fail_on)
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

/// Reads a document and looks for what is wrong with it.
pub(crate) fn check(
    path: &Path,
    source: &Source<'_>,
    checks: Checks<'_>,
) -> Result<(Checked, Sieve), Unreadable> {
    let opened = open_from(path, source)?;
    let document = &opened.document;
    let rulesets = checks.rulesets.iter().map(|ruleset| ruleset.on(document));
    let rulesets: Vec<_> = rulesets.collect();
    let sieve = Sieve::new(document, checks, &rulesets);
    let rules = tidings_rules::check_also;
    let (checked, _) = opened.examine(checks.profile, &sieve, &rulesets, rules);
    Ok((checked, sieve))
}

/// Reads the files of a document as its configuration says; `-` is standard input.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Opened, Unreadable> {
    let configs = config::find(&reading.config, &[path], &|file| reading.ask_for(file));
    let configs = configs.map_err(|problems| misconfigured(&problems))?;
    let source = Source {
        reading,
        config: configs.into_iter().next().unwrap_or_default(),
        texts: None,
    };
    open_from(path, &source)
}

fn misconfigured(problems: &[Problem]) -> Unreadable {
    let path = problems.first().map(Problem::file).unwrap_or(Path::new(""));
    let mut error = OpenError::new(path, io::ErrorKind::InvalidData.into(), &Limits::default());
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    error.reason = format!("is no configuration: {}", problems.join(", "));
    Unreadable {
        path: path.to_owned(),
        error,
    }
}

fn open_from(path: &Path, source: &Source<'_>) -> Result<Opened, Unreadable> {
    let (document, diagnostics) = open_files(path, source).map_err(|error| Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(Opened {
        path: path.to_owned(),
        document: Arc::new(document),
        diagnostics,
        config: source.config.clone(),
    })
}

impl Opened {
    /// Reads the model and checks it by the rules of a profile. Without a model the findings say why.
    pub(crate) fn check(&self, profile: Profile) -> (Checked, Option<Api<'_>>) {
        self.examine(
            profile,
            &self.sieve(profile),
            &[],
            tidings_rules::check_also,
        )
    }

    /// Reads the model without checking what it means: for commands that work on documents with questionable examples too.
    pub(crate) fn read(&self) -> (Checked, Option<Api<'_>>) {
        let profile = Profile::Official;
        self.examine(profile, &self.sieve(profile), &[], |_, _, _| Vec::new())
    }

    /// What of the findings is shown.
    fn sieve(&self, profile: Profile) -> Sieve {
        let checks = Checks {
            profile,
            config: &self.config,
            rulesets: &[],
        };
        Sieve::new(&self.document, checks, &[])
    }

    fn examine(
        &self,
        profile: Profile,
        sieve: &Sieve,
        rulesets: &[Applied<'_>],
        rules: impl Fn(&Api<'_>, Profile, &dyn Fn(&Rule) -> bool) -> Vec<Diagnostic>,
    ) -> (Checked, Option<Api<'_>>) {
        let (api, findings) = tidings_document::read(&self.document);
        let mut diagnostics = self.diagnostics.clone();
        diagnostics.extend(findings);
        if let Some(api) = &api {
            diagnostics.extend(rules(api, profile, &|rule| sieve.names(rule)));
        }
        diagnostics.extend(rulesets.iter().flat_map(Applied::check));
        let version = api.as_ref().map(|api| api.version);
        let (diagnostics, suppressed) = sieve.sift(&self.document, rulesets, diagnostics, version);
        let checked = Checked {
            path: self.path.clone(),
            document: self.document.clone(),
            diagnostics,
            suppressed,
            fail_on: Severity::Error,
            version,
            contents: api.as_ref().map(contents),
        };
        (checked, api)
    }
}

fn open_files(path: &Path, source: &Source<'_>) -> Result<(Document, Vec<Diagnostic>), OpenError> {
    let session = source.reading.session(&source.config.more)?;
    let mut settings = session.settings.clone();
    if let Some(texts) = &source.texts {
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
