//! Documents that cannot be read: findings about the files themselves.
use std::{
    io,
    path::{Path, PathBuf},
};
use tidings_document::{Limits, OpenError, Severity};
use tidings_rules::{Profile, Rule};

/// The rule that a file breaks which cannot be read.
pub(crate) static FILE_UNREADABLE: Rule = Rule {
    id: "file-unreadable",
    severity: Severity::Error,
    since: "0.1.0",
    profile: Profile::Official,
    codes: &[],
    summary: "a document cannot be read at all",
    docs: r##"The file does not exist, may not be read, is too large, or there is no document where the argument leads.
Nothing can be said about its content; the other documents are checked all the same.

What a document needs at the least:

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
```
"##,
};

/// A document that could not be read at all.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Its name as the user gave it.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) error: OpenError,
}

impl Unreadable {
    /// A file that the system does not give.
    pub(super) fn new(path: &Path, error: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            error: OpenError::new(path, error, &Limits::default()),
        }
    }

    /// A file that is of no use for a reason of ours; `reason` goes on after its name.
    pub(super) fn because(path: &Path, reason: impl Into<String>) -> Self {
        let mut unreadable = Self::new(path, io::ErrorKind::InvalidData.into());
        unreadable.error.reason = reason.into();
        unreadable
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Unreadable {}
