//! `tidings generate rust`: a crate or a module, written whole or not at all.
mod runtime;
mod workspace;

use crate::{
    Outcome,
    input::{self, Checked, Reading},
    output,
    relative::true_path,
    write::{self, Generation, Written},
};
use anyhow::bail;
use runtime::RuntimeArgs;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_codegen::{BROKERS, Broker, Layout, Plan, Role, Settings, Unknown};
use tidings_document::Severity;

/// Arguments of `tidings generate rust`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings generate rust orders.asyncapi.yaml -o orders-api
  tidings generate rust orders.asyncapi.yaml -o orders-client --role counterpart
  tidings generate rust orders.asyncapi.yaml -o src/orders.rs --module
  tidings generate rust orders.asyncapi.yaml --broker socket --check")]
pub(crate) struct Args {
    /// Document to generate from; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Folder of the crate, or with `--module` the file of the module
    ///
    /// The folder may hold other files: only those that an earlier run wrote, and nobody changed, are replaced or removed. A list
    /// of them lies beside them, `.tidings.json`; commit it with them.
    #[arg(short, long, value_name = "DIR", required_unless_present = "check")]
    output: Option<PathBuf>,
    /// Broker that has to be able to carry the document: memory or socket
    ///
    /// What the document needs of a transport, channel by channel, is compared with what that of the broker can do. Where
    /// something is missing, that is an error, and nothing is written.
    #[arg(long, value_name = "NAME", value_parser = broker)]
    broker: Option<&'static Broker>,
    /// Only say whether the broker can carry the document; write nothing
    #[arg(long, requires = "broker")]
    check: bool,
    /// Replace files that were changed by hand, or that others wrote
    #[arg(long)]
    force: bool,
    /// Whose side to generate
    #[arg(long, value_enum, default_value_t = RoleName::Both)]
    role: RoleName,
    /// What objects do with properties of which the document says nothing
    #[arg(long, value_enum, default_value_t = UnknownName::Keep)]
    unknown: UnknownName,
    /// Write one module instead of a crate
    #[arg(long)]
    module: bool,
    /// Name of the crate [default: the title of the document]
    #[arg(long, value_name = "NAME", conflicts_with = "module", value_parser = crate_name)]
    name: Option<String>,
    #[command(flatten)]
    runtime: RuntimeArgs,
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

fn broker(name: &str) -> Result<&'static Broker, String> {
    Broker::named(name).ok_or_else(|| {
        let known: Vec<_> = BROKERS.iter().map(|broker| broker.name).collect();
        format!("there is no such broker; there are: {}", known.join(", "))
    })
}

/// Names of the roles on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RoleName {
    /// The described application: its service trait, and a client that sends what it sends
    Application,
    /// Whoever talks to it: a client that sends and listens, and the trait of who answers
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

/// Names of what is done with unknown properties on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum UnknownName {
    /// Keep them, and write them again
    Keep,
    /// Leave them out
    Drop,
    /// Refuse the message
    Refuse,
}

impl From<UnknownName> for Unknown {
    fn from(name: UnknownName) -> Self {
        match name {
            UnknownName::Keep => Self::Keep,
            UnknownName::Drop => Self::Drop,
            UnknownName::Refuse => Self::Refuse,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let output = args.output.as_deref().filter(|_| !args.check);
    if output == Some(Path::new("-")) && !args.module {
        bail!("a crate is several files; name a folder, or write one file with `--module`");
    }
    if let Some(folder) = output.filter(|_| !args.module) {
        write::recover(folder)?;
    }
    let Some((plan, settings)) = prepare(args, output)? else {
        return Ok(Outcome::Findings);
    };
    let Some(output) = output else {
        writeln!(anstream::stderr(), "the broker can carry the document")?;
        return Ok(Outcome::Clean);
    };
    let files = plan.files(&settings);
    drop(plan);
    let files: Vec<_> = files
        .into_iter()
        .map(|file| (file.path, file.text))
        .collect();
    if args.module {
        write_module(output, args.force, files)?;
    } else {
        let crate_files = Generation {
            folder: output,
            manifest: ".tidings.json",
            files: &files,
            force: args.force,
        };
        tell(output, &crate_files.write()?)?;
    }
    Ok(Outcome::Clean)
}

/// Reads the document, which is not kept while the files are made: both are large. Says why where there is nothing to generate.
fn prepare(args: &Args, output: Option<&Path>) -> anyhow::Result<Option<(Plan, Settings)>> {
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.read();
    let (Some(api), true) = (api, checked.is_valid()) else {
        output::text::print_talk(&checked)?;
        nothing(&output::summary::line(&checked))?;
        return Ok(None);
    };
    let settings = settings(args, output, &checked)?;
    let (plan, notes) = tidings_codegen::plan(&api, &settings);
    output::text::print_notes(&checked, &notes)?;
    if notes.iter().any(|note| note.severity == Severity::Error) {
        nothing("the broker cannot carry the document")?;
        return Ok(None);
    }
    Ok(Some((plan, settings)))
}

fn nothing(why: &str) -> std::io::Result<()> {
    writeln!(anstream::stderr(), "{why}; nothing was generated")
}

/// Says what was written, and where.
fn tell(output: &Path, written: &Written) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    for note in &written.notes {
        writeln!(out, "note: {}", output::plain::line(note))?;
    }
    let output = output::plain::line(&output.display().to_string());
    match (written.changed, written.same) {
        (0, _) => writeln!(out, "{output} is up to date"),
        (changed, 0) => writeln!(out, "wrote {changed} file(s) to {output}"),
        (changed, same) => {
            writeln!(
                out,
                "wrote {changed} file(s) to {output}, {same} stay as they are"
            )
        }
    }
}

fn settings(args: &Args, output: Option<&Path>, checked: &Checked) -> anyhow::Result<Settings> {
    let sources = checked.document.sources();
    let texts: Vec<_> = sources
        .iter()
        .map(|file| sources.text(file).as_bytes())
        .collect();
    let name = checked.path.file_name().unwrap_or(checked.path.as_os_str());
    let module = output.and_then(Path::file_stem).filter(|_| args.module);
    let (runtime, own_workspace) = match output.filter(|_| !args.module) {
        None => (Settings::default().runtime, false),
        Some(folder) => {
            let folder = true_path(folder)?;
            (args.runtime.find(&folder)?, workspace::is_needed(&folder))
        }
    };
    Ok(Settings {
        role: args.role.into(),
        unknown: args.unknown.into(),
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
        runtime,
        own_workspace,
        broker: args.broker,
        ..Settings::default()
    })
}

/// Writes the one file of a module, beside the list of what was written. What is no file, such as a pipe, is just written to.
fn write_module(path: &Path, force: bool, files: Vec<(String, String)>) -> anyhow::Result<()> {
    let text: String = files.into_iter().map(|(_, text)| text).collect();
    if path == Path::new("-") || path.metadata().is_ok_and(|about| !about.is_file()) {
        return write::file(path, &text);
    }
    // Where a link leads, the file is replaced and not the link.
    let target = match path.is_symlink() {
        true => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    };
    let name = target.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        bail!(
            "`{}` names no file; write it as in `src/orders.rs`",
            path.display()
        );
    };
    let folder = target.parent().filter(|folder| *folder != Path::new(""));
    let module = Generation {
        folder: folder.unwrap_or(Path::new(".")),
        manifest: &format!(".{name}.tidings.json"),
        files: &[(name.to_owned(), text)],
        force,
    };
    Ok(tell(path, &module.write()?)?)
}
