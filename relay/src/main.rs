//! `tidings-relay`: publishes the outbox of a service's database to a broker.
mod args;
mod signals;

use args::Args;
use std::{path::Path, process::ExitCode};
use tidings_relay::{
    Config, Needs, Problem,
    config::{Format, Log},
};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let args = Args::read();
    let read = Config::read(args.file().as_deref(), std::env::vars_os(), Needs::All);
    let config = match read {
        Ok(config) => config,
        Err(problems) => return refused(&problems),
    };
    log(config.log);
    match run(&args, &config) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(code)
        }
    }
}

fn run(args: &Args, config: &Config) -> Result<(), (u8, String)> {
    let runtime = Runtime::new().map_err(|error| (1, error.to_string()))?;
    runtime.block_on(async {
        let done = if args.check {
            tidings_relay::check(config).await
        } else {
            let stop = signals::stop().map_err(|error| (1, error.to_string()))?;
            tidings_relay::serve(config, stop).await
        };
        done.map_err(|failure| (failure.code(), failure.to_string()))?;
        if args.check {
            anstream::println!("database, broker and tables are as they should be");
        }
        Ok(())
    })
}

fn refused(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        anstream::eprintln!("error: {problem}");
    }
    ExitCode::from(2)
}

/// Events go to stderr.
fn log(log: Log) {
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(log.level);
    match log.format {
        Format::Json => lines.json().flatten_event(true).init(),
        _ => lines.init(),
    }
}

/// The file that is read where none is named.
const NAME: &str = "tidings-relay.toml";

impl Args {
    /// The configuration file: the one that is named, else the one in this folder, where there is one.
    fn file(&self) -> Option<std::path::PathBuf> {
        let here = || Some(Path::new(NAME).to_owned()).filter(|file| file.exists());
        self.config.clone().or_else(here)
    }
}
