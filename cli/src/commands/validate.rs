//! `tidings validate`: every finding of every document, in one or several of the output formats.
mod args;
mod job;
mod watch;

use crate::{
    Outcome,
    baseline::Baseline,
    fix::{self, Mended},
    input::{self, Checked, Known, Unreadable},
    output::{FindingsFormat, plain, report::Report},
    rulesets::Rulesets,
    write,
};
use anyhow::bail;
pub(crate) use args::Args;
use args::Target;
use job::{Baselines, Job, Jobs};
use std::{
    cell::LazyCell,
    fmt::Display,
    io::Write,
    path::{Path, PathBuf},
};

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    input::stdin_once(&args.files)?;
    args.refuse_same_files()?;
    if (args.fix || args.diff) && args.reads_stdin() {
        bail!("standard input cannot be mended; name a file");
    }
    if args.watch {
        return watch::follow(args);
    }
    round(args, input::documents(&args.files, &mut Known::default()))
}

/// Checks the documents and says what was found.
fn round(args: &Args, documents: Vec<Result<PathBuf, Unreadable>>) -> anyhow::Result<Outcome> {
    let mut rulesets = Rulesets::new(&args.reading);
    let jobs = match job::jobs(args, documents, &mut rulesets) {
        Ok(jobs) => jobs,
        Err(problems) => {
            tell("error", &problems)?;
            return Ok(Outcome::Incomplete);
        }
    };
    let written = args.outputs.iter().map(|output| &output.file);
    for file in written.chain(&args.write_baseline) {
        for ruleset in &rulesets.sources {
            input::is_no_source(file, ruleset)?;
        }
    }
    let broken = rulesets.are_broken();
    let mut checked = rulesets.problems;
    // What is mended or noted down must not depend on rules that could not be read.
    if broken && (args.fix || args.diff || args.write_baseline.is_some()) {
        print_all(args, &checked)?;
        return Ok(Outcome::Incomplete);
    }
    let known = Baselines::read(args, &jobs)?;
    if args.fix || args.diff {
        let (mended, unreadable) = mend(args, &jobs, &known);
        tell("note", &mended.refused)?;
        if args.diff {
            let missing = jobs.into_iter().filter_map(Result::err);
            let unreadable: Vec<_> = missing.chain(unreadable).collect();
            return show_diff(&unreadable, &mended);
        }
        mended.write()?;
        if !mended.is_empty() {
            let (count, files) = (mended.count, mended.files());
            let done = format!("mended {count} finding(s) in {files} file(s)");
            tell("note", &[done])?;
        }
    }
    checked.extend(check(args, jobs, known)?);
    let outcome = print_all(args, &checked)?;
    Ok(if broken { Outcome::Incomplete } else { outcome })
}

/// Prints all that was found, in every format that was asked for.
fn print_all(args: &Args, checked: &[Result<Checked, Unreadable>]) -> anyhow::Result<Outcome> {
    for output in &args.outputs {
        for checked in checked.iter().flatten() {
            input::is_no_source(&output.file, &checked.document)?;
        }
        write::may_replace(
            &output.file,
            |text| output.format.may_have_made(text),
            "remove it",
        )?;
    }
    let report = LazyCell::new(|| Report::new(checked));
    let unreadable: Vec<_> = checked.iter().filter_map(|it| it.as_ref().err()).collect();
    tell("error", &unreadable)?;
    // What was found is worth printing even when files cannot be written.
    let written = write_files(&args.outputs, checked, &report);
    let format = args.format();
    print(format, &format.render(checked, &report)?)?;
    written?;
    Ok(outcome(checked))
}

/// Says something on standard error, a line each.
fn tell(kind: &str, what: &[impl Display]) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    what.iter()
        .try_for_each(|what| writeln!(out, "{kind}: {}", plain::line(&what.to_string())))
}

/// Mends every document, in memory; those that cannot be read are given back with the reason.
fn mend(args: &Args, jobs: &Jobs, known: &Baselines) -> (Mended, Vec<Unreadable>) {
    let mut mended = Mended::default();
    let mend = |job: &Job| {
        let check = |texts| {
            let (mut checked, sieve) = job.check(&args.reading, Some(texts))?;
            known.clone().apply(job, &mut checked, &sieve);
            Ok(checked)
        };
        mended.mend(&check).err()
    };
    let unreadable = jobs.iter().flatten().filter_map(mend).collect();
    (mended, unreadable)
}

fn show_diff(unreadable: &[Unreadable], mended: &Mended) -> anyhow::Result<Outcome> {
    tell("error", unreadable)?;
    fix::print_diff(&mended.diff())?;
    Ok(match (unreadable.is_empty(), mended.is_empty()) {
        (false, _) => Outcome::Incomplete,
        (true, false) => Outcome::Findings,
        (true, true) => Outcome::Clean,
    })
}

/// Checks every document; what is known is taken out, or written down to be known from now on.
fn check(
    args: &Args,
    jobs: Jobs,
    mut known: Baselines,
) -> anyhow::Result<Vec<Result<Checked, Unreadable>>> {
    let count = jobs.len();
    let work = args.reading.progress().show("checking".to_owned());
    let mut sieves = Vec::new();
    let check = |(at, job): (usize, Result<Job, Unreadable>)| {
        let job = job?;
        work.update(format!("checking {} of {count}: {}", at + 1, job.name()));
        let (mut checked, sieve) = job.check(&args.reading, None)?;
        known.apply(&job, &mut checked, &sieve);
        sieves.push(sieve);
        Ok(checked)
    };
    let mut all: Vec<_> = jobs.into_iter().enumerate().map(check).collect();
    drop(work);
    tell("note", &known.stale().collect::<Vec<_>>())?;
    if let Some(path) = &args.write_baseline {
        let count = write_baseline(path, &all)?;
        let done = format!("wrote {count} finding(s) to {}", path.display());
        tell("note", &[done])?;
        let mut written = Baseline::read(path)?;
        for (checked, sieve) in all.iter_mut().flatten().zip(&sieves) {
            written.apply(checked, sieve);
        }
    }
    Ok(all)
}

/// Writes all that was found to a baseline.
fn write_baseline(path: &Path, all: &[Result<Checked, Unreadable>]) -> anyhow::Result<usize> {
    for checked in all.iter().flatten() {
        input::is_no_source(path, &checked.document)?;
    }
    let (text, count) = Baseline::read_or_empty(path)?.renewed(all.iter().flatten())?;
    write::outputs(&[(path, text)])?;
    Ok(count)
}

/// Only the form for people has colours, which are left out where they are not wanted.
fn print(format: FindingsFormat, text: &str) -> std::io::Result<()> {
    if format == FindingsFormat::Text {
        anstream::stdout().lock().write_all(text.as_bytes())
    } else {
        std::io::stdout().lock().write_all(text.as_bytes())
    }
}

fn outcome(checked: &[Result<Checked, Unreadable>]) -> Outcome {
    let mut documents = checked.iter().flatten();
    if checked.iter().any(Result::is_err) {
        Outcome::Incomplete
    } else if documents.any(Checked::fails) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

/// Files have no colours, unless they are asked for.
fn write_files<'a, F: FnOnce() -> Report<'a>>(
    outputs: &[Target],
    checked: &[Result<Checked, Unreadable>],
    report: &LazyCell<Report<'a>, F>,
) -> anyhow::Result<()> {
    let coloured = anstream::ColorChoice::global() == anstream::ColorChoice::Always;
    let mut files = Vec::new();
    for output in outputs {
        let mut text = output.format.render(checked, report)?;
        if output.format == FindingsFormat::Text && !coloured {
            text = anstream::adapter::strip_str(&text).to_string();
        }
        files.push((output.file.as_path(), text));
    }
    write::outputs(&files)
}
