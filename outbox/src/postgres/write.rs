//! Writing rows, and noting what was received.
use super::{last, many, one};
use crate::{Writer, arrays, columns::Columns, fault};
use sqlx::PgConnection;
use tidings::{BoxFuture, Result};

impl Writer for PgConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let insert = match rows {
                [row] => one::bound(one::insert(), row),
                rows => many::bound(arrays::insert(), rows),
            };
            insert
                .execute(&mut *self)
                .await
                .map_err(|error| fault::of("append", error))?;
            Ok(())
        })
    }

    fn write_last<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(last::write(self, rows))
    }

    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(note(self, arrays::NOTE, consumer, id, received_ms))
    }

    fn note_begun<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(note(self, BEGUN, consumer, id, received_ms))
    }
}

async fn note(
    connection: &mut PgConnection,
    statement: &'static str,
    consumer: &str,
    id: &str,
    received_ms: i64,
) -> Result<bool> {
    let noted = sqlx::query(statement)
        .bind(consumer)
        .bind(id)
        .bind(received_ms)
        .execute(connection)
        .await;
    let noted = noted.map_err(|error| fault::of("receive", error))?;
    Ok(noted.rows_affected() > 0)
}

/// Of what was begun and committed in the middle one row is written again, of what was done none.
const BEGUN: &str = "insert into tidings_received (consumer, message_id, received_ms, is_done) values ($1, $2, $3, false) \
     on conflict (consumer, message_id) do update set received_ms = excluded.received_ms where not tidings_received.is_done";

/// Notes, with the commit, that all is done: within statements that have no parameters, whatever the server takes for the end of a text.
pub(super) fn done(consumer: &str, id: &str) -> String {
    let [consumer, id] = [consumer, id].map(|text| {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("convert_from(decode('{hex}', 'hex'), 'UTF8')")
    });
    // Not an update, which goes through all that the consumer received where the server knows no better: a conflict is found by its key.
    format!(
        "insert into tidings_received (consumer, message_id, received_ms) \
         values ({consumer}, {id}, (extract(epoch from clock_timestamp()) * 1000)::bigint) \
         on conflict (consumer, message_id) do update set is_done = true"
    )
}
