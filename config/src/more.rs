//! What configurations say of reading documents.
use crate::Part;
use std::path::{Path, PathBuf};
use tidings_document::{Host, Mapping};
use toml::de::DeTable;

/// What a configuration adds to what whoever reads says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct More {
    /// Folders that references may lead into.
    pub roots: Vec<PathBuf>,
    /// Whether they may lead to hidden files and folders.
    pub hidden: bool,
    /// Folders that imports of Protobuf schemas start from, behind those that were told.
    pub proto_paths: Vec<PathBuf>,
    /// Hosts that references may be fetched from.
    pub hosts: Vec<Host>,
    /// Files that are read instead of URLs.
    pub map: Vec<Mapping>,
    /// Hashes of what may be fetched, unless others were told.
    pub lock: Option<PathBuf>,
}

impl More {
    /// What a file says; its paths start from its folder.
    #[must_use]
    pub fn of(root: &DeTable<'_>, folder: &Path) -> Self {
        let read = Part::of(root, "read", folder);
        let remote = Part::of(root, "remote", folder);
        Self {
            roots: read.paths("roots"),
            hidden: read.flag("hidden"),
            proto_paths: read.paths("proto-path"),
            hosts: remote.hosts("allow"),
            map: remote.map("map"),
            lock: remote.path("lock"),
        }
    }
}
