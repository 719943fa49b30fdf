//! From a file to the text of a module: what build scripts and macros have in common.
use crate::{
    Layout, OptionValue, Options, Settings,
    failure::{Failure, lines},
    fingerprint,
    options::OPTIONS,
    plan,
};
use std::path::{Path, PathBuf};
use tidings_config::{Key, Kind, More, Others, READ, REMOTE, key};
use tidings_document::{Diagnostic, Document, Remote, Sources};

/// A document, and what is to be made of it: the same as the command line makes.
#[derive(Debug, Clone, Default)]
pub struct Source {
    document: PathBuf,
    config: Config,
    options: Options,
    reading: More,
}

/// Where the configuration is.
#[derive(Debug, Clone, Default)]
enum Config {
    /// The nearest above the document.
    #[default]
    Nearest,
    Named(PathBuf),
    None,
}

/// What was made of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The text of the module.
    pub text: String,
    /// What is worth telling, one line each.
    pub notes: Vec<String>,
    /// The files of this machine that it was made of, the document first.
    pub files: Vec<PathBuf>,
}

/// The parts of a configuration that are about what happens here.
static KEYS: &[Key] = &[
    key("read", Kind::Table(READ), "Which files may be read."),
    key(
        "remote",
        Kind::Table(REMOTE),
        "What is read from other machines.",
    ),
    key("generate", Kind::Table(GENERATE), "What code is made."),
];

static GENERATE: &[Key] = &[key("rust", Kind::Table(OPTIONS), "What Rust is made.")];

impl Source {
    /// A document by its path.
    #[must_use]
    pub fn new(document: impl Into<PathBuf>) -> Self {
        Self {
            document: document.into(),
            ..Self::default()
        }
    }

    /// The path of the document.
    #[must_use]
    pub fn document(&self) -> &Path {
        &self.document
    }

    /// Changes what is to be made.
    pub fn options(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Changes what may be read.
    pub fn reading(&mut self) -> &mut More {
        &mut self.reading
    }

    /// Takes the configuration from a file; without one, from none. Unless this is told, it is the nearest `tidings.toml` above the
    /// document.
    pub fn config(&mut self, file: Option<PathBuf>) {
        self.config = file.map_or(Config::None, Config::Named);
    }

    /// Takes an option by its name in `tidings.toml`; relative paths start from a folder.
    ///
    /// # Errors
    /// When there is no such option, or no such value.
    pub fn set(&mut self, name: &str, value: OptionValue, folder: &Path) -> Result<(), String> {
        let paths = |value: OptionValue| match value {
            OptionValue::Texts(paths) => Ok(paths.iter().map(|path| folder.join(path)).collect()),
            _ => Err(format!("`{name}` must be a list of texts")),
        };
        match (name, value) {
            ("roots", value) => self.reading.roots = paths(value)?,
            ("proto-path", value) => self.reading.proto_paths = paths(value)?,
            ("hidden", OptionValue::Flag(flag)) => self.reading.hidden = flag,
            ("config", OptionValue::Text(path)) => self.config(Some(folder.join(path))),
            ("config", OptionValue::Flag(false)) => self.config(None),
            (name, value) => self.options.set(name, value)?,
        }
        Ok(())
    }

    /// Makes the text of a module.
    ///
    /// # Errors
    /// When there is nothing to make it of: it says all that is wrong, and where.
    pub fn make(&self) -> Result<Made, Failure> {
        let (file, options, more) = self.configured()?;
        let options = self.options.clone().or(options);
        let opened = tidings_document::open(&self.document, &self.settings(more));
        let (document, found) = opened.map_err(|error| Failure::unreadable(&error))?;
        let (text, notes) = self.module(&document, found, &options)?;
        // By its true path, as the others: whoever watches it may stand elsewhere.
        let file = file.map(|file| file.canonicalize().unwrap_or(file));
        let files = own_files(&document).chain(file).collect();
        Ok(Made { text, notes, files })
    }

    /// The text for a document in which this was found, and what is worth telling.
    fn module(
        &self,
        document: &Document,
        mut found: Vec<Diagnostic>,
        options: &Options,
    ) -> Result<(String, Vec<String>), Failure> {
        let sources = document.sources();
        let (api, more) = tidings_document::read(document);
        found.extend(more);
        self.is_sound(sources, found)?;
        let api = api.ok_or_else(|| {
            Failure::because(format!("`{}` cannot be read", self.document.display()))
        })?;
        let settings = Settings {
            layout: Layout::Module,
            source: file_name(&self.document),
            sha256: fingerprint(document),
            ..options.settings()
        };
        settings.check(&api).map_err(Failure::because)?;
        let (plan, notes) = plan(&api, &settings);
        self.is_sound(sources, notes.clone())?;
        let files = plan.files(&settings).into_iter();
        Ok((
            files.map(|file| file.text).collect(),
            lines(sources, &notes).collect(),
        ))
    }

    fn is_sound(&self, sources: &Sources, found: Vec<Diagnostic>) -> Result<(), Failure> {
        let mut found: Vec<_> = found
            .into_iter()
            .map(|found| found.discreet(sources))
            .collect();
        found.sort_by_key(|found| found.span);
        Failure::of(&self.document, sources, &found).map_or(Ok(()), Err)
    }

    /// What the configuration says, and where.
    fn configured(&self) -> Result<(Option<PathBuf>, Options, More), Failure> {
        let file = match &self.config {
            Config::Nearest => tidings_config::above(&self.document, &|_| {}),
            Config::Named(file) => Some(file.clone()),
            Config::None => None,
        };
        let Some(file) = file else {
            return Ok(Default::default());
        };
        let text = tidings_config::text(&file)
            .map_err(|reason| Failure::because(format!("`{}` {reason}", file.display())))?;
        let mut problems = Vec::new();
        let root = tidings_config::parse(&file, &text, KEYS, Others::Left, &mut problems);
        let root = root.ok_or_else(|| Failure::misconfigured(&problems))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let (options, more) = (Options::of(&root, folder), More::of(&root, folder));
        Ok((Some(file), options, more))
    }

    fn settings(&self, more: More) -> tidings_document::Settings {
        let own = &self.reading;
        tidings_document::Settings {
            roots: [own.roots.clone(), more.roots].concat(),
            hidden: own.hidden || more.hidden,
            proto_paths: [own.proto_paths.clone(), more.proto_paths].concat(),
            remote: Remote {
                map: [own.map.clone(), more.map].concat(),
                ..Remote::default()
            },
            ..tidings_document::Settings::default()
        }
    }
}

/// Where the files of a document really are.
fn own_files(document: &Document) -> impl Iterator<Item = PathBuf> {
    let sources = document.sources();
    let paths = sources.iter().filter_map(|file| sources.file_path(file));
    paths.map(Path::to_owned)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
