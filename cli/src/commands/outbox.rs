//! `tidings outbox`: what a service's database needs to publish messages from it.
use crate::Outcome;
use clap::Subcommand;
use std::io::Write;
use tidings_outbox::schema;

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
        /// The database that it is for
        #[arg(long, value_enum, value_name = "NAME")]
        db: Database,
    },
}

/// A database whose tables are known.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Database {
    Postgres,
    Sqlite,
}

impl From<Database> for tidings_outbox::Database {
    fn from(database: Database) -> Self {
        match database {
            Database::Postgres => Self::Postgres,
            Database::Sqlite => Self::Sqlite,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Command::Schema { db } = &args.command;
    let sql = schema((*db).into());
    std::io::stdout().lock().write_all(sql.as_bytes())?;
    Ok(Outcome::Clean)
}
