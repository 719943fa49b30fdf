//! Writing messages and noting what was received, within transactions of `sqlx`.
use crate::{Outcome, database::Base};
use tidings::{MessageId, Outgoing};
use tidings_outbox::{Writer as _, append, receive};

/// Does something within one transaction, whichever the database is.
macro_rules! within {
    ($base:expr, $commits:expr, |$transaction:ident| $what:expr) => {
        match $base {
            Base::MySql(pool) => within!(@ pool.begin(), $commits, $transaction, $what),
            Base::Postgres(pool) => within!(@ pool.begin(), $commits, $transaction, $what),
            Base::Sqlite(pool, _) => {
                within!(@ pool.begin_with("begin immediate"), $commits, $transaction, $what)
            }
        }
    };
    (@ $begin:expr, $commits:expr, $transaction:ident, $what:expr) => {{
        let mut $transaction = $begin.await?;
        let done = $what;
        match $commits {
            true => $transaction.commit().await?,
            false => $transaction.rollback().await?,
        }
        Ok(done)
    }};
}

impl Base {
    /// Writes messages within one transaction.
    pub(crate) async fn write(
        &self,
        outgoing: impl IntoIterator<Item = Outgoing>,
        commits: bool,
    ) -> Outcome {
        within!(self, commits, |transaction| append(
            &mut *transaction,
            outgoing
        )
        .await?)
    }

    /// Writes messages within a transaction that stays open for as long as told.
    pub(crate) async fn write_slowly(
        &self,
        outgoing: impl IntoIterator<Item = Outgoing>,
        open: impl Future<Output = ()>,
    ) -> Outcome {
        within!(self, true, |transaction| {
            append(&mut *transaction, outgoing).await?;
            open.await;
        })
    }

    /// Holds all rows within a transaction that stays open for as long as told.
    pub(crate) async fn hold_rows(&self, open: impl Future<Output = ()>) -> Outcome {
        within!(self, false, |transaction| {
            let rows = sqlx::raw_sql("select id from tidings_outbox for update");
            rows.execute(&mut *transaction).await?;
            open.await;
        })
    }

    /// Receives a message within one transaction.
    pub(crate) async fn receive(
        &self,
        consumer: &str,
        id: &MessageId,
        commits: bool,
    ) -> Outcome<bool> {
        within!(self, commits, |transaction| receive(
            &mut *transaction,
            consumer,
            id
        )
        .await?)
    }

    /// Notes a message as received at that time.
    pub(crate) async fn note(&self, consumer: &str, id: &str, received_ms: i64) -> Outcome<bool> {
        within!(self, true, |transaction| transaction
            .note(consumer, id, received_ms)
            .await?)
    }

    /// Does what is to be done about a message, where it is new.
    pub(crate) async fn done(&self, consumer: &str, id: &MessageId) -> Outcome {
        let done = match self {
            Self::Postgres(_) => "insert into done values ($1)",
            _ => "insert into done values (?)",
        };
        within!(self, true, |transaction| {
            if receive(&mut *transaction, consumer, id).await? {
                let done = sqlx::query(done).bind(id.to_string());
                done.execute(&mut *transaction).await?;
            }
        })
    }
}
