//! How pages look: what options and the configuration say of it.
use crate::{
    config::Config,
    input::{Reading, read_file},
};
use anyhow::{Context, bail};
use std::{collections::BTreeMap, fs, path::Path, path::PathBuf};
use tidings_document::Host;
use tidings_html::Shape;

/// Heading of the options in the help.
const HEADING: &str = "Look";

/// Bytes of a logo at most: it stands in every page.
const LARGEST_LOGO: usize = 256 << 10;

/// Options about how pages look.
#[derive(Debug, clap::Args)]
pub(crate) struct LookArgs {
    /// Rules to add to the style sheet
    ///
    /// A theme is a few custom properties, such as `:root { --link: #b00 }`; `--write-templates` shows them all.
    #[arg(help_heading = HEADING, long, value_name = "FILE")]
    css: Option<PathBuf>,
    /// Picture to show before the title: PNG, JPEG, GIF, WebP or SVG
    #[arg(help_heading = HEADING, long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// Folder with templates in the place of ours; those that it does not have stay
    #[arg(help_heading = HEADING, long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// Host whose pictures are shown, which a page fetches then; may be repeated
    ///
    /// Descriptions may have pictures. They are links, unless they are at such a host, by `https`.
    #[arg(help_heading = HEADING, long = "allow-images", value_name = "HOST")]
    images: Vec<Host>,
}

impl LookArgs {
    /// Reads the files. Options win over the configuration.
    pub(crate) fn shape(&self, config: &Config, reading: &Reading) -> anyhow::Result<Shape> {
        let configured = &config.look;
        let hosts = self.images.iter().chain(&configured.images);
        let mut shape = Shape {
            images: hosts.cloned().collect(),
            ..Shape::default()
        };
        if let Some(path) = self.css.as_ref().or(configured.css.as_ref()) {
            shape.css = text(path, reading)?;
            checked(path, tidings_html::check_css(&shape.css))?;
        }
        if let Some(path) = self.logo.as_ref().or(configured.logo.as_ref()) {
            shape.logo = logo(path, reading)?;
        }
        if let Some(folder) = self.template_dir.as_ref().or(configured.templates.as_ref()) {
            shape.templates = templates(folder, reading)?;
        }
        Ok(shape)
    }
}

fn text(path: &Path, reading: &Reading) -> anyhow::Result<String> {
    reading.ask_for(path);
    let bytes = read_file(path)?;
    String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8 text", path.display()))
}

fn checked(path: &Path, verdict: Result<(), String>) -> anyhow::Result<()> {
    verdict.map_err(|reason| anyhow::anyhow!("`{}` {reason}", path.display()))
}

fn logo(path: &Path, reading: &Reading) -> anyhow::Result<String> {
    reading.ask_for(path);
    let bytes = read_file(path)?;
    if bytes.len() > LARGEST_LOGO {
        bail!(
            "`{}` is larger than {} KiB, and would be in every page; make it smaller",
            path.display(),
            LARGEST_LOGO >> 10
        );
    }
    tidings_html::logo(&bytes).with_context(|| {
        let shown = path.display();
        format!("`{shown}` is no picture; PNG, JPEG, GIF, WebP and SVG are")
    })
}

/// Templates by their names, which are those of their files.
fn templates(folder: &Path, reading: &Reading) -> anyhow::Result<BTreeMap<String, String>> {
    let context = || format!("cannot read the folder `{}`", folder.display());
    let entries = fs::read_dir(folder).with_context(context)?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry.with_context(context)?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|_| path.extension().is_some_and(|end| end == "hbs")) {
            let text = text(&path, reading)?;
            checked(&path, tidings_html::check_template(name, &text))?;
            found.insert(name.to_owned(), text);
        }
    }
    Ok(found)
}
