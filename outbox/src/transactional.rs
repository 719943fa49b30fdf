//! Handlers within a transaction.
use crate::{
    Transacting, append, fault, receive,
    tx::{Open, roll_back},
};
use sqlx::{Pool, Transaction};
use std::fmt;
use tidings::{
    BoxFuture, Error, Handled, HandlerError, Handling, Layer, MessageId, Next, Outgoing, Str,
};

/// Runs each handler of a service within a transaction of its database, which the handler has by `context.tx()`. That the message was
/// received, what the handler writes, what it sends and its reply are committed together, before the message is settled; a relay
/// publishes what is sent. A message that comes again after that is settled without its handler. What fails, panics, takes too long
/// or is rejected leaves nothing behind, and a rerun sends with the same ids.
///
/// It is the last layer that does something about handling: one behind it that answers in place of a handler is an error. There is no
/// need of [`Dedup`](tidings::layers::Dedup) beside it; before it that saves asking the database. Messages for handlers that are
/// [idempotent](tidings::Policy::idempotent) are not noted, and may be handled again.
///
/// Consumers are told apart by [`Handling::consumer`], which is the address, and the group where the channel has groups. Without a
/// group a topic has a new consumer each time the service starts: give it a [name](Self::with_consumer).
pub struct Transactional<DB: Transacting> {
    pool: Pool<DB>,
    begin: &'static str,
    consumer: Option<Str>,
}

impl<DB: Transacting> Transactional<DB> {
    /// In the database that a pool connects to. It needs a connection for each handler that runs at a time: handlers of which one more
    /// of the same pool is asked wait for each other.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self {
            pool,
            begin: DB::BEGIN,
            consumer: None,
        }
    }

    /// The same, with transactions that begin by that statement, such as `begin isolation level serializable`.
    #[must_use]
    pub fn with_begin(self, begin: &'static str) -> Self {
        Self { begin, ..self }
    }

    /// The same, with a consumer of that name, told apart by channel. For topics without a group, whose instances each have a name that
    /// stays.
    #[must_use]
    pub fn with_consumer(self, name: impl Into<Str>) -> Self {
        let consumer = Some(name.into());
        Self { consumer, ..self }
    }

    fn consumer(&self, handling: &Handling) -> Str {
        match &self.consumer {
            Some(name) => format!("{name} {}", handling.channel.address).into(),
            None => handling.consumer.clone(),
        }
    }

    async fn begin(&self) -> Result<Transaction<'static, DB>, HandlerError> {
        let begun = self.pool.begin_with(self.begin).await;
        begun.map_err(|error| again(fault::of("begin", error)))
    }

    async fn handle(&self, next: Next<'_>) -> Result<Handled, HandlerError> {
        let (handling, given) = (next.handling(), next.given());
        let mut transaction = self.begin().await?;
        if !handling.idempotent {
            let (consumer, id) = (self.consumer(handling), &handling.message.id);
            if !is_new::<DB>(&mut transaction, &consumer, id).await? {
                tracing::debug!(%id, %consumer, "message came again, not handled again");
                roll_back(transaction).await;
                return Ok(Handled::default());
            }
        }
        let open = Open::new(transaction);
        given.put(open.slot());
        let handled = match next.run().await {
            Ok(handled) => handled,
            Err(error) => {
                open.roll_back().await;
                return Err(fault::passing(error));
            }
        };
        if !given.is_taken() {
            let reason = "a layer behind `Transactional` has answered in place of the handler; put it before";
            return Err(HandlerError::retry(reason));
        }
        let commit = commit::<DB>(open.take()?, handled);
        commit.await.map_err(again)?;
        Ok(Handled::default())
    }
}

async fn is_new<DB: Transacting>(
    connection: &mut DB::Connection,
    consumer: &str,
    id: &MessageId,
) -> Result<bool, HandlerError> {
    receive(connection, consumer, id).await.map_err(again)
}

/// Commits, with what the handler sends.
async fn commit<DB: Transacting>(
    mut transaction: Transaction<'static, DB>,
    handled: Handled,
) -> Result<(), Error> {
    append::<DB::Connection>(&mut transaction, outgoing(handled)).await?;
    DB::check(&mut transaction).await.map_err(|error| {
        let error = fault::of("commit", error);
        let reason = "the database has rolled back, after an error that the handler passed over";
        Error::new(error.kind(), "commit", reason).because(error)
    })?;
    let committed = transaction.commit().await;
    committed.map_err(|error| fault::of("commit", error))
}

fn outgoing(handled: Handled) -> impl Iterator<Item = Outgoing> {
    let Handled { sent, reply, .. } = handled;
    sent.into_iter().chain(reply.map(|reply| *reply))
}

/// Whatever is wrong with the database says nothing against the message.
fn again(error: Error) -> HandlerError {
    HandlerError::retry(error)
}

impl<DB: Transacting> Layer for Transactional<DB> {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(Transactional::handle(self, next))
    }
}

impl<DB: Transacting> fmt::Debug for Transactional<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactional")
            .field("database", &DB::NAME)
            .field("begin", &self.begin)
            .finish_non_exhaustive()
    }
}
