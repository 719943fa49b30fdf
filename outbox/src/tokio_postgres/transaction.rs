//! A transaction whose note of what was received is sent with its begin, and whose messages with its end.
use super::{
    failed,
    statements::{Statements, ended, is_open},
};
use crate::append::rows;
use std::{
    fmt,
    future::{Future, poll_fn},
    ops::Deref,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tidings::{Error, MessageId, Outgoing, Result};
use tokio_postgres::Client;

/// What is set is so until it ends. By that statements which come behind a begin that failed, or an end by hand, know that it is not there.
const BEGIN: &str = "begin; set local tidings.transaction = 'open'";

/// What is not read as a number, where the transaction was ended by hand.
macro_rules! ended_by_hand {
    () => {
        "tidings: ended by hand"
    };
}

/// Fails where an error was passed over, as any statement would: a commit alone would roll back then, and be no error. Fails, too, where
/// the transaction is not the one that was begun: what was written behind an end by hand would be committed without its messages.
const COMMIT: &str = concat!(
    "select case when ",
    is_open!(),
    " then 0 else concat('",
    ended_by_hand!(),
    "')::int end; commit"
);

/// The outbox and inbox of a connection, whose statements are prepared there, so that what they write costs no round trip: it is sent
/// together with the begin and the end of a transaction, and the database takes one after the other.
///
/// ```no_run
/// # async fn pay(client: &mut tokio_postgres::Client, order: i64, asked: &tidings::MessageId, paid: tidings::Outgoing)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use tidings_outbox::tokio_postgres::Pipelined;
///
/// let outbox = Pipelined::prepare(client).await?;
/// let Some(transaction) = outbox.receive(client, "payments", asked).await? else {
///     return Ok(());
/// };
/// transaction.execute("update orders set state = 'paid' where id = $1", &[&order]).await?;
/// transaction.commit([paid]).await?;
/// # Ok(())
/// # }
/// ```
pub struct Pipelined(Statements);

impl Pipelined {
    /// Prepares the statements of a connection, once for all of its transactions.
    ///
    /// # Errors
    /// Those of the database, as where the tables are missing.
    pub async fn prepare(client: &Client) -> Result<Self> {
        Statements::prepare(client).await.map(Self)
    }

    /// Begins a transaction of that connection.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin<'a>(&'a self, client: &'a mut Client) -> Result<OutboxTransaction<'a>> {
        let transaction = self.of(client);
        transaction.run(BEGIN, "begin").await?;
        Ok(transaction)
    }

    /// Begins one for what is done about a message, and notes in it that a consumer received that; none where it had before, as with
    /// [`receive`](crate::receive).
    ///
    /// # Errors
    /// Those of the database; the message is then to be tried again.
    pub async fn receive<'a>(
        &'a self,
        client: &'a mut Client,
        consumer: &str,
        id: &MessageId,
    ) -> Result<Option<OutboxTransaction<'a>>> {
        let transaction = self.of(client);
        let id = id.to_text();
        let noted = self.0.note(transaction.client, consumer, &id);
        let ((), is_new) = together(transaction.run(BEGIN, "begin"), noted).await?;
        Ok(is_new.then_some(transaction))
    }

    fn of<'a>(&'a self, client: &'a mut Client) -> OutboxTransaction<'a> {
        OutboxTransaction {
            client,
            statements: &self.0,
            is_over: false,
        }
    }
}

/// A transaction of [`Pipelined`]. It derefs to the client; dropping it rolls back.
pub struct OutboxTransaction<'a> {
    client: &'a mut Client,
    statements: &'a Statements,
    is_over: bool,
}

impl OutboxTransaction<'_> {
    /// Writes messages into the outbox, as [`append`](crate::append) does, and commits. Whatever fails, nothing is committed, not
    /// even what was written behind an end by hand; only where the answer is lost, or not waited for, nobody knows.
    ///
    /// # Errors
    /// Those of the database. One that was passed over before is told, too.
    pub async fn commit(mut self, outgoing: impl IntoIterator<Item = Outgoing>) -> Result<()> {
        let rows = rows(outgoing);
        let commit = async { self.run(COMMIT, "commit").await.map_err(of_end) };
        if rows.is_empty() {
            commit.await?;
        } else {
            together(self.statements.write(self.client, &rows), commit).await?;
        }
        self.is_over = true;
        Ok(())
    }

    async fn run(&self, sql: &str, operation: &'static str) -> Result<()> {
        let run = self.client.batch_execute(sql).await;
        run.map_err(|error| failed(operation, error))
    }
}

fn of_end(error: Error) -> Error {
    match error.reason().contains(ended_by_hand!()) {
        true => ended("commit"),
        false => error,
    }
}

/// The answers to two requests that are sent one behind the other, without waiting for the first; where that cannot be sent, the second
/// is not, either.
async fn together<A, B>(
    first: impl Future<Output = Result<A>>,
    second: impl Future<Output = Result<B>>,
) -> Result<(A, B)> {
    let mut first = pin!(first);
    match poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await {
        Poll::Ready(first) => Ok((first?, second.await?)),
        Poll::Pending => {
            let (first, second) = tokio::join!(first, second);
            Ok((first?, second?))
        }
    }
}

impl Deref for OutboxTransaction<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client
    }
}

impl Drop for OutboxTransaction<'_> {
    /// A request is sent when its answer is asked for first; nobody waits for this one.
    fn drop(&mut self) {
        if !self.is_over {
            let rollback = pin!(self.client.batch_execute("rollback"));
            let _ = rollback.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

impl fmt::Debug for OutboxTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxTransaction").finish_non_exhaustive()
    }
}

impl fmt::Debug for Pipelined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipelined").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;
    use tidings::ErrorKind;

    #[tokio::test]
    async fn where_the_first_cannot_be_sent_the_second_is_not() {
        let refused = || Err::<(), _>(Error::new(ErrorKind::TooLarge, "append", "too large"));
        let commit = async { unreachable!("it was sent") };
        let error = together::<_, ()>(ready(refused()), commit).await;
        let error = error.expect_err("it was refused");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[tokio::test]
    async fn the_second_is_sent_before_the_first_is_answered() -> Result<()> {
        let (tells, told) = tokio::sync::oneshot::channel();
        let first = async { Ok(told.await.unwrap_or("nobody told")) };
        let second = async { Ok(tells.send("it was sent")) };
        let (first, _) = together(first, second).await?;
        assert_eq!(first, "it was sent");
        Ok(())
    }
}
