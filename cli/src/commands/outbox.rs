//! `tidings outbox`: what a service's database needs to publish messages from it. What asks the database is handed on to
//! `tidings-relay`, so that this program links none.
use crate::Outcome;
use anyhow::{Context, bail};
use clap::{
    Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::{
    env,
    ffi::OsString,
    io::{ErrorKind, Write},
    path::PathBuf,
    process,
};
use tidings_outbox::{Database, schema};

/// Arguments of `tidings outbox`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the SQL that makes the tables, with its reasons, for a migration of yours
    #[command(after_help = "\
Examples:
  tidings outbox schema --db postgres > migrations/outbox.sql
  tidings outbox schema --db sqlite | sqlite3 shop.db")]
    Schema {
        /// The database that it is for; `mysql` is for MariaDB too
        #[arg(long, value_name = "NAME", value_parser = databases())]
        db: Database,
    },
    /// List the messages that are parked, with the reason (by `tidings-relay`)
    #[command(disable_help_flag = true)]
    List(Handed),
    /// Put parked messages back into the outbox (by `tidings-relay`)
    #[command(disable_help_flag = true)]
    Replay(Handed),
    /// Drop parked messages for ever (by `tidings-relay`)
    #[command(disable_help_flag = true)]
    Drop(Handed),
}

/// What is handed on as it stands.
#[derive(Debug, clap::Args)]
struct Handed {
    /// What `tidings-relay outbox` takes; `--help` shows it
    #[arg(value_name = "ARGUMENT", num_args = 0.., allow_hyphen_values = true, trailing_var_arg = true)]
    arguments: Vec<OsString>,
}

fn databases() -> impl TypedValueParser<Value = Database> {
    let name = |database: Database| {
        let value = PossibleValue::new(database.name());
        match database {
            Database::MySql => value.alias("mariadb"),
            _ => value,
        }
    };
    PossibleValuesParser::new(Database::ALL.map(name)).try_map(|name| name.parse::<Database>())
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Schema { db } => {
            std::io::stdout().lock().write_all(schema(*db).as_bytes())?;
            Ok(Outcome::Clean)
        }
        Command::List(handed) => hand_on("list", handed),
        Command::Replay(handed) => hand_on("replay", handed),
        Command::Drop(handed) => hand_on("drop", handed),
    }
}

/// The program that knows databases.
const RELAY: &str = "tidings-relay";

/// Runs `tidings-relay outbox`, which says itself what is wrong.
fn hand_on(command: &str, handed: &Handed) -> anyhow::Result<Outcome> {
    let mut relay = process::Command::new(relay());
    relay.args(["outbox", command]).args(&handed.arguments);
    let status = match relay.status() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "`tidings outbox {command}` needs the program `{RELAY}`, which is neither beside this one nor in a folder of `PATH`; \
             `cargo install --locked --path relay` installs it"
        ),
        status => status.with_context(|| format!("`{RELAY}` cannot be run"))?,
    };
    Ok(match status.code() {
        Some(0) => Outcome::Clean,
        Some(1) => Outcome::Findings,
        _ => Outcome::Incomplete,
    })
}

/// The one beside this program, else the one that `PATH` leads to.
fn relay() -> PathBuf {
    let name = format!("{RELAY}{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().map(|program| program.with_file_name(&name));
    let beside = beside.ok().filter(|program| program.is_file());
    beside.unwrap_or_else(|| name.into())
}
