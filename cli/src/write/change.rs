//! One change of a folder: a file that is written, replaced or removed.
use super::{
    found::{self, Found, is_behind_link},
    hash::hash,
};
use anyhow::bail;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What becomes of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Change<'a> {
    /// The file, from the folder.
    pub(super) name: String,
    /// What stands there before, as [`state`] says; a file that is something else is not touched.
    was: Option<String>,
    /// What stands there afterwards.
    becomes: Option<String>,
    #[serde(skip)]
    text: &'a str,
}

/// What stands in a place: nothing, a link, or a file with the hash of its content. Anything else is never changed, so that it
/// needs no word.
fn state(found: &Found) -> Option<String> {
    match found {
        Found::Nothing | Found::Other(..) => None,
        Found::Link => Some("link".to_owned()),
        Found::File(bytes) => Some(hash(bytes)),
    }
}

/// The same of a place as it is now, where a file can stand there. A journal may come from others, who write of what is
/// elsewhere, by way of a link.
fn now(folder: &Path, name: &str) -> anyhow::Result<Option<String>> {
    match found::at(folder, name)? {
        Found::Other(what, reason) => bail!("`{}` {reason}", what.display()),
        found => Ok(state(&found)),
    }
}

impl<'a> Change<'a> {
    /// A file gets a text, in the place of what was found there.
    pub(super) fn write(name: &str, found: &Found, text: &'a str) -> Self {
        Self {
            name: name.to_owned(),
            was: state(found),
            becomes: Some(hash(text.as_bytes())),
            text,
        }
    }

    /// Whether a file goes.
    pub(super) fn removes(&self) -> bool {
        self.becomes.is_none()
    }

    /// A file goes.
    pub(super) fn remove(name: &str, found: &Found) -> Self {
        Self {
            name: name.to_owned(),
            was: state(found),
            becomes: None,
            text: "",
        }
    }

    /// Writes the new text beside the journal. Who may read or run a file does not change with its text.
    pub(super) fn stage(&self, folder: &Path, staging: &Path, at: usize) -> io::Result<()> {
        if self.becomes.is_none() {
            return Ok(());
        }
        let staged = new(staging, at);
        write(&staged, self.text.as_bytes())?;
        match folder.join(&self.name).symlink_metadata() {
            Ok(about) if about.is_file() => fs::set_permissions(&staged, about.permissions()),
            _ => Ok(()),
        }
    }

    /// Makes the change; what stood in its place is kept beside the journal.
    pub(super) fn make(&self, folder: &Path, staging: &Path, at: usize) -> anyhow::Result<()> {
        if now(folder, &self.name)? != self.was {
            bail!("it changed meanwhile");
        }
        let (target, old) = (folder.join(&self.name), old(staging, at));
        if self.becomes.is_none() {
            return Ok(fs::rename(&target, &old)?);
        }
        fs::create_dir_all(target.parent().unwrap_or(folder))?;
        if self.was.is_some() && fs::hard_link(&target, &old).is_err() {
            fs::copy(&target, &old)?;
        }
        Ok(fs::rename(new(staging, at), &target)?)
    }

    /// The same after a run that may have made it already. What somebody changed meanwhile stays.
    pub(super) fn make_again(
        &self,
        folder: &Path,
        staging: &Path,
        at: usize,
    ) -> anyhow::Result<()> {
        let found = found::at(folder, &self.name)?;
        if matches!(found, Found::Other(..)) {
            return Ok(());
        }
        let now = state(&found);
        let is_free = now.is_none() || now == self.was;
        if now == self.becomes || !is_free {
            return Ok(());
        }
        let target = folder.join(&self.name);
        if self.becomes.is_none() {
            return Ok(fs::remove_file(target)?);
        }
        fs::create_dir_all(target.parent().unwrap_or(folder))?;
        Ok(fs::rename(new(staging, at), &target)?)
    }

    /// Puts back what was there. Whatever fails in this, the journal still tells the next run.
    pub(super) fn undo(&self, folder: &Path, staging: &Path, at: usize) {
        if now(folder, &self.name).is_err() {
            return;
        }
        let target = folder.join(&self.name);
        if self.becomes.is_some() {
            let _ = fs::rename(&target, new(staging, at));
        }
        if self.was.is_some() {
            let _ = fs::rename(old(staging, at), &target);
        } else {
            remove_empty(folder, &self.name);
        }
    }
}

/// Removes the folders of a file that nothing is left in; those behind a link are not of this folder.
pub(super) fn remove_empty(folder: &Path, name: &str) {
    if is_behind_link(folder, name) {
        return;
    }
    let parents = Path::new(name).ancestors().skip(1);
    for parent in parents.filter(|parent| !parent.as_os_str().is_empty()) {
        if fs::remove_dir(folder.join(parent)).is_err() {
            return;
        }
    }
}

/// Writes a file that is not there yet, and waits until the disk has it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn new(staging: &Path, at: usize) -> PathBuf {
    staging.join(format!("{at}.new"))
}

fn old(staging: &Path, at: usize) -> PathBuf {
    staging.join(format!("{at}.old"))
}
