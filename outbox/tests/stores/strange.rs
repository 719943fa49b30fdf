//! Rows that programs in other languages write otherwise than they should: each is parked, and stops no other.
use crate::{Outcome, database::Base, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, PgPool};
use std::time::Duration;
use tidings_outbox::{Database, Parked};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut trials = match database {
        Database::Sqlite => vec![
            trial(
                "a-channel-that-is-no-text-stops-no-other",
                database,
                channel,
            ),
            trial("an-id-that-is-no-text-is-listed", database, id),
        ],
        Database::Postgres => vec![trial(
            "a-row-that-cannot-be-read-stops-no-other-channel",
            database,
            unreadable,
        )],
        Database::MySql => vec![trial(
            "channels-that-differ-in-a-blank-are-published-once-each",
            database,
            blanks,
        )],
        _ => Vec::new(),
    };
    trials.push(trial(
        "a-row-without-an-address-or-an-id-is-parked",
        database,
        nameless,
    ));
    trials
}

/// What is parked, once there are so many.
async fn parked(base: &Base, count: usize) -> Outcome<Vec<Parked>> {
    for _ in 0..500 {
        let parked = base.store().parked(0, 10).await?;
        if parked.len() == count {
            return Ok(parked);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("never: {count} are parked").into())
}

/// No broker has such an address, and to who receives messages with one id are one.
async fn nameless(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute(
        "insert into tidings_outbox (channel, message_id, body) values ('', '1', 'a0'), ('q', '', 'a1'), ('q', '3', 'a2')",
    )
    .await?;
    let _relay = base.relay(&sink).await?;
    until("the other is there", || sink.bodies("q") == ["a2"]).await?;
    let parked = parked(&base, 2).await?;
    let mut reasons: Vec<_> = parked.iter().map(|row| &*row.reason).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        ["`channel`: it is empty", "`message_id`: it is empty"]
    );
    assert!(sink.bodies("").is_empty());
    Ok(())
}

/// Which the database takes for one, whichever of them it tells first.
async fn blanks(database: Database) -> Outcome {
    const ROWS: usize = 300;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.slow("q", Duration::from_millis(200));
    base.write([numbered("q ", "a", 0)], true).await?;
    base.write((0..ROWS).map(|number| numbered("q", "a", number)), true)
        .await?;
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.bodies("q").len() >= ROWS).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let expected: Vec<_> = (0..ROWS).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("q"), expected);
    assert_eq!(sink.bodies("q ").len(), 1);
    Ok(())
}

/// Bytes of Latin-1, say, that are told to be a text.
async fn channel(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute(
        "insert into tidings_outbox (channel, message_id, body) values (cast(x'6772fcdf65' as text), '1', 'a0')",
    )
    .await?;
    base.write([numbered("q", "a", 1)], true).await?;
    let _relay = base.relay(&sink).await?;
    until("the other is there", || sink.bodies("q") == ["a1"]).await?;
    let parked = parked(&base, 1).await?;
    assert_eq!(parked[0].channel, "gr\u{fffd}\u{fffd}e");
    assert!(parked[0].reason.starts_with("`channel`"), "{parked:?}");
    assert_eq!(base.store().discard(&[parked[0].id]).await?, 1);
    Ok(())
}

/// The bytes of a UUID, and a text of Latin-1.
async fn id(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute(
        "insert into tidings_outbox (channel, message_id, body) values ('q', x'00fe', 'a0'), ('q', cast(x'fc' as text), 'a1')",
    )
    .await?;
    base.write([numbered("q", "a", 2)], true).await?;
    let _relay = base.relay(&sink).await?;
    until("the other is there", || sink.bodies("q") == ["a2"]).await?;
    let parked = parked(&base, 2).await?;
    assert!(parked.iter().all(|row| row.channel == "q"), "{parked:?}");
    Ok(())
}

/// A letter of the database that is none for who reads.
async fn unreadable(database: Database) -> Outcome {
    let (base, sink) = (Base::empty(database).await?, Sink::new());
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let options = (*pool.connect_options()).clone();
    let name = format!("{}w", options.get_database().unwrap_or_default());
    let create = format!("create database {name} encoding 'WIN1252' locale 'C' template template0");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(pool).await?;
    let base = Base::Postgres(PgPool::connect_with(options.database(&name)).await?);
    base.execute(tidings_outbox::schema(database)).await?;
    base.execute("insert into tidings_outbox (channel, message_id, name, body) values ('a', '1', chr(129), '')")
        .await?;
    let _relay = base.relay(&sink).await?;
    for number in 0..3 {
        base.write([numbered("b", "k", number)], true).await?;
        until("it is there", || sink.bodies("b").len() > number).await?;
    }
    base.execute("update tidings_outbox set name = null where channel = 'a'")
        .await?;
    until("it is mended", || sink.bodies("a").len() == 1).await
}
