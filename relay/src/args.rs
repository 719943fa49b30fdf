//! The command line.
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::path::PathBuf;
use tidings_relay::config;

const EXAMPLES: &str = "\
Examples:
  tidings-relay --config relay.toml
  tidings-relay --check
  tidings-relay outbox list
  tidings-relay health
  TIDINGS_RELAY_DATABASE_URL=sqlite:shop.db TIDINGS_RELAY_BROKER_URL=unix:/run/shop.sock tidings-relay

Run as many as you like: one leads, another takes over when it ends. SIGTERM and SIGINT stop it once what is being published is done.

Exit codes: 0 stopped as it was told to, 1 it could not go on or was not done in time, 2 the configuration is wrong, 3 database or
broker were not reached, 4 the tables are missing or cannot be worked with.";

/// Publishes the outbox of a service's database to a broker
#[derive(Debug, Parser)]
#[command(
    name = "tidings-relay",
    version,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
    /// Configuration to read [default: what TIDINGS_RELAY_CONFIG names, else `tidings-relay.toml` in this folder, where there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Check the configuration, that database and broker are reached, and that the tables can be worked with; then end
    #[arg(long)]
    pub(crate) check: bool,
}

/// What to do instead of publishing.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// List, put back or drop the messages that can never be published
    ///
    /// Only the database is asked: no broker need be told.
    #[command(subcommand)]
    Outbox(Command),
    /// Ask the relay that runs by the same configuration how it is; ends with 0 where it is well, and with 1 otherwise
    ///
    /// For a container's health check: the address is that of `http.listen`, and nothing else of the configuration is needed.
    Health(Probe),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Probe {
    /// Whether it reaches database and broker, too, rather than whether it works
    #[arg(long)]
    pub(crate) ready: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the messages that are parked, with the reason
    List(Listed),
    /// Put parked messages back into the outbox, behind what waits there
    Replay(Chosen),
    /// Drop parked messages for ever
    Drop(Chosen),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Listed {
    /// Only those for this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) channel: Option<String>,
    /// As JSON: an array of objects
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Chosen {
    /// The numbers of the messages, as `list` shows them
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all",
        allow_negative_numbers = true
    )]
    pub(crate) ids: Vec<i64>,
    /// All that are parked
    #[arg(long)]
    pub(crate) all: bool,
    /// Of all, only those for this address
    #[arg(long, value_name = "ADDRESS", requires = "all")]
    pub(crate) channel: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Tell what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// Of this process; ends it where they make no sense.
    pub(crate) fn read() -> Self {
        let help = format!("{EXAMPLES}\n\n{}", config::keys());
        let command = Self::command().after_help(EXAMPLES).after_long_help(help);
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the blocks for a shell in a page, without what is behind them.
    fn lines(page: &'static str) -> impl Iterator<Item = &'static str> {
        let blocks = page.split("```sh\n").skip(1);
        let blocks = blocks.filter_map(|block| block.split("```").next());
        let lines = blocks
            .flat_map(str::lines)
            .flat_map(|line| line.split("&&"));
        lines.filter_map(|line| line.split(['#', '>']).next())
    }

    /// By the program that is in the container.
    #[test]
    fn what_a_container_runs_is_taken() {
        let container = include_str!("../Containerfile");
        let list = |start: &str| -> Vec<String> {
            let line = container.lines().find(|line| line.starts_with(start));
            let list = line.and_then(|line| line.split_once('[')).expect(start).1;
            serde_json::from_str(&format!("[{list}")).expect("a list")
        };
        let [run, health] = ["ENTRYPOINT", "HEALTHCHECK"].map(list);
        assert_eq!(health[0], run[0]);
        assert!(container.contains(&format!(" {}\n", run[0])), "{run:?}");
        for args in [run, health] {
            let parsed = Args::try_parse_from(&args);
            assert!(parsed.is_ok(), "{args:?}: {:?}", parsed.err());
        }
    }

    #[test]
    fn what_the_pages_have_one_type_is_taken() {
        let pages = [
            include_str!("../README.md"),
            include_str!("../../docs/outbox.md"),
        ];
        let mut taken = 0;
        for line in pages.into_iter().flat_map(lines) {
            let words: Vec<_> = line.split_whitespace().collect();
            let args = match &words[..] {
                // The tables are printed without a database.
                ["tidings", "outbox", "schema", ..] => continue,
                ["tidings", "outbox", args @ ..] => [&["tidings-relay", "outbox"], args].concat(),
                ["tidings-relay", ..] => words,
                _ => continue,
            };
            let parsed = Args::try_parse_from(&args);
            assert!(parsed.is_ok(), "{args:?}: {:?}", parsed.err());
            taken += 1;
        }
        assert!(taken >= 6, "{taken}");
    }
}
