//! `tidings outbox`: what a service's database needs to publish messages from it.
use crate::Outcome;
use clap::{
    Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::io::Write;
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
    let Command::Schema { db } = &args.command;
    let sql = schema(*db);
    std::io::stdout().lock().write_all(sql.as_bytes())?;
    Ok(Outcome::Clean)
}
