//! What a database gives, as what the relay works with; the same for every database of sqlx.
use crate::{Parked, Stored, Waiting, columns::Columns};
use futures_util::{TryStreamExt as _, stream::BoxStream};
use sqlx::{ColumnIndex, Decode, Row, Type};

/// A row of such a table, whose values may be these.
pub(crate) trait Table: Row {
    fn id(&self) -> sqlx::Result<i64>;
    fn time(&self, column: &'static str) -> sqlx::Result<Option<i64>>;
    fn text(&self, column: &'static str) -> sqlx::Result<Option<String>>;
    fn bytes(&self, column: &'static str) -> sqlx::Result<Option<Vec<u8>>>;
}

impl<R: Row> Table for R
where
    &'static str: ColumnIndex<R>,
    i64: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    String: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: for<'r> Decode<'r, R::Database> + Type<R::Database>,
{
    fn id(&self) -> sqlx::Result<i64> {
        self.try_get("id")
    }

    fn time(&self, column: &'static str) -> sqlx::Result<Option<i64>> {
        self.try_get(column)
    }

    fn text(&self, column: &'static str) -> sqlx::Result<Option<String>> {
        self.try_get(column)
    }

    fn bytes(&self, column: &'static str) -> sqlx::Result<Option<Vec<u8>>> {
        self.try_get(column)
    }
}

/// Rows of the outbox, until they have so many bytes together. One whose values are of other types than they should be is one that makes no sense, rather than the end of
/// the relay.
pub(crate) async fn stored<R: Table>(
    mut rows: BoxStream<'_, sqlx::Result<R>>,
    bytes: usize,
) -> sqlx::Result<Vec<Stored>> {
    let (mut all, mut size) = (Vec::new(), 0_usize);
    while size < bytes
        && let Some(row) = rows.try_next().await?
    {
        let row = one(&row)?;
        size = size.saturating_add(row.size());
        all.push(row);
    }
    Ok(all)
}

/// The same of one.
pub(crate) fn one<R: Table>(row: &R) -> sqlx::Result<Stored> {
    let key = row.bytes("message_key").unwrap_or_default();
    let columns = columns(row).map_err(|error| error.to_string());
    let outgoing = columns.and_then(Columns::into_outgoing);
    Ok(Stored::new(row.id()?, outgoing, key))
}

/// Rows of what is parked.
pub(crate) fn parked<R: Table>(rows: &[R]) -> sqlx::Result<Vec<Parked>> {
    let parked = |row: &R| {
        let texts = [
            text(row, "channel")?,
            text(row, "message_id")?,
            text(row, "reason")?,
        ];
        Ok(Parked::new(
            row.id()?,
            texts,
            row.time("parked_ms")?.unwrap_or_default(),
        ))
    };
    rows.iter().map(parked).collect()
}

/// A text to be shown, whatever its bytes are.
fn text<R: Table>(row: &R, column: &'static str) -> sqlx::Result<String> {
    let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let text = row.text(column);
    let text = text.or_else(|error| row.bytes(column).map_or(Err(error), |it| Ok(it.map(lossy))));
    text.map(Option::unwrap_or_default)
}

/// The one row of figures.
pub(crate) fn waiting<R: Table>(row: &R) -> sqlx::Result<Waiting> {
    let count = |column| Ok::<_, sqlx::Error>(row.time(column)?.unwrap_or_default().unsigned_abs());
    Ok(Waiting::new(
        count("found")?,
        row.time("oldest_ms")?,
        count("parked")?,
    ))
}

fn columns<R: Table>(row: &R) -> sqlx::Result<Columns> {
    Ok(Columns {
        channel: row.text("channel")?.unwrap_or_default(),
        channel_settings: row.text("channel_settings")?,
        message_id: row.text("message_id")?.unwrap_or_default(),
        name: row.text("name")?,
        content_type: row.text("content_type")?,
        reply_to: row.text("reply_to")?,
        correlation_id: row.text("correlation_id")?,
        message_key: row.bytes("message_key")?,
        created_ms: row.time("created_ms")?,
        expires_ms: row.time("expires_ms")?,
        not_before_ms: row.time("not_before_ms")?,
        headers: row.text("headers")?,
        body: row.bytes("body")?.unwrap_or_default(),
    })
}

/// A number of rows for a database.
pub(crate) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A number of rows by a database.
pub(crate) fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
