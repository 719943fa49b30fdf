//! What handlers received: looked up before they run, and noted with all that they did. In between an advisory lock says that a message is
//! being handled, so that nothing is written of it before it is done.
use super::last;
use crate::{
    Known, Noting, Writer as _,
    columns::{Columns, milliseconds},
    fault,
    tx::another,
};
use sqlx::{PgConnection, Row as _};
use std::time::SystemTime;
use tidings::{BoxFuture, Result};

/// When a transaction began, in microseconds: that of a statement by itself, or one that a handler has begun by hand, is another.
macro_rules! began {
    () => {
        "(extract(epoch from now()) * 1000000)::int8"
    };
}

/// The lock is had at once or not at all. Reading has transactions that are serialized clash wherever their notes are near each other, so
/// that they ask otherwise.
const LOOK: &str = concat!(
    "select pg_try_advisory_xact_lock(hashtextextended($2, hashtextextended($1, 'tidings_received'::regclass::int8))) as is_ours, \
     case when current_setting('transaction_isolation') <> 'serializable' then \
     exists (select from tidings_received where consumer = $1 and message_id = $2) end as is_handled, ",
    began!(),
    " as began"
);

/// No row is written in another transaction than the one that began. Of a clock that is behind the time is the database's.
const DONE: &str = concat!(
    "insert into tidings_received (consumer, message_id, received_ms) \
     select $1, $2, greatest($3, (extract(epoch from now()) * 1000)::int8) where ",
    began!(),
    " = $4"
);

impl Noting for PgConnection {
    fn note_begun<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Known>> {
        Box::pin(async move {
            let failed = |error| fault::of("receive", error);
            let (known, is_handled) = look(self, consumer, id).await.map_err(failed)?;
            match (known, is_handled) {
                (_, Some(true)) => Ok(Known::Handled),
                (Known::New(_), None) if !is_new(self, consumer, id).await? => Ok(Known::Handled),
                (known, _) => Ok(known),
            }
        })
    }

    fn note_done<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        began: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let done = sqlx::query(DONE)
                .bind(consumer)
                .bind(id)
                .bind(milliseconds(SystemTime::now()))
                .bind(began)
                .execute(&mut *self)
                .await;
            match done {
                Ok(done) if done.rows_affected() > 0 => Ok(true),
                Ok(_) => Err(another()),
                Err(error) if is_there(&error) => Ok(false),
                Err(error) => Err(fault::of("receive", error)),
            }
        })
    }

    fn write_last<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(last::write(self, rows))
    }
}

/// Whether a message is handled elsewhere, and whether it was handled, where that is told.
async fn look(
    connection: &mut PgConnection,
    consumer: &str,
    id: &str,
) -> sqlx::Result<(Known, Option<bool>)> {
    let row = sqlx::query(LOOK).bind(consumer).bind(id);
    let row = row.fetch_one(connection).await?;
    let known = match row.try_get("is_ours")? {
        true => Known::New(row.try_get("began")?),
        false => Known::Elsewhere,
    };
    Ok((known, row.try_get("is_handled")?))
}

/// Whether a message can be noted, which is taken back.
async fn is_new(connection: &mut PgConnection, consumer: &str, id: &str) -> Result<bool> {
    run(connection, "savepoint tidings").await?;
    let now = milliseconds(SystemTime::now());
    let is_new = connection.note(consumer, id, now).await?;
    run(connection, "rollback to tidings; release tidings").await?;
    Ok(is_new)
}

async fn run(connection: &mut PgConnection, statements: &'static str) -> Result<()> {
    let run = sqlx::raw_sql(statements).execute(connection).await;
    run.map(drop).map_err(|error| fault::of("receive", error))
}

/// Whether another has noted the same meanwhile, which has to have asked without the lock, or a moment too early.
fn is_there(error: &sqlx::Error) -> bool {
    let told = error.as_database_error();
    told.is_some_and(|told| told.is_unique_violation() && told.table() == Some("tidings_received"))
}
