//! Takes values out of a table that was checked.
use std::path::{Path, PathBuf};
use tidings_document::{Host, Mapping};
use toml::de::{DeTable, DeValue};

/// A table of the file, and the folder that its paths start from.
pub struct Part<'v, 'i> {
    /// The table; `None` where it is not there.
    pub table: Option<&'v DeTable<'i>>,
    /// Where paths start from.
    pub folder: &'v Path,
}

impl<'v, 'i> Part<'v, 'i> {
    /// The table under a name.
    #[must_use]
    pub fn of(root: &'v DeTable<'i>, name: &str, folder: &'v Path) -> Self {
        Self {
            table: root.get(name).and_then(|value| value.get_ref().as_table()),
            folder,
        }
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'v DeValue<'i>> {
        Some(self.table?.get(name)?.get_ref())
    }

    /// The text there.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'v str> {
        self.get(name)?.as_str()
    }

    /// Whether it says `true`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name)
            .and_then(DeValue::as_bool)
            .unwrap_or_default()
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &'v str> {
        let items = self.get(name).and_then(DeValue::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.get_ref().as_str())
    }

    /// The path there.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.join(self.text(name)?))
    }

    /// The paths of a list.
    #[must_use]
    pub fn paths(&self, name: &str) -> Vec<PathBuf> {
        self.texts(name)
            .map(|path| self.folder.join(path))
            .collect()
    }

    /// The hosts of a list, without what is none.
    #[must_use]
    pub fn hosts(&self, name: &str) -> Vec<Host> {
        let hosts = self.texts(name).map(str::parse);
        hosts.filter_map(Result::ok).collect()
    }

    /// Files and folders under URLs.
    pub(crate) fn map(&self, name: &str) -> Vec<Mapping> {
        let entries = self.get(name).and_then(DeValue::as_table);
        let mapping = |url: &str, path: &str| Mapping::new(url, self.folder.join(path)).ok();
        let entries = entries.into_iter().flatten();
        entries
            .filter_map(|(url, path)| mapping(url.get_ref(), path.get_ref().as_str()?))
            .collect()
    }
}
