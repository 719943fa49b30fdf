//! `--since`: the documents as they were, in other folders or in commits.
mod commit;

use crate::input::{self, Known, Reading};
use commit::Commit;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    rc::Rc,
};
use tidings_html::Facts;

/// A state before.
#[derive(Debug)]
pub(super) struct Earlier {
    /// What it is called.
    pub(super) name: String,
    /// What could not be read of it.
    pub(super) notes: Vec<String>,
    source: Source,
    /// What the documents of then say, by their places.
    facts: BTreeMap<PathBuf, Facts>,
}

/// What has the documents of then.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    /// A folder, with the arguments that lead to the documents of now.
    Folder(PathBuf, Vec<PathBuf>),
    Commit(Commit),
}

/// Documents by what they are now, or, of those that are no more, by where they were.
pub(super) type Named<'a> = BTreeMap<Name<'a>, &'a Facts>;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name<'a> {
    /// That of this number now.
    Now(usize),
    Gone(&'a Path),
}

/// The states that were read, for pages that are made again and again: commits stay as they are.
#[derive(Debug, Default)]
pub(super) struct Kept(RefCell<Vec<Rc<Earlier>>>);

impl Kept {
    /// Finds states by names of folders, or else of commits in the repository of the documents of now, or patterns of its tags.
    pub(super) fn find(
        &self,
        names: &[String],
        arguments: &[PathBuf],
        now: &[(PathBuf, Facts)],
        reading: &Reading,
    ) -> anyhow::Result<Vec<Rc<Earlier>>> {
        let documents: Vec<_> = now.iter().map(|(path, _)| path.as_path()).collect();
        let mut found: Vec<Rc<Earlier>> = Vec::new();
        for name in names {
            let folder = Path::new(name);
            if folder.is_dir() {
                found.push(Rc::new(Earlier::of_folder(folder, arguments, reading)?));
                continue;
            }
            for name in commit::names(name, &documents)? {
                if !found.iter().any(|earlier| earlier.name == name) {
                    found.push(self.commit(&name, &documents, arguments, reading)?);
                }
            }
        }
        self.0.replace(found.clone());
        Ok(found)
    }

    fn commit(
        &self,
        name: &str,
        documents: &[&Path],
        arguments: &[PathBuf],
        reading: &Reading,
    ) -> anyhow::Result<Rc<Earlier>> {
        let commit = Commit::find(name, documents)?;
        let source = Source::Commit(commit.clone());
        let is_same = |kept: &&Rc<Earlier>| kept.source == source && kept.name == name;
        if let Some(kept) = self.0.borrow().iter().find(is_same) {
            return Ok(kept.clone());
        }
        let copy = commit.copy()?;
        let earlier = Earlier::read(name, source, copy.folder(), arguments, reading);
        // Nobody changes these files, and they go.
        reading.forget(copy.folder());
        Ok(Rc::new(earlier?))
    }
}

impl Source {
    /// Where a path of now was, from the folder of then.
    fn place(&self, path: &Path) -> anyhow::Result<PathBuf> {
        match self {
            Self::Folder(folder, arguments) => Ok(place_in(folder, arguments, path)),
            Self::Commit(commit) => commit.place(path),
        }
    }

    /// The same of a document that was found in the folder of then; nothing where a link leads out of it.
    fn place_of_then(&self, folder: &Path, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Folder(..) => Some(path.strip_prefix(folder).ok()?.to_owned()),
            Self::Commit(_) => commit::below(folder, path),
        }
    }
}

fn place_in(folder: &Path, arguments: &[PathBuf], path: &Path) -> PathBuf {
    let is_same = |part: &Component<'_>| *part != Component::CurDir;
    let same: PathBuf = path.components().filter(is_same).collect();
    let is_inside = !path.components().any(|part| part == Component::ParentDir);
    if path.is_relative() && is_inside && folder.join(&same).exists() {
        return same;
    }
    // Without the folder that an argument names: it has another name there.
    let mut inside = arguments.iter();
    let inside = inside.find_map(|argument| path.strip_prefix(argument).ok());
    match inside.filter(|inside| *inside != Path::new("")) {
        Some(inside) => inside.to_owned(),
        None if path.is_dir() => PathBuf::new(),
        None => PathBuf::from(path.file_name().unwrap_or_default()),
    }
}

impl Earlier {
    fn of_folder(folder: &Path, arguments: &[PathBuf], reading: &Reading) -> anyhow::Result<Self> {
        let source = Source::Folder(folder.to_owned(), arguments.to_owned());
        let last = folder.canonicalize()?;
        let last = last.file_name().unwrap_or_default().to_string_lossy();
        Self::read(&last, source, folder, arguments, reading)
    }

    /// Reads the documents of then.
    fn read(
        name: &str,
        source: Source,
        folder: &Path,
        arguments: &[PathBuf],
        reading: &Reading,
    ) -> anyhow::Result<Self> {
        let mut places = Vec::new();
        for argument in arguments.iter().filter(|path| *path != Path::new("-")) {
            let place = source.place(argument)?;
            let is_all = place == Path::new("");
            places.push(if is_all {
                folder.to_owned()
            } else {
                folder.join(place)
            });
        }
        let (mut facts, mut notes) = (BTreeMap::new(), Vec::new());
        let found = input::documents(&places, &mut Known::default()).into_iter();
        for path in found.flatten().filter(|path| path.is_file()) {
            let place = source.place_of_then(folder, &path);
            let opened = place
                .as_ref()
                .and_then(|_| input::open(&path, reading).ok());
            let api = opened.as_ref().and_then(|opened| opened.read().1);
            match (place, api) {
                (Some(place), Some(api)) => {
                    facts.insert(place, Facts::new(&api));
                }
                _ => notes.push(format!(
                    "{} could not be read as it was in {name}; it is told as new, or not at all",
                    path.strip_prefix(folder).unwrap_or(&path).display(),
                )),
            }
        }
        Ok(Self {
            name: name.to_owned(),
            notes,
            source,
            facts,
        })
    }

    /// The documents of then.
    pub(super) fn documents(&self, now: &[(PathBuf, Facts)]) -> anyhow::Result<Named<'_>> {
        let mut rest: BTreeMap<_, _> = self.facts.iter().collect();
        let mut found = Named::new();
        for (number, (path, _)) in now.iter().enumerate() {
            if path == Path::new("-") {
                continue;
            }
            if let Some(facts) = rest.remove(&self.source.place(path)?) {
                found.insert(Name::Now(number), facts);
            }
        }
        let gone = rest.into_iter();
        found.extend(gone.map(|(place, facts)| (Name::Gone(place), facts)));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn places_of_then_are_found_below_the_folder_of_then() {
        let place = tempfile::tempdir().expect("a folder");
        let then = place.path().join("then");
        for name in ["then/now/deep", "now"] {
            fs::create_dir_all(place.path().join(name)).expect("made");
            fs::write(place.path().join(name).join("a.yaml"), "").expect("written");
        }
        for (argument, path, expected) in [
            ("now", "now/deep/a.yaml", "now/deep/a.yaml"),
            (".", "./now/deep/a.yaml", "now/deep/a.yaml"),
            (".", ".", ""),
            ("specs", "specs/b.yaml", "b.yaml"),
            // From the folder of then, this leads to what is now.
            ("../now", "../now/a.yaml", "a.yaml"),
        ] {
            let found = place_in(&then, &[argument.into()], Path::new(path));
            assert_eq!(found, Path::new(expected), "{path}");
        }
    }
}
