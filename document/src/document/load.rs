//! Reads the files that references name, within the roots and limits.
use std::path::{Path, PathBuf};

use super::{
    link::Walk,
    open::add_file,
    target::{is_remote, path_of, scheme, split},
};
use crate::{
    Diagnostic, FileId, Text, Url,
    loader::{normal, reason},
    roots::Refusal,
    rules,
    sources::{Link, Name},
};

/// A folder that paths start from.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    /// Absolute, links not resolved.
    pub(super) location: PathBuf,
    /// As it is shown.
    pub(super) shown: PathBuf,
}

impl Folder {
    /// That of a file.
    pub(super) fn of(name: &Name) -> Self {
        let location = name.location.parent().unwrap_or(Path::new("/"));
        let shown = name.shown.parent().unwrap_or(Path::new(""));
        Self {
            location: location.to_owned(),
            shown: shown.to_owned(),
        }
    }

    /// The folder above, where there is one.
    pub(super) fn above(&self) -> Option<Self> {
        Some(Self {
            location: self.location.parent()?.to_owned(),
            shown: normal(&self.shown.join("..")),
        })
    }

    /// How it is written.
    pub(super) fn text(&self) -> String {
        match self.shown.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => self.shown.display().to_string(),
        }
    }
}

impl Walk<'_, '_> {
    /// Where the file part of a reference leads; the file is read when it is new.
    pub(super) fn link(&mut self, reference: Text<'_>) -> Link {
        let (file, _) = split(reference.value);
        let from = self.document.sources.file(reference.span.file);
        match from.and_then(|from| from.name.url.as_ref()) {
            Some(base) => return self.remote(base.join(file), reference),
            None if is_remote(file) => return self.remote(Url::parse(file), reference),
            None => {}
        }
        match self.load(reference.span.file, &path_of(file), reference) {
            Ok(id) => Link::File(id),
            Err(found) => {
                let found = self.with_meant(reference, *found);
                self.diagnostics.push(found);
                Link::Broken
            }
        }
    }

    /// Reads the file at a path that starts from the folder of a file.
    pub(super) fn load(
        &mut self,
        from: FileId,
        path: &str,
        reference: Text<'_>,
    ) -> Result<FileId, Box<Diagnostic>> {
        if let Some(other) = scheme(split(reference.value).0).filter(|scheme| *scheme != "file") {
            let reason = format!("cannot be read: `{other}:` names no file");
            return Err(unresolved(path, &reason, reference));
        }
        let from = self.document.sources.file(from);
        let folder = from.map(|file| Folder::of(&file.name));
        self.load_in(&folder.unwrap_or_default(), path, reference)
    }

    /// Reads the file at a path that starts from a folder.
    pub(super) fn load_in(
        &mut self,
        folder: &Folder,
        path: &str,
        reference: Text<'_>,
    ) -> Result<FileId, Box<Diagnostic>> {
        let wanted = normal(&folder.location.join(path));
        let canonical = self.within_roots(path, &wanted, reference)?;
        if let Some(id) = self.known.get(&canonical) {
            return Ok(*id);
        }
        let bytes = self.read_bytes(path, &canonical, reference)?;
        let name = Name {
            shown: normal(&folder.shown.join(path)),
            location: wanted,
            canonical: canonical.clone(),
            url: None,
        };
        let id = self.add(name, bytes, reference);
        self.known.insert(canonical, id);
        Ok(id)
    }

    /// The true path of a file that may be read.
    pub(super) fn within_roots(
        &self,
        path: &str,
        wanted: &Path,
        reference: Text<'_>,
    ) -> Result<PathBuf, Box<Diagnostic>> {
        // By its text first: whether a file beyond the roots exists is nobody's business.
        self.may_read(path, wanted, reference)?;
        let canonical =
            self.settings.loader.canonical(wanted).map_err(|error| {
                unresolved(path, &reason(&error, &self.settings.limits), reference)
            })?;
        self.may_read(path, &canonical, reference)?;
        Ok(canonical)
    }

    fn may_read(
        &self,
        path: &str,
        wanted: &Path,
        reference: Text<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        self.roots.allow(wanted).map_err(|refusal| match refusal {
            Refusal::Outside => outside(path, wanted, reference),
            Refusal::Hidden => hidden(path, reference),
        })
    }

    /// The content of a file by its true path.
    pub(super) fn read_bytes(
        &self,
        path: &str,
        canonical: &Path,
        reference: Text<'_>,
    ) -> Result<Vec<u8>, Box<Diagnostic>> {
        self.has_room(path, reference)?;
        let limits = &self.settings.limits;
        let bytes = self.settings.loader.read(canonical, limits.file_bytes);
        bytes.map_err(|error| unresolved(path, &reason(&error, limits), reference))
    }

    /// Whether the document may have one more file.
    pub(super) fn has_room(&self, path: &str, reference: Text<'_>) -> Result<(), Box<Diagnostic>> {
        let most = self.settings.limits.files;
        if self.document.sources.len() < most {
            return Ok(());
        }
        let reason = format!("is not read: the document has {most} files already");
        Err(unresolved(path, &reason, reference))
    }

    pub(super) fn add(&mut self, name: Name, bytes: Vec<u8>, reference: Text<'_>) -> FileId {
        add_file(
            &self.document.sources,
            name,
            bytes,
            Some(reference.span),
            &self.settings.limits,
            self.diagnostics,
        )
    }

    pub(super) fn is_allowed(&self, path: &Path) -> bool {
        self.roots.allow(path).is_ok()
    }
}

/// A reference whose file, shown by a name, is not there for a reason.
pub(super) fn unresolved(name: &str, reason: &str, reference: Text<'_>) -> Box<Diagnostic> {
    let message = format!("`{name}` {reason}");
    let found = Diagnostic::new(&rules::REFERENCE_UNRESOLVED, reference.span, message);
    Box::new(found.help("the path begins in the folder of the file in which the reference stands"))
}

fn outside(path: &str, wanted: &Path, reference: Text<'_>) -> Box<Diagnostic> {
    let folder = wanted.parent().unwrap_or(Path::new("/")).display();
    let message = format!("`{path}` lies outside the folders that may be read");
    let found = Diagnostic::new(&rules::REFERENCE_OUTSIDE_ROOT, reference.span, message);
    Box::new(found.help(format!(
        "allow it with `--root {folder}` if you trust the document"
    )))
}

fn hidden(path: &str, reference: Text<'_>) -> Box<Diagnostic> {
    let message = format!("`{path}` leads to what is hidden: a name in it begins with a dot");
    let found = Diagnostic::new(&rules::REFERENCE_OUTSIDE_ROOT, reference.span, message);
    Box::new(found.help("allow it with `--allow-hidden` if you trust the document"))
}
