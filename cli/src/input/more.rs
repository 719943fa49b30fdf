//! What configurations say of reading, beside the options about it.
use std::path::PathBuf;
use tidings_document::{Host, Mapping};

/// Heading of the options in the help.
pub(crate) const HEADING: &str = "Reading";

/// What a configuration adds to the options about reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct More {
    /// Folders that references may lead into.
    pub(crate) roots: Vec<PathBuf>,
    /// Whether they may lead to hidden files and folders.
    pub(crate) hidden: bool,
    /// Folders that imports of Protobuf schemas start from, behind those of the options.
    pub(crate) proto_paths: Vec<PathBuf>,
    /// Hosts that references may be fetched from.
    pub(crate) hosts: Vec<Host>,
    /// Files that are read instead of URLs.
    pub(crate) map: Vec<Mapping>,
    /// Hashes of what may be fetched, unless an option names others.
    pub(crate) lock: Option<PathBuf>,
}
