//! Deleting what was published, and parking what never can be.
use super::{
    READ_COMMITTED,
    lent::Lent,
    lock::{SILENCE, settling},
    named::{Ids, Numbers},
};
use crate::{
    Refused,
    columns::{NAMES, milliseconds},
    fault,
    rows::count,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::SystemTime;
use tidings::MessageId;

/// Which rows of a channel: by the index, and those whose messages are others than by that number are left out. What is asked of a
/// subquery `is true` is looked up for each row, rather than joined by a plan that may go through the channel.
macro_rules! those {
    () => {
        "channel = $1 and id = any($2) and ((id, message_id) in (select * from unnest($2::int8[], $3::text[]))) is true"
    };
}

/// Settles by a connection that is lent, while whoever leads tells that it lives.
pub(crate) async fn settle_by(
    lent: &mut Lent,
    held: &mut PgConnection,
    channel: &str,
    published: &[(i64, MessageId)],
    parked: &[Refused],
) -> sqlx::Result<usize> {
    let settled = async { settle(lent.get().await?, channel, published, parked).await };
    let settled = settling(held, settled).await;
    lent.done(settled)
}

/// What was published may be deleted again after a crash, since it is published again then: nobody waits for the disk. A relay whose
/// machine vanishes before it commits holds its rows no longer than it leads. Gives how many rows were there.
pub(crate) async fn settle(
    by: &mut PgConnection,
    channel: &str,
    published: &[(i64, MessageId)],
    parked: &[Refused],
) -> sqlx::Result<usize> {
    if parked.is_empty() {
        // By one statement, which is a transaction, and by which the setting goes.
        let done = sqlx::query(concat!(
            "with quick as materialized (select set_config('synchronous_commit', 'off', true)) \
             delete from tidings_outbox using quick where ",
            those!()
        ));
        let done = done
            .bind(channel)
            .bind(Numbers(published))
            .bind(Ids(published));
        match done.execute(&mut *by).await {
            // Where that is usual, rows are not to have changed since it began.
            Err(error) if fault::is(&error, "40001") => {}
            done => return Ok(count(done?.rows_affected())),
        }
    }
    let mut gone = 0;
    let mut transaction = by.begin_with(READ_COMMITTED).await?;
    let manner = format!(
        "set local idle_in_transaction_session_timeout = {}",
        SILENCE.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(manner))
        .execute(&mut *transaction)
        .await?;
    let names = NAMES.join(", ");
    let park = format!(
        "with gone as (delete from tidings_outbox where channel = $1 and id = $2 and coalesce(message_id = $5, true) returning *) \
         insert into tidings_outbox_parked (id, {names}, parked_ms, reason) select case when exists (select from tidings_outbox_parked p \
         where p.id = gone.id) then (select max(p.id) + 1 from tidings_outbox_parked p) else gone.id end, {names}, $3, $4 from gone"
    );
    for row in parked {
        let message_id = row.message_id.as_ref().map(MessageId::to_text);
        let done = sqlx::query(AssertSqlSafe(&*park))
            .bind(channel)
            .bind(row.id)
            .bind(milliseconds(SystemTime::now()))
            .bind(&row.reason)
            .bind(message_id.as_deref())
            .execute(&mut *transaction)
            .await?;
        gone += done.rows_affected();
    }
    let done = sqlx::query(concat!("delete from tidings_outbox where ", those!()))
        .bind(channel)
        .bind(Numbers(published))
        .bind(Ids(published))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(count(gone + done.rows_affected()))
}
