//! What a database gives, as what the relay works with; the same for every database of sqlx.
use crate::{
    Parked, Stored, Waiting,
    values::{Reader, Values},
};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream::BoxStream};
use sqlx::{Column as _, ColumnIndex, Decode, Error, Row, Type};
use tidings::MessageId;

/// A row of such a table, whose values may be these. They are found by their places, which costs far less than by their names.
pub(crate) trait Table: Row {
    fn time(&self, place: usize) -> sqlx::Result<Option<i64>>;
    fn text(&self, place: usize) -> sqlx::Result<Option<&str>>;
    fn bytes(&self, place: usize) -> sqlx::Result<Option<Bytes>>;
}

impl<R: Row> Table for R
where
    usize: ColumnIndex<R>,
    i64: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    fn time(&self, place: usize) -> sqlx::Result<Option<i64>> {
        self.try_get(place).map_err(named(self, place))
    }

    fn text(&self, place: usize) -> sqlx::Result<Option<&str>> {
        self.try_get(place).map_err(named(self, place))
    }

    fn bytes(&self, place: usize) -> sqlx::Result<Option<Bytes>> {
        let bytes: Option<&[u8]> = self.try_get(place).map_err(named(self, place))?;
        Ok(bytes.map(Bytes::copy_from_slice))
    }
}

/// The column of an error by its name.
fn named<R: Row>(row: &R, place: usize) -> impl Fn(Error) -> Error {
    move |error| match (error, row.columns().get(place)) {
        (Error::ColumnDecode { source, .. }, Some(column)) => Error::ColumnDecode {
            index: format!("{:?}", column.name()),
            source,
        },
        (error, _) => error,
    }
}

/// Rows of the outbox, until they have so many bytes together. One whose values are of other types than they should be is one that makes no sense, rather than the end of
/// the relay.
pub(crate) async fn stored<R: Table>(
    mut rows: BoxStream<'_, sqlx::Result<R>>,
    bytes: usize,
) -> sqlx::Result<Vec<Stored>> {
    let (mut reader, mut all, mut size) = (Reader::default(), Vec::new(), 0_usize);
    while size < bytes
        && let Some(row) = rows.try_next().await?
    {
        let row = one(&row, &mut reader)?;
        size = size.saturating_add(row.size());
        all.push(row);
    }
    Ok(all)
}

/// The same of one, whose number is before its columns, which are in their order.
pub(crate) fn one<R: Table>(row: &R, reader: &mut Reader) -> sqlx::Result<Stored> {
    let id = row.time(0)?.unwrap_or_default();
    let key = row.bytes(KEY).unwrap_or_default();
    let values = values(row, key.clone()).map_err(|error| error.to_string());
    let outgoing = values.and_then(|values| reader.outgoing(values));
    let message_id = || row.text(MESSAGE_ID).ok()?.map(MessageId::from);
    Ok(Stored::new(id, outgoing, key).identified(message_id))
}

/// Where the id of the message is, and the key.
const MESSAGE_ID: usize = 3;
const KEY: usize = 8;

fn values<R: Table>(row: &R, key: Option<Bytes>) -> sqlx::Result<Values<'_>> {
    Ok(Values {
        channel: row.text(1)?.unwrap_or_default(),
        channel_settings: row.text(2)?,
        message_id: row.text(MESSAGE_ID)?.unwrap_or_default(),
        name: row.text(4)?,
        content_type: row.text(5)?,
        reply_to: row.text(6)?,
        correlation_id: row.text(7)?,
        message_key: match key {
            Some(key) => Some(key),
            None => row.bytes(KEY)?,
        },
        created_ms: row.time(9)?,
        expires_ms: row.time(10)?,
        not_before_ms: row.time(11)?,
        headers: row.text(12)?,
        body: row.bytes(13)?.unwrap_or_default(),
    })
}

/// Rows of what is parked: id, channel, id of the message, reason and time.
pub(crate) fn parked<R: Table>(rows: &[R]) -> sqlx::Result<Vec<Parked>> {
    let time = |row: &R, place| row.time(place).map(Option::unwrap_or_default);
    let parked = |row: &R| {
        let texts = [text(row, 1)?, text(row, 2)?, text(row, 3)?];
        Ok(Parked::new(time(row, 0)?, texts, time(row, 4)?))
    };
    rows.iter().map(parked).collect()
}

/// A text to be shown, whatever its bytes are.
fn text<R: Table>(row: &R, place: usize) -> sqlx::Result<String> {
    match row.text(place) {
        Ok(text) => Ok(text.unwrap_or_default().to_owned()),
        Err(error) => {
            let bytes = row.bytes(place).map_err(|_| error)?;
            Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
        }
    }
}

/// The one row of figures: how many rows were found, when the oldest was made, and how many are parked.
pub(crate) fn waiting<R: Table>(row: &R) -> sqlx::Result<Waiting> {
    let count = |place| Ok::<_, Error>(row.time(place)?.unwrap_or_default().unsigned_abs());
    Ok(Waiting::new(count(0)?, row.time(1)?, count(2)?))
}

/// A number of rows for a database.
pub(crate) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A number of rows by a database.
pub(crate) fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
