//! Who writes more than is published is told.
use crate::{
    Outcome,
    database::{Base, settings},
    error_of,
    publishing::numbered,
    shop::{GRACE, Shop, parcel, policy},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{BoxFuture, ErrorKind, Layers, Message, Received, Result};
use tidings_outbox::{Bounded, Database, Writer, columns::Columns};
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "beyond-the-bound-nothing-is-appended-until-it-was-published",
            database,
            refused,
        ),
        trial(
            "where-nothing-can-be-counted-nothing-starts",
            database,
            blind,
        ),
        trial(
            "beyond-the-bound-no-handler-begins-until-there-is-room",
            database,
            handlers,
        ),
    ]
}

const EVERY: Duration = Duration::from_millis(50);

/// Takes everything.
#[derive(Default)]
struct Counted(usize);

impl Writer for Counted {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        self.0 += rows.len();
        Box::pin(async { Ok(()) })
    }

    fn note<'a>(&'a mut self, _: &'a str, _: &'a str, _: i64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(true) })
    }
}

async fn refused(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.write((0..5).map(|number| numbered("q", "a", number)), true)
        .await?;
    let bounded = Bounded::start(base.store(), 5, EVERY).await?;
    let mut writer = Counted::default();
    let written = bounded.append(&mut writer, [numbered("q", "a", 5)]).await;
    let error = error_of(written)?;
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    let told = error.to_string();
    assert!(
        told.starts_with("append: busy: 5 rows or more wait"),
        "{told}"
    );
    assert_eq!(writer.0, 0);
    let relay = base.relay_with(&sink, settings()).await?;
    until("all is published", || sink.bodies("q").len() == 5).await?;
    until("there is room", || bounded.check().is_ok()).await?;
    bounded.append(&mut writer, [numbered("q", "a", 5)]).await?;
    assert_eq!(writer.0, 1);
    relay.stop(Duration::from_secs(5)).await?;
    base.write((0..6).map(|number| numbered("q", "a", number)), true)
        .await?;
    let same = bounded.clone();
    drop(bounded);
    until("it is full again", || same.check().is_err()).await
}

async fn blind(database: Database) -> Outcome {
    let base = Base::empty(database).await?;
    let started = Bounded::start(base.store(), 5, EVERY).await;
    assert_eq!(error_of(started)?.kind(), ErrorKind::NotFound);
    Ok(())
}

/// Whose messages wait meanwhile, which is no attempt.
async fn handlers(database: Database) -> Outcome {
    const ORDERS: usize = 20;
    let (shop, sink) = (Shop::new(database).await?, Sink::new());
    let rows = (0..5).map(|number| numbered("q", "a", number));
    shop.base.write(rows, true).await?;
    let bounded = Bounded::start(shop.base.store(), 5, EVERY).await?;
    let layers = Layers::new().with_shared(shop.base.bounded(bounded));
    let handler =
        |_, order: Received<Message>| async move { Ok(order.context.add(parcel("a parcel"))?) };
    let policy = policy().with_attempts(1);
    let service = shop.open_with(layers, policy, handler).await?;
    shop.order(ORDERS).await?;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(shop.base.store().backlog().await?, 5);
    let _relay = shop.base.relay_with(&sink, settings()).await?;
    let sent = || sink.bodies("parcels").len() == ORDERS;
    until("all were handled", sent).await?;
    service.stop(GRACE).await?;
    assert!(shop.broker.published("orders.dead-letters").is_empty());
    Ok(())
}
