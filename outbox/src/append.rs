//! Writing messages beside the data that they tell of.
use crate::columns::{Columns, milliseconds};
use std::time::SystemTime;
use tidings::{BoxFuture, Outgoing, Result};

/// A connection, or a transaction, of a database that has the tables of the outbox.
pub trait Writer: Send {
    /// Writes rows, in their order.
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>>;

    /// The same, for the end of a handler's transaction: where that is over, because the handler has ended it by hand, and the database
    /// would commit the rows alone, an error.
    fn write_last<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        self.write(rows)
    }

    /// Notes that a consumer received a message, at that time in milliseconds since 1970; says whether it had not before. Waits for
    /// a transaction that notes the same.
    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>>;

    /// The same, where more is done within the transaction before [`note_done`](Self::note_done): where a database may commit in
    /// the middle by itself, what was not done is not said to have been received.
    fn note_begun<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        self.note(consumer, id, received_ms)
    }

    /// All is done about a message that was noted as begun; nothing, where that is noted with the commit.
    fn note_done<'a>(&'a mut self, consumer: &'a str, id: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = (consumer, id);
        Box::pin(async { Ok(()) })
    }
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

/// The same, of what a handler sends that has ended.
#[cfg(feature = "sqlx")]
pub(crate) async fn append_last<W: Writer + ?Sized>(
    writer: &mut W,
    outgoing: impl IntoIterator<Item = Outgoing>,
) -> Result<()> {
    let rows = rows(outgoing);
    match rows.is_empty() {
        true => Ok(()),
        false => writer.write_last(&rows).await,
    }
}

fn rows(outgoing: impl IntoIterator<Item = Outgoing>) -> Vec<Columns> {
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
