//! What comes again is done once.
use crate::{
    Outcome,
    database::{Base, has_server},
    trial,
};
use libtest_mimic::Trial;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{
    Channel, HandlerError, Message, MessageId, Received, Router, serve, testing::TestBroker,
};
use tidings_outbox::Database;
use tokio::{task::JoinSet, time::Instant};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut trials = vec![
        trial("a-message-is-new-to-a-consumer-once", database, once),
        trial("ids-are-told-apart-to-the-last-blank", database, alike),
        trial(
            "what-was-rolled-back-was-not-received",
            database,
            rolled_back,
        ),
        trial("of-many-at-once-one-has-it", database, many),
        trial(
            "what-is-old-by-the-consumers-own-time-is-forgotten",
            database,
            forgotten,
        ),
        trial(
            "a-clock-that-was-ahead-has-nothing-forgotten",
            database,
            ahead,
        ),
        trial("a-service-does-once-what-comes-twice", database, service),
        trial(
            "many-that-forget-at-once-get-in-nobodys-way",
            database,
            forgotten_by_many,
        ),
    ];
    if has_server(database) {
        trials.push(trial(
            "a-clock-that-was-behind-has-nothing-forgotten",
            database,
            behind,
        ));
    }
    trials
}

async fn once(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let [first, second] = ["1", "2"].map(MessageId::from);
    assert!(base.receive("shop", &first, true).await?);
    assert!(!base.receive("shop", &first, true).await?);
    assert!(base.receive("shop", &second, true).await?);
    assert!(base.receive("post", &first, true).await?);
    Ok(())
}

async fn alike(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let long = "1".repeat(1000);
    for id in ["a", "A", "a ", "ä", "a\u{308}", &long, &format!("{long}1")] {
        let id = MessageId::from(id);
        assert!(base.receive("shop", &id, true).await?, "{id}");
        assert!(base.receive("SHOP", &id, true).await?, "{id}");
        assert!(!base.receive("shop", &id, true).await?, "{id}");
    }
    Ok(())
}

async fn rolled_back(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let id = MessageId::fresh();
    assert!(base.receive("shop", &id, false).await?);
    assert!(base.receive("shop", &id, true).await?);
    assert!(!base.receive("shop", &id, true).await?);
    Ok(())
}

async fn many(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let mut all = JoinSet::new();
    for _ in 0..8 {
        let base = base.clone();
        all.spawn(async move {
            let mut new = 0;
            for number in 0..20 {
                let id = MessageId::from(&*format!("{number}"));
                new += usize::from(base.receive("shop", &id, true).await?);
            }
            Outcome::Ok(new)
        });
    }
    let mut new = 0;
    while let Some(done) = all.join_next().await {
        new += done??;
    }
    assert_eq!(new, 20);
    Ok(())
}

async fn forgotten(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute(
        "insert into tidings_received (consumer, message_id, received_ms) values ('shop', 'a', 1000), ('shop', 'b', 4000), ('shop', 'c', 5000), \
         ('post', 'a', 1)",
    )
    .await?;
    let store = base.store();
    assert_eq!(store.forget("shop", Duration::from_secs(1)).await?, 1);
    assert_eq!(store.forget("shop", Duration::MAX).await?, 0);
    assert_eq!(store.forget("nobody", Duration::ZERO).await?, 0);
    let known = |consumer, id: &'static str| {
        let base = base.clone();
        async move {
            base.receive(consumer, &id.into(), true)
                .await
                .map(|new| !new)
        }
    };
    assert!(!known("shop", "a").await?);
    assert!(known("shop", "b").await? && known("shop", "c").await? && known("post", "a").await?);
    Ok(())
}

/// As the instances of a service do, while messages come.
async fn forgotten_by_many(database: Database) -> Outcome {
    const OLD: usize = 25_000;
    let base = Base::new(database).await?;
    let row = |number| format!("('shop', 'old{number}', {number})");
    for first in (0..OLD).step_by(5000) {
        let rows: Vec<_> = (first..first + 5000).map(row).collect();
        let insert = "insert into tidings_received (consumer, message_id, received_ms) values ";
        base.execute((insert.to_owned() + &rows.join(", ")).leak())
            .await?;
    }
    assert!(base.receive("shop", &"new".into(), true).await?);
    let mut all = JoinSet::new();
    for part in 0..4 {
        let store = base.store();
        let day = Duration::from_secs(24 * 60 * 60);
        all.spawn(async move { Outcome::Ok(store.forget("shop", day).await?) });
        let base = base.clone();
        all.spawn(async move {
            for number in 0..50 {
                let id = MessageId::from(&*format!("new{part}-{number}"));
                assert!(base.receive("shop", &id, true).await?);
            }
            Ok(0)
        });
    }
    let mut forgotten = 0;
    while let Some(done) = all.join_next().await {
        forgotten += done??;
    }
    assert_eq!(forgotten, OLD);
    Ok(())
}

/// For a year: of what is there, and of what came since.
async fn ahead(database: Database) -> Outcome {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let base = Base::new(database).await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let day = i64::try_from(DAY.as_millis())?;
    let (old, recent, ahead) = (now - 40 * day, now - day, now + 365 * day);
    let sql = format!(
        "insert into tidings_received (consumer, message_id, received_ms) values ('shop', 'old', {old}), ('shop', 'recent', {recent}), \
         ('shop', 'ahead', {ahead})"
    );
    base.execute(sql.leak()).await?;
    assert_eq!(base.store().forget("shop", 30 * DAY).await?, 1);
    assert!(!base.receive("shop", &"recent".into(), true).await?);
    assert!(base.receive("shop", &"old".into(), true).await?);
    assert_eq!(base.store().forget("shop", 30 * DAY).await?, 0);
    Ok(())
}

/// As of a machine that has just been started, or is in another zone; the database has a clock of its own.
async fn behind(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    assert!(base.note("shop", "behind", 1).await?);
    assert!(base.receive("shop", &"now".into(), true).await?);
    let day = Duration::from_secs(24 * 60 * 60);
    assert_eq!(base.store().forget("shop", day).await?, 0);
    assert!(!base.receive("shop", &"behind".into(), true).await?);
    Ok(())
}

async fn service(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute("create table done (message_id varchar(100) not null)")
        .await?;
    let (broker, channel) = (TestBroker::new(), Channel::point_to_point("orders"));
    let (shop, mut router) = (base.clone(), Router::new());
    router.on(channel.clone(), move |order: Received<Message>| {
        let shop = shop.clone();
        async move {
            let done = shop.done("shop", &order.metadata.id).await;
            done.map_err(|error| HandlerError::retry(error.to_string()))
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await?;
    broker.duplicate(50);
    let transport: &dyn tidings::transport::DynTransport = &broker;
    let orders: Vec<_> = (0..50)
        .map(|number| Message::new(number.to_string()))
        .collect();
    for sent in transport
        .publish(&channel, &orders, Instant::now() + Duration::from_secs(30))
        .await
    {
        sent?;
    }
    broker.settled().await;
    service.stop(Duration::from_secs(10)).await?;
    assert_eq!(base.count_done().await?, (50, 50));
    Ok(())
}
