//! Writing rows, and noting what was received.
use super::{last, one};
use crate::{
    Writer,
    arrays::{self, Array},
    columns::Columns,
    fault,
};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments, query::Query};
use tidings::{BoxFuture, Result};

impl Writer for PgConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let insert = match rows {
                [row] => one::bound(one::insert(), row),
                rows => bound(arrays::insert(), rows),
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

/// A statement that writes rows, with their columns for its parameters.
pub(super) fn bound(insert: String, rows: &[Columns]) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(insert));
    let arrays = arrays::of(rows).into_iter();
    arrays.fold(query, |query, array| match array {
        Array::Texts(texts) => query.bind(texts),
        Array::Times(times) => query.bind(times),
        Array::Bytes(bytes) => query.bind(bytes),
    })
}
