//! The `tidings` command: reads arguments, runs one command, turns its outcome into an exit code.
//!
//! Only this crate prints, exits and reads the environment.
mod baseline;
mod commands;
mod config;
mod diff;
mod fix;
mod input;
mod output;
mod progress;
mod quiet;
mod relative;
mod remote;
mod rulesets;
mod sift;
mod write;

use clap::Parser;
use std::{io::Write, process::ExitCode};
use tidings_document::masked;

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing is wrong: exit code 0.
    Clean,
    /// What was looked at has defects: exit code 1.
    Findings,
    /// Part of the work could not be done, and it was said why: exit code 2.
    Incomplete,
}

fn main() -> ExitCode {
    let cli = match commands::Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return not_run(&told),
    };
    match cli.run() {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort: there is nowhere left to report its own failure.
            let text = output::plain::line(&format!("{error:#}"));
            let _ = writeln!(anstream::stderr(), "error: {text}");
            ExitCode::from(2)
        }
    }
}

/// Prints what the arguments ask for instead of a command, or what is wrong with them: a URL among them may have a password.
fn not_run(told: &clap::Error) -> ExitCode {
    if !told.use_stderr() {
        told.exit();
    }
    let text = told.render().ansi().to_string();
    let _ = write!(
        anstream::stderr(),
        "{}",
        output::plain::frame(&masked(&text))
    );
    ExitCode::from(2)
}

/// Whether the reader of our output went away, as `tidings rules | head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
