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

#[cfg(test)]
mod tests {
    use super::*;

    fn more(text: &str) -> More {
        let root = DeTable::parse(text).expect("TOML");
        More::of(root.get_ref(), Path::new("/f"))
    }

    #[test]
    fn paths_start_from_the_folder_of_the_file() {
        let more = more(
            "[read]\nroots = ['a', '/b']\nhidden = true\nproto-path = ['c']\n\
             [remote]\nallow = ['a.example', 'no host']\nmap = { 'https://a.example/' = 'd' }\nlock = 'e'\n",
        );
        assert_eq!(more.roots, [PathBuf::from("/f/a"), PathBuf::from("/b")]);
        assert!(more.hidden);
        assert_eq!(more.proto_paths, [PathBuf::from("/f/c")]);
        assert_eq!(more.hosts, ["a.example".parse().expect("a host")]);
        let mapping = Mapping::new("https://a.example/", PathBuf::from("/f/d"));
        assert_eq!(more.map, [mapping.expect("a URL")]);
        assert_eq!(more.lock, Some(PathBuf::from("/f/e")));
    }

    #[test]
    fn what_is_not_there_adds_nothing() {
        assert_eq!(more(""), More::default());
        assert_eq!(more("[read]\n[remote]\nlock = 1\n"), More::default());
    }
}
