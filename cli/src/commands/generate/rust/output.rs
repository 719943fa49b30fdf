//! The files of a generation at their place: written, or compared with what is there.
use super::Args;
use crate::{
    Outcome,
    output::plain,
    write::{self, Generation, Written},
};
use anyhow::bail;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// What is generated, and where it goes.
pub(super) struct Output {
    /// What the user named.
    path: PathBuf,
    place: Place,
    files: Vec<(String, String)>,
    force: bool,
}

enum Place {
    /// A folder that files are kept in, with the name of the list of them.
    Folder(PathBuf, String),
    /// What is no file, such as a pipe, and is just written to.
    Stream,
}

impl Output {
    pub(super) fn new(
        path: &Path,
        args: &Args,
        files: Vec<(String, String)>,
    ) -> anyhow::Result<Self> {
        let place = match args.module {
            true => module(path)?,
            false => Place::Folder(path.to_owned(), ".tidings.json".to_owned()),
        };
        let mut output = Self {
            path: path.to_owned(),
            place,
            files,
            force: args.force,
        };
        if let (true, Some(name), [(file, _)]) =
            (args.module, target(path).file_name(), &mut output.files[..])
        {
            *file = name.to_string_lossy().into_owned();
        }
        Ok(output)
    }

    pub(super) fn write(&self) -> anyhow::Result<Outcome> {
        match self.generation() {
            Some(generation) => self.tell(&generation.write()?)?,
            None => {
                let text: String = self.files.iter().map(|(_, text)| text.as_str()).collect();
                write::file(&self.path, &text)?;
            }
        }
        Ok(Outcome::Clean)
    }

    /// Says which files would be others; gives whether some would.
    pub(super) fn announce(&self) -> anyhow::Result<bool> {
        let Some(generation) = self.generation() else {
            bail!(
                "`{}` is no file; there is nothing to compare with",
                self.path.display()
            );
        };
        let would = generation.preview()?;
        let mut out = anstream::stdout().lock();
        for (verb, names) in [("write", &would.written), ("remove", &would.removed)] {
            for name in names {
                let path = generation.folder.join(name).display().to_string();
                writeln!(out, "would {verb} {}", plain::line(&path))?;
            }
        }
        let some = !would.written.is_empty() || !would.removed.is_empty();
        if !some {
            writeln!(anstream::stderr(), "{} is up to date", self.shown())?;
        }
        Ok(some)
    }

    /// Says whether all is as it would be written.
    pub(super) fn check(&self) -> anyhow::Result<Outcome> {
        if !self.announce()? {
            return Ok(Outcome::Clean);
        }
        let shown = self.shown();
        writeln!(
            anstream::stderr(),
            "{shown} is not up to date; generate it again"
        )?;
        Ok(Outcome::Findings)
    }

    fn generation(&self) -> Option<Generation<'_>> {
        match &self.place {
            Place::Stream => None,
            Place::Folder(folder, manifest) => Some(Generation {
                folder,
                manifest,
                files: &self.files,
                force: self.force,
            }),
        }
    }

    /// Says what was written, and where.
    fn tell(&self, written: &Written) -> std::io::Result<()> {
        let mut out = anstream::stderr().lock();
        for note in &written.notes {
            writeln!(out, "note: {}", plain::line(note))?;
        }
        let output = self.shown();
        match (written.changed, written.same) {
            (0, _) => writeln!(out, "{output} is up to date"),
            (changed, 0) => writeln!(out, "wrote {changed} file(s) to {output}"),
            (changed, same) => writeln!(
                out,
                "wrote {changed} file(s) to {output}, {same} stay as they are"
            ),
        }
    }

    fn shown(&self) -> String {
        plain::line(&self.path.display().to_string())
    }
}

/// The place of the one file of a module, beside the list of what was written.
fn module(path: &Path) -> anyhow::Result<Place> {
    if path == Path::new("-") || path.metadata().is_ok_and(|about| !about.is_file()) {
        return Ok(Place::Stream);
    }
    let target = target(path);
    let Some(name) = target.file_name().and_then(|name| name.to_str()) else {
        bail!(
            "`{}` names no file; write it as in `src/orders.rs`",
            path.display()
        );
    };
    let folder = target.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    Ok(Place::Folder(
        folder.to_owned(),
        format!(".{name}.tidings.json"),
    ))
}

/// Where a link leads, the file is replaced and not the link.
fn target(path: &Path) -> PathBuf {
    match path.is_symlink() {
        true => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    }
}
