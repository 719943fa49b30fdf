//! What the caller decides about the output.
use crate::{
    Customs, Selection, Templates, broker::Broker, date_times::DateTimes, names, validate::Validate,
};
use std::fmt::Write;
use tidings_document::{Document, api::Api};

/// Options of [`generate`](crate::generate).
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which side of the document to generate.
    pub role: Role,
    /// A crate or a single module.
    pub layout: Layout,
    /// Name of the crate, or of the module's file; made from the document's title when it is `None`.
    pub name: Option<String>,
    /// Stem of the client's and the service's type names; made from the document's title when it is `None`.
    pub service: Option<String>,
    /// Name of the document, for the header of the output.
    pub source: String,
    /// SHA-256 of the document in hexadecimal digits, for the header; see [`fingerprint`].
    pub sha256: String,
    /// How the generated crate depends on the runtime.
    pub runtime: Runtime,
    /// Whether the generated crate is a workspace of its own, as it must be below a workspace that does not list it.
    pub own_workspace: bool,
    /// What objects do with properties that the document neither names nor speaks of.
    pub unknown: Unknown,
    /// What a `date-time` is in Rust.
    pub date_time: DateTimes,
    /// What a `number` is in Rust.
    pub numbers: Numbers,
    /// What messages are held to when they are sent and when they are read.
    pub validate: Validate,
    /// The operations that code is generated for.
    pub selection: Selection,
    /// Whether components have types that nothing uses.
    pub all_schemas: bool,
    /// Whether there is a module of tests, made of the document's examples.
    pub tests: bool,
    /// What is told of single types.
    pub customs: Customs,
    /// The texts of a crate that are no Rust.
    pub templates: Templates,
    /// The broker that has to be able to carry the document; what it cannot do is told.
    pub broker: Option<&'static Broker>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            role: Role::Both,
            layout: Layout::Crate,
            name: None,
            service: None,
            source: "asyncapi.yaml".to_owned(),
            sha256: sha256(&[]),
            runtime: Runtime::Version(env!("CARGO_PKG_VERSION").to_owned()),
            own_workspace: false,
            unknown: Unknown::Keep,
            date_time: DateTimes::Tidings,
            numbers: Numbers::Float,
            validate: Validate::Rules,
            selection: Selection::default(),
            all_schemas: false,
            tests: false,
            customs: Customs::default(),
            templates: Templates::default(),
            broker: None,
        }
    }
}

impl Settings {
    /// Whether they speak of what the document has.
    ///
    /// # Errors
    /// When they name an operation or a schema that there is not, or something is not Rust.
    pub fn check(&self, api: &Api<'_>) -> Result<(), String> {
        self.selection.check(api)?;
        self.customs.check(api)
    }

    /// Name of the crate, or of the module's file.
    pub(crate) fn package(&self, title: &str) -> String {
        let name = self.name.clone();
        name.unwrap_or_else(|| names::package(title))
    }
}

/// What objects do with properties of which the document says nothing, `additionalProperties` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// They keep them, and write them again.
    Keep,
    /// They leave them out.
    Drop,
    /// They are not read when they have some.
    Refuse,
}

/// What a `number` is in Rust, where a JSON Schema has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbers {
    /// An `f64`.
    #[default]
    Float,
    /// The runtime's own `Decimal`, as it is written, and so are those in values that have no type.
    Exact,
}

/// A side of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The application that the document describes.
    Application,
    /// Those who talk to it.
    Counterpart,
    /// Both sides.
    Both,
}

impl Role {
    pub(crate) fn application(self) -> bool {
        self != Self::Counterpart
    }

    pub(crate) fn counterpart(self) -> bool {
        self != Self::Application
    }
}

/// Shape of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `Cargo.toml`, `README.md`, `src/lib.rs` and one file a part.
    Crate,
    /// One file.
    Module,
}

/// Where the generated crate finds the runtime.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// From the registry, at least this version.
    Version(String),
    /// From a folder, relative to the generated crate or absolute.
    Path(String),
    /// From a git repository.
    Git {
        /// Its URL.
        url: String,
        /// A commit or a tag; the default branch when it is `None`.
        rev: Option<String>,
    },
}

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path relative to the output folder, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The SHA-256 of texts, in the order given, in hexadecimal digits.
#[must_use]
pub fn sha256(files: &[&[u8]]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The SHA-256 of all files of a document.
#[must_use]
pub fn fingerprint(document: &Document) -> String {
    let sources = document.sources();
    let texts = sources.iter().map(|file| sources.text(file).as_bytes());
    sha256(&texts.collect::<Vec<_>>())
}
