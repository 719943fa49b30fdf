//! Errors of a database as those of the runtime.
use crate::schema::{MEND, RIGHTS};
use sqlx::error::DatabaseError;
use tidings::{Error, ErrorKind, HandlerError};

/// What a relay asks of a database.
const OF_A_RELAY: [&str; 5] = ["check", "lead", "read", "settle", "watch"];

/// What helps where it has no connection.
const TAKES: &str = "a relay takes up to three: give it a larger pool, or one of its own";

/// What helps where one session knows the statements of another.
pub(crate) const LENT: &str = "as behind a pooler that lends connections by the transaction; give an address of the server, or of a \
                               pool of sessions";

/// What helps where a server lets somebody not in.
const LOGIN: &str = "see that the user is there, may log in from here, and has that password";

/// What helps where a server has no such database.
const DATABASE: &str = "make the database, or name one that is there";

/// What went wrong during an operation, on what, and what helps.
pub(crate) fn of(operation: &'static str, error: sqlx::Error) -> Error {
    let (kind, mend) = match &error {
        sqlx::Error::Database(told) => said(operation, &**told),
        sqlx::Error::PoolTimedOut => {
            let mend = OF_A_RELAY.contains(&operation).then_some(TAKES);
            (ErrorKind::ConnectionLost, mend)
        }
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            (ErrorKind::ConnectionLost, None)
        }
        sqlx::Error::PoolClosed => (ErrorKind::Closed, None),
        _ => (ErrorKind::Unexpected, None),
    };
    let words = words(&error);
    let reason = match mend {
        Some(mend) => format!("{words}; {mend}"),
        None => words,
    };
    Error::new(kind, operation, reason).because(error)
}

/// What an error says: of a database its own words, without the line of its source at which it says so.
pub(crate) fn words(error: &sqlx::Error) -> String {
    let told = error.as_database_error();
    told.map_or_else(|| error.to_string(), |told| told.message().to_owned())
}

fn said(operation: &'static str, told: &dyn DatabaseError) -> (ErrorKind, Option<&'static str>) {
    // The log is read from tables of the server, whose columns come and go with its versions.
    let missing = is_missing(told) || (operation != "tail" && is_column_missing(told));
    match told {
        _ if missing => (ErrorKind::NotFound, Some(MEND)),
        _ if is_too_large(told) => (ErrorKind::TooLarge, None),
        _ if is_one_of(told, &["42P05", "26000"]) => (ErrorKind::Unsupported, Some(LENT)),
        _ if is_kept_out(told) => (ErrorKind::PermissionDenied, Some(LOGIN)),
        _ if is_denied(told) => (ErrorKind::PermissionDenied, Some(RIGHTS)),
        _ if is_without_database(told) => (ErrorKind::Unexpected, Some(DATABASE)),
        _ if is_ending(told) => (ErrorKind::ConnectionLost, None),
        _ => (ErrorKind::Unexpected, None),
    }
}

/// Whether a database says that a table of ours or an index is not there, in whatever language: PostgreSQL and MySQL by their
/// codes, and SQLite, which has none for it, by the words that it always has.
fn is_missing(told: &dyn DatabaseError) -> bool {
    let message = told.message();
    let is_ours = ["tidings_outbox", "tidings_received"]
        .iter()
        .any(|table| message.contains(table));
    is_ours
        && match number(told) {
            Some(number) => [1146, 1176].contains(&number),
            None => is_one_of(told, &["42P01", "42704"]) || message.contains("no such table"),
        }
}

/// Whether a column is not there; of which table is not always said.
fn is_column_missing(told: &dyn DatabaseError) -> bool {
    let message = told.message();
    match number(told) {
        Some(number) => number == 1054,
        None => {
            is_one_of(told, &["42703"])
                || message.contains("no such column")
                || message.contains("has no column named")
        }
    }
}

/// Whether a server lets nobody in by that name and password, or only in another way.
fn is_kept_out(told: &dyn DatabaseError) -> bool {
    match number(told) {
        Some(number) => [1045, 3118, 4151].contains(&number),
        None => is_one_of(told, &["28000", "28P01"]),
    }
}

fn is_without_database(told: &dyn DatabaseError) -> bool {
    match number(told) {
        Some(number) => [1049].contains(&number),
        None => is_one_of(told, &["3D000"]),
    }
}

/// Whether a database says that its user may not do that; of SQLite its codes of a file that is only read.
fn is_denied(told: &dyn DatabaseError) -> bool {
    match number(told) {
        Some(number) => [1044, 1142, 1143, 1227, 1370].contains(&number),
        None => {
            let read_only = ["8", "264", "520", "776", "1032", "1288", "1544"];
            is_one_of(told, &["42501"]) || is_one_of(told, &read_only)
        }
    }
}

/// Whether a database says that something has more than it takes: PostgreSQL of what is in an index, SQLite of any value.
fn is_too_large(told: &dyn DatabaseError) -> bool {
    number(told).is_none() && is_one_of(told, &["54000", "18"])
}

/// Whether a database says that it ends a connection, or gives none now: it is stopping, starting, or has as many as it may.
fn is_ending(told: &dyn DatabaseError) -> bool {
    match number(told) {
        Some(number) => [1040, 1053, 1077, 1079, 1203, 1226, 1927].contains(&number),
        None => {
            let code = told.code().unwrap_or_default();
            code.len() == 5
                && (code.starts_with("08") || code.starts_with("57P") || code == "53300")
        }
    }
}

fn is_one_of(told: &dyn DatabaseError, codes: &[&str]) -> bool {
    told.code().is_some_and(|code| codes.contains(&&*code))
}

fn is_number_of(told: &dyn DatabaseError, numbers: &[u16]) -> bool {
    number(told).is_some_and(|number| numbers.contains(&number))
}

/// The number of an error of MySQL, which has the same class for many of them.
fn number(told: &dyn DatabaseError) -> Option<u16> {
    #[cfg(feature = "mysql")]
    let told = told.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>();
    #[cfg(feature = "mysql")]
    let number = told.map(sqlx::mysql::MySqlDatabaseError::number);
    #[cfg(not(feature = "mysql"))]
    let (number, _) = (None, told);
    number
}

/// Whether a database says it by that code.
#[cfg(feature = "postgres")]
pub(crate) fn is(error: &sqlx::Error, code: &str) -> bool {
    let told = error.as_database_error();
    told.is_some_and(|told| is_one_of(told, &[code]))
}

/// What is found in the place of the version that this crate works with.
pub(crate) fn version(found: Option<i32>) -> tidings::Result<()> {
    if found == Some(crate::VERSION) {
        return Ok(());
    }
    let mend = match found {
        Some(found) if found > crate::VERSION => "take a relay that works with those",
        Some(_) => "alter them as docs/outbox.md says of the tables",
        None => "`tidings outbox schema --db NAME` prints that",
    };
    let found = found.map_or_else(|| "none".to_owned(), |found| found.to_string());
    let reason = format!(
        "the tables are of version {found}, this relay works with version {}; {mend}",
        crate::VERSION
    );
    Err(Error::new(ErrorKind::Conflict, "check", reason))
}

/// The same, to be tried again where it is a database's failure that passes by itself: nothing is known against the message.
pub(crate) fn passing(error: HandlerError) -> HandlerError {
    match error {
        HandlerError::Reject(source) if is_passing(&*source) => HandlerError::retry(source),
        error => error,
    }
}

/// Whether an error, or what it was made of, is that of a database which another try may not meet.
fn is_passing(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut failures = causes.filter_map(|error| error.downcast_ref::<sqlx::Error>());
    failures.any(|error| matches!(error, sqlx::Error::PoolClosed) || comes_back(error))
}

/// Whether a database that is away, or has no connection, lock or room to give, may have one later.
pub(crate) fn comes_back(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(told) => {
            is_number_of(&**told, &PASSING) || told.code().is_some_and(|code| passes(&code))
        }
        _ => false,
    }
}

/// Numbers of MySQL that pass and have no class which says so: a lock that took too long, a record that has changed since it was read
/// (MariaDB), as many connections of a user as there may be, a server that is read-only since another is written to now, a full
/// disk or table, and what took too long.
const PASSING: [u16; 9] = [1205, 1020, 1203, 1226, 1290, 1836, 1021, 1114, 3024];

/// Of SQLite its codes of a database that is busy, locked or full; else classes of SQLSTATE: connections, transactions rolled back, too
/// few resources, an operator who steps in, and what was broken off (MySQL); and a lock that is not to be had, and a server that is
/// only read for now.
fn passes(code: &str) -> bool {
    match code {
        "5" | "261" | "517" | "773" | "6" | "262" | "518" | "13" | "55P03" | "25006" => true,
        code if code.len() == 5 => code
            .get(..2)
            .is_some_and(|class| ["08", "40", "53", "57", "70"].contains(&class)),
        _ => false,
    }
}

/// Whether a database lets nobody in by that name, as while a password is changed, or has no such database, as while one is restored.
pub(crate) fn keeps_out(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|told| {
        is_kept_out(told) || is_without_database(told) || is_number_of(told, &[1044])
    })
}

#[cfg(all(test, feature = "sqlx"))]
mod told {
    use super::*;
    use sqlx::error::ErrorKind as Kind;
    use std::{borrow::Cow, fmt};

    /// What a database says by a code.
    #[derive(Debug)]
    struct Said(&'static str, &'static str);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl std::error::Error for Said {}

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.1
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> Kind {
            Kind::Other
        }
    }

    fn said(operation: &'static str, code: &'static str, message: &'static str) -> Error {
        of(
            operation,
            sqlx::Error::Database(Box::new(Said(code, message))),
        )
    }

    #[test]
    fn a_pooler_that_lends_connections_is_told_with_its_mend() {
        for (code, message) in [
            ("42P05", "prepared statement \"sqlx_s_1\" already exists"),
            ("26000", "prepared statement \"sqlx_s_1\" does not exist"),
        ] {
            let error = said("check", code, message);
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            let text = error.to_string();
            assert!(text.contains(message) && text.contains("pooler"), "{text}");
        }
    }

    #[test]
    fn tables_of_another_version_are_told_with_what_to_do() {
        assert!(version(Some(crate::VERSION)).is_ok());
        for (found, words) in [
            (
                Some(crate::VERSION + 1),
                "take a relay that works with those",
            ),
            (Some(crate::VERSION - 1), "alter them"),
            (None, "`tidings outbox schema"),
        ] {
            let error = version(found).expect_err("it is another");
            assert_eq!(error.kind(), ErrorKind::Conflict);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn who_is_kept_out_or_names_no_database_is_told_what_helps() {
        for (code, kind, mend) in [
            ("28000", ErrorKind::PermissionDenied, LOGIN),
            ("28P01", ErrorKind::PermissionDenied, LOGIN),
            ("3D000", ErrorKind::Unexpected, DATABASE),
        ] {
            let error = said("lead", code, "who are you?");
            assert_eq!(error.kind(), kind, "{code}");
            assert_eq!(
                error.to_string(),
                format!("lead: {kind}: who are you?; {mend}")
            );
            let error = sqlx::Error::Database(Box::new(Said(code, "")));
            assert!(keeps_out(&error), "{code}");
        }
        for code in ["42501", "57P01"] {
            let error = sqlx::Error::Database(Box::new(Said(code, "")));
            assert!(!keeps_out(&error), "{code}");
        }
    }

    #[test]
    fn a_database_that_ends_a_connection_has_lost_it() {
        for code in ["08006", "57P01", "57P02", "57P03", "53300"] {
            let error = said("check", code, "terminating connection");
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            assert!(error.is_retryable(), "{error}");
        }
        for code in ["57014", "55P03", "08", "42601"] {
            let error = said("check", code, "something else");
            assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
        }
    }

    #[test]
    fn what_no_index_takes_is_too_large() {
        let error = said(
            "append",
            "54000",
            "index row size 2904 exceeds maximum 2704",
        );
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    }

    #[test]
    fn a_column_is_missing_of_our_tables_where_ours_alone_are_asked() {
        let column = "column \"headers\" does not exist";
        for operation in ["check", "read", "settle", "append", "receive"] {
            let error = said(operation, "42703", column);
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
            assert!(error.to_string().contains(MEND), "{error}");
        }
        // As SQLite says it.
        for message in [
            "no such column: headers",
            "table tidings_outbox has no column named headers",
        ] {
            let error = said("append", "1", message);
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
        // Columns of the server's own, which another version has not.
        assert_eq!(said("tail", "42703", column).kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn a_table_is_missing_of_ours_and_of_nobody_elses() {
        let missing = [
            (
                "42P01",
                "relation \"tidings_outbox\" does not exist",
                ErrorKind::NotFound,
            ),
            (
                "42704",
                "index \"tidings_received_times\" does not exist",
                ErrorKind::NotFound,
            ),
            ("1", "no such table: tidings_outbox", ErrorKind::NotFound),
            (
                "42P01",
                "relation \"orders\" does not exist",
                ErrorKind::Unexpected,
            ),
            ("1", "no such table: orders", ErrorKind::Unexpected),
            (
                "23514",
                "a row of \"tidings_outbox\" violates a check",
                ErrorKind::Unexpected,
            ),
        ];
        for (code, message, kind) in missing {
            let error = said("append", code, message);
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(
                error.to_string().contains(MEND),
                kind == ErrorKind::NotFound
            );
        }
    }

    #[test]
    fn who_may_not_is_told_so_whatever_the_database() {
        for code in ["42501", "8", "1032"] {
            let error = said("settle", code, "");
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{code}");
            assert!(error.to_string().contains("`Privileges`"), "{error}");
        }
        assert_eq!(said("settle", "5", "").kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn a_connection_that_is_lost_and_a_pool_that_is_closed_are_told_apart() {
        let io = || sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into());
        let protocol = || sqlx::Error::Protocol("nonsense".to_owned());
        for error in [io(), protocol(), sqlx::Error::WorkerCrashed] {
            assert_eq!(of("read", error).kind(), ErrorKind::ConnectionLost);
        }
        assert_eq!(
            of("read", sqlx::Error::PoolClosed).kind(),
            ErrorKind::Closed
        );
        let other = of("read", sqlx::Error::RowNotFound);
        assert_eq!(other.kind(), ErrorKind::Unexpected);
        for error in [io(), sqlx::Error::WorkerCrashed, sqlx::Error::PoolTimedOut] {
            assert!(comes_back(&error), "{error}");
        }
        for error in [protocol(), sqlx::Error::PoolClosed] {
            assert!(!comes_back(&error), "{error}");
        }
    }

    #[test]
    fn a_relay_that_waits_for_a_connection_says_how_many_it_takes() {
        for operation in ["check", "lead", "read", "settle", "watch"] {
            let error = of(operation, sqlx::Error::PoolTimedOut);
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            assert!(error.to_string().contains("up to three"), "{error}");
        }
        let error = of("begin", sqlx::Error::PoolTimedOut);
        assert!(!error.to_string().contains("up to three"), "{error}");
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
    use std::time::Duration;
    use tidings::BoxError;

    /// What another connection has the database say.
    async fn failures() -> sqlx::Result<[sqlx::Error; 2]> {
        let folder = tempfile::tempdir()?;
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("shop.db"))
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO);
        let mut one = SqliteConnection::connect_with(&options).await?;
        let mut other = SqliteConnection::connect_with(&options).await?;
        let sql = "create table t (id integer primary key); insert into t values (1)";
        sqlx::raw_sql(sql).execute(&mut one).await?;
        let again = sqlx::query("insert into t values (1)").execute(&mut one);
        let twice = again.await.expect_err("it is there");
        let _writes = one.begin_with("begin immediate").await?;
        let busy = other.begin_with("begin immediate").await;
        Ok([busy.expect_err("it is busy"), twice])
    }

    #[tokio::test]
    async fn a_database_that_is_busy_says_nothing_against_a_message() -> sqlx::Result<()> {
        let [busy, twice] = failures().await?;
        assert_eq!(outcome(busy), "retry");
        assert_eq!(outcome(twice), "reject");
        let [busy, twice] = failures().await?;
        let within = |error| outcome(of("store", error));
        assert_eq!([within(busy), within(twice)], ["retry", "reject"]);
        assert_eq!(outcome(sqlx::Error::PoolTimedOut), "retry");
        assert_eq!(outcome(sqlx::Error::PoolClosed), "retry");
        assert_eq!(outcome(sqlx::Error::RowNotFound), "reject");
        Ok(())
    }

    fn outcome(error: impl Into<BoxError>) -> &'static str {
        match passing(HandlerError::reject(error)) {
            HandlerError::Retry { .. } => "retry",
            _ => "reject",
        }
    }

    #[test]
    fn what_passes_by_itself_is_known_by_its_code() {
        for code in [
            "5", "517", "13", "40001", "40P01", "55P03", "57P01", "08006", "53300", "25006",
            "70100",
        ] {
            assert!(passes(code), "{code}");
        }
        // One of SQLite may begin as a class does.
        for code in [
            "1", "2067", "5386", "23505", "25P02", "42P01", "55000", "", "ü5",
        ] {
            assert!(!passes(code), "{code}");
        }
    }
}
