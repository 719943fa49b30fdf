//! A message that comes while it is handled elsewhere: one at a time, and its outcome counts.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, policy},
    trial,
};
use libtest_mimic::Trial;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{HandlerError, Layers, Message, Received, Service, testing::TestBroker};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![trial(
        "what-is-handled-elsewhere-waits-for-the-outcome",
        database,
        elsewhere,
    )];
    if database == Database::Postgres {
        all.extend([
            trial(
                "what-another-notes-meanwhile-is-taken-back",
                database,
                noted,
            ),
            trial(
                "transactions-that-are-serialized-do-not-clash-over-the-inbox",
                database,
                serialized,
            ),
        ]);
    }
    all
}

/// How transactions begin at each level.
fn levels(database: Database) -> &'static [&'static str] {
    match database {
        Database::Postgres => &[
            "begin isolation level read committed",
            "begin isolation level repeatable read",
            "begin isolation level serializable",
        ],
        Database::MySql => &["start transaction"],
        _ => &["begin immediate"],
    }
}

/// How many handlers ran, and run.
#[derive(Clone, Default)]
struct Runs(Arc<[AtomicUsize; 2]>);

impl Runs {
    fn count(&self) -> usize {
        self.0[0].load(SeqCst)
    }

    /// Fails the first time.
    async fn run(self, base: Base, order: Received<Message>) -> Result<(), HandlerError> {
        let [ran, runs] = &*self.0;
        let number = ran.fetch_add(1, SeqCst);
        assert_eq!(runs.fetch_add(1, SeqCst), 0, "one at a time");
        base.do_it(&order.context, &order.metadata.id).await?;
        sleep(Duration::from_millis(300)).await;
        runs.fetch_sub(1, SeqCst);
        match number {
            0 => Err(HandlerError::retry("not now")),
            _ => Ok(()),
        }
    }
}

/// By two instances that each get it.
async fn elsewhere(database: Database) -> Outcome {
    let mut rounds = 0;
    let base = Base::shop(database).await?;
    for begin in levels(database) {
        let (order, runs) = (Message::new("one"), Runs::default());
        let shops = [(); 2].map(|()| Shop {
            base: base.clone(),
            broker: TestBroker::new(),
        });
        let mut services: Vec<Service> = Vec::new();
        for shop in &shops {
            let runs = runs.clone();
            let layers = Layers::new().with_shared(base.beginning(begin));
            let handler = move |base: Base, order| runs.clone().run(base, order);
            services.push(shop.open_with(layers, policy(), handler).await?);
            shop.send(std::slice::from_ref(&order)).await?;
        }
        for (shop, service) in shops.iter().zip(services) {
            shop.broker.settled().await;
            service.stop(GRACE).await?;
            let letters = shop.broker.published("orders.dead-letters");
            assert!(letters.is_empty(), "{begin}: {letters:?}");
        }
        rounds += 1;
        assert_eq!(base.count_done().await?, (rounds, rounds), "{begin}");
        assert!(runs.count() >= 2, "{begin}: {}", runs.count());
    }
    Ok(())
}

/// By a program that asks nobody, while the handler runs.
async fn noted(database: Database) -> Outcome {
    let mut rounds = 0;
    let shop = Shop::new(database).await?;
    for begin in levels(database) {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let handler = move |base: Base, order: Received<Message>| {
            counted.fetch_add(1, SeqCst);
            async move {
                let id = &order.metadata.id;
                base.do_it(&order.context, id).await?;
                let other = base.receive("orders", id, true).await;
                match other.map_err(|error| HandlerError::reject(error.to_string()))? {
                    true => Ok(()),
                    false => Err(HandlerError::reject("it was received before")),
                }
            }
        };
        let layers = Layers::new().with_shared(shop.base.beginning(begin));
        let policy = policy().with_attempts(1);
        let service = shop.open_with(layers, policy, handler).await?;
        shop.order(1).await?;
        shop.broker.settled().await;
        service.stop(GRACE).await?;
        let letters = shop.broker.published("orders.dead-letters");
        assert!(letters.is_empty(), "{begin}: {letters:?}");
        rounds += 1;
        assert_eq!(runs.load(SeqCst), 1, "{begin}");
        assert_eq!(shop.base.received().await?, rounds, "{begin}");
        assert_eq!(shop.base.count_done().await?, (0, 0), "{begin}");
    }
    Ok(())
}

/// Where they read nothing of each other, whatever the inbox has.
async fn serialized(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let layer = shop.base.beginning("begin isolation level serializable");
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    let layers = Layers::new().with_shared(layer);
    let service = shop
        .open_with(layers, policy().with_attempts(1), handler)
        .await?;
    shop.order(300).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{}: {:?}", letters.len(), letters[0]);
    assert_eq!(shop.base.count_done().await?, (300, 300));
    Ok(())
}
