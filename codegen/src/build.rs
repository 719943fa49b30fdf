//! The generator in a build script: the module goes to where cargo says, and cargo hears what it was made of.
use crate::{Broker, Custom, DateTimes, Failure, Made, Numbers, Role, Source, Unknown, Validate};
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Makes the code of a document in a build script, as one module, which is then included:
///
/// ```ignore
/// pub mod orders {
///     include!(concat!(env!("OUT_DIR"), "/orders.rs"));
/// }
/// ```
///
/// The file has the name of the document as far as its first dot. [`Build`] has options.
///
/// # Errors
/// When there is nothing to make it of. A `main` that returns the failure prints all that is wrong, and where.
pub fn build(document: impl AsRef<Path>) -> Result<(), Failure> {
    Build::new(document).run()
}

/// A document of a build script, and what is to be made of it; what it does not say is as the nearest `tidings.toml` says.
#[derive(Debug, Clone)]
pub struct Build {
    source: Source,
    file_name: Option<String>,
    out_dir: Option<PathBuf>,
    /// What is wrong with an option.
    wrong: Option<String>,
}

impl Build {
    /// The document by its path, which starts from the package as in all build scripts.
    #[must_use]
    pub fn new(document: impl AsRef<Path>) -> Self {
        Self {
            source: Source::new(document.as_ref()),
            file_name: None,
            out_dir: None,
            wrong: None,
        }
    }

    /// Whose side to generate; both, unless told.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.source.options().role = Some(role);
        self
    }

    /// What objects do with properties of which the document says nothing; they keep them, unless told.
    #[must_use]
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.source.options().unknown = Some(unknown);
        self
    }

    /// What a text of the format `date-time` is in Rust; the runtime's own type, unless told.
    #[must_use]
    pub fn date_time(mut self, date_time: DateTimes) -> Self {
        self.source.options().date_time = Some(date_time);
        self
    }

    /// What a `number` is in Rust; an `f64`, unless told.
    #[must_use]
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.source.options().numbers = Some(numbers);
        self
    }

    /// What messages are held to when they are sent and read; the rules of the document, unless told.
    #[must_use]
    pub fn validate(mut self, validate: Validate) -> Self {
        self.source.options().validate = Some(validate);
        self
    }

    /// The broker that has to be able to carry the document, by its name.
    #[must_use]
    pub fn broker(mut self, name: &str) -> Self {
        match Broker::named(name) {
            Some(broker) => self.source.options().broker = Some(broker),
            None => {
                let known = Broker::WORDS.join("`, `");
                self.wrong = Some(format!("there is no broker `{name}`; there are `{known}`"));
            }
        }
        self
    }

    /// Operations to generate, by a name in which `*` stands for any text; may be repeated.
    #[must_use]
    pub fn include(mut self, pattern: &str) -> Self {
        self.source
            .options()
            .selection
            .include
            .push(pattern.to_owned());
        self
    }

    /// Operations to leave out, likewise.
    #[must_use]
    pub fn exclude(mut self, pattern: &str) -> Self {
        self.source
            .options()
            .selection
            .exclude
            .push(pattern.to_owned());
        self
    }

    /// Whether messages and schemas of the components have types that nothing uses.
    #[must_use]
    pub fn all_schemas(mut self, all: bool) -> Self {
        self.source.options().all_schemas = Some(all);
        self
    }

    /// Whether there is a module of tests, made of the document's examples.
    #[must_use]
    pub fn tests(mut self, tests: bool) -> Self {
        self.source.options().tests = Some(tests);
        self
    }

    /// A type in the place of the one of a schema, by a reference as `#/components/schemas/Order` and by its path.
    #[must_use]
    pub fn extern_type(mut self, schema: &str, path: &str) -> Self {
        self.custom(schema).by = Some(path.to_owned());
        self
    }

    /// A trait that the type of a schema derives besides; may be repeated.
    #[must_use]
    pub fn derive(mut self, schema: &str, path: &str) -> Self {
        self.custom(schema).derive.push(path.to_owned());
        self
    }

    /// An attribute above the type of a schema; may be repeated.
    #[must_use]
    pub fn attribute(mut self, schema: &str, text: &str) -> Self {
        self.custom(schema).attributes.push(text.to_owned());
        self
    }

    fn custom(&mut self, schema: &str) -> &mut Custom {
        let customs = &mut self.source.options().customs.0;
        customs.entry(schema.to_owned()).or_default()
    }

    /// A folder that references may lead into, besides the project of the document; may be repeated.
    #[must_use]
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.source.reading().roots.push(folder.into());
        self
    }

    /// A folder that imports of Protobuf schemas start from; may be repeated.
    #[must_use]
    pub fn proto_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.source.reading().proto_paths.push(folder.into());
        self
    }

    /// Lets references lead to hidden files too.
    #[must_use]
    pub fn allow_hidden(mut self) -> Self {
        self.source.reading().hidden = true;
        self
    }

    /// Takes the configuration from a file, rather than from the nearest `tidings.toml` above the document.
    #[must_use]
    pub fn config(mut self, file: impl Into<PathBuf>) -> Self {
        self.source.config(Some(file.into()));
        self
    }

    /// Takes no configuration.
    #[must_use]
    pub fn isolated(mut self) -> Self {
        self.source.config(None);
        self
    }

    /// What the file of the module is called.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Where it is put, rather than where cargo says.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Makes the module and tells cargo.
    ///
    /// # Errors
    /// As [`build`].
    pub fn run(self) -> Result<(), Failure> {
        if let Some(wrong) = self.wrong {
            return Err(Failure::because(wrong));
        }
        let folder = self
            .out_dir
            .or_else(|| env::var_os("OUT_DIR").map(PathBuf::from));
        let folder = folder.ok_or_else(|| {
            Failure::because("cargo tells no `OUT_DIR`; run it in a build script, or tell a folder")
        })?;
        let document = self.source.document();
        let path = match self.file_name {
            Some(name) => folder.join(name),
            None => own_path(document, &folder)?,
        };
        let made = self.source.make()?;
        let told = directives(&made)?;
        write(&path, &made.text)?;
        let told = io::stdout().write_all(told.as_bytes());
        told.map_err(|error| Failure::because(format!("cannot tell cargo: {error}")))
    }
}

/// The name of a document as far as its first dot.
fn file_name(document: &Path) -> String {
    let name = document.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').find(|part| !part.is_empty());
    format!("{}.rs", stem.unwrap_or("api"))
}

/// Where the module of a document goes, which is no other document's.
fn own_path(document: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    static WRITTEN: Mutex<Vec<(PathBuf, PathBuf)>> = Mutex::new(Vec::new());
    let path = folder.join(file_name(document));
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    match written.iter().find(|(known, _)| *known == path) {
        Some((_, other)) if other != document => Err(Failure::because(format!(
            "`{}` and `{}` would both be `{}`; tell one of them another `file_name`",
            other.display(),
            document.display(),
            file_name(document)
        ))),
        Some(_) => Ok(path),
        None => {
            written.push((path.clone(), document.to_owned()));
            Ok(path)
        }
    }
}

/// A file that is as it should be stays as it is, so that nothing is built again because of it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text)
        .map_err(|error| Failure::because(format!("cannot write `{}`: {error}", path.display())))
}

/// What cargo is told, a line each: when to run the script again, and what whoever builds should hear.
fn directives(made: &Made) -> Result<String, Failure> {
    let files = made.files.iter().map(|file| file.display().to_string());
    let files: Vec<_> = files.collect();
    if let Some(file) = files.iter().find(|file| file.contains(['\n', '\r'])) {
        let reason = format!("cargo cannot be told of `{file}`, whose name is more than a line");
        return Err(Failure::because(reason));
    }
    let again = files
        .iter()
        .map(|file| format!("cargo::rerun-if-changed={file}\n"));
    let notes = made.notes.iter();
    Ok(again
        .chain(notes.map(|note| format!("cargo::warning={note}\n")))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_first_word_of_the_document() {
        for (document, name) in [
            ("api/orders.asyncapi.yaml", "orders.rs"),
            ("api.yaml", "api.rs"),
            (".hidden.yaml", "hidden.rs"),
            ("..", "api.rs"),
        ] {
            assert_eq!(file_name(Path::new(document)), name);
        }
    }

    #[test]
    fn cargo_hears_of_every_file_and_of_every_note() {
        let made = Made {
            text: String::new(),
            notes: vec!["a.yaml:1:2: warning[type-opaque] x".to_owned()],
            files: vec!["/a.yaml".into(), "/b.yaml".into()],
        };
        assert_eq!(
            directives(&made).unwrap(),
            "cargo::rerun-if-changed=/a.yaml\ncargo::rerun-if-changed=/b.yaml\n\
             cargo::warning=a.yaml:1:2: warning[type-opaque] x\n"
        );
    }

    #[test]
    fn the_name_of_a_file_tells_cargo_nothing_else() {
        let made = Made {
            text: String::new(),
            notes: Vec::new(),
            files: vec!["/a\ncargo::rustc-env=A=b.yaml".into()],
        };
        let refused = directives(&made).unwrap_err().to_string();
        assert!(refused.contains("more than a line"), "{refused}");
    }

    #[test]
    fn two_documents_are_not_one_file() {
        let folder = Path::new("/out/of/two");
        let path = |document: &str| own_path(Path::new(document), folder);
        assert_eq!(path("orders.v1.yaml").unwrap(), folder.join("orders.rs"));
        assert_eq!(path("orders.v1.yaml").unwrap(), folder.join("orders.rs"));
        let refused = path("orders.v2.yaml").unwrap_err().to_string();
        assert!(refused.contains("would both be `orders.rs`"), "{refused}");
    }
}
