//! Writing messages and noting what was received, within transactions of `tokio-postgres`.
use crate::{Outcome, database::Base};
use sqlx::ConnectOptions as _;
use tidings::{MessageId, Outgoing};
use tidings_outbox::{Writer as _, append, receive};
use tokio_postgres::{Client, Config, NoTls, Transaction};

impl Base {
    /// A session of its own, of the same user and in the same schemas.
    pub(crate) async fn client(&self) -> Outcome<Client> {
        let Self::Postgres(pool) = self else {
            return Err("it is another database".into());
        };
        let mut url = pool.connect_options().to_url_lossy();
        url.set_query(None);
        let config: Config = url.as_str().parse()?;
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let path = sqlx::query_scalar::<_, String>("show search_path");
        let path = path.fetch_one(pool).await?;
        let begins = format!("set search_path = {path}");
        client.batch_execute(&begins).await?;
        Ok(client)
    }

    /// Writes messages within one transaction.
    pub(crate) async fn write(
        &self,
        outgoing: impl IntoIterator<Item = Outgoing>,
        commits: bool,
    ) -> Outcome {
        let mut client = self.client().await?;
        let mut transaction = client.transaction().await?;
        append(&mut transaction, outgoing).await?;
        end(transaction, commits).await
    }

    /// Writes messages within a transaction that stays open for as long as told.
    pub(crate) async fn write_slowly(
        &self,
        outgoing: impl IntoIterator<Item = Outgoing>,
        open: impl Future<Output = ()>,
    ) -> Outcome {
        let mut client = self.client().await?;
        let mut transaction = client.transaction().await?;
        append(&mut transaction, outgoing).await?;
        open.await;
        end(transaction, true).await
    }

    /// Holds all rows within a transaction that stays open for as long as told.
    pub(crate) async fn hold_rows(&self, open: impl Future<Output = ()>) -> Outcome {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let rows = "select id from tidings_outbox for update";
        transaction.batch_execute(rows).await?;
        open.await;
        end(transaction, false).await
    }

    /// Receives a message within one transaction.
    pub(crate) async fn receive(
        &self,
        consumer: &str,
        id: &MessageId,
        commits: bool,
    ) -> Outcome<bool> {
        let mut client = self.client().await?;
        let mut transaction = client.transaction().await?;
        let is_new = receive(&mut transaction, consumer, id).await?;
        end(transaction, commits).await?;
        Ok(is_new)
    }

    /// Notes a message as received at that time.
    pub(crate) async fn note(&self, consumer: &str, id: &str, received_ms: i64) -> Outcome<bool> {
        let mut client = self.client().await?;
        let mut transaction = client.transaction().await?;
        let is_new = transaction.note(consumer, id, received_ms).await?;
        end(transaction, true).await?;
        Ok(is_new)
    }

    /// Does what is to be done about a message, where it is new.
    pub(crate) async fn done(&self, consumer: &str, id: &MessageId) -> Outcome {
        let mut client = self.client().await?;
        let mut transaction = client.transaction().await?;
        if receive(&mut transaction, consumer, id).await? {
            let done = "insert into done values ($1)";
            transaction.execute(done, &[&id.to_string()]).await?;
        }
        end(transaction, true).await
    }
}

async fn end(transaction: Transaction<'_>, commits: bool) -> Outcome {
    match commits {
        true => Ok(transaction.commit().await?),
        false => Ok(transaction.rollback().await?),
    }
}
