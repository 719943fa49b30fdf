//! Reads the files that references name, within the roots and limits.
use std::path::Path;

use super::{
    link::Walk,
    open::add_file,
    target::{is_remote, path_of, scheme, split},
};
use crate::{
    Diagnostic, FileId, Text,
    loader::{normal, reason},
    rules,
    sources::{Link, Name},
};

impl Walk<'_, '_> {
    /// Where the file part of a reference leads; the file is read when it is new.
    pub(super) fn link(&mut self, reference: Text<'_>) -> Link {
        let (file, _) = split(reference.value);
        if is_remote(file) {
            let message = format!("`{file}` is not read: remote references are off");
            self.diagnostics.push(
                Diagnostic::new(&rules::REFERENCE_REMOTE, reference.span, message)
                    .help("keep a copy beside the document and refer to that"),
            );
            return Link::Remote;
        }
        match self.load(reference.span.file, &path_of(file), reference) {
            Ok(id) => Link::File(id),
            Err(found) => {
                self.diagnostics.push(*found);
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
        let unresolved = |reason: String| {
            let message = format!("`{path}` {reason}");
            Box::new(Diagnostic::new(
                &rules::REFERENCE_UNRESOLVED,
                reference.span,
                message,
            ))
        };
        if let Some(other) = scheme(split(reference.value).0).filter(|scheme| *scheme != "file") {
            return Err(unresolved(format!(
                "cannot be read: `{other}:` names no file"
            )));
        }
        let from = self.document.sources.file(from);
        let folder = from
            .and_then(|file| file.name.location.parent())
            .unwrap_or(Path::new("/"));
        let wanted = normal(&folder.join(path));
        // By its text first: whether a file beyond the roots exists is nobody's business.
        if !self.is_allowed(&wanted) {
            return Err(self.outside(path, &wanted, reference));
        }
        let limits = &self.settings.limits;
        let canonical = self.settings.loader.canonical(&wanted);
        let canonical = canonical.map_err(|error| unresolved(reason(&error, limits)))?;
        if !self.is_allowed(&canonical) {
            return Err(self.outside(path, &canonical, reference));
        }
        if let Some(id) = self.known.get(&canonical) {
            return Ok(*id);
        }
        if self.document.sources.len() >= limits.files {
            return Err(unresolved(format!(
                "is not read: the document has {} files already",
                limits.files
            )));
        }
        let bytes = self.settings.loader.read(&canonical, limits.file_bytes);
        let bytes = bytes.map_err(|error| unresolved(reason(&error, limits)))?;
        let beside = from.and_then(|file| file.name.shown.parent());
        let name = Name {
            shown: normal(&beside.unwrap_or(Path::new("")).join(path)),
            location: wanted,
            canonical: canonical.clone(),
        };
        let sources = &self.document.sources;
        let id = add_file(
            sources,
            name,
            bytes,
            Some(reference.span),
            limits,
            self.diagnostics,
        );
        self.known.insert(canonical, id);
        Ok(id)
    }

    pub(super) fn is_allowed(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    fn outside(&self, path: &str, wanted: &Path, reference: Text<'_>) -> Box<Diagnostic> {
        let folder = wanted.parent().unwrap_or(Path::new("/")).display();
        let message = format!("`{path}` lies outside the folders that may be read");
        let found = Diagnostic::new(&rules::REFERENCE_OUTSIDE_ROOT, reference.span, message);
        Box::new(found.help(format!(
            "allow it with `--root {folder}` if you trust the document"
        )))
    }
}
