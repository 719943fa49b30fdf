//! What is sent together with the begin and the end of a transaction: all of it is there, or nothing.
use crate::{Outcome, database::Base, error_of, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::{
    future::{Future as _, poll_fn},
    task::Poll,
    time::Duration,
};
use tidings::{ErrorKind, MessageId};
use tidings_outbox::{Database, tokio_postgres::Pipelined};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const DO: &str = "insert into done values ('it')";

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("what-goes-with-a-commit-is-published", database, published),
        trial("what-comes-again-waits-and-is-not-new", database, again),
        trial("what-is-refused-commits-nothing", database, refused),
        trial("what-was-passed-over-is-no-commit", database, passed_over),
        trial("behind-an-end-by-hand-nothing-is-written", database, ended),
        trial("what-is-dropped-is-there-or-not", database, dropped),
        trial("what-is-cancelled-is-there-or-not", database, cancelled),
    ]
}

async fn begun(database: Database) -> Outcome<(Base, Client, Pipelined)> {
    let base = Base::new(database).await?;
    base.execute("create table done (message_id text)").await?;
    let client = base.client().await?;
    let outbox = Pipelined::prepare(&client).await?;
    Ok((base, client, outbox))
}

async fn published(database: Database) -> Outcome {
    let ((base, mut client, outbox), sink) = (begun(database).await?, Sink::new());
    let transaction = outbox.begin(&mut client).await?;
    transaction.batch_execute(DO).await?;
    transaction.commit([numbered("q", "a", 0)]).await?;
    let transaction = outbox.begin(&mut client).await?;
    let more = (1..4).map(|number| numbered("q", "a", number));
    transaction.commit(more).await?;
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.bodies("q").len() == 4).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a1", "a2", "a3"]);
    assert_eq!(done(&client).await?, [1, 0, 0]);
    Ok(())
}

async fn again(database: Database) -> Outcome {
    let (base, mut client, outbox) = begun(database).await?;
    let mut other = base.client().await?;
    let others = Pipelined::prepare(&other).await?;
    for commits in [false, true] {
        let id = MessageId::fresh();
        let first = outbox.receive(&mut client, "shop", &id).await?;
        let first = first.ok_or("it is new")?;
        let mut second = Box::pin(others.receive(&mut other, "shop", &id));
        let early = timeout(Duration::from_millis(300), &mut second).await;
        assert!(early.is_err(), "it did not wait");
        match commits {
            true => first.commit([]).await?,
            false => drop(first),
        }
        assert_eq!(second.await?.is_some(), !commits);
    }
    assert_eq!(done(&client).await?, [0, 0, 1]);
    Ok(())
}

/// By the database, with all else of its transaction.
async fn refused(database: Database) -> Outcome {
    let (_base, mut client, outbox) = begun(database).await?;
    let digits = (0..300).map(|_| Uuid::now_v7().simple().to_string());
    let long: String = digits.collect();
    for others in [0, 1] {
        let transaction = outbox.receive(&mut client, "shop", &"1".into()).await?;
        let transaction = transaction.ok_or("it is new")?;
        transaction.batch_execute(DO).await?;
        let others = (0..others).map(|number| numbered("q", "a", number));
        let messages = others.chain([numbered(&long, "a", 0)]);
        let error = error_of(transaction.commit(messages).await)?;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert_eq!(done(&client).await?, [0; 3]);
    }
    Ok(())
}

/// An error that the service did not look at.
async fn passed_over(database: Database) -> Outcome {
    let (_base, mut client, outbox) = begun(database).await?;
    for events in [0, 1, 2] {
        let transaction = outbox.begin(&mut client).await?;
        transaction.batch_execute(DO).await?;
        error_of(transaction.batch_execute("select 1 / 0").await)?;
        let messages = (0..events).map(|number| numbered("q", "a", number));
        let error = error_of(transaction.commit(messages).await)?;
        assert!(error.to_string().contains("aborted"), "{error}");
        assert_eq!(done(&client).await?, [0; 3]);
    }
    Ok(())
}

/// What would be committed by itself, and what would be committed without its messages.
async fn ended(database: Database) -> Outcome {
    let (_base, mut client, outbox) = begun(database).await?;
    for end in [
        "rollback",
        "commit",
        "rollback and chain",
        "commit and chain",
        "rollback; begin",
    ] {
        for events in 0..3 {
            let transaction = outbox.begin(&mut client).await?;
            transaction.batch_execute(end).await?;
            if end != "rollback" && end != "commit" {
                transaction.batch_execute(DO).await?;
            }
            let messages = (0..events).map(|number| numbered("q", "a", number));
            let error = error_of(transaction.commit(messages).await)?;
            assert_eq!(error.kind(), ErrorKind::Conflict, "{end}: {error}");
            assert_eq!(done(&client).await?, [0; 3], "{end}");
        }
    }
    Ok(())
}

/// Before anything of it is sent, and as soon as it is.
async fn dropped(database: Database) -> Outcome {
    let (_base, mut client, outbox) = begun(database).await?;
    for polled in 0..3 {
        let transaction = outbox.begin(&mut client).await?;
        transaction.batch_execute(DO).await?;
        let mut commit = Box::pin(transaction.commit([numbered("q", "a", 0)]));
        for _ in 0..polled {
            let _ = poll_fn(|context| Poll::Ready(commit.as_mut().poll(context))).await;
        }
        drop(commit);
        let [done, waiting, _] = done(&client).await?;
        assert_eq!(done, waiting);
        assert_eq!(done > 0, polled > 0, "what was sent is committed");
    }
    Ok(())
}

/// At any time by the database, which then says of whatever it works at that it has failed.
async fn cancelled(database: Database) -> Outcome {
    let (base, mut client, outbox) = begun(database).await?;
    let cancel = client.cancel_token();
    let cancels = tokio::spawn(async move {
        loop {
            let _ = cancel.cancel_query(NoTls).await;
            sleep(Duration::from_micros(500)).await;
        }
    });
    let (mut committed, mut failed) = (0, 0);
    while committed + failed < 500 {
        match handle(&outbox, &mut client).await {
            Ok(()) => committed += 1,
            Err(_) => failed += 1,
        }
    }
    cancels.abort();
    let _ = cancels.await;
    let beside = base.client().await?;
    assert_eq!(done(&beside).await?, [committed; 3], "{failed} failed");
    Ok(())
}

async fn handle(outbox: &Pipelined, client: &mut Client) -> Outcome {
    let id = MessageId::fresh();
    let transaction = outbox.receive(client, "shop", &id).await?;
    let transaction = transaction.ok_or("it is new")?;
    transaction.batch_execute(DO).await?;
    Ok(transaction.commit([numbered("q", "a", 0)]).await?)
}

/// How much was done, is in the outbox, and was received.
async fn done(client: &Client) -> Outcome<[i64; 3]> {
    let count = "select (select count(*) from done), (select count(*) from tidings_outbox), (select count(*) from tidings_received)";
    let row = client.query_one(count, &[]).await?;
    Ok([0, 1, 2].map(|column| row.get(column)))
}
