//! Writing messages beside the data that they tell of.
use crate::columns::{Columns, milliseconds};
use std::time::SystemTime;
use tidings::{BoxFuture, Outgoing, Result};

/// A connection, or a transaction, of a database that has the tables of the outbox.
pub trait Writer: Send {
    /// Writes rows, in their order.
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>>;

    /// Notes that a consumer received a message, at that time in milliseconds since 1970; says whether it had not before. Waits for
    /// a transaction that notes the same.
    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>>;
}

/// Writes messages into the outbox, in their order: what generated publishers and clients make by `outgoing`, or what a handler
/// would send. Within a transaction they are published when that is committed, and not otherwise.
///
/// What has no time of creation gets this one.
///
/// # Errors
/// When the database refuses them, as where the tables are missing; the transaction is then to be rolled back.
pub async fn append<W: Writer + ?Sized>(
    writer: &mut W,
    outgoing: impl IntoIterator<Item = Outgoing>,
) -> Result<()> {
    let rows = rows(outgoing);
    match rows.is_empty() {
        true => Ok(()),
        false => writer.write(&rows).await,
    }
}

/// Messages as they are written.
pub(crate) fn rows(outgoing: impl IntoIterator<Item = Outgoing>) -> Vec<Columns> {
    let now = milliseconds(SystemTime::now());
    let row = |outgoing| {
        let columns = Columns::of(&outgoing);
        let created_ms = columns.created_ms.or(Some(now));
        Columns {
            created_ms,
            ..columns
        }
    };
    outgoing.into_iter().map(row).collect()
}
