//! Outbox and inbox by diesel: what `append` and `receive` need of a client of a database, which is to write rows and to note a
//! message. The columns are those that the library gives.
use diesel::{ExpressionMethods as _, Insertable};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tidings_outbox::{Writer, columns::Columns};

diesel::table! {
    #[sql_name = "tidings_outbox"]
    outbox (channel, id) {
        id -> BigInt,
        channel -> Text,
        channel_settings -> Nullable<Text>,
        message_id -> Text,
        name -> Nullable<Text>,
        content_type -> Nullable<Text>,
        reply_to -> Nullable<Text>,
        correlation_id -> Nullable<Text>,
        message_key -> Nullable<Binary>,
        created_ms -> Nullable<BigInt>,
        expires_ms -> Nullable<BigInt>,
        not_before_ms -> Nullable<BigInt>,
        headers -> Nullable<Text>,
        body -> Binary,
    }
}

diesel::table! {
    #[sql_name = "tidings_received"]
    received (consumer, message_id) {
        consumer -> Text,
        message_id -> Text,
        received_ms -> BigInt,
    }
}

/// A row, whose id the database gives.
#[derive(Insertable)]
#[diesel(table_name = outbox)]
struct Row<'a> {
    channel: &'a str,
    channel_settings: Option<&'a str>,
    message_id: &'a str,
    name: Option<&'a str>,
    content_type: Option<&'a str>,
    reply_to: Option<&'a str>,
    correlation_id: Option<&'a str>,
    message_key: Option<&'a [u8]>,
    created_ms: Option<i64>,
    expires_ms: Option<i64>,
    not_before_ms: Option<i64>,
    headers: Option<&'a str>,
    body: &'a [u8],
}

impl<'a> From<&'a Columns> for Row<'a> {
    fn from(columns: &'a Columns) -> Self {
        Self {
            channel: &columns.channel,
            channel_settings: columns.channel_settings.as_deref(),
            message_id: &columns.message_id,
            name: columns.name.as_deref(),
            content_type: columns.content_type.as_deref(),
            reply_to: columns.reply_to.as_deref(),
            correlation_id: columns.correlation_id.as_deref(),
            message_key: columns.message_key.as_deref(),
            created_ms: columns.created_ms,
            expires_ms: columns.expires_ms,
            not_before_ms: columns.not_before_ms,
            headers: columns.headers.as_deref(),
            body: &columns.body,
        }
    }
}

/// A connection of diesel, or one within a transaction.
pub struct Diesel<'c>(pub &'c mut AsyncPgConnection);

/// Rows of one statement, which has a parameter for each value, and may have 65,535.
const MOST_ROWS: usize = 1000;

impl Writer for Diesel<'_> {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for rows in rows.chunks(MOST_ROWS) {
                let rows: Vec<_> = rows.iter().map(Row::from).collect();
                let insert = diesel::insert_into(outbox::table).values(rows);
                let written = insert.execute(self.0).await;
                written.map_err(|error| failed("append", error))?;
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
        Box::pin(async move {
            let note = diesel::insert_into(received::table).values((
                received::consumer.eq(consumer),
                received::message_id.eq(id),
                received::received_ms.eq(received_ms),
            ));
            // Waits for a transaction that notes the same, and says whether it did.
            let noted = note.on_conflict_do_nothing().execute(self.0).await;
            Ok(noted.map_err(|error| failed("receive", error))? > 0)
        })
    }
}

fn failed(operation: &'static str, error: diesel::result::Error) -> Error {
    Error::new(ErrorKind::Unexpected, operation, error.to_string()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::pg::Pg;
    use tidings_outbox::columns::NAMES;

    #[test]
    fn the_columns_are_those_of_the_library() {
        let columns = Columns::default();
        let insert = diesel::insert_into(outbox::table).values(vec![Row::from(&columns)]);
        let sql = diesel::debug_query::<Pg, _>(&insert).to_string();
        let names = NAMES.map(|name| format!("\"{name}\"")).join(", ");
        let expected = format!("INSERT INTO \"tidings_outbox\" ({names}) VALUES ");
        assert!(sql.starts_with(&expected), "{sql}");
    }
}
