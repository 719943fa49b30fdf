//! Every key that a configuration may have: what the parser checks by, and what the JSON Schema is made of.

/// A key and what stands under it.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// One sentence for the schema.
    #[cfg_attr(not(test), expect(dead_code, reason = "the schema is made by a test"))]
    pub(super) about: &'static str,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// One of some words.
    Word(&'static [&'static str]),
    Text,
    Flag,
    Texts,
    /// Patterns of file names, at least one.
    Patterns,
    /// Names of hosts.
    Hosts,
    /// Files and folders under URLs.
    Map,
    /// Severities under ids of rules.
    Rules,
    Table(&'static [Key]),
    Tables(&'static [Key]),
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key {
        name,
        kind,
        required: false,
        about,
    }
}

const fn required(key: Key) -> Key {
    Key {
        required: true,
        ..key
    }
}

/// How much a rule may weigh.
pub(super) const SEVERITIES: &[&str] = &["off", "info", "warning", "error"];

/// The keys of the file.
pub(super) static ROOT: &[Key] = &[
    key(
        "validate",
        Kind::Table(VALIDATE),
        "What `tidings validate` does unless its options say otherwise.",
    ),
    key(
        "rules",
        Kind::Rules,
        "Severities of rules, by id, by official code, or by the name of a group; a rule that is named is checked in every profile.",
    ),
    key(
        "overrides",
        Kind::Tables(OVERRIDE),
        "Severities of rules in some files; later ones win.",
    ),
    key("read", Kind::Table(READ), "Which files may be read."),
    key(
        "remote",
        Kind::Table(REMOTE),
        "What is read from other machines.",
    ),
    key("docs", Kind::Table(DOCS), "How pages look."),
];

static DOCS: &[Key] = &[
    key(
        "css",
        Kind::Text,
        "File of rules to add to the style sheet.",
    ),
    key("logo", Kind::Text, "Picture to show before titles."),
    key(
        "template-dir",
        Kind::Text,
        "Folder with templates in the place of ours.",
    ),
    key(
        "allow-images",
        Kind::Hosts,
        "Hosts whose pictures pages show, and fetch.",
    ),
    key(
        "site-title",
        Kind::Text,
        "What several documents are called together.",
    ),
];

static VALIDATE: &[Key] = &[
    key(
        "profile",
        Kind::Word(&["official", "recommended", "strict"]),
        "Which rules to check.",
    ),
    key(
        "fail-on",
        Kind::Word(&["error", "warning", "info"]),
        "The least severity that makes the exit code 1.",
    ),
    key(
        "baseline",
        Kind::Text,
        "File of known findings, which are not shown again.",
    ),
    key("rulesets", Kind::Texts, "Files of declarative rules."),
];

static OVERRIDE: &[Key] = &[
    required(key(
        "files",
        Kind::Patterns,
        "Patterns of file names, from the folder of this file.",
    )),
    required(key(
        "rules",
        Kind::Rules,
        "Severities of rules in these files.",
    )),
];

static READ: &[Key] = &[
    key(
        "roots",
        Kind::Texts,
        "Folders that references may lead into, besides the project of the document.",
    ),
    key(
        "hidden",
        Kind::Flag,
        "Whether references may lead to files and folders whose names begin with a dot.",
    ),
    key(
        "proto-path",
        Kind::Texts,
        "Folders that imports of Protobuf schemas start from.",
    ),
];

static REMOTE: &[Key] = &[
    key(
        "allow",
        Kind::Hosts,
        "Hosts that may be asked for what references name.",
    ),
    key(
        "map",
        Kind::Map,
        "URLs, or beginnings of such, and the file or folder that is read instead.",
    ),
    key(
        "lock",
        Kind::Text,
        "File of the hashes that contents from other machines must have.",
    ),
];
