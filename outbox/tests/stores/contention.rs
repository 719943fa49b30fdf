//! Handlers that get in each other's way: what the database refuses is tried again.
use crate::{
    Outcome,
    database::{Base, has_server, user},
    shop::{GRACE, Shop, fatal, parcel, policy},
    trial,
};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{HandlerError, Layers, Message, Received, testing::TestBroker};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial("handlers-that-clash-each-count-once", database, clashing),
        trial("waiting-for-a-connection-is-no-attempt", database, waiting),
        trial(
            "a-connection-that-lost-its-transaction-is-no-obstacle",
            database,
            confused,
        ),
        trial(
            "what-the-database-rolled-back-is-not-published",
            database,
            rolled_back,
        ),
        trial(
            "what-the-database-committed-in-the-middle-is-handled-again",
            database,
            committed,
        ),
        trial(
            "what-is-cut-off-leaves-its-session-as-it-was",
            database,
            cut_off,
        ),
    ];
    if has_server(database) {
        all.extend([
            trial(
                "while-nobody-is-let-in-messages-wait-which-is-no-attempt",
                database,
                kept_out,
            ),
            trial(
                "what-passes-by-itself-is-not-the-messages-whoever-says-so",
                database,
                passing,
            ),
        ]);
    }
    if database == Database::MySql {
        all.push(trial(
            "a-record-that-has-changed-since-it-was-read-is-read-again",
            database,
            changed,
        ));
    }
    all
}

/// Statements by which nobody of that name is let in, and by which one is again.
fn doors(database: Database) -> Vec<[&'static str; 2]> {
    match database {
        Database::MySql => vec![
            [
                "alter user NAME identified by 'other'",
                "alter user NAME identified by ''",
            ],
            [
                "alter user NAME account lock",
                "alter user NAME account unlock",
            ],
        ],
        _ => vec![
            ["alter role NAME nologin", "alter role NAME login"],
            [
                "alter role NAME connection limit 0",
                "alter role NAME connection limit -1",
            ],
        ],
    }
}

/// As while a password is changed, or a user has as many connections as there may be.
async fn kept_out(database: Database) -> Outcome {
    let base = Base::shop(database).await?;
    let user = user();
    base.allow(&user, "select, insert, update, delete").await?;
    for [shut, open] in doors(database) {
        let named = |sql: &str| sql.replace("NAME", &user).leak() as &'static str;
        base.execute(named(shut)).await?;
        let shop = Shop {
            base: base.lazily(&user),
            broker: TestBroker::new(),
        };
        let handler = |base: Base, order: Received<Message>| async move {
            base.do_it(&order.context, &order.metadata.id).await
        };
        let service = shop.open(policy().with_attempts(1), handler).await?;
        shop.order(3).await?;
        sleep(Duration::from_millis(500)).await;
        base.execute(named(open)).await?;
        shop.broker.settled().await;
        service.stop(GRACE).await?;
        let letters = shop.broker.published("orders.dead-letters");
        assert!(letters.is_empty(), "{shut}: {letters:?}");
    }
    assert_eq!(base.count_done().await?, (6, 6));
    Ok(())
}

/// Statements that fail as a database does which is busy, away or full, in whatever language.
fn failures(database: Database) -> Vec<String> {
    match database {
        Database::MySql => {
            let numbers = [1020, 1021, 1114, 1205, 1290, 1836, 3024];
            let signal = |number| {
                format!("signal sqlstate 'HY000' set mysql_errno = {number}, message_text = 'nein'")
            };
            let killed = "signal sqlstate '70100' set mysql_errno = 1317";
            let all = numbers.into_iter().map(signal);
            all.chain([killed.to_owned()]).collect()
        }
        _ => ["25006", "40001", "53100", "57014"]
            .map(|code| format!("do $$ begin raise 'nein' using errcode = '{code}'; end $$"))
            .into(),
    }
}

/// The handler takes the first failure for the message's.
async fn passing(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    for failure in failures(database) {
        let sql = failure.clone();
        let handler = move |base: Base, order: Received<Message>| {
            let sql = sql.clone();
            async move {
                if order.metadata.attempt == 1 {
                    base.insists(&order.context, sql).await?;
                }
                base.do_it(&order.context, &order.metadata.id).await
            }
        };
        let service = shop.open(policy(), handler).await?;
        shop.order(1).await?;
        shop.broker.settled().await;
        service.stop(GRACE).await?;
        let letters = shop.broker.published("orders.dead-letters");
        assert!(letters.is_empty(), "{failure}: {letters:?}");
    }
    let done = i64::try_from(failures(database).len())?;
    assert_eq!(shop.base.count_done().await?, (done, done));
    Ok(())
}

/// As in MariaDB from 11.8 on, unless told otherwise.
/// Of MariaDB: MySQL lets who has read before go on.
const SNAPSHOTS: &str = "set @told = 1 /*M! , session innodb_snapshot_isolation = on */";

async fn changed(database: Database) -> Outcome {
    let base = Base::shop(database).await?;
    base.execute("create table counter (count bigint not null); insert into counter values (0)")
        .await?;
    let shop = Shop {
        base: base.by(None, SNAPSHOTS).await?,
        broker: TestBroker::new(),
    };
    let handler = |base: Base, order: Received<Message>| async move {
        let read = "select count from counter".to_owned();
        base.insists(&order.context, read).await?;
        let add = "update counter set count = count + 1".to_owned();
        base.insists(&order.context, add).await
    };
    let service = shop.open(policy().with_attempts(1000), handler).await?;
    shop.broker.duplicate(200);
    shop.order(200).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{letters:?}");
    assert_eq!(base.counted().await?, 200);
    Ok(())
}

/// Transactions that read before they write: of those at the same time, one is let through.
fn strict(database: Database) -> &'static str {
    match database {
        Database::MySql => "set transaction isolation level serializable; start transaction",
        Database::Postgres => "begin isolation level serializable",
        _ => "begin",
    }
}

async fn clashing(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    shop.base
        .execute("create table counter (count bigint not null); insert into counter values (0)")
        .await?;
    let layers = Layers::new().with_shared(shop.base.beginning(strict(database)));
    let handler =
        |base: Base, order: Received<Message>| async move { base.count_up(&order.context).await };
    let service = shop
        .open_with(layers, policy().with_attempts(1000), handler)
        .await?;
    shop.broker.duplicate(200);
    shop.order(200).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert!(shop.broker.published("orders.dead-letters").is_empty());
    assert_eq!(shop.base.counted().await?, 200);
    assert_eq!(shop.base.received().await?, 200);
    Ok(())
}

async fn waiting(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (layer, held) = shop.base.narrow().await?;
    let layers = Layers::new().with_shared(layer);
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    let service = shop
        .open_with(layers, policy().with_attempts(1), handler)
        .await?;
    shop.order(3).await?;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(shop.base.count_done().await?, (0, 0));
    drop(held);
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert!(shop.broker.published("orders.dead-letters").is_empty());
    assert_eq!(shop.base.count_done().await?, (3, 3));
    Ok(())
}

/// Of the only connection.
async fn confused(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (layer, held) = shop.base.narrow().await?;
    drop(held);
    let layers = Layers::new().with_shared(layer);
    let handler = move |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await?;
        if order.metadata.attempt < 3 {
            base.within(&order.context, fatal(database).to_owned())
                .await
                .ok();
        }
        Ok(())
    };
    let service = shop
        .open_with(layers, policy().with_attempts(3), handler)
        .await?;
    shop.order(5).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{letters:?}");
    assert_eq!(shop.base.count_done().await?, (5, 5));
    Ok(())
}

/// The handler passes over what ended its transaction, goes on, and decides otherwise in the end.
async fn rolled_back(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        let (context, id) = (&order.context, &order.metadata.id);
        base.do_it(context, id).await?;
        if order.metadata.attempt == 3 {
            return Err(HandlerError::reject("not any more"));
        }
        base.within(context, fatal(database).to_owned()).await.ok();
        base.do_it(context, id).await.ok();
        Ok(context.add(parcel("early"))?)
    };
    let service = shop.open(policy().with_attempts(5), handler).await?;
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.broker.published("orders.dead-letters").len(), 3);
    assert_eq!(shop.base.count_done().await?, (0, 0));
    assert_eq!(shop.base.store().backlog().await?, 0);
    assert_eq!(shop.base.received().await?, 0);
    shop.base.others_commit(database).await
}

/// By a statement that does so in MySQL, with the note of what was received.
async fn committed(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    shop.base
        .execute("create table staging (id integer)")
        .await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        let (context, id) = (&order.context, &order.metadata.id);
        let truncate = match database {
            Database::Sqlite => "delete from staging",
            _ => "truncate table staging",
        };
        if order.metadata.attempt < 3 {
            base.within(context, truncate.to_owned()).await?;
        }
        if order.metadata.attempt == 1 {
            return Err(HandlerError::retry("not yet"));
        }
        base.do_it(context, id).await?;
        Ok(context.add(parcel("one"))?)
    };
    let service = shop.open(policy().with_attempts(5), handler).await?;
    shop.broker.duplicate(3);
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{letters:?}");
    assert_eq!(shop.base.count_done().await?, (3, 3));
    assert_eq!(shop.base.store().backlog().await?, 3);
    shop.base.others_commit(database).await
}

async fn cut_off(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await?;
        if order.metadata.attempt == 1 {
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let policy = policy()
        .with_attempts(10)
        .with_timeout(Duration::from_millis(300));
    let service = shop.open(policy, handler).await?;
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (3, 3));
    shop.base.others_commit(database).await
}
