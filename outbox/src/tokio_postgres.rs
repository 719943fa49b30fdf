//! The outbox and inbox of PostgreSQL within transactions of the crate `tokio-postgres`: [`append`](crate::append) and
//! [`receive`](crate::receive) take its `Transaction` and `Client`, and what pools make of them (`&mut **client`). The relay has
//! a pool of `sqlx`, in the service or in a program of its own. What [`Pipelined`] writes costs no round trip.
//!
//! ```no_run
//! # async fn pay(client: &mut tokio_postgres::Client, order: i64, paid: tidings::Outgoing)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let mut transaction = client.transaction().await?;
//! transaction.execute("update orders set state = 'paid' where id = $1", &[&order]).await?;
//! tidings_outbox::append(&mut transaction, [paid]).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
use crate::{
    Writer,
    arrays::{self, Array},
    columns::Columns,
    schema::{MEND, RIGHTS},
};
use std::io;
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tokio_postgres::{
    Client, GenericClient, Transaction,
    error::SqlState,
    types::{ToSql, Type},
};
pub use transaction::{OutboxTransaction, Pipelined};

mod statements;
mod transaction;

macro_rules! writer {
    ($client:ty) => {
        impl Writer for $client {
            fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
                Box::pin(write(self, rows))
            }

            fn note<'a>(
                &'a mut self,
                consumer: &'a str,
                id: &'a str,
                received_ms: i64,
            ) -> BoxFuture<'a, Result<bool>> {
                Box::pin(note(self, consumer, id, received_ms))
            }
        }
    };
}

writer!(Client);
writer!(Transaction<'_>);

/// A parameter, with its type: nothing is prepared then, which would be one more round trip.
type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

async fn write(client: &(impl GenericClient + Sync), rows: &[Columns]) -> Result<()> {
    let arrays = arrays::of(rows);
    let parameters: Vec<_> = arrays.iter().map(parameter).collect();
    let written = client.execute_typed(&arrays::insert(), &parameters).await;
    written.map(drop).map_err(|error| failed("append", error))
}

async fn note(
    client: &(impl GenericClient + Sync),
    consumer: &str,
    id: &str,
    received_ms: i64,
) -> Result<bool> {
    let parameters: [Parameter<'_>; 3] = [
        (&consumer, Type::TEXT),
        (&id, Type::TEXT),
        (&received_ms, Type::INT8),
    ];
    let noted = client.execute_typed(arrays::NOTE, &parameters).await;
    let noted = noted.map_err(|error| failed("receive", error))?;
    Ok(noted > 0)
}

fn parameter<'a>(values: &'a Array<'_>) -> Parameter<'a> {
    (array(values), kinds(values))
}

fn kinds(values: &Array<'_>) -> Type {
    match values {
        Array::Texts(_) => Type::TEXT_ARRAY,
        Array::Times(_) => Type::INT8_ARRAY,
        Array::Bytes(_) => Type::BYTEA_ARRAY,
    }
}

fn array<'a>(values: &'a Array<'_>) -> &'a (dyn ToSql + Sync) {
    match values {
        Array::Texts(texts) => texts,
        Array::Times(times) => times,
        Array::Bytes(bytes) => bytes,
    }
}

/// What went wrong during an operation, on what: its own text names neither.
fn failed(operation: &'static str, error: tokio_postgres::Error) -> Error {
    let reason = reason(&error);
    if is_missing(&error) {
        return Error::new(ErrorKind::NotFound, operation, format!("{reason}; {MEND}"))
            .because(error);
    }
    let kind = kind(&error);
    let reason = match kind {
        ErrorKind::PermissionDenied => format!("{reason}; {RIGHTS}"),
        _ => reason,
    };
    Error::new(kind, operation, reason).because(error)
}

fn reason(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Whether a table of ours is not there, or a column.
fn is_missing(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|told| {
        *told.code() == SqlState::UNDEFINED_COLUMN
            || *told.code() == SqlState::UNDEFINED_TABLE && told.message().contains("\"tidings_")
    })
}

fn kind(error: &tokio_postgres::Error) -> ErrorKind {
    let source = std::error::Error::source(error);
    match error.code() {
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::PermissionDenied,
        // More than an index takes.
        Some(code) if *code == SqlState::PROGRAM_LIMIT_EXCEEDED => ErrorKind::TooLarge,
        Some(code) if is_ending(code) => ErrorKind::ConnectionLost,
        Some(_) => ErrorKind::Unexpected,
        None if error.is_closed() || source.is_some_and(|source| source.is::<io::Error>()) => {
            ErrorKind::ConnectionLost
        }
        None => ErrorKind::Unexpected,
    }
}

/// Whether the server ends a connection, or gives none now: it is stopping, starting, or has as many as it may.
fn is_ending(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08")
        || code.starts_with("57P")
        || *code == *SqlState::TOO_MANY_CONNECTIONS.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_a_connection_is_known_by_its_code() {
        for (code, ends) in [
            ("08006", true),
            ("57P01", true),
            ("53300", true),
            ("57014", false),
            ("53200", false),
        ] {
            assert_eq!(is_ending(&SqlState::from_code(code)), ends, "{code}");
        }
    }
}
