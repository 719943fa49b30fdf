//! The command line.
use clap::{CommandFactory, FromArgMatches, Parser};
use std::path::PathBuf;
use tidings_relay::config;

const EXAMPLES: &str = "\
Examples:
  tidings-relay --config relay.toml
  tidings-relay --check
  TIDINGS_RELAY_DATABASE_URL=sqlite:shop.db TIDINGS_RELAY_BROKER_URL=unix:/run/shop.sock tidings-relay

Run as many as you like: one leads, another takes over when it ends. SIGTERM and SIGINT stop it once what is being published is done.

Exit codes: 0 stopped as it was told to, 1 it could not go on or was not done in time, 2 the configuration is wrong, 3 database or
broker were not reached, 4 the tables are missing or cannot be worked with.";

/// Publishes the outbox of a service's database to a broker
#[derive(Debug, Parser)]
#[command(name = "tidings-relay", version)]
pub(crate) struct Args {
    /// Configuration to read [default: `tidings-relay.toml` in this folder, where there is one]
    #[arg(long, value_name = "FILE", env = config::FILE)]
    pub(crate) config: Option<PathBuf>,
    /// Check the configuration, that database and broker are reached, and that the tables can be worked with; then end
    #[arg(long)]
    pub(crate) check: bool,
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
