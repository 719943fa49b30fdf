//! Handlers within a transaction.
use crate::{
    Bounded, Noting as _, Transacting, Waker,
    begins::{Begins, Noted},
    cleaning::Cleaning,
    fault,
    noting::append_last,
    tx::{HandlerTransaction, over},
};
use sqlx::Pool;
use std::{fmt, time::Duration};
use tidings::{BoxFuture, Error, Handled, HandlerError, Handling, Layer, Next, Outgoing, Str};

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
    begins: Begins<DB>,
    consumer: Option<Str>,
    cleaning: Cleaning,
    waker: Option<Waker>,
}

/// How long a consumer remembers what it received, unless told otherwise: 30 days.
const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl<DB: Transacting> Transactional<DB> {
    /// In the database that a pool connects to. Each handler that runs has a connection of it until it has ended, so that a handler
    /// must not ask the pool for another: where all are asked so, they wait for each other. Where none is left, messages wait.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self {
            cleaning: Cleaning::new(DB::store(pool.clone()), Some(KEEP)),
            begins: Begins::new(pool),
            consumer: None,
            waker: None,
        }
    }

    /// The same, with transactions that begin by that statement, such as `begin isolation level serializable`.
    #[must_use]
    pub fn with_begin(mut self, begin: &'static str) -> Self {
        self.begins.statement = begin;
        self
    }

    /// The same, with a consumer of that name, told apart by channel. For topics without a group, whose instances each have a name that
    /// stays.
    #[must_use]
    pub fn with_consumer(self, name: impl Into<Str>) -> Self {
        let consumer = Some(name.into());
        Self { consumer, ..self }
    }

    /// The same, where no handler begins while more rows wait in the outbox than a bound: its message waits, as for a connection, so that
    /// what comes in stays with its broker rather than in the database as what goes out.
    #[must_use]
    pub fn within(mut self, bound: Bounded) -> Self {
        self.begins.bound = Some(bound);
        self
    }

    /// The same, with a relay of this process that looks at once when something is to be published. Needed where the database tells
    /// nobody, which is SQLite.
    #[must_use]
    pub fn waking(self, waker: Waker) -> Self {
        let waker = Some(waker);
        Self { waker, ..self }
    }

    /// The same, where a consumer forgets what it received so long before the last that it received; 30 days unless told. What comes
    /// again after that is handled again, so keep more than the time for which a broker, or its dead letters, may bring a message
    /// again. With none it forgets nothing: see [`Store::forget`](crate::Store::forget).
    #[must_use]
    pub fn with_keep(mut self, keep: impl Into<Option<Duration>>) -> Self {
        self.cleaning.keep = keep.into();
        self
    }

    fn consumer(&self, handling: &Handling) -> Str {
        match &self.consumer {
            Some(name) => format!("{name} {}", handling.channel.address).into(),
            None => handling.consumer.clone(),
        }
    }

    async fn handle(&self, next: Next<'_>) -> Result<Handled, HandlerError> {
        let Handling {
            message,
            idempotent,
            ..
        } = next.handling();
        let consumer = self.consumer(next.handling());
        self.begins.room().await;
        let _turn = self.begins.turn().await;
        let id = message.id.to_text();
        let noted = (!idempotent).then_some((&*consumer, &*id));
        let Some((transaction, began)) = self.begins.begin_new(noted).await.map_err(again)? else {
            tracing::debug!(%id, %consumer, "message came again, not handled again");
            return Ok(Handled::default());
        };
        let (transaction, handled) = run(transaction, next).await?;
        let sends = sends(&handled);
        let done = noted.map(|noted| (noted, began));
        let is_committed = commit(&transaction, handled, done).await.map_err(again)?;
        if !is_committed {
            transaction.roll_back().await;
            return self.meanwhile(noted).await;
        }
        if let Some(waker) = self.waker.as_ref().filter(|_| sends) {
            waker.wake();
        }
        if !idempotent {
            self.cleaning.received(&consumer);
        }
        Ok(Handled::default())
    }

    /// What was done is taken back, since the message was noted meanwhile: by another, who has committed that, or by the handler, whose
    /// note is gone with all that it did.
    async fn meanwhile(&self, noted: Option<Noted<'_>>) -> Result<Handled, HandlerError> {
        let Some((transaction, _)) = self.begins.begin_new(noted).await.map_err(again)? else {
            tracing::debug!(?noted, "another has received the message meanwhile");
            return Ok(Handled::default());
        };
        transaction.roll_back().await;
        let reason = "the handler has noted that its own message was received, which `Transactional` does: let it not call `receive`";
        Err(HandlerError::retry(reason))
    }
}

/// Runs the handler in a transaction, which is rolled back where it fails.
async fn run<DB: Transacting>(
    transaction: HandlerTransaction<DB>,
    next: Next<'_>,
) -> Result<(HandlerTransaction<DB>, Handled), HandlerError> {
    let given = next.given();
    given.put(transaction.slot());
    match next.run().await {
        Ok(handled) if given.is_taken() => Ok((transaction, handled)),
        Ok(_) => {
            let reason = "a layer behind `Transactional` has answered in place of the handler; put it before";
            Err(HandlerError::retry(reason))
        }
        Err(error) => {
            transaction.roll_back().await;
            Err(fault::passing(error))
        }
    }
}

/// Commits, with what the handler sends, unless another has received the message meanwhile. What is noted comes first, since that tells
/// whether the transaction is still that of the handler, which began then.
async fn commit<DB: Transacting>(
    transaction: &HandlerTransaction<DB>,
    handled: Handled,
    noted: Option<(Noted<'_>, i64)>,
) -> Result<bool, Error> {
    let mut open = transaction.open()?;
    if let Some(open) = &mut *open {
        if let Some(((consumer, id), began)) = noted
            && !open.note_done(consumer, id, began).await.map_err(over)?
        {
            return Ok(false);
        }
        let appended = append_last::<DB::Connection>(&mut **open, outgoing(handled)).await;
        appended.map_err(over)?;
    }
    transaction.committed(open, noted.is_some()).await?;
    Ok(true)
}

fn sends(handled: &Handled) -> bool {
    !handled.sent.is_empty() || handled.reply.is_some()
}

fn outgoing(handled: Handled) -> impl Iterator<Item = Outgoing> {
    let Handled { sent, reply, .. } = handled;
    sent.into_iter().chain(reply.map(Outgoing::from))
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
            .field("begin", &self.begins.statement)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Channel, Message};

    /// Who sends nothing wakes nobody.
    #[test]
    fn a_handler_sends_what_it_adds_and_its_reply() {
        let message = || Outgoing::new(Channel::point_to_point("q"), Message::new("x"));
        let mut adds = Handled::default();
        assert!(!sends(&adds));
        adds.sent.push(message());
        assert!(sends(&adds));
        assert_eq!(outgoing(adds).count(), 1);
    }
}
