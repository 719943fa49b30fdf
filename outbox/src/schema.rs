//! The tables of the outbox, as SQL.
use std::{fmt, str::FromStr};

/// The version of the tables that this crate works with.
pub const VERSION: i32 = 4;

/// What helps where a table is missing.
#[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
pub(crate) const MEND: &str = "make the tables by what `tidings outbox schema --db NAME` prints";

/// What helps where somebody may not do something.
#[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
pub(crate) const RIGHTS: &str =
    "docs/outbox.md says what services and relays have to be allowed (`Privileges`)";

/// A database whose tables are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Database {
    /// PostgreSQL, 12 or later.
    Postgres,
    /// MySQL, 8.0 or later, and MariaDB, 10.6 or later.
    MySql,
    /// SQLite, 3.35 or later.
    Sqlite,
}

impl Database {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Postgres, Self::MySql, Self::Sqlite];

    /// The name by which it is chosen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Database {
    type Err = String;

    /// By its [name](Self::name), or by `mariadb`, which has the same tables as `mysql`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL
            .into_iter()
            .find(|database| database.name() == name);
        let known = known.or_else(|| (name == "mariadb").then_some(Self::MySql));
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there are no tables for `{name}`; there are for {names}, mariadb")
        })
    }
}

/// The SQL that makes the tables, with its reasons, for a migration of yours.
#[must_use]
pub fn schema(database: Database) -> &'static str {
    match database {
        Database::Postgres => include_str!("../schema/postgres.sql"),
        Database::MySql => include_str!("../schema/mysql.sql"),
        Database::Sqlite => include_str!("../schema/sqlite.sql"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_has_its_tables_and_is_found_by_name() {
        for database in Database::ALL {
            assert_eq!(database.to_string().parse(), Ok(database));
            let sql = schema(database);
            assert!(sql.contains(&format!("values ({VERSION})")), "{database}");
        }
        assert_eq!("mariadb".parse(), Ok(Database::MySql));
        let error = "oracle".parse::<Database>().unwrap_err();
        assert!(
            error.contains("`oracle`") && error.contains("postgres"),
            "{error}"
        );
    }
}
