//! The relay that leads.
use super::{log::Log, news::News};
use crate::{
    Lead, Read, Refused, Stored,
    columns::{NAMES, milliseconds},
    fault, reach,
    rows::{self, limit},
    statements,
};
use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, Connection as _, MySql, MySqlConnection, MySqlPool, QueryBuilder, Transaction,
};
use std::time::{Duration, SystemTime};
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Result};

/// The name of the lock of a database: names of locks are the server's and have 64 characters at most, and databases that its system takes for
/// one have one. `sha1` is gone from MySQL 9.6.
const LOCK: &str = "concat('tidings_outbox_', left(sha2(if(@@lower_case_table_names = 0, database(), lower(database())), 256), 40))";

/// How long the database waits for a word of a relay that leads before it ends its session, as of one whose machine is gone.
const SILENCE: Duration = Duration::from_secs(4);

/// After which time at most it says one.
const WORD: Duration = Duration::from_secs(2);

/// Channels that are looked up one by one.
const FEW: usize = 16;

/// Takes the lead where nobody has it. The connection leaves the pool before it has the lock: whatever becomes of it then, the lock
/// goes with it.
pub(super) async fn take(pool: &MySqlPool) -> Result<Option<MySqlConnection>> {
    let failed = |error| fault::of("lead", error);
    let mut connection = match pool.acquire().await {
        Ok(connection) => connection,
        Err(error) => return Err(reach::failed("lead", pool, error).await),
    };
    let free = format!("select is_free_lock({LOCK}), cast(@@global.read_only as char)");
    let (is_free, read_only): (Option<i64>, String) = sqlx::query_as(AssertSqlSafe(free))
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if is_copy(&read_only) {
        return Err(only_a_copy());
    }
    if is_free != Some(1) {
        return Ok(None);
    }
    let mut held = connection.detach();
    // Each statement is to see what was committed until then, and nothing else, whatever the usual is here.
    let silence = SILENCE.as_secs();
    let manner = format!(
        "set session transaction isolation level read committed; \
         set session autocommit = 1, session wait_timeout = {silence}, session net_write_timeout = {silence}"
    );
    sqlx::raw_sql(AssertSqlSafe(manner))
        .execute(&mut held)
        .await
        .map_err(failed)?;
    let got: Option<i64> = sqlx::query_scalar(AssertSqlSafe(format!("select get_lock({LOCK}, 0)")))
        .fetch_one(&mut held)
        .await
        .map_err(failed)?;
    Ok((got == Some(1)).then_some(held))
}

/// By what is said of `read_only`: a number, or a word, of which MariaDB has several (12).
fn is_copy(read_only: &str) -> bool {
    !["0", "OFF"].contains(&read_only)
}

/// What is deleted of a copy comes again from its original.
fn only_a_copy() -> Error {
    let reason = "the server is read-only, as copies are; let the relay connect to the one that is written to";
    Error::new(ErrorKind::ConnectionLost, "lead", reason)
}

fn exchanged() -> Error {
    let reason = "the session is not the one that took the lead; let no proxy exchange it";
    Error::new(ErrorKind::ConnectionLost, "read", reason)
}

pub(super) struct MySqlLead {
    /// Its session has the lock; what is read, is read by it, so that one that was lost is noticed.
    held: MySqlConnection,
    news: News,
}

impl MySqlLead {
    /// By what [`take`] gave, told by a log if there is one.
    pub(super) fn new(held: MySqlConnection, log: Option<Log>) -> Self {
        let news = News::new(log);
        Self { held, news }
    }
}

impl Lead for MySqlLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let found = channels(&mut self.held, most).await;
            let found = found.map_err(|error| fault::of("read", error))?;
            Ok(named(found.ok_or_else(exchanged)?.into_iter()))
        })
    }

    /// The index is named, since the first of few rows of a channel may be behind millions of others.
    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let names = NAMES.join(", ");
            let mut query: QueryBuilder<MySql> = QueryBuilder::new(format!(
                "select id, {names} from tidings_outbox force index (tidings_outbox_channels) where channel = "
            ));
            query.push_bind(what.channel);
            statements::without(&mut query, "message_key", what);
            query.push(" order by id limit ");
            query.push_bind(limit(what.most));
            let rows = query
                .build()
                .persistent(what.without.is_empty() && what.until_ms.is_none())
                .fetch(&mut self.held);
            let stored = rows::stored(rows, what.bytes).await;
            stored.map_err(|error| fault::of("read", error))
        })
    }

    fn settle<'a>(
        &'a mut self,
        _channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // By the session whose silence is its end: what a relay deletes whose machine vanishes is held no longer than it leads.
            let settled = settle(self.held.begin().await, published, parked).await;
            settled.map_err(|error| fault::of("settle", error))
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(self.news.wait(at_most.min(WORD)))
    }
}

/// The channels that have rows, unless the session has the lock no more, as where a proxy has put another in its place. One after the
/// other as long as they are few: whether the database looks all of them up, or goes through their index, it decides by figures of that,
/// which may be wrong.
async fn channels(held: &mut MySqlConnection, most: usize) -> sqlx::Result<Option<Vec<String>>> {
    let mut found: Vec<String> = Vec::new();
    while found.len() < most.min(FEW) {
        let (than, last) = match found.last() {
            Some(last) => (">", last.as_str()),
            None => (">=", ""),
        };
        let next = format!(
            "select is_used_lock({LOCK}) = connection_id(), (select channel from tidings_outbox force index (tidings_outbox_channels) \
             where channel {than} ? order by channel limit 1)"
        );
        let next = sqlx::query_as(AssertSqlSafe(next)).bind(last);
        match next.fetch_one(&mut *held).await? {
            (Some(1_i64), Some(channel)) => found.push(channel),
            (Some(1), None) => return Ok(Some(found)),
            _ => return Ok(None),
        }
    }
    let others = "select distinct channel from tidings_outbox force index for group by (tidings_outbox_channels) where channel > ? limit ?";
    let others = sqlx::query_scalar(others).bind(found.last().cloned());
    let others = others.bind(limit(most - found.len())).fetch_all(held);
    found.extend(others.await?);
    Ok(Some(found))
}

/// Channels as the database tells them apart, to which blanks at the end are none: those that differ by them are read together.
fn named(channels: impl Iterator<Item = String>) -> Vec<String> {
    let channels = channels.map(|channel| channel.trim_end_matches(' ').to_owned());
    channels.collect()
}

/// The rows whose numbers and ids of messages are in an array of JSON; each is found by its key, as [`those`](super::those) are.
const GONE: &str = "delete it from json_table(?, '$[*]' columns (id bigint path '$[0]', \
     message_id longtext character set utf8mb4 collate utf8mb4_bin path '$[1]')) as gone \
     straight_join tidings_outbox as it force index (primary) on it.id = gone.id \
     where gone.message_id is null or it.message_id = gone.message_id";

/// That array.
fn gone(published: &[(i64, MessageId)], parked: &[Refused]) -> String {
    let published = published
        .iter()
        .map(|(id, message_id)| (*id, Some(message_id)));
    let parked = parked.iter().map(|row| (row.id, row.message_id.as_ref()));
    let gone = published.chain(parked);
    let gone = gone.map(|(id, message_id)| json!([id, message_id.map(MessageId::to_string)]));
    Value::Array(gone.collect()).to_string()
}

/// Deletes what was published, and parks what cannot be.
pub(super) async fn settle(
    begun: sqlx::Result<Transaction<'_, MySql>>,
    published: &[(i64, MessageId)],
    parked: &[Refused],
) -> sqlx::Result<()> {
    let mut transaction = begun?;
    let names = NAMES.join(", ");
    // Another may be parked by its number, as after a restore.
    let park = format!(
        "insert into tidings_outbox_parked (id, {names}, parked_ms, reason) select case when exists (select 1 from \
         tidings_outbox_parked p where p.id = o.id) then (select max(p.id) + 1 from tidings_outbox_parked p) else o.id end, \
         {names}, ?, ? from tidings_outbox o where o.id = ? and coalesce(o.message_id = ?, true)"
    );
    for row in parked {
        let message_id = row.message_id.as_ref().map(MessageId::to_text);
        sqlx::query(AssertSqlSafe(&*park))
            .bind(milliseconds(SystemTime::now()))
            .bind(&row.reason)
            .bind(row.id)
            .bind(message_id.as_deref())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(GONE)
        .bind(gone(published, parked))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_are_read_together_are_one() {
        let told = ["q ", " r", "s"].map(str::to_owned);
        assert_eq!(named(told.into_iter()), ["q", " r", "s"]);
    }

    #[test]
    fn nobody_leads_at_a_server_that_is_read_only_by_whatever_word() {
        let all = ["0", "1", "OFF", "ON", "NO_LOCK", "NO_LOCK_NO_ADMIN"].map(is_copy);
        assert_eq!(all, [false, true, false, true, true, true]);
    }
}
