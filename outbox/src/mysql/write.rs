//! Writing rows, and noting what was received.
use crate::{
    Known, Noting, Writer,
    cells::{Cell, cells},
    columns::{Columns, milliseconds},
    fault, statements,
};
use sqlx::MySqlConnection;
use std::time::SystemTime;
use tidings::{BoxFuture, Error, ErrorKind, Result};

/// The sizes of columns that have one, to which a server that is not strict cuts values without a word: characters of a channel,
/// bytes of what was received.
const CHANNEL: usize = 512;
const CONSUMER: usize = 255;
const MESSAGE_ID: usize = 1024;

/// Most rows of one statement, and most bytes of several: far below what a server takes at a time.
const MOST_ROWS: usize = 500;
const MOST_BYTES: usize = 512 * 1024;

/// What a row takes besides its values, rather too much than too little.
const AROUND: usize = 1024;

impl Writer for MySqlConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for row in rows {
                fits("append", "channel", row.channel.chars().count(), CHANNEL)?;
            }
            let mut left = rows;
            while !left.is_empty() {
                let rows = left.split_off(..together(left)).unwrap_or_default();
                take(&mut *self, rows.iter().map(size).sum()).await?;
                let inserted = statements::insert(rows)
                    .build()
                    .persistent(rows.len() == 1)
                    .execute(&mut *self)
                    .await;
                inserted.map_err(|error| fault::of("append", error))?;
            }
            Ok(())
        })
    }

    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(note(self, consumer, id, received_ms, true))
    }
}

/// The note is locked from the beginning, and said to be done with the commit.
impl Noting for MySqlConnection {
    fn note_begun<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Known>> {
        Box::pin(async move {
            let now = milliseconds(SystemTime::now());
            let is_new = note(self, consumer, id, now, false).await?;
            Ok(Known::of(is_new))
        })
    }

    fn note_done<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        _began: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let done = sqlx::query(
                "update tidings_received set is_done = 1 where consumer = ? and message_id = ?",
            )
            .bind(consumer)
            .bind(id)
            .execute(&mut *self)
            .await;
            let done = done.map_err(|error| fault::of("receive", error));
            done.map(|_| true)
        })
    }
}

/// What is there already is written again as it is, which locks its row as its writer did: those who merely look at it wait for
/// each other when that rolls back. Told apart by the number of the insert, since matched rows count as changed ones here: none of
/// what is new, one of what was begun and committed in the middle, two of what was done.
///
/// Of a clock that is behind the time is the server's, so that nobody forgets the message too early.
async fn note(
    connection: &mut MySqlConnection,
    consumer: &str,
    id: &str,
    received_ms: i64,
    is_done: bool,
) -> Result<bool> {
    fits("receive", "consumer", consumer.len(), CONSUMER)?;
    fits("receive", "message_id", id.len(), MESSAGE_ID)?;
    let noted = sqlx::query(
        "insert into tidings_received (consumer, message_id, received_ms, is_done) values (?, ?, greatest(?, unix_timestamp() * 1000), ?) \
         on duplicate key update received_ms = received_ms + 0 * last_insert_id(1 + is_done), is_done = is_done or ?",
    )
    .bind(consumer)
    .bind(id)
    .bind(received_ms)
    .bind(is_done)
    .bind(is_done)
    .execute(connection)
    .await;
    let noted = noted.map_err(|error| fault::of("receive", error))?;
    Ok(noted.last_insert_id() < 2)
}

fn fits(operation: &'static str, column: &str, size: usize, most: usize) -> Result<()> {
    if size <= most {
        return Ok(());
    }
    let reason = format!("`{column}` has a size of {size}, the column takes {most}");
    Err(Error::new(ErrorKind::TooLarge, operation, reason))
}

/// How many of the first rows go into one statement.
fn together(rows: &[Columns]) -> usize {
    let mut bytes = 0;
    let more = |row: &&Columns| {
        bytes += size(row);
        bytes <= MOST_BYTES
    };
    let count = rows.iter().take(MOST_ROWS).take_while(more).count();
    count.max(1)
}

/// About the bytes of a row on its way.
fn size(row: &Columns) -> usize {
    let size = |cell| match cell {
        Cell::Text(text) => text.map_or(0, str::len),
        Cell::Bytes(bytes) => bytes.map_or(0, <[u8]>::len),
        Cell::Time(_) => size_of::<i64>(),
    };
    AROUND + cells(row).into_iter().map(size).sum::<usize>()
}

/// Beyond its own limit, a server would end the connection rather than say so.
async fn take(connection: &mut MySqlConnection, bytes: usize) -> Result<()> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    let most: i64 = sqlx::query_scalar("select cast(@@max_allowed_packet as signed)")
        .fetch_one(connection)
        .await
        .map_err(|error| fault::of("append", error))?;
    if i64::try_from(bytes).is_ok_and(|bytes| bytes <= most) {
        return Ok(());
    }
    let reason = format!(
        "the message takes {bytes} bytes, and the database {most} at a time; raise its `max_allowed_packet`"
    );
    Err(Error::new(ErrorKind::TooLarge, "append", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_size(bytes: usize) -> Columns {
        let least = size(&Columns::default());
        Columns {
            body: vec![0; bytes - least],
            ..Columns::default()
        }
    }

    #[test]
    fn so_many_rows_go_together_as_take_half_a_mebibyte() {
        let of_sizes =
            |sizes: &[usize]| sizes.iter().map(|size| of_size(*size)).collect::<Vec<_>>();
        let half = MOST_BYTES / 2;
        for (sizes, expected) in [
            (vec![half, half, half], 2),
            (vec![half, half + 1, half], 1),
            (vec![MOST_BYTES + 1, half], 1),
            (vec![half], 1),
            (vec![2000; MOST_ROWS + 1], MOST_BYTES / 2000),
            (vec![1048; MOST_ROWS + 1], MOST_ROWS),
        ] {
            assert_eq!(together(&of_sizes(&sizes)), expected, "{}", sizes[0]);
        }
    }

    #[test]
    fn a_row_takes_what_its_values_take_and_more() {
        let row = Columns {
            channel: "x".repeat(1 << 12),
            message_key: Some(vec![0; 1 << 13]),
            body: vec![0; 1 << 14],
            ..Columns::default()
        };
        let times = 3 * size_of::<i64>();
        assert_eq!(size(&row), AROUND + times + (7 << 12));
    }

    #[test]
    fn what_has_just_the_size_of_its_column_fits() {
        assert!(fits("append", "channel", CHANNEL, CHANNEL).is_ok());
        let error = fits("append", "channel", CHANNEL + 1, CHANNEL).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}
