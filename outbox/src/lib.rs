//! Transactional outbox: a service writes its messages into a table of its database, in the transaction that writes the data
//! that they tell of, so that both are there or neither. A relay publishes what was committed, in order, and deletes what the
//! broker has confirmed.
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")]
//! # async fn run(pool: sqlx::SqlitePool, outgoing: tidings::Outgoing, transport: std::sync::Arc<dyn tidings::transport::DynTransport>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use std::{sync::Arc, time::Duration};
//! use tidings_outbox::{Relay, append, sqlite::SqliteStore};
//!
//! let mut transaction = pool.begin().await?;
//! sqlx::query("update orders set state = 'paid' where id = 1").execute(&mut *transaction).await?;
//! append(&mut *transaction, [outgoing]).await?;
//! transaction.commit().await?;
//!
//! let relay = Relay::new(Arc::new(SqliteStore::new(pool)), transport).start().await?;
//! relay.wake();
//! relay.stop(Duration::from_secs(5)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//! - What was committed is published at least once; what was rolled back never. A message is published again where its confirmation,
//!   or its deletion, was lost; it has the same id then, by which receivers know it.
//! - Messages of one key and channel are published in the order of their ids. That is the order in which they were committed where
//!   their writers take turns: a transaction that writes a message of a key locks what the key stands for first (it updates the row
//!   of the order, say). There is no cursor that a late transaction could fall behind: it is read when it is there.
//! - After a failure, later messages of that key wait; other keys and other channels go on.
//! - One relay publishes at a time. Another takes over when it ends, and waits until then.
//!
//! # The other end
//! `receive` notes in a table, and in the transaction of what a handler does, that a consumer received a message, so that it is done
//! once however often the message comes. The layer `Transactional` does that for every handler of a service: `context.tx()` is its
//! transaction, and what it sends and its reply go into the outbox with it.
//!
//! The tables are yours: [`schema()`] has the SQL, nothing creates or changes them by itself. Without any feature, that is all that
//! the crate holds.

#[cfg(feature = "relay")]
pub use append::{Writer, append};
#[cfg(feature = "relay")]
pub use bounded::Bounded;
#[cfg(feature = "relay")]
pub use inbox::receive;
#[cfg(feature = "relay")]
pub use relay::{Alarm, Alarms, Relay, RelaySettings, RelayState, Running, Waker};
pub use schema::{Database, VERSION, schema};
#[cfg(feature = "relay")]
pub use store::{Lead, Parked, Read, Refused, Store, Stored, Waiting};

#[cfg(feature = "relay")]
mod append;
#[cfg(feature = "relay")]
mod bounded;
#[cfg(feature = "relay")]
pub mod columns;
#[cfg(feature = "relay")]
mod inbox;
#[cfg(feature = "relay")]
mod relay;
mod schema;
#[cfg(feature = "relay")]
mod store;

#[cfg(feature = "sqlx")]
pub use noting::{Known, Noting};
#[cfg(feature = "sqlx")]
pub use transacting::Transacting;
#[cfg(feature = "sqlx")]
pub use transactional::Transactional;
#[cfg(feature = "sqlx")]
pub use tx::{HandlerTransaction, Tx, tx};

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod arrays;
#[cfg(feature = "sqlx")]
mod begin;
#[cfg(feature = "sqlx")]
mod begins;
#[cfg(any(
    feature = "mysql",
    feature = "postgres",
    feature = "sqlite",
    feature = "tokio-postgres"
))]
mod cells;
#[cfg(feature = "sqlx")]
mod cleaning;
#[cfg(feature = "sqlx")]
mod fault;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(feature = "sqlx")]
mod noting;
#[cfg(feature = "sqlx")]
mod pauses;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlx")]
mod reach;
#[cfg(feature = "sqlx")]
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod statements;
#[cfg(feature = "tailing")]
pub mod tailing;
#[cfg(feature = "tokio-postgres")]
pub mod tokio_postgres;
#[cfg(feature = "sqlx")]
mod transacting;
#[cfg(feature = "sqlx")]
mod transactional;
#[cfg(feature = "sqlx")]
mod tx;
#[cfg(feature = "relay")]
mod values;

/// The page about the outbox, whose code is built as a test.
#[cfg(all(doctest, feature = "postgres"))]
#[doc = include_str!("../../docs/outbox.md")]
struct Page;
