//! What keys a configuration may have: what it is checked by, and what its JSON Schema is made of.

/// A key and what stands under it.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What stands under it.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// One sentence for the schema.
    pub about: &'static str,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of some words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// Patterns of file names, at least one.
    Patterns,
    /// Names of hosts.
    Hosts,
    /// Files and folders under URLs.
    Map,
    /// Words under names.
    Words(Judge, &'static [&'static str]),
    /// Tables under names.
    Under(Judge, &'static [Key]),
    /// A table.
    Table(&'static [Key]),
    /// A list of tables.
    Tables(&'static [Key]),
}

/// Says of a name what is wrong with it, and how to mend it.
pub type Judge = fn(&str) -> Result<(), (String, String)>;

/// A key that may be left out.
#[must_use]
pub const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key {
        name,
        kind,
        required: false,
        about,
    }
}

/// The same key, which has to be there.
#[must_use]
pub const fn required(key: Key) -> Key {
    Key {
        required: true,
        ..key
    }
}

/// The keys of `read`.
pub static READ: &[Key] = &[
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

/// The keys of `remote`.
pub static REMOTE: &[Key] = &[
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
