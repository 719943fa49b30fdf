//! Writing results: whole or not at all.
use anyhow::{Context, bail};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Writes one file by way of a temporary one beside it; `-` is standard output.
pub(crate) fn file(path: &Path, text: &str) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return Ok(std::io::stdout().lock().write_all(text.as_bytes())?);
    }
    match path.metadata() {
        // What is no file, such as a pipe or `/dev/null`, is written to and not replaced.
        Ok(about) if !about.is_file() && !about.is_dir() => {
            std::fs::write(path, text).with_context(|| cannot_write(path))
        }
        // Where a link leads, the file is replaced and not the link.
        Ok(_) => replace(
            &path.canonicalize().with_context(|| cannot_write(path))?,
            text,
        ),
        Err(_) => replace(path, text),
    }
}

fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    stage(path, text)?
        .persist(path)
        .map_err(|error| error.error)
        .with_context(|| cannot_write(path))?;
    Ok(())
}

/// Writes several files below a folder, made when it is not there. All are staged first, then moved into place.
pub(crate) fn files(folder: &Path, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let mut staged = Vec::new();
    for (path, text) in files {
        let path = folder.join(path);
        staged.push((stage(&path, text)?, path));
    }
    for (file, path) in staged {
        file.persist(&path)
            .map_err(|error| error.error)
            .with_context(|| cannot_write(&path))?;
    }
    Ok(())
}

fn stage(path: &Path, text: &str) -> anyhow::Result<NamedTempFile> {
    if path.is_dir() {
        bail!(
            "cannot write `{}`: it is a folder; name a file in it",
            path.display()
        );
    }
    if path.exists() && !path.is_file() {
        bail!("cannot write `{}`: it is no ordinary file", path.display());
    }
    let parent = path
        .parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| cannot_write(path))?;
    let mut builder = tempfile::Builder::new();
    readable_by_all(&mut builder);
    let mut staged = builder
        .tempfile_in(parent)
        .with_context(|| cannot_write(path))?;
    staged
        .write_all(text.as_bytes())
        .with_context(|| cannot_write(path))?;
    staged
        .as_file()
        .sync_all()
        .with_context(|| cannot_write(path))?;
    Ok(staged)
}

/// Temporary files are private by default; results are ordinary files.
#[cfg(unix)]
fn readable_by_all(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable_by_all(_: &mut tempfile::Builder<'_, '_>) {}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}
