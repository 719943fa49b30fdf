//! What happens once the transaction of a handler is committed.
use crate::{
    Outcome,
    database::{Base, has_server},
    shop::{Counted, GRACE, Shop, parcel, policy},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Handled, HandlerError, Layer, Layers, Message, Next, Received, Router,
    serve,
};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial(
            "what-comes-again-after-its-commit-is-not-handled-again",
            database,
            cut_off,
        ),
        trial(
            "a-commit-whose-answer-is-lost-is-found-again",
            database,
            answer_lost,
        ),
        trial("a-relay-is-woken-by-the-commit", database, woken),
        trial("the-inbox-forgets-what-is-old", database, forgotten),
        trial("consumers-have-names-of-their-own", database, named),
    ];
    if has_server(database) {
        all.push(trial(
            "no-message-waits-until-the-inbox-has-forgotten",
            database,
            forgotten_later,
        ));
    }
    all
}

/// The connection breaks while it is handled: it is committed, and cannot be settled.
async fn cut_off(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (came, runs) = (Counted::default(), Arc::new(AtomicUsize::new(0)));
    let layers = Layers::new()
        .with(came.clone())
        .with_shared(shop.base.transactional());
    let (counted, broker) = (runs.clone(), shop.broker.clone());
    let handler = move |base: Base, order: Received<Message>| {
        let broker = broker.clone();
        if counted.fetch_add(1, SeqCst) == 0 {
            broker.cut();
        }
        async move { base.do_it(&order.context, &order.metadata.id).await }
    };
    let service = shop.open_with(layers, policy(), handler).await?;
    shop.order(1).await?;
    for _ in 0..1000 {
        if shop.base.received().await? == 1 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(200)).await;
    shop.broker.mend();
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (1, 1));
    assert_eq!((came.count(), runs.load(SeqCst)), (2, 1));
    Ok(())
}

/// Has the answer of the first commit get lost.
#[derive(Default)]
struct Lossy(AtomicUsize);

impl Layer for Lossy {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(async move {
            let handled = next.run().await?;
            match self.0.fetch_add(1, SeqCst) {
                0 => Err(HandlerError::retry("the answer was lost")),
                _ => Ok(handled),
            }
        })
    }
}

async fn answer_lost(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let layers = Layers::new()
        .with(Lossy::default())
        .with_shared(shop.base.transactional());
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let handler = move |base: Base, order: Received<Message>| {
        counted.fetch_add(1, SeqCst);
        async move {
            order.context.add(parcel("one"))?;
            base.do_it(&order.context, &order.metadata.id).await
        }
    };
    let service = shop.open_with(layers, policy(), handler).await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(runs.load(SeqCst), 1);
    assert_eq!(shop.base.count_done().await?, (1, 1));
    assert_eq!(shop.base.store().backlog().await?, 1);
    Ok(())
}

async fn woken(database: Database) -> Outcome {
    let (shop, sink) = (Shop::new(database).await?, Sink::new());
    let mut settings = crate::database::settings();
    settings.poll = Duration::from_secs(1000);
    let relay = shop.base.relay_with(&sink, settings).await?;
    sleep(Duration::from_millis(200)).await;
    let layers = Layers::new().with_shared(shop.base.waking(relay.waker()));
    let handler =
        |_: Base, order: Received<Message>| async move { Ok(order.context.add(parcel("one"))?) };
    let service = shop.open_with(layers, policy(), handler).await?;
    for number in 1..=3 {
        shop.order(1).await?;
        until("it is there", || sink.bodies("parcels").len() == number).await?;
    }
    service.stop(GRACE).await?;
    Ok(())
}

async fn forgotten(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    shop.base
        .execute(
            "insert into tidings_received (consumer, message_id, received_ms) values ('orders', 'old', 1000), ('other', 'old', 1000)",
        )
        .await?;
    let day = Duration::from_secs(24 * 60 * 60);
    for (keep, left) in [(None, 3), (Some(100_000 * day), 4), (Some(day), 4)] {
        let layers = Layers::new().with_shared(shop.base.forgetting(keep));
        let service = shop.open_with(layers, policy(), handler).await?;
        shop.order(1).await?;
        shop.broker.settled().await;
        service.stop(GRACE).await?;
        let mut received = shop.base.received().await?;
        for _ in 0..500 {
            if received == left {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            received = shop.base.received().await?;
        }
        assert_eq!(received, left, "{keep:?}");
    }
    Ok(())
}

/// Whatever keeps the database from it.
async fn forgotten_later(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    shop.base
        .execute("insert into tidings_received (consumer, message_id, received_ms) values ('orders', 'old', 1000)")
        .await?;
    let held = shop.base.hold_old().await?;
    let policy = policy().with_timeout(Duration::from_secs(5));
    let service = shop.open(policy, handler).await?;
    shop.order(1).await?;
    let settled = tokio::time::timeout(Duration::from_secs(4), shop.broker.settled());
    settled.await?;
    drop(held);
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (1, 1));
    Ok(())
}

/// Two instances that each have all of a topic, and know it again when they begin anew.
async fn named(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let topic = Channel::publish_subscribe("prices");
    let price = Message::new("1");
    for round in 1..=2 {
        let mut services = Vec::new();
        for name in ["left", "right"] {
            let (base, mut router) = (shop.base.clone(), Router::new());
            router.layers(Layers::new().with_shared(base.named(name)));
            router.on(topic.clone(), move |price: Received<Message>| {
                let base = base.clone();
                async move { base.do_it(&price.context, &price.metadata.id).await }
            });
            services.push(serve(Arc::new(shop.broker.clone()), router).await?);
        }
        shop.send_to(&topic, std::slice::from_ref(&price)).await?;
        shop.broker.settled().await;
        for service in services {
            service.stop(GRACE).await?;
        }
        assert_eq!(shop.base.count_done().await?, (2, 1), "round {round}");
    }
    assert_eq!(shop.base.received().await?, 2);
    // The same message at another address is another's.
    let costs = Channel::publish_subscribe("costs");
    let (base, mut router) = (shop.base.clone(), Router::new());
    router.layers(Layers::new().with_shared(base.named("left")));
    router.on(costs.clone(), move |cost: Received<Message>| {
        let base = base.clone();
        async move { base.do_it(&cost.context, &cost.metadata.id).await }
    });
    let service = serve(Arc::new(shop.broker.clone()), router).await?;
    shop.send_to(&costs, std::slice::from_ref(&price)).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (3, 1));
    Ok(())
}
