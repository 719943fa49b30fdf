//! `tidings-relay`: publishes the outbox of a service's database to a broker.
mod args;
mod parked;
mod plain;
mod probe;
mod signals;

use args::{Args, Command, Probe, Task};
use parked::Trouble;
use signals::Signals;
use std::{io::ErrorKind, path::PathBuf, process::ExitCode, time::Duration};
use tidings_relay::{
    Config, Failure, Needs,
    config::{self, Format, Log, Mode},
};
use tokio::{runtime::Runtime, sync::oneshot};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The file that is read where none is named.
const NAME: &str = "tidings-relay.toml";

fn main() -> ExitCode {
    let args = Args::read();
    let ended = match &args.task {
        None => relay(&args),
        Some(Task::Outbox(command)) => outbox(&args, command),
        Some(Task::Health(probe)) => health(&args, probe),
    };
    match ended {
        Ok(code) => code,
        Err((code, lines)) => {
            for line in lines {
                anstream::eprintln!("error: {line}");
            }
            ExitCode::from(code)
        }
    }
}

/// How a task ended; else the exit code, and what is wrong.
type Ended = Result<ExitCode, (u8, Vec<String>)>;

fn relay(args: &Args) -> Ended {
    let config = configured(args, Needs::All)?;
    log(config.log);
    runtime()?.block_on(async {
        if args.check {
            tidings_relay::check(&config).await.map_err(failed)?;
            anstream::println!("database, broker and tables are as they should be");
            return Ok(ExitCode::SUCCESS);
        }
        let signals = Signals::new().map_err(|error| (1, vec![error.to_string()]))?;
        let (first, told) = oneshot::channel();
        let stop = async { told.await.unwrap_or_default() };
        tokio::select! {
            served = tidings_relay::serve(&config, stop) => {
                served.map(|()| ExitCode::SUCCESS).map_err(failed)
            }
            () = signals.twice(first) => {
                let reason = "stopped at once, at the second signal; what was being published may be published again";
                Err((1, vec![reason.to_owned()]))
            }
        }
    })
}

/// Nobody waits at a prompt for a database that is not there, nor reads there what goes well; how rows are found does not matter.
fn outbox(args: &Args, command: &Command) -> Ended {
    let mut config = configured(args, Needs::Database)?;
    config.wait = Duration::ZERO;
    config.mode = Mode::Polling;
    config.log.level = config.log.level.min(LevelFilter::ERROR);
    log(config.log);
    runtime()?.block_on(async {
        let store = tidings_relay::store(&config).await.map_err(failed)?;
        match parked::run(&*store, command).await {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::from(1)),
            // Whoever reads went away, as `head` does.
            Err(Trouble::Print(error)) if error.kind() == ErrorKind::BrokenPipe => {
                Ok(ExitCode::SUCCESS)
            }
            Err(Trouble::Print(error)) => Err((1, vec![error.to_string()])),
            Err(Trouble::Store(error)) => Err(failed(Failure::Ended(error))),
            Err(Trouble::Unasked) => {
                let reason = "nothing was done; agree when you are asked, or say `--yes`";
                Err((2, vec![reason.to_owned()]))
            }
        }
    })
}

/// Whoever runs health checks knows no other code for what is not well.
fn health(args: &Args, probe: &Probe) -> Ended {
    let unwell = |lines| Err((1, lines));
    match Config::listen(file(args).as_deref(), std::env::vars_os()) {
        Err(problems) => unwell(problems.iter().map(ToString::to_string).collect()),
        Ok(None) => unwell(vec![
            "`http.listen` is `off`, so that nobody answers".to_owned(),
        ]),
        Ok(Some(address)) => match probe::ask(address, probe.path()) {
            Ok(said) => {
                anstream::println!("{said}");
                Ok(ExitCode::SUCCESS)
            }
            Err(why) => unwell(vec![why]),
        },
    }
}

fn runtime() -> Result<Runtime, (u8, Vec<String>)> {
    Runtime::new().map_err(|error| (1, vec![error.to_string()]))
}

fn failed(failure: Failure) -> (u8, Vec<String>) {
    (failure.code(), vec![failure.to_string()])
}

fn configured(args: &Args, needs: Needs) -> Result<Config, (u8, Vec<String>)> {
    let read = Config::read(file(args).as_deref(), std::env::vars_os(), needs);
    read.map_err(|problems| (2, problems.iter().map(ToString::to_string).collect()))
}

/// What is read, where there is one.
fn file(args: &Args) -> Option<PathBuf> {
    let here = || Some(PathBuf::from(NAME)).filter(|file| file.exists());
    let named = || {
        Some(std::env::var_os(config::FILE)?.into())
            .filter(|file: &PathBuf| !file.as_os_str().is_empty())
    };
    args.config.clone().or_else(named).or_else(here)
}

/// Events go to stderr: those of our own crates, since what clients of brokers tell is said by ours, and may show messages.
fn log(log: Log) {
    let others = match log.level {
        LevelFilter::DEBUG => LevelFilter::WARN,
        _ => LevelFilter::OFF,
    };
    let targets = Targets::new()
        .with_default(others)
        .with_target("tidings", log.level);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(targets);
    match log.format {
        Format::Json => registry.with(lines.json().flatten_event(true)).init(),
        _ => registry.with(lines.with_ansi(false)).init(),
    }
}
