//! `tidings generate rust`: a crate or a module, written whole or not at all.
use crate::{
    Outcome,
    input::{self, Checked, Reading},
    output, write,
};
use anyhow::{Context, bail};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_codegen::{Layout, Role, Runtime, Settings};

/// Arguments of `tidings generate rust`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings generate rust orders.asyncapi.yaml -o orders-api
  tidings generate rust orders.asyncapi.yaml -o orders-client --role counterpart
  tidings generate rust orders.asyncapi.yaml -o src/orders.rs --module")]
pub(crate) struct Args {
    /// Document to generate from; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Folder of the crate, or with `--module` the file of the module
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Whose side to generate
    #[arg(long, value_enum, default_value_t = RoleName::Both)]
    role: RoleName,
    /// Write one module instead of a crate
    #[arg(long)]
    module: bool,
    /// Name of the crate [default: the title of the document]
    #[arg(long, value_name = "NAME", conflicts_with = "module", value_parser = crate_name)]
    name: Option<String>,
    /// Folder of the `tidings` runtime crate, to build against a checkout
    #[arg(long, value_name = "DIR", conflicts_with = "module")]
    runtime_path: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// A name that cargo takes.
fn crate_name(text: &str) -> Result<String, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && text.chars().all(is_word) {
        Ok(text.to_owned())
    } else {
        Err("a crate's name begins with a letter and has letters, digits, `-` and `_`".to_owned())
    }
}

/// Names of the roles on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RoleName {
    /// The described application: service traits and publishers
    Application,
    /// Whoever talks to it: clients and subscribers
    Counterpart,
    /// Both
    Both,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Application => Self::Application,
            RoleName::Counterpart => Self::Counterpart,
            RoleName::Both => Self::Both,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.output == Path::new("-") && !args.module {
        bail!("a crate is several files; name a folder, or write one file with `--module`");
    }
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.read();
    let (Some(api), true) = (api, checked.is_valid()) else {
        output::text::print_talk(&checked)?;
        writeln!(
            anstream::stderr(),
            "{}; nothing was generated",
            output::summary::line(&checked)
        )?;
        return Ok(Outcome::Findings);
    };
    let settings = settings(args, &checked)?;
    let (files, notes) = tidings_codegen::generate(&api, &settings);
    for note in &notes {
        writeln!(
            anstream::stderr(),
            "{}\n",
            output::text::frame(checked.document.sources(), note)
        )?;
    }
    let files: Vec<_> = files
        .into_iter()
        .map(|file| (PathBuf::from(file.path), file.text))
        .collect();
    if args.module {
        write_module(&args.output, &files)?;
    } else {
        let earlier = earlier_output(&args.output)?;
        write::files(&args.output, &files)?;
        for stale in earlier
            .iter()
            .filter(|path| !files.iter().any(|(name, _)| name == *path))
        {
            let stale = args.output.join(stale);
            std::fs::remove_file(&stale)
                .with_context(|| format!("cannot remove `{}`", stale.display()))?;
        }
    }
    writeln!(
        anstream::stderr(),
        "wrote {} file(s) to {}",
        files.len(),
        output::plain::line(&args.output.display().to_string())
    )?;
    Ok(Outcome::Clean)
}

fn settings(args: &Args, checked: &Checked) -> anyhow::Result<Settings> {
    let sources = checked.document.sources();
    let texts: Vec<_> = sources
        .iter()
        .map(|file| sources.text(file).as_bytes())
        .collect();
    let name = checked.path.file_name().unwrap_or(checked.path.as_os_str());
    let module = args.output.file_stem().filter(|_| args.module);
    Ok(Settings {
        role: args.role.into(),
        layout: if args.module {
            Layout::Module
        } else {
            Layout::Crate
        },
        name: args
            .name
            .clone()
            .or(module.map(|stem| stem.to_string_lossy().into_owned())),
        source: name.to_string_lossy().into_owned(),
        sha256: tidings_codegen::sha256(&texts),
        runtime: match &args.runtime_path {
            Some(path) => Runtime::Path(runtime_path(path, &args.output)?),
            None => Settings::default().runtime,
        },
        ..Settings::default()
    })
}

/// The runtime's folder as the generated manifest names it: relative to the crate where the user gave a relative path, so that both
/// can move together, else absolute.
fn runtime_path(runtime: &Path, output: &Path) -> anyhow::Result<String> {
    let to = std::path::absolute(runtime)?;
    if !to.join("Cargo.toml").is_file() {
        bail!(
            "no crate in `{}`; --runtime-path names the folder of the `tidings` runtime",
            runtime.display()
        );
    }
    if runtime.is_absolute() {
        return Ok(to.display().to_string());
    }
    let from = std::path::absolute(output)?;
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(common).map(|_| "..".into());
    let down = to
        .components()
        .skip(common)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<String>>().join("/"))
}

fn write_module(path: &Path, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    if let Ok(text) = std::fs::read_to_string(path)
        && !is_ours(&text)
    {
        bail!(
            "`{}` was not written by tidings; choose another file",
            path.display()
        );
    }
    let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
    write::file(path, &text)
}

/// The files that this command wrote into a folder before; cargo's own are left out.
///
/// # Errors
/// When the folder holds anything else: it is not ours to write to.
fn earlier_output(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if folder.exists() && !folder.is_dir() {
        bail!("cannot write to `{}`: it is not a folder", folder.display());
    }
    let mut found = Vec::new();
    list(folder, folder, &mut found)
        .with_context(|| format!("cannot read `{}`", folder.display()))?;
    let ours = |path: &PathBuf| {
        let path = folder.join(path);
        // Of what is no file, such as a pipe, reading might not end.
        path.is_file() && std::fs::read_to_string(path).is_ok_and(|text| is_ours(&text))
    };
    match found.iter().find(|path| !ours(path)) {
        Some(path) => bail!(
            "`{}` holds `{}`, which tidings did not write; choose an empty folder",
            folder.display(),
            path.display()
        ),
        None => Ok(found),
    }
}

/// The files below a folder, relative to its root, without what cargo adds to a crate.
fn list(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        // A link to a folder is not followed: what is below it lies elsewhere.
        let is_folder = entry.file_type()?.is_dir();
        let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
        match (name.to_str(), is_folder) {
            (Some("target" | "Cargo.lock"), _) => {}
            (_, true) => list(root, &path, found)?,
            (_, false) => found.push(name),
        }
    }
    Ok(())
}

/// Whether the first lines say that this command wrote a file.
fn is_ours(text: &str) -> bool {
    text.lines()
        .take(5)
        .any(|line| line.contains("@generated by tidings"))
}
