//! Writing results: whole or not at all.
mod change;
mod found;
mod generation;
mod hash;
mod journal;
mod lock;
mod manifest;

use anyhow::{Context, bail};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

pub(crate) use generation::{Generation, Written, recover};

/// Writes one file by way of a temporary one beside it; `-` is standard output.
pub(crate) fn file(path: &Path, text: &str) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return Ok(std::io::stdout().lock().write_all(text.as_bytes())?);
    }
    outputs(&[(path, text)])
}

/// Refuses to replace a file that is not ours by its beginning. An empty one has nothing to lose, and what is no file is not replaced.
/// `way` is the other way out than to choose another file.
pub(crate) fn may_replace(
    path: &Path,
    is_ours: impl Fn(&str) -> bool,
    way: &str,
) -> anyhow::Result<()> {
    const BEGINNING: u64 = 4096;
    if path == Path::new("-") || !path.is_file() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    file.and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    if !bytes.is_empty() && !is_ours(&String::from_utf8_lossy(&bytes)) {
        bail!(
            "`{}` was not written by tidings; choose another file, or {way}",
            path.display()
        );
    }
    Ok(())
}

/// Writes several files that need not lie together. All are staged first, then moved into place.
pub(crate) fn outputs(files: &[(&Path, impl AsRef<str>)]) -> anyhow::Result<()> {
    let mut staged = Vec::new();
    let mut special = Vec::new();
    for (path, text) in files {
        let text = text.as_ref();
        match path.metadata() {
            Ok(about) if about.is_dir() => bail!(
                "cannot write `{}`: it is a folder; name a file in it",
                path.display()
            ),
            // What is no file, such as a pipe or `/dev/null`, is written to and not replaced.
            Ok(about) if !about.is_file() => special.push((path, text)),
            // Where a link leads, the file is replaced and not the link.
            Ok(about) => {
                let path = path.canonicalize().with_context(|| cannot_write(path))?;
                let file = stage(&path, text)?;
                // Who may read or run it does not change with its text.
                let kept = file.as_file().set_permissions(about.permissions());
                kept.with_context(|| cannot_write(&path))?;
                staged.push((file, path));
            }
            Err(_) => staged.push((stage(path, text)?, path.to_path_buf())),
        }
    }
    put(staged)?;
    for (path, text) in special {
        std::fs::write(path, text).with_context(|| cannot_write(path))?;
    }
    Ok(())
}

fn put(staged: Vec<(NamedTempFile, PathBuf)>) -> anyhow::Result<()> {
    for (file, path) in staged {
        file.persist(&path)
            .map_err(|error| error.error)
            .with_context(|| cannot_write(&path))?;
    }
    Ok(())
}

fn stage(path: &Path, text: &str) -> anyhow::Result<NamedTempFile> {
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
