//! The outbox in SQLite: for one machine, without a server.
use crate::{
    Lead, Noting, Parked, Read, Refused, Store, Stored, Waiting, Writer,
    begin::begin,
    columns::{Columns, NAMES, milliseconds},
    fault, inbox,
    rows::{self, count, limit},
    statements,
    transacting::transacting,
};
use sqlx::{
    AssertSqlSafe, QueryBuilder, Row as _, Sqlite, SqliteConnection, SqlitePool, sqlite::SqliteRow,
};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Result, Str};
use tokio::time::sleep;

/// Most values of one statement; SQLite before 3.32 took no more.
const MOST_VALUES: usize = 999;

/// Most rows of one statement that writes them, and of one that deletes them by two values each.
const MOST_ROWS: usize = MOST_VALUES / NAMES.len();
const MOST_GONE: usize = MOST_VALUES / 2;

/// Most rows that are parked at a time since their channel is no text.
const MOST_PARKED: usize = 1000;

/// How long others may begin to write between the steps of what takes long.
const BETWEEN: Duration = Duration::from_millis(20);

impl Writer for SqliteConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for rows in rows.chunks(MOST_ROWS) {
                let inserted = statements::insert::<Sqlite>(rows)
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
        Box::pin(async move {
            let noted = sqlx::query(
                "insert into tidings_received (consumer, message_id, received_ms) values (?, ?, ?) on conflict do nothing",
            )
            .bind(consumer)
            .bind(id)
            .bind(received_ms)
            .execute(&mut *self)
            .await;
            let noted = noted.map_err(|error| fault::of("receive", error))?;
            Ok(noted.rows_affected() > 0)
        })
    }
}

// Its one writer has noted what it handles, and whatever ends the transaction in between takes that back.
impl Noting for SqliteConnection {}

/// An outbox in a file of SQLite. The relay that leads holds a lock on the file beside it whose name ends with `-relay`; the system
/// lets go of that when the process ends, however it ends.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

impl SqliteStore {
    /// The outbox of the database that a pool connects to. Writers of the same file wait for each other: give its connections a
    /// `busy_timeout`, and the write-ahead log (`journal_mode` of `WAL`), so that they do not wait for who reads.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// The file that is locked; none where the database is in memory, and has one process.
    async fn lock_file(&self) -> Result<Option<PathBuf>> {
        let file: Option<String> =
            sqlx::query_scalar("select file from pragma_database_list where name = 'main'")
                .fetch_one(&self.pool)
                .await
                .map_err(|error| fault::of("lead", error))?;
        let file = file.filter(|file| !file.is_empty());
        Ok(file.map(|file| PathBuf::from(file + "-relay")))
    }
}

impl Store for SqliteStore {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let version = sqlx::query_scalar("select max(version) from tidings_outbox_version")
                .fetch_one(&self.pool)
                .await
                .map_err(|error| fault::of("check", error))?;
            fault::version(version)?;
            // What a relay may not do, it is told before it publishes anything. Statements are understood before the file is locked.
            let nothing = (0, MessageId::from(""));
            match settle(&self.pool, "begin", &[nothing], &[Refused::nothing()]).await {
                Err(error) if fault::comes_back(&error) => Ok(()),
                settled => settled.map_err(|error| fault::of("check", error)),
            }
        })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let lock = match self.lock_file().await? {
                None => None,
                Some(path) => match lock(&path)? {
                    None => return Ok(None),
                    // Deleted before it was locked.
                    Some(file) if !is_there(&file, &path) => return Ok(None),
                    Some(file) => Some((file, path)),
                },
            };
            let lead = SqliteLead {
                pool: self.pool.clone(),
                lock,
            };
            Ok(Some(Box::new(lead) as Box<dyn Lead>))
        })
    }

    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "select id, channel, message_id, reason, parked_ms from tidings_outbox_parked where id > ? order by id limit ?",
            )
            .bind(above)
            .bind(limit(most))
            .fetch_all(&self.pool)
            .await;
            let parked = rows.and_then(|rows| rows::parked(&rows));
            parked.map_err(|error| fault::of("list", error))
        })
    }

    fn replay<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let replayed = self.replayed(ids).await;
            replayed.map_err(|error| fault::of("replay", error))
        })
    }

    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let mut gone = 0;
            for ids in ids.chunks(MOST_VALUES) {
                let deleted = among("delete from tidings_outbox_parked where id in (", ids)
                    .build()
                    .execute(&self.pool)
                    .await;
                gone += deleted
                    .map_err(|error| fault::of("drop", error))?
                    .rows_affected();
            }
            Ok(count(gone))
        })
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async {
            let count: i64 = sqlx::query_scalar("select count(*) from tidings_outbox")
                .fetch_one(&self.pool)
                .await
                .map_err(|error| fault::of("backlog", error))?;
            Ok(count.unsigned_abs())
        })
    }

    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        Box::pin(async move {
            let found = sqlx::query(
                "select (select count(*) from (select 1 from tidings_outbox limit ?1)) as found, (select min(coalesce(max(created_ms, \
                 not_before_ms), created_ms)) from (select created_ms, not_before_ms from tidings_outbox order by id limit ?1)) as oldest_ms, (select count(*) from (select 1 from \
                 tidings_outbox_parked limit ?1)) as parked",
            )
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_one(&self.pool)
            .await;
            let found = found.and_then(|found| rows::waiting(&found));
            found.map_err(|error| fault::of("watch", error))
        })
    }

    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let forgotten = self.forgotten(consumer, keep).await;
            forgotten.map_err(|error| fault::of("forget", error))
        })
    }
}

impl SqliteStore {
    /// In steps, between which others write.
    async fn forgotten(&self, consumer: &str, keep: Duration) -> sqlx::Result<usize> {
        let last: Option<i64> = sqlx::query_scalar(
            "select min(max(received_ms), strftime('%s', 'now') * 1000) from tidings_received where consumer = ?",
        )
        .bind(consumer)
        .fetch_one(&self.pool)
        .await?;
        let (before, mut gone) = (inbox::before(last, keep), 0);
        loop {
            let deleted = sqlx::query(
                "delete from tidings_received where consumer = ?1 and message_id in (select message_id from tidings_received \
                 where consumer = ?1 and received_ms < ?2 order by received_ms limit ?3)",
            )
            .bind(consumer)
            .bind(before)
            .bind(limit(inbox::STEP))
            .execute(&self.pool)
            .await?;
            let deleted = count(deleted.rows_affected());
            gone += deleted;
            if deleted < inbox::STEP {
                return Ok(gone);
            }
            sleep(BETWEEN).await;
        }
    }

    async fn replayed(&self, ids: &[i64]) -> sqlx::Result<usize> {
        let mut transaction = begin(&self.pool, "begin immediate").await?;
        let mut gone = 0;
        for ids in ids.chunks(MOST_VALUES) {
            let names = NAMES.join(", ");
            let copy = format!(
                "insert into tidings_outbox ({names}) select {names} from tidings_outbox_parked where id in ("
            );
            let mut copy = among(&copy, ids);
            let copied = copy
                .push(" order by id")
                .build()
                .execute(&mut *transaction)
                .await?;
            gone += copied.rows_affected();
            among("delete from tidings_outbox_parked where id in (", ids)
                .build()
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(count(gone))
    }
}

/// A statement that ends with a list of ids, which is closed.
fn among(start: &str, ids: &[i64]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(start);
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    list.push_unseparated(")");
    query
}

/// Locks a file, made where it is missing; none while another holds it.
fn lock(path: &PathBuf) -> Result<Option<File>> {
    let failed = |error: std::io::Error| {
        let reason = format!("the file that one relay locks: {error}");
        Error::new(ErrorKind::PermissionDenied, "lead", reason)
            .with("file", path.display())
            .because(error)
    };
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Whether a file is the one of that name still: another may be locked by another.
fn is_there(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    let identity = |found: std::fs::Metadata| {
        use std::os::unix::fs::MetadataExt as _;
        (found.dev(), found.ino())
    };
    // There, files that are open cannot be deleted.
    #[cfg(not(unix))]
    let identity = drop;
    let ours = file.metadata().map(identity).ok();
    ours.is_some() && ours == path.metadata().map(identity).ok()
}

fn replaced(path: &Path) -> Error {
    let reason = "the file that one relay locks was deleted or replaced; leave it where it is, however old it looks";
    Error::new(ErrorKind::ConnectionLost, "read", reason).with("file", path.display())
}

struct SqliteLead {
    pool: SqlitePool,
    /// Given up with the file.
    lock: Option<(File, PathBuf)>,
}

impl Lead for SqliteLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            if let Some((file, path)) = &self.lock
                && !is_there(file, path)
            {
                return Err(replaced(path));
            }
            let found = sqlx::query(
                "with recursive channels (channel) as (select min(channel) from tidings_outbox union all select (select min(channel) from \
                 tidings_outbox where channel > channels.channel) from channels where channels.channel is not null) select channel from channels \
                 where channel is not null limit ?",
            )
            .bind(limit(most))
            .fetch_all(&self.pool)
            .await;
            let texts = match found {
                Ok(found) => self.texts(&found).await,
                Err(error) => Err(error),
            };
            texts.map_err(|error| fault::of("read", error))
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let names = NAMES.join(", ");
            let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(format!(
                "select id, {names} from tidings_outbox where channel = "
            ));
            query.push_bind(what.channel);
            // A key that was written as a text is not equal to its bytes.
            statements::without(&mut query, "cast(message_key as blob)", what);
            query.push(" order by id limit ");
            query.push_bind(limit(what.most));
            let rows = query.build().fetch(&self.pool);
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
            let settled = self.settled(published, parked).await;
            settled.map_err(|error| fault::of("settle", error))
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(sleep(at_most))
    }
}

impl SqliteLead {
    /// Those that are texts. What is told to be one and is none, since SQLite looks at no text, is parked, some rows at a time.
    async fn texts(&self, found: &[SqliteRow]) -> sqlx::Result<Vec<String>> {
        let mut texts = Vec::with_capacity(found.len());
        for row in found {
            match row.try_get(0) {
                Ok(text) => texts.push(text),
                Err(error) => {
                    let bytes: Vec<u8> = row.try_get(0)?;
                    self.park(&bytes, &format!("`channel`: {error}")).await?;
                }
            }
        }
        Ok(texts)
    }

    async fn park(&self, channel: &[u8], reason: &str) -> sqlx::Result<()> {
        let ids = sqlx::query_scalar(
            "select id from tidings_outbox where channel = cast(? as text) order by id limit ?",
        );
        let ids: Vec<i64> = ids
            .bind(channel)
            .bind(limit(MOST_PARKED))
            .fetch_all(&self.pool)
            .await?;
        let refused = |id| Refused::new(id, None, reason);
        let parked: Vec<_> = ids.into_iter().map(refused).collect();
        self.settled(&[], &parked).await
    }

    async fn settled(
        &self,
        published: &[(i64, MessageId)],
        parked: &[Refused],
    ) -> sqlx::Result<()> {
        settle(&self.pool, "begin immediate", published, parked).await
    }
}

/// Deletes what was published, and parks what cannot be, in a transaction that begins by that.
async fn settle(
    pool: &SqlitePool,
    begins: &'static str,
    published: &[(i64, MessageId)],
    parked: &[Refused],
) -> sqlx::Result<()> {
    let mut transaction = begin(pool, begins).await?;
    let now = milliseconds(SystemTime::now());
    let names = NAMES.join(", ");
    // Another may be parked by its number, as after a restore.
    let park = format!(
        "insert into tidings_outbox_parked (id, {names}, parked_ms, reason) select case when exists (select 1 from \
         tidings_outbox_parked p where p.id = o.id) then (select max(p.id) + 1 from tidings_outbox_parked p) else o.id end, \
         {names}, ?, ? from tidings_outbox o where o.id = ? and coalesce(o.message_id = ?, true)"
    );
    let text = |id: &MessageId| id.to_text();
    for row in parked {
        let message_id = row.message_id.as_ref().map(text);
        sqlx::query(AssertSqlSafe(&*park))
            .bind(now)
            .bind(&row.reason)
            .bind(row.id)
            .bind(message_id.as_deref())
            .execute(&mut *transaction)
            .await?;
    }
    let published = published.iter().map(|(id, of)| (*id, Some(text(of))));
    let parked = parked
        .iter()
        .map(|row| (row.id, row.message_id.as_ref().map(text)));
    let gone: Vec<(i64, Option<Str>)> = published.chain(parked).collect();
    for rows in gone.chunks(MOST_GONE) {
        // Each is found by its number.
        let mut delete: QueryBuilder<Sqlite> = QueryBuilder::new("with gone (id, message_id) as (");
        delete.push_values(rows, |mut values, (id, message_id)| {
            values.push_bind(id).push_bind(message_id.as_deref());
        });
        delete.push(
            ") delete from tidings_outbox where id in (select o.id from gone cross join tidings_outbox o on o.id = gone.id \
             where gone.message_id is null or o.message_id = gone.message_id)",
        );
        delete.build().execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Refuses what would be committed alone, after an error that has ended the transaction.
async fn hold(connection: &mut SqliteConnection, is_held: Arc<AtomicBool>) -> sqlx::Result<()> {
    let mut handle = connection.lock_handle().await?;
    handle.set_commit_hook(move || !is_held.load(Relaxed));
    Ok(())
}

// One writer at a time, who waits for the others before it reads: one that has read already would be refused where another has
// written since. After an error that ends a transaction a commit fails.
transacting!(
    Sqlite,
    SqliteStore,
    "begin immediate",
    true,
    None,
    None,
    None,
    None,
    hold = hold
);
