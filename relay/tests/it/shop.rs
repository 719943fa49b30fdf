//! A service's database with an outbox, and a socket on which messages are awaited.
use crate::program::PATIENCE;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{error::Error, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings::{Channel, Client, Message, Outgoing, Subscription};
use tidings_outbox::{Database, append, schema};
use tidings_socket::SocketTransport;
use tokio::time::{sleep, timeout};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A database in a folder of its own.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) pool: SqlitePool,
}

impl Shop {
    /// One with the tables.
    pub(crate) async fn new() -> Outcome<Self> {
        let shop = Self::bare().await?;
        let tables = schema(Database::Sqlite);
        sqlx::raw_sql(tables).execute(&shop.pool).await?;
        Ok(shop)
    }

    /// One without.
    pub(crate) async fn bare() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("shop.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(20));
        let pool = SqlitePool::connect_with(options).await?;
        Ok(Self { folder, pool })
    }

    /// What tells a relay of it, and of the socket in its folder.
    pub(crate) fn variables(&self) -> [(&'static str, &'static str); 4] {
        [
            ("DATABASE_URL", "sqlite:shop.db"),
            ("BROKER_URL", "unix:shop.sock"),
            ("RELAY_POLL", "100ms"),
            ("HTTP_LISTEN", "127.0.0.1:0"),
        ]
    }

    /// Writes messages with those numbers as their bodies, of three keys.
    pub(crate) async fn write(&self, numbers: impl IntoIterator<Item = usize>) -> Outcome {
        let mut transaction = self.pool.begin_with("begin immediate").await?;
        append(&mut *transaction, numbers.into_iter().map(numbered)).await?;
        Ok(transaction.commit().await?)
    }

    /// How many rows wait.
    pub(crate) async fn backlog(&self) -> Outcome<i64> {
        let count = sqlx::query_scalar("select count(*) from tidings_outbox");
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// Waits until nothing waits.
    pub(crate) async fn emptied(&self) -> Outcome {
        timeout(PATIENCE, async {
            while self.backlog().await? > 0 {
                sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        })
        .await?
    }
}

/// The queue that all go to.
pub(crate) fn channel() -> Channel {
    Channel::point_to_point("orders")
}

pub(crate) fn numbered(number: usize) -> Outgoing {
    let mut message = Message::new(number.to_string());
    message.key = Some(format!("k{}", number % 3).into());
    Outgoing::new(channel(), message)
}

/// The broker, and who listens there.
pub(crate) struct Listener {
    _client: Client,
    subscription: Subscription<Message>,
}

impl Listener {
    pub(crate) async fn new(shop: &Shop) -> Outcome<Self> {
        Self::within(shop.folder.path()).await
    }

    /// At the socket of a folder.
    pub(crate) async fn within(folder: &Path) -> Outcome<Self> {
        let address = format!("unix:{}", folder.join("shop.sock").display());
        let broker = SocketTransport::listen(address.parse()?).await?;
        let client = Client::new(Arc::new(broker));
        let subscription = client.subscribe(&channel(), None).await?;
        Ok(Self {
            _client: client,
            subscription,
        })
    }

    /// The numbers of the next messages.
    pub(crate) async fn next(&mut self, count: usize) -> Outcome<Vec<usize>> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let next = timeout(PATIENCE, self.subscription.next()).await;
            let next = next.map_err(|_| format!("only {} came", numbers.len()))?;
            let delivery = next.ok_or("it ended")??;
            numbers.push(std::str::from_utf8(&delivery.body)?.parse()?);
            delivery.ack().await?;
        }
        Ok(numbers)
    }
}
