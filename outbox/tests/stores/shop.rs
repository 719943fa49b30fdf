//! A service whose handlers count in a database what they did.
use crate::{Outcome, database::Base};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, MySqlPool, PgPool, Pool, SqlitePool, pool::PoolOptions,
};
use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Backoff, Channel, Context, HandlerError, Layer, Layers, Message, MessageId, Outgoing, Policy,
    Received, Router, Service, serve, testing::TestBroker, transport::DynTransport,
};
use tidings_outbox::{Bounded, Database, HandlerTransaction, Transactional, Waker};
use tokio::time::Instant;

pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Does the same in each database, with its pool.
macro_rules! with_pool {
    ($base:expr, $pool:ident => $does:expr) => {
        match $base {
            Base::MySql($pool) => $does,
            Base::Postgres($pool) => $does,
            Base::Sqlite($pool, _) => $does,
        }
    };
}

/// Does the same in each database, in the transaction of a handler.
macro_rules! with_tx {
    ($base:expr, $tx:ident of $context:expr => $does:expr) => {
        match $base {
            Base::MySql(..) => {
                let mut $tx = tidings_outbox::mysql::InTransaction::tx($context).await?;
                $does
            }
            Base::Postgres(_) => {
                let mut $tx = tidings_outbox::postgres::InTransaction::tx($context).await?;
                $does
            }
            Base::Sqlite(..) => {
                let mut $tx = tidings_outbox::sqlite::InTransaction::tx($context).await?;
                $does
            }
        }
    };
}

impl Base {
    /// With a table of what was done, which may hold the same twice.
    pub(crate) async fn shop(database: Database) -> Outcome<Self> {
        let base = Self::new(database).await?;
        base.execute("create table done (message_id varchar(100) not null)")
            .await?;
        Ok(base)
    }

    /// Where it is found by another process.
    pub(crate) fn url(&self) -> String {
        with_pool!(self, pool => pool.connect_options().to_url_lossy().to_string())
    }

    /// The one that another process has made.
    pub(crate) async fn at(database: Database, url: &str) -> Outcome<Self> {
        Ok(match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir()?;
                Self::Sqlite(SqlitePool::connect(url).await?, Arc::new(folder))
            }
            Database::MySql => Self::MySql(MySqlPool::connect(url).await?),
            _ => Self::Postgres(PgPool::connect(url).await?),
        })
    }

    pub(crate) fn transactional(&self) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone())))
    }

    /// With as much in the outbox.
    pub(crate) fn bounded(&self, bound: Bounded) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone()).within(bound)))
    }

    /// Forgets what is older than that.
    pub(crate) fn forgetting(&self, keep: Option<Duration>) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone()).with_keep(keep)))
    }

    /// Tells a relay.
    pub(crate) fn waking(&self, waker: Waker) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone()).waking(waker)))
    }

    /// With transactions that begin by that.
    pub(crate) fn beginning(&self, begin: &'static str) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone()).with_begin(begin)))
    }

    /// A consumer of that name.
    pub(crate) fn named(&self, consumer: &'static str) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone()).with_consumer(consumer)))
    }

    /// One whose pool has a single connection, which is held until that is dropped.
    pub(crate) async fn narrow(&self) -> Outcome<(Arc<dyn Layer>, Box<dyn Any + Send>)> {
        with_pool!(self, pool => {
            let narrow = narrow(pool).await?;
            let held = Box::new(narrow.acquire().await?);
            Ok((Arc::new(Transactional::new(narrow)), held))
        })
    }

    /// Runs a statement in the transaction of a handler.
    pub(crate) async fn within(&self, context: &Context, sql: String) -> Result<(), HandlerError> {
        with_tx!(self, tx of context => {
            let query = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx);
            query.await.map(drop).map_err(HandlerError::retry)
        })
    }

    /// The same, by a handler that takes any error for the message's.
    pub(crate) async fn insists(&self, context: &Context, sql: String) -> Result<(), HandlerError> {
        with_tx!(self, tx of context => {
            let query = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx);
            query.await.map(drop).map_err(HandlerError::reject)
        })
    }

    /// The same database by connections of that user, none of which is made yet.
    pub(crate) fn lazily(&self, user: &str) -> Self {
        macro_rules! lazy {
            ($pool:expr) => {{
                let options = (*$pool.connect_options()).clone().username(user);
                PoolOptions::new().connect_lazy_with(options)
            }};
        }
        match self {
            Self::MySql(pool) => Self::MySql(lazy!(pool)),
            Self::Postgres(pool) => Self::Postgres(lazy!(pool)),
            Self::Sqlite(..) => self.clone(),
        }
    }

    /// Notes in the transaction of a handler that it did something.
    pub(crate) async fn do_it(
        &self,
        context: &Context,
        id: &MessageId,
    ) -> Result<(), HandlerError> {
        let sql = format!("insert into done values ('{id}')");
        self.within(context, sql).await
    }

    /// The same within a savepoint, which is kept or not.
    pub(crate) async fn try_it(
        &self,
        context: &Context,
        id: &MessageId,
        keeps: bool,
    ) -> Result<(), HandlerError> {
        use sqlx::Connection as _;
        let sql = format!("insert into done values ('{id}')");
        with_tx!(self, tx of context => {
            let mut savepoint = tx.begin().await.map_err(HandlerError::retry)?;
            let query = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *savepoint);
            query.await.map_err(HandlerError::retry)?;
            match keeps {
                true => savepoint.commit().await,
                false => savepoint.rollback().await,
            }
            .map_err(HandlerError::retry)
        })
    }

    /// Adds one to the only row of a table, by reading it first; any error is said to be the message's.
    pub(crate) async fn count_up(&self, context: &Context) -> Result<(), HandlerError> {
        let read = match self {
            Self::MySql(..) => "select count from counter lock in share mode",
            _ => "select count from counter",
        };
        with_tx!(self, tx of context => {
            let read = sqlx::query_scalar(read).fetch_one(&mut *tx);
            let count: i64 = read.await.map_err(HandlerError::reject)?;
            let sql = format!("update counter set count = {}", count + 1);
            let query = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx);
            query.await.map(drop).map_err(HandlerError::reject)
        })
    }

    pub(crate) async fn counted(&self) -> Outcome<i64> {
        let count = "select count from counter";
        Ok(with_pool!(self, pool => sqlx::query_scalar(count).fetch_one(pool).await?))
    }

    /// Holds what was received as `old`, until that is dropped.
    pub(crate) async fn hold_old(&self) -> Outcome<Box<dyn Any + Send>> {
        let hold = "select message_id from tidings_received where consumer = 'orders' and message_id = 'old' for update";
        Ok(with_pool!(self, pool => {
            let mut transaction = pool.begin().await?;
            sqlx::raw_sql(hold).execute(&mut *transaction).await?;
            Box::new(transaction)
        }))
    }

    /// What a test hears that commits after a statement of its handler.
    pub(crate) async fn committed_after(&self, sql: &str) -> Outcome<Result<(), HandlerError>> {
        let context = Context::default();
        with_pool!(self, pool => {
            let transaction = HandlerTransaction::begin(pool).await?;
            transaction.give(&context);
            self.within(&context, sql.to_owned()).await.ok();
            Ok(transaction.commit().await)
        })
    }

    /// Whatever handlers did, all connections of the pool commit what others do by them.
    pub(crate) async fn others_commit(&self, database: Database) -> Outcome {
        let (before, url) = (self.count_done().await?.0, self.url());
        let count = with_pool!(self, pool => {
            let mut all = vec![pool.acquire().await?];
            while let Some(connection) = pool.try_acquire() {
                all.push(connection);
            }
            for connection in &mut all {
                let done = sqlx::raw_sql("insert into done values ('other')");
                done.execute(&mut **connection).await?;
            }
            let count = all.len();
            drop(all);
            pool.close().await;
            count
        });
        let (after, _) = Self::at(database, &url).await?.count_done().await?;
        assert_eq!(after, before + i64::try_from(count)?);
        Ok(())
    }

    /// How many were received.
    pub(crate) async fn received(&self) -> Outcome<i64> {
        let count = "select count(*) from tidings_received";
        Ok(with_pool!(self, pool => sqlx::query_scalar(count).fetch_one(pool).await?))
    }
}

/// The same database by a single connection, whose making may take a busy machine longer than it is waited for later.
async fn narrow<DB: sqlx::Database>(pool: &Pool<DB>) -> sqlx::Result<Pool<DB>> {
    loop {
        let narrow = PoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_millis(50))
            .connect_with((*pool.connect_options()).clone());
        match narrow.await {
            Err(sqlx::Error::PoolTimedOut) => {}
            connected => return connected,
        }
    }
}

/// Counts what comes.
#[derive(Clone, Default)]
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Layer for Counted {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        self.0.fetch_add(1, SeqCst);
        Ok(())
    }
}

/// A broker, and what it is asked to deliver.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) base: Base,
    pub(crate) broker: TestBroker,
}

pub(crate) fn orders() -> Channel {
    Channel::point_to_point("orders")
}

/// Tries again soon.
pub(crate) fn policy() -> Policy {
    let (first, longest) = (Duration::from_millis(5), Duration::from_millis(50));
    Policy::new().with_backoff(Backoff::new(first, longest))
}

impl Shop {
    pub(crate) async fn new(database: Database) -> Outcome<Self> {
        let (base, broker) = (Base::shop(database).await?, TestBroker::new());
        Ok(Self { base, broker })
    }

    /// Serves orders by a handler, within transactions.
    pub(crate) async fn open<F>(
        &self,
        policy: Policy,
        handler: impl Fn(Base, Received<Message>) -> F + Send + Sync + 'static,
    ) -> Outcome<Service>
    where
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let layers = Layers::new().with_shared(self.base.transactional());
        self.open_with(layers, policy, handler).await
    }

    pub(crate) async fn open_with<F>(
        &self,
        layers: Layers,
        policy: Policy,
        handler: impl Fn(Base, Received<Message>) -> F + Send + Sync + 'static,
    ) -> Outcome<Service>
    where
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let (base, mut router) = (self.base.clone(), Router::new());
        router.layers(layers).policy(policy).concurrency(16);
        router.on(orders(), move |order| handler(base.clone(), order));
        Ok(serve(Arc::new(self.broker.clone()), router).await?)
    }

    /// Orders something, as often as that.
    pub(crate) async fn order(&self, times: usize) -> Outcome {
        let orders: Vec<_> = (0..times)
            .map(|number| Message::new(number.to_string()))
            .collect();
        self.send(&orders).await
    }

    pub(crate) async fn send(&self, messages: &[Message]) -> Outcome {
        self.send_to(&orders(), messages).await
    }

    pub(crate) async fn send_to(&self, channel: &Channel, messages: &[Message]) -> Outcome {
        let transport: &dyn DynTransport = &self.broker;
        let deadline = Instant::now() + Duration::from_secs(30);
        for sent in transport.publish(channel, messages, deadline).await {
            sent?;
        }
        Ok(())
    }
}

/// What a handler sends.
pub(crate) fn parcel(body: impl Into<String>) -> Outgoing {
    Outgoing::new(
        Channel::point_to_point("parcels"),
        Message::new(body.into()),
    )
}

/// What ends a transaction.
pub(crate) fn fatal(database: Database) -> &'static str {
    match database {
        Database::Postgres => "insert into nowhere values (1)",
        _ => "rollback",
    }
}
