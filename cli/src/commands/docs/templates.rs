//! `tidings docs --write-templates`: what pages are made of, to be changed.
use crate::{Outcome, write::Generation};
use std::{io::Write, path::Path};

/// Writes templates, style sheet and a description of them into a folder. What was changed there stays unless that is forced.
pub(super) fn write(folder: &Path, force: bool) -> anyhow::Result<Outcome> {
    let mut files: Vec<(String, String)> = tidings_html::templates()
        .map(|(name, text)| (format!("{name}.hbs"), text.to_owned()))
        .collect();
    files.push((
        "page.css".to_owned(),
        tidings_html::style_sheet().to_owned(),
    ));
    files.push(("README.md".to_owned(), tidings_html::templates_readme()));
    let templates = Generation {
        folder,
        manifest: ".tidings-templates.json",
        files: &files,
        force,
    };
    let written = templates.write()?;
    let (changed, same) = (written.changed, written.same);
    writeln!(
        anstream::stderr(),
        "wrote {changed} file(s) to {}, {same} were there; keep those that you change, and name the folder with `--template-dir`",
        folder.display()
    )?;
    Ok(Outcome::Clean)
}
