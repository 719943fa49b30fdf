//! Files that a generation puts into a folder which may hold others: it replaces and removes only what an earlier one wrote and
//! nobody changed, and leaves what is as it should be.
use super::{
    change::{Change, remove_empty},
    found::{self, Found, is_generated},
    hash::hash,
    journal,
    lock::lock,
    manifest::{Manifest, is_below},
};
use anyhow::{Context, bail};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// What to write where.
pub(crate) struct Generation<'a> {
    pub(crate) folder: &'a Path,
    /// Name of the list of its files, which lies with them.
    pub(crate) manifest: &'a str,
    /// Names with `/` between their parts, and texts.
    pub(crate) files: &'a [(String, String)],
    /// Whether to replace what others wrote or changed.
    pub(crate) force: bool,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Files whose text is another now.
    pub(crate) changed: usize,
    /// Files that are as they should be.
    pub(crate) same: usize,
    /// What is worth telling.
    pub(crate) notes: Vec<String>,
}

/// What would be done, as names of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Those whose text would be another.
    pub(crate) written: Vec<String>,
    /// Those that would go.
    pub(crate) removed: Vec<String>,
}

/// Finishes what an earlier run left half done in a folder.
pub(crate) fn recover(folder: &Path) -> anyhow::Result<()> {
    match folder.is_dir() {
        true => {
            let _lock = lock(folder)?;
            journal::finish(folder)
        }
        false => Ok(()),
    }
}

impl<'a> Generation<'a> {
    /// Writes the files, all or none of them.
    ///
    /// # Errors
    /// When one of them would replace what is not ours, which is named, or when the system refuses.
    pub(crate) fn write(&self) -> anyhow::Result<Written> {
        let made = make_folder(self.folder)?;
        let written = self.write_into(self.folder);
        if written.is_err() {
            // In the order from the innermost: what others put there meanwhile keeps them.
            made.iter().all(|folder| fs::remove_dir(folder).is_ok());
        }
        written
    }

    /// What [`write`](Self::write) would do; it fails where that would.
    pub(crate) fn preview(&self) -> anyhow::Result<Preview> {
        let changes = self.changes(self.before()?.as_ref(), &mut Written::default())?;
        let mut preview = Preview::default();
        for change in changes {
            let names = match change.removes() {
                true => &mut preview.removed,
                false => &mut preview.written,
            };
            names.push(change.name);
        }
        Ok(preview)
    }

    /// What an earlier generation wrote.
    fn before(&self) -> anyhow::Result<Option<Manifest>> {
        match Manifest::read(&self.folder.join(self.manifest)) {
            Err(_) if self.force => Ok(None),
            before => before,
        }
    }

    /// All that is to be done but for the list itself.
    fn changes(
        &self,
        before: Option<&Manifest>,
        written: &mut Written,
    ) -> anyhow::Result<Vec<Change<'a>>> {
        let mut changes = self.replacements(before, written)?;
        if let Some(before) = before {
            changes.extend(self.removals(before, written)?);
        }
        Ok(changes)
    }

    fn write_into(&self, folder: &Path) -> anyhow::Result<Written> {
        let _lock = lock(folder)?;
        journal::finish(folder)?;
        let before = self.before()?;
        let mut written = Written::default();
        let list = Manifest::of(self.files);
        let text = list.text()?;
        let mut changes = self.changes(before.as_ref(), &mut written)?;
        if before.as_ref() != Some(&list) {
            let found = found::at(folder, self.manifest)?;
            changes.push(Change::write(self.manifest, &found, &text));
        }
        if !changes.is_empty() {
            journal::commit(folder, &changes)?;
        }
        if let Some(before) = before {
            let gone = before
                .files
                .keys()
                .filter(|name| !list.files.contains_key(*name));
            gone.for_each(|name| remove_empty(folder, name));
        }
        Ok(written)
    }

    /// The files whose text becomes another.
    fn replacements(
        &self,
        before: Option<&Manifest>,
        written: &mut Written,
    ) -> anyhow::Result<Vec<Change<'a>>> {
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        for (name, text) in self.files {
            let found = found::at(self.folder, name).with_context(|| self.cannot_look(name))?;
            match found {
                Found::File(bytes) if bytes == text.as_bytes() => written.same += 1,
                Found::Other(what, reason) => {
                    bail!("`{}` {reason}; remove it", self.folder.join(what).display())
                }
                found => match self.objection(name, &found, before) {
                    Some(why) => {
                        refused.push(format!("`{}` {why}", self.folder.join(name).display()))
                    }
                    None => changes.push(Change::write(name, &found, text)),
                },
            }
        }
        if !refused.is_empty() {
            bail!(
                "nothing was written: {}; move what you want to keep, or let `--force` replace it",
                refused.join(", ")
            );
        }
        written.changed = changes.len();
        Ok(changes)
    }

    /// Why what was found in a place may not be replaced.
    fn objection(
        &self,
        name: &str,
        found: &Found,
        before: Option<&Manifest>,
    ) -> Option<&'static str> {
        let bytes = match found {
            Found::File(bytes) if !self.force => bytes,
            Found::Link if !self.force => return Some("is a link, which tidings did not make"),
            _ => return None,
        };
        match before.map(|before| before.files.get(name)) {
            Some(Some(known)) if *known == hash(bytes) => None,
            Some(Some(_)) => Some("was changed since tidings wrote it"),
            // Versions that kept no list are known by their headers.
            None if is_generated(bytes) => None,
            Some(None) | None => Some("was not written by tidings"),
        }
    }

    /// The files that an earlier generation wrote and this one does not.
    fn removals(
        &self,
        before: &Manifest,
        written: &mut Written,
    ) -> anyhow::Result<Vec<Change<'a>>> {
        // Where case makes no difference, a file of another spelling may be the same file.
        let kept: HashSet<_> = self
            .files
            .iter()
            .map(|(name, _)| name.to_lowercase())
            .collect();
        let gone = before.files.iter();
        let gone = gone.filter(|(name, _)| is_below(name) && !kept.contains(&name.to_lowercase()));
        let mut changes = Vec::new();
        for (name, known) in gone {
            let found = found::at(self.folder, name).with_context(|| self.cannot_look(name))?;
            match &found {
                Found::Nothing => {}
                Found::File(bytes)
                    if hash(bytes) == *known && is_generated(bytes) && !self.is_of_another_crate(name) =>
                {
                    changes.push(Change::remove(name, &found));
                }
                _ => written.notes.push(format!(
                    "`{}` is not generated any more, but was changed and stays; remove it if nothing needs it",
                    self.folder.join(name).display()
                )),
            }
        }
        Ok(changes)
    }

    fn is_of_another_crate(&self, name: &str) -> bool {
        let parents = Path::new(name).ancestors().skip(1);
        let mut parents = parents.filter(|parent| !parent.as_os_str().is_empty());
        parents.any(|parent| self.folder.join(parent).join("Cargo.toml").exists())
    }

    fn cannot_look(&self, name: &str) -> String {
        format!("cannot read `{}`", self.folder.join(name).display())
    }
}

/// Makes a folder where there is none; gives those that were made, the innermost first.
fn make_folder(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let shown = folder.display();
    if folder.exists() && !folder.is_dir() {
        bail!("cannot write to `{shown}`: it is not a folder");
    }
    if folder
        .canonicalize()
        .is_ok_and(|folder| folder.parent().is_none())
    {
        bail!(
            "cannot write to `{shown}`: it is the root of the file system; name a folder below it"
        );
    }
    let parents = folder
        .ancestors()
        .filter(|parent| !parent.as_os_str().is_empty());
    let missing = parents.take_while(|parent| !parent.exists());
    let missing = missing.map(Path::to_owned).collect();
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{shown}`"))?;
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Not by a run of the program: where it did not refuse, it would write there.
    #[test]
    fn the_root_of_the_file_system_holds_no_crate() {
        for root in ["/", "/.", "/../"] {
            let error = make_folder(Path::new(root)).expect_err("refused");
            assert!(error.to_string().contains("root of the file system"));
        }
    }

    #[test]
    fn folders_that_are_made_are_told_the_innermost_first() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name);
        let made = make_folder(&at("a/b/c")).expect("made");
        assert_eq!(made, [at("a/b/c"), at("a/b"), at("a")]);
        assert!(at("a/b/c").is_dir());
        assert!(make_folder(&at("a/b")).expect("there").is_empty());
    }
}
