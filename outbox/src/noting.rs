//! What the transaction of a handler asks of its connection besides what it [writes](Writer): whether its message is new, and that it is
//! handled.
use crate::{
    Writer,
    append::rows,
    columns::{Columns, milliseconds},
};
use std::time::SystemTime;
use tidings::{BoxFuture, Outgoing, Result};

/// What is known of a message before its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is to be handled, in a transaction that began then, by the database's own measure where that has one.
    New(i64),
    /// It was handled.
    Handled,
    /// Another is handling it.
    Elsewhere,
}

/// A connection whose transactions handlers may have.
pub trait Noting: Writer {
    /// Looks whether a consumer received a message, and keeps others from handling it within the transaction. Where the database may
    /// commit in the middle by itself, what was not [done](Self::note_done) is not said to have been received.
    fn note_begun<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Known>> {
        Box::pin(async move {
            let is_new = self.note(consumer, id, milliseconds(SystemTime::now()));
            Ok(Known::of(is_new.await?))
        })
    }

    /// Notes that all is done about a message, whose transaction began then. Says whether it was to be done: not where another has
    /// received it meanwhile.
    fn note_done<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        began: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (consumer, id, began);
        Box::pin(async { Ok(true) })
    }

    /// Writes rows, in their order, at the end of a handler's transaction: where that is over, because the handler has ended it by hand,
    /// and the database would commit the rows alone, an error.
    fn write_last<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        self.write(rows)
    }
}

impl Known {
    /// Of a database that is told of transactions otherwise.
    pub(crate) fn of(is_new: bool) -> Self {
        match is_new {
            true => Self::New(0),
            false => Self::Handled,
        }
    }
}

/// [Appends](crate::append) what a handler sends that has ended.
pub(crate) async fn append_last<W: Noting + ?Sized>(
    writer: &mut W,
    outgoing: impl IntoIterator<Item = Outgoing>,
) -> Result<()> {
    let rows = rows(outgoing);
    match rows.is_empty() {
        true => Ok(()),
        false => writer.write_last(&rows).await,
    }
}
