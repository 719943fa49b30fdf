//! The same service by `tokio-postgres`, which sends a request without waiting for the answer to the one before.
use crate::{
    database::Database,
    watch::{Figures, Watch},
    writers::{CHANGES, event, order, prepare},
};
use anyhow::Context as _;
use std::time::Instant;
use tidings::MessageId;
use tidings_outbox::tokio_postgres::Pipelined;
use tokio_postgres::{Client, Statement};

/// What it does beside its data.
#[derive(Clone, Copy)]
pub(crate) enum Beside {
    Nothing,
    /// It tells of each change.
    Tells,
    /// It was asked for each change.
    Receives,
}

/// Transactions one after the other, each of which the disk has then.
pub(crate) async fn write(
    database: &Database,
    count: usize,
    beside: Beside,
) -> anyhow::Result<Figures> {
    prepare(database).await?;
    let mut client = database.client().await?;
    let [update, insert] = CHANGES;
    let changes = [client.prepare(update).await?, client.prepare(insert).await?];
    let outbox = Pipelined::prepare(&client).await?;
    transact(&mut client, &outbox, &changes, 0, beside).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(count);
    for number in 0..count {
        let begun = Instant::now();
        transact(&mut client, &outbox, &changes, number, beside).await?;
        waits.push(begun.elapsed());
    }
    Ok(watch.stop(count, waits))
}

async fn transact(
    client: &mut Client,
    outbox: &Pipelined,
    changes: &[Statement],
    number: usize,
    beside: Beside,
) -> anyhow::Result<()> {
    match beside {
        Beside::Nothing => {
            let transaction = client.transaction().await?;
            change(transaction.client(), changes, number).await?;
            transaction.commit().await?;
        }
        Beside::Tells => {
            let transaction = outbox.begin(client).await?;
            change(&transaction, changes, number).await?;
            transaction.commit([event(number)]).await?;
        }
        Beside::Receives => {
            let id = MessageId::fresh();
            let received = outbox.receive(client, "bench", &id).await?;
            let transaction = received.context("an id was there before")?;
            change(&transaction, changes, number).await?;
            transaction.commit([]).await?;
        }
    }
    Ok(())
}

async fn change(client: &Client, changes: &[Statement], number: usize) -> anyhow::Result<()> {
    let order = order(number);
    for change in changes {
        client.execute(change, &[&order]).await?;
    }
    Ok(())
}
