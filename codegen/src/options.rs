//! What may be told of the output in words: by a configuration, a build script, a macro or a command line, which all mean the same.
use crate::{
    BROKERS, Broker, Custom, Customs, DateTimes, Numbers, Role, Selection, Settings, Unknown,
    Validate, custom::CUSTOM,
};
use std::path::{Path, PathBuf};
use tidings_config::{Key, Kind, Part, key};
use tidings_document::nearest;
use toml::de::{DeTable, DeValue};

/// The keys of `generate.rust` in `tidings.toml`.
pub static OPTIONS: &[Key] = &[
    key("role", Kind::Word(Role::WORDS), "Whose side is generated."),
    key(
        "unknown",
        Kind::Word(Unknown::WORDS),
        "What objects do with properties of which the document says nothing.",
    ),
    key(
        "date-time",
        Kind::Word(DateTimes::WORDS),
        "What a text of the format `date-time` is in Rust.",
    ),
    key(
        "numbers",
        Kind::Word(Numbers::WORDS),
        "What a `number` is in Rust.",
    ),
    key(
        "validate",
        Kind::Word(Validate::WORDS),
        "What messages are held to when they are sent and read.",
    ),
    key(
        "broker",
        Kind::Word(Broker::WORDS),
        "The broker that has to be able to carry the document.",
    ),
    key(
        "include",
        Kind::Texts,
        "Operations to generate, by their names, where `*` stands for any text; without it, all.",
    ),
    key(
        "exclude",
        Kind::Texts,
        "Operations to leave out, by their names, where `*` stands for any text.",
    ),
    key(
        "all-schemas",
        Kind::Flag,
        "Whether messages and schemas of the components have types that nothing uses.",
    ),
    key(
        "tests",
        Kind::Flag,
        "Whether there is a module of tests, made of the document's examples.",
    ),
    key(
        TYPES,
        Kind::Under(reference, CUSTOM),
        "What is told of single types, under references to their schemas.",
    ),
    key(
        TEMPLATE_DIR,
        Kind::Text,
        "Folder with templates of `Cargo.toml` and `README.md` in the place of ours.",
    ),
];

const TEMPLATE_DIR: &str = "template-dir";
const TYPES: &str = "types";

/// Says what is wrong with a name that is no reference to a place in a file.
fn reference(text: &str) -> Result<(), (String, String)> {
    match text.contains("#/") {
        true => Ok(()),
        false => Err((
            format!("`{text}` is no reference to a schema"),
            "write it as in `#/components/schemas/Order`".to_owned(),
        )),
    }
}

/// What was told; the rest is as it is without.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whose side is generated.
    pub role: Option<Role>,
    /// What objects do with unknown properties.
    pub unknown: Option<Unknown>,
    /// What a `date-time` is in Rust.
    pub date_time: Option<DateTimes>,
    /// What a `number` is in Rust.
    pub numbers: Option<Numbers>,
    /// What messages are held to.
    pub validate: Option<Validate>,
    /// The broker that has to be able to carry the document.
    pub broker: Option<&'static Broker>,
    /// The operations that are generated.
    pub selection: Selection,
    /// Whether components have types that nothing uses.
    pub all_schemas: Option<bool>,
    /// Whether there are tests.
    pub tests: Option<bool>,
    /// What is told of single types.
    pub customs: Customs,
    /// Folder with templates for a crate.
    pub template_dir: Option<PathBuf>,
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionValue {
    /// A word or any other text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    Texts(Vec<String>),
}

impl Options {
    /// What a configuration says that was compared with [`OPTIONS`]; its paths start from its folder.
    #[must_use]
    pub fn of(root: &DeTable<'_>, folder: &Path) -> Self {
        let generate = Part::of(root, "generate", folder);
        let table = generate.get("rust").and_then(DeValue::as_table);
        let mut options = Self::default();
        let values = table.into_iter().flatten();
        for (name, value) in values.filter(|(name, _)| name.get_ref() != TYPES) {
            let value = match value.get_ref() {
                DeValue::Boolean(flag) => OptionValue::Flag(*flag),
                DeValue::Array(items) => {
                    let texts = items.iter().filter_map(|item| item.get_ref().as_str());
                    OptionValue::Texts(texts.map(str::to_owned).collect())
                }
                other => OptionValue::Text(other.as_str().unwrap_or_default().to_owned()),
            };
            // What could be wrong was told when it was compared.
            let _ = options.set(name.get_ref(), value);
        }
        options.template_dir = options.template_dir.map(|path| folder.join(path));
        options.customs = table.map(customs).unwrap_or_default();
        options
    }

    /// Takes what is told by name, as in a configuration.
    ///
    /// # Errors
    /// When there is no such option, or no such value.
    pub fn set(&mut self, name: &str, value: OptionValue) -> Result<(), String> {
        use OptionValue::{Flag, Text, Texts};
        match (name, value) {
            ("role", Text(word)) => self.role = Some(known(name, &word, Role::WORDS, Role::named)?),
            ("unknown", Text(word)) => {
                self.unknown = Some(known(name, &word, Unknown::WORDS, Unknown::named)?);
            }
            ("date-time", Text(word)) => {
                self.date_time = Some(known(name, &word, DateTimes::WORDS, DateTimes::named)?);
            }
            ("numbers", Text(word)) => {
                self.numbers = Some(known(name, &word, Numbers::WORDS, Numbers::named)?);
            }
            ("validate", Text(word)) => {
                self.validate = Some(known(name, &word, Validate::WORDS, Validate::named)?);
            }
            ("broker", Text(word)) => {
                self.broker = Some(known(name, &word, Broker::WORDS, Broker::named)?);
            }
            ("include", Texts(patterns)) => self.selection.include = patterns,
            ("exclude", Texts(patterns)) => self.selection.exclude = patterns,
            ("all-schemas", Flag(flag)) => self.all_schemas = Some(flag),
            ("tests", Flag(flag)) => self.tests = Some(flag),
            (TEMPLATE_DIR, Text(path)) => self.template_dir = Some(path.into()),
            (name, _) => return Err(mismatch(name)),
        }
        Ok(())
    }

    /// These, and what others say where these say nothing.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let list = |own: Vec<_>, others| if own.is_empty() { others } else { own };
        Self {
            role: self.role.or(others.role),
            unknown: self.unknown.or(others.unknown),
            date_time: self.date_time.or(others.date_time),
            numbers: self.numbers.or(others.numbers),
            validate: self.validate.or(others.validate),
            broker: self.broker.or(others.broker),
            selection: Selection {
                include: list(self.selection.include, others.selection.include),
                exclude: list(self.selection.exclude, others.selection.exclude),
            },
            all_schemas: self.all_schemas.or(others.all_schemas),
            tests: self.tests.or(others.tests),
            customs: self.customs.or(others.customs),
            template_dir: self.template_dir.or(others.template_dir),
        }
    }

    /// Settings that are as they say.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let settings = Settings::default();
        Settings {
            role: self.role.unwrap_or(settings.role),
            unknown: self.unknown.unwrap_or(settings.unknown),
            date_time: self.date_time.unwrap_or(settings.date_time),
            numbers: self.numbers.unwrap_or(settings.numbers),
            validate: self.validate.unwrap_or(settings.validate),
            broker: self.broker,
            selection: self.selection.clone(),
            all_schemas: self.all_schemas.unwrap_or(settings.all_schemas),
            tests: self.tests.unwrap_or(settings.tests),
            customs: self.customs.clone(),
            ..settings
        }
    }
}

/// What a table says of types.
fn customs(rust: &DeTable<'_>) -> Customs {
    let tables = rust.get(TYPES).and_then(|value| value.get_ref().as_table());
    let custom = |table: &DeTable<'_>| {
        let part = Part {
            table: Some(table),
            folder: Path::new(""),
        };
        let texts = |name| part.texts(name).map(str::to_owned).collect();
        Custom {
            by: part.text("extern").map(str::to_owned),
            derive: texts("derive"),
            attributes: texts("attributes"),
        }
    };
    let tables = tables.into_iter().flatten();
    let tables = tables.filter_map(|(place, value)| {
        let table = value.get_ref().as_table()?;
        Some((place.get_ref().to_string(), custom(table)))
    });
    Customs(tables.collect())
}

fn known<T>(
    name: &str,
    word: &str,
    words: &[&str],
    named: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    named(word).ok_or_else(|| {
        let words = words.join("`, `");
        format!("`{name}` may not be `{word}`; it may be `{words}`")
    })
}

/// What is wrong with an option that is none, or that has a value of another kind.
fn mismatch(name: &str) -> String {
    let Some(key) = OPTIONS.iter().find(|key| key.name == name) else {
        let names = || OPTIONS.iter().map(|key| key.name);
        return match nearest(name, names()) {
            Some(near) => format!("there is no option `{name}`; did you mean `{near}`?"),
            None => {
                let names: Vec<_> = names().collect();
                format!(
                    "there is no option `{name}`; there are `{}`",
                    names.join("`, `")
                )
            }
        };
    };
    let wanted = match key.kind {
        Kind::Flag => "`true` or `false`",
        Kind::Texts => "a list of texts",
        Kind::Under(..) => "told in `tidings.toml`",
        _ => "text",
    };
    format!("`{name}` must be {wanted}")
}

impl Role {
    /// What the roles are called.
    pub const WORDS: &[&str] = &["application", "counterpart", "both"];

    /// The role of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "application" => Some(Self::Application),
            "counterpart" => Some(Self::Counterpart),
            "both" => Some(Self::Both),
            _ => None,
        }
    }
}

impl Unknown {
    /// What they are called.
    pub const WORDS: &[&str] = &["keep", "drop", "refuse"];

    /// The one of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "keep" => Some(Self::Keep),
            "drop" => Some(Self::Drop),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }
}

impl DateTimes {
    /// What they are called.
    pub const WORDS: &[&str] = &["tidings", "jiff", "chrono", "time", "text"];

    /// The one of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "tidings" => Some(Self::Tidings),
            "jiff" => Some(Self::Jiff),
            "chrono" => Some(Self::Chrono),
            "time" => Some(Self::Time),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

impl Numbers {
    /// What they are called.
    pub const WORDS: &[&str] = &["float", "exact"];

    /// The one of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "float" => Some(Self::Float),
            "exact" => Some(Self::Exact),
            _ => None,
        }
    }
}

impl Broker {
    const NAMES: [&str; BROKERS.len()] = {
        let mut names = [""; BROKERS.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = BROKERS[at].name;
            at += 1;
        }
        names
    };

    /// The names of all brokers.
    pub const WORDS: &[&str] = &Self::NAMES;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str) -> OptionValue {
        OptionValue::Text(word.to_owned())
    }

    #[test]
    fn every_word_of_an_option_means_something_of_its_own() {
        for key in OPTIONS.iter().filter(|key| key.name != TYPES) {
            let values: Vec<OptionValue> = match key.kind {
                Kind::Word(words) => words.iter().map(|word| text(word)).collect(),
                Kind::Flag => vec![OptionValue::Flag(true)],
                Kind::Texts => vec![OptionValue::Texts(vec!["a".to_owned()])],
                _ => vec![text("a")],
            };
            let mut seen = vec![format!("{:?}", Options::default())];
            for value in values {
                let mut options = Options::default();
                assert_eq!(options.set(key.name, value.clone()), Ok(()), "{}", key.name);
                let options = format!("{options:?}");
                assert!(!seen.contains(&options), "{} {value:?}", key.name);
                seen.push(options);
            }
        }
    }

    #[test]
    fn what_is_no_option_is_told() {
        let mut options = Options::default();
        for (name, value, told) in [
            (
                "rol",
                text("both"),
                "there is no option `rol`; did you mean `role`?",
            ),
            (
                "role",
                text("server"),
                "`role` may not be `server`; it may be `application`, `counterpart`, `both`",
            ),
            ("role", OptionValue::Flag(true), "`role` must be text"),
            ("include", text("a"), "`include` must be a list of texts"),
            (
                "all-schemas",
                text("yes"),
                "`all-schemas` must be `true` or `false`",
            ),
        ] {
            assert_eq!(options.set(name, value), Err(told.to_owned()));
        }
    }

    #[test]
    fn what_was_told_first_wins() {
        let of = |text: &str| {
            let root = DeTable::parse(text).unwrap();
            Options::of(root.get_ref(), Path::new("/conf"))
        };
        let far = of(
            "[generate.rust]\nrole = 'counterpart'\nunknown = 'drop'\nvalidate = 'full'\nbroker = 'socket'\n\
             include = ['a*', 'b']\nexclude = ['c']\nall-schemas = true\ntests = true\ntemplate-dir = 'crate'\n",
        );
        assert_eq!(far.template_dir.as_deref(), Some(Path::new("/conf/crate")));
        let mut near = Options::default();
        near.set("role", text("application")).unwrap();
        near.set("include", OptionValue::Texts(vec!["d".to_owned()]))
            .unwrap();
        let settings = near.or(far).settings();
        assert_eq!(settings.role, Role::Application);
        assert_eq!(settings.unknown, Unknown::Drop);
        assert_eq!(settings.validate, Validate::Full);
        assert_eq!(settings.broker.map(|broker| broker.name), Some("socket"));
        assert_eq!(settings.selection.include, ["d"]);
        assert_eq!(settings.selection.exclude, ["c"]);
        assert!(settings.all_schemas && settings.tests);
    }
}
