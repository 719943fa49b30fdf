//! What the page says that users need is enough.
use crate::{
    Outcome,
    database::{Base, has_server, user},
    publishing::numbered,
    shop::{GRACE, Shop, policy},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{Error, ErrorKind, testing::TestBroker};
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    match has_server(database) {
        true => vec![
            trial("who-appends-needs-no-more", database, appends),
            trial("who-receives-needs-no-more", database, receives),
            trial("who-handles-needs-no-more", database, handles),
            trial("who-forgets-needs-no-more", database, forgets),
            trial("who-is-a-relay-needs-no-more", database, relays),
        ],
        false => Vec::new(),
    }
}

/// The database, with the tables, and the same by a user who has these rights on these tables.
async fn with_rights(database: Database, rights: &[(&str, &str)]) -> Outcome<(Base, Base)> {
    let base = Base::new(database).await?;
    let user = user();
    let mut sql = match database {
        Database::MySql => format!("create user {user};"),
        _ => format!("create role {user} login;"),
    };
    for (what, tables) in rights {
        for table in tables.split(' ') {
            sql += &format!("grant {what} on {table} to {user};");
        }
    }
    base.execute(sql.leak()).await?;
    let other = base.by(Some(&user), "select 1").await?;
    Ok((base, other))
}

async fn appends(database: Database) -> Outcome {
    let mut rights = vec![("insert", "tidings_outbox")];
    if database == Database::Postgres {
        rights.push(("select", "tidings_outbox_relay"));
    }
    let (base, other) = with_rights(database, &rights).await?;
    other.write([numbered("q", "a", 0)], true).await?;
    let rows = (1..100).map(|number| numbered("q", "a", number));
    other.write(rows, true).await?;
    assert_eq!(base.store().backlog().await?, 100);
    Ok(())
}

async fn receives(database: Database) -> Outcome {
    let what = match database {
        Database::MySql => "select, insert, update",
        _ => "insert",
    };
    let (_, other) = with_rights(database, &[(what, "tidings_received")]).await?;
    assert!(other.receive("shop", &"1".into(), true).await?);
    assert!(!other.receive("shop", &"1".into(), true).await?);
    Ok(())
}

/// By the layer, which forgets what is old, too.
async fn handles(database: Database) -> Outcome {
    let what = match database {
        Database::MySql => "select, insert, update, delete",
        _ => "select, insert, delete",
    };
    let (base, other) = with_rights(database, &[(what, "tidings_received")]).await?;
    let shop = Shop {
        base: other,
        broker: TestBroker::new(),
    };
    let service = shop.open(policy(), |_, _| async { Ok(()) }).await?;
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(base.received().await?, 3);
    Ok(())
}

async fn forgets(database: Database) -> Outcome {
    let rights = [("select, delete", "tidings_received")];
    let (base, other) = with_rights(database, &rights).await?;
    base.execute("insert into tidings_received (consumer, message_id, received_ms) values ('shop', 'a', 1), ('shop', 'b', 5000)")
        .await?;
    let keep = Duration::from_secs(1);
    assert_eq!(other.store().forget("shop", keep).await?, 1);
    Ok(())
}

/// It publishes, parks, lists, replays and drops, and has writers tell it where the database does that.
async fn relays(database: Database) -> Outcome {
    let mut rights = vec![
        (
            "select, insert, delete",
            "tidings_outbox tidings_outbox_parked",
        ),
        ("select", "tidings_outbox_version"),
    ];
    if database == Database::Postgres {
        rights.push(("select, update", "tidings_outbox_relay"));
    }
    let (base, other) = with_rights(database, &rights).await?;
    let sink = Sink::new();
    sink.decide(|_, message| {
        let is_bad = message.body.starts_with(b"bad");
        is_bad.then(|| Error::new(ErrorKind::TooLarge, "publish", "too large"))
    });
    let _relay = other.relay(&sink).await?;
    base.write([numbered("q", "bad", 0), numbered("q", "a", 0)], true)
        .await?;
    until("the good one is there", || sink.bodies("q") == ["a0"]).await?;
    let parked = loop {
        match other.store().parked(0, 10).await?.first() {
            Some(parked) => break parked.id,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    sink.decide(|_, _| None);
    assert_eq!(other.store().replay(&[parked]).await?, 1);
    until("it is there", || sink.bodies("q").len() == 2).await?;
    assert_eq!(other.store().discard(&[parked]).await?, 0);
    Ok(())
}
