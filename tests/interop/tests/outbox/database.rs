//! A database with the tables, which programs of others have too.
use crate::Outcome;
use orders_api::{OrderEvent, OrderEventsChannel, Region};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{env, sync::Arc, time::Duration};
use tidings::{DynTransport, HandlerError, Layers, Received, Router, Service, serve};
use tidings_interop::Peer;
use tidings_outbox::{
    Database, Relay, Running, Transactional,
    postgres::{InTransaction as _, PostgresStore},
    schema,
};
use tokio::time::sleep;

/// The variable that says where the server is.
pub(crate) const POSTGRES: &str = "TIDINGS_TEST_POSTGRES";

/// Where the shop is whose events all cases are about.
pub(crate) const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };

/// How long a service, or a relay, may take to end.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Nothing but the inbox keeps an order from being packed or heard of twice.
const TABLES: &str = "
    create table orders (order_id text primary key);
    create table parcels (number bigint generated always as identity, order_id text not null, packer text not null);
    create table heard (number bigint generated always as identity, order_id text not null, event text not null);
";

#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) pool: PgPool,
    pub(crate) url: String,
}

impl Base {
    /// A new one.
    pub(crate) async fn new() -> Outcome<Self> {
        let options: PgConnectOptions = env::var(POSTGRES)?.parse()?;
        let server = PgPoolOptions::new().max_connections(1);
        let server = server.connect_with(options.clone()).await?;
        let name = format!("t{}", fresh());
        let create = format!("create database {name}");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&server)
            .await?;
        let options = options.database(&name);
        let mut url = options.to_url_lossy();
        url.set_query(None);
        let pool = PgPool::connect_with(options).await?;
        for sql in [schema(Database::Postgres), TABLES] {
            sqlx::raw_sql(sql).execute(&pool).await?;
        }
        let url = url.to_string();
        Ok(Self { pool, url })
    }

    pub(crate) async fn relay(&self, peer: &Peer) -> Outcome<Running> {
        let store = Arc::new(PostgresStore::new(self.pool.clone()));
        Ok(Relay::new(store, Arc::clone(&peer.transport))
            .start()
            .await?)
    }

    /// The layer of services here.
    pub(crate) fn layers(&self) -> Layers {
        Layers::new().with(Transactional::new(self.pool.clone()))
    }

    /// Notes each event of orders once, in the order in which they come.
    pub(crate) async fn hear(&self, transport: &Arc<dyn DynTransport>) -> Outcome<Service> {
        let mut router = Router::new();
        router.group(&format!("hearing-{}", fresh()));
        router.layers(self.layers());
        router.on(EUROPE.channel(), hear);
        Ok(serve(Arc::clone(transport), router).await?)
    }

    /// Those that were taken.
    pub(crate) async fn orders(&self) -> Outcome<Vec<String>> {
        self.texts("select order_id from orders order by order_id")
            .await
    }

    /// The texts that a query finds.
    pub(crate) async fn texts(&self, sql: &'static str) -> Outcome<Vec<String>> {
        Ok(sqlx::query_scalar(sql).fetch_all(&self.pool).await?)
    }

    /// Waits until a query says so.
    pub(crate) async fn until(&self, sql: &'static str) -> Outcome {
        for _ in 0..1200 {
            if sqlx::query_scalar(sql).fetch_one(&self.pool).await? {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(format!("never: `{sql}`").into())
    }
}

async fn hear(event: Received<OrderEvent>) -> Result<(), HandlerError> {
    let (order, name) = match &event.message {
        OrderEvent::OrderPlaced(placed) => (placed.order_id.to_string(), "placed"),
        OrderEvent::OrderCancelled(cancelled) => (cancelled.order_id.to_string(), "cancelled"),
        _ => return Ok(()),
    };
    let insert = "insert into heard (order_id, event) values ($1, $2)";
    let insert = sqlx::query(insert).bind(order).bind(name);
    let done = insert.execute(&mut *event.context.tx().await?).await;
    done.map(drop).map_err(HandlerError::retry)
}

/// A name that nobody has.
pub(crate) fn fresh() -> String {
    tidings::MessageId::fresh().to_text().replace('-', "")
}
