//! Templates of a crate's files that are no Rust, in the place of ours.
use crate::input::{Reading, read_file};
use anyhow::{Context, anyhow, bail};
use std::path::Path;
use tidings_codegen::Templates;

/// Reads those that a folder has; ours stay in the place of the others.
pub(super) fn read(folder: &Path, reading: &Reading) -> anyhow::Result<Templates> {
    let mut templates = Templates::default();
    let mut files = Templates::FILES
        .map(|name| (name, folder.join(name)))
        .into_iter();
    if !files.clone().any(|(_, path)| path.is_file()) {
        let names = Templates::FILES.join("` nor `");
        bail!(
            "`{}` has neither `{names}`, which are the templates of a crate",
            folder.display()
        );
    }
    files.try_for_each(|(name, path)| {
        reading.ask_for(&path);
        if !path.exists() {
            return Ok(());
        }
        let shown = path.display();
        let text = String::from_utf8(read_file(&path)?);
        let text = text.with_context(|| format!("`{shown}` is not UTF-8 text"))?;
        templates
            .set(name, text)
            .map_err(|reason| anyhow!("`{shown}` {reason}"))
    })?;
    Ok(templates)
}
