//! `tidings generate rust`: a crate or a module, written whole or not at all.
mod args;
mod output;
mod runtime;
mod templates;
mod watch;
mod workspace;

use crate::{
    Outcome,
    input::{self, Checked},
    output as shown,
    relative::true_path,
    write,
};
use anyhow::{anyhow, bail};
pub(crate) use args::Args;
use output::Output;
use std::{io::Write, path::Path};
use tidings_codegen::{Layout, Options, Plan, Settings, fingerprint};
use tidings_document::Severity;

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match args.watch {
        true => watch::follow(args),
        false => once(args),
    }
}

/// Generates, or says what would be.
fn once(args: &Args) -> anyhow::Result<Outcome> {
    let output = args.output.as_deref();
    if output == Some(Path::new("-")) && !args.module {
        bail!("a crate is several files; name a folder, or write one file with `--module`");
    }
    let writes = !args.check && !args.dry_run;
    if let Some(folder) = output.filter(|_| writes && !args.module) {
        write::recover(folder)?;
    }
    let Some((plan, settings)) = prepare(args, output)? else {
        return Ok(Outcome::Findings);
    };
    let broker = settings.broker.filter(|_| args.check);
    if broker.is_some() {
        writeln!(anstream::stderr(), "the broker can carry the document")?;
    }
    let Some(path) = output else {
        return match broker {
            Some(_) => Ok(Outcome::Clean),
            None => {
                bail!("there is nothing to check: name the output (`-o`), or a broker (`--broker`)")
            }
        };
    };
    let files = plan.files(&settings);
    drop(plan);
    let files = files.into_iter().map(|file| (file.path, file.text));
    let output = Output::new(path, args, files.collect())?;
    if args.check {
        output.check()
    } else if args.dry_run {
        output.announce().map(|_| Outcome::Clean)
    } else {
        output.write()
    }
}

/// Reads the document, which is not kept while the files are made: both are large. Says why where there is nothing to generate.
fn prepare(args: &Args, output: Option<&Path>) -> anyhow::Result<Option<(Plan, Settings)>> {
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.read();
    let (Some(api), true) = (api, checked.is_valid()) else {
        shown::text::print_talk(&checked)?;
        nothing(&shown::summary::line(&checked))?;
        return Ok(None);
    };
    let options = args.options().or(opened.config().rust.clone());
    let settings = settings(args, options, output, &checked)?;
    settings.check(&api).map_err(|wrong| anyhow!(wrong))?;
    let (plan, notes) = tidings_codegen::plan(&api, &settings);
    shown::text::print_notes(&checked, &notes)?;
    if notes.iter().any(|note| note.severity == Severity::Error) {
        nothing("the broker cannot carry the document")?;
        return Ok(None);
    }
    Ok(Some((plan, settings)))
}

fn nothing(why: &str) -> std::io::Result<()> {
    writeln!(anstream::stderr(), "{why}; nothing was generated")
}

fn settings(
    args: &Args,
    options: Options,
    output: Option<&Path>,
    checked: &Checked,
) -> anyhow::Result<Settings> {
    let settings = Settings {
        source: file_name(&checked.path),
        sha256: fingerprint(&checked.document),
        name: args.name.clone(),
        ..options.settings()
    };
    if args.module {
        let stem = output.and_then(Path::file_stem);
        return Ok(Settings {
            layout: Layout::Module,
            name: stem.map(|stem| stem.to_string_lossy().into_owned()),
            ..settings
        });
    }
    let templates = options.template_dir.as_deref();
    let templates = templates.map(|folder| templates::read(folder, &args.reading));
    let settings = Settings {
        templates: templates.transpose()?.unwrap_or_default(),
        ..settings
    };
    let Some(folder) = output.map(true_path).transpose()? else {
        return Ok(settings);
    };
    Ok(Settings {
        runtime: args.runtime.find(&folder)?,
        own_workspace: workspace::is_needed(&folder),
        ..settings
    })
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
