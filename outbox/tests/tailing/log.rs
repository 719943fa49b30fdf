//! What comes by the log.
use crate::{
    Outcome,
    database::{Base, settings},
    publishing::numbered,
    server::{STREAMING, ask, pool, relay, settled, tailing, tails, until as until_sql},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::time::{Duration, Instant};
use tidings::{Error, ErrorKind, MessageId};
use tidings_outbox::{Database, Read, Store as _, append, tailing::TailSettings};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("what-commits-late-comes-when-it-commits", database, late),
        trial(
            "a-large-transaction-comes-in-order-through-little-memory",
            database,
            large,
        ),
        trial(
            "what-was-published-is-not-when-the-log-brings-it-again",
            database,
            again,
        ),
        trial(
            "what-is-stuck-keeps-no-log-and-holds-up-no-other",
            database,
            stuck,
        ),
        trial("a-column-more-is-none-of-its-business", database, altered),
        trial(
            "what-the-log-does-not-bring-is-swept-up",
            database,
            filtered,
        ),
        trial(
            "an-idle-database-lets-the-log-of-its-neighbours-go",
            database,
            idle,
        ),
        trial("what-is-committed-is-there-soon", database, soon),
        trial(
            "what-comes-while-rows-are-deleted-is-published-together",
            database,
            together,
        ),
    ]
}

async fn late(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    let mut open = pool(&base)?.begin().await?;
    append(&mut *open, [numbered("q", "late", 1)]).await?;
    for number in 2..5 {
        base.write([numbered("q", "a", number)], true).await?;
    }
    until("those that commit are there", || {
        sink.bodies("q").len() == 4
    })
    .await?;
    open.commit().await?;
    until("it is there", || sink.bodies("q").len() == 5).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a2", "a3", "a4", "late1"]);
    Ok(())
}

async fn large(database: Database) -> Outcome {
    const ROWS: usize = 20_000;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = TailSettings::default();
    settings.rows = 500;
    let _relay = relay(&base, &sink, settings).await?;
    tails(&base).await?;
    base.write([numbered("q0", "first", 0)], true).await?;
    until("the relay leads", || !sink.bodies("q0").is_empty()).await?;
    let mut transaction = pool(&base)?.begin().await?;
    for part in 0..20 {
        let rows = (0..ROWS / 20).map(|row| {
            let number = part * (ROWS / 20) + row;
            let channel = ["q0", "q1", "q2", "q3"][number % 4];
            numbered(channel, "a", number)
        });
        append(&mut *transaction, rows).await?;
    }
    transaction.commit().await?;
    base.write([numbered("q0", "a", ROWS)], true).await?;
    let count = || {
        ["q0", "q1", "q2", "q3"]
            .map(|channel| sink.bodies(channel).len())
            .iter()
            .sum::<usize>()
    };
    until("all are there", || count() >= ROWS + 2).await?;
    for (first, channel) in ["q0", "q1", "q2", "q3"].iter().enumerate() {
        let mut expected: Vec<_> = (first..ROWS)
            .step_by(4)
            .map(|number| format!("a{number}"))
            .collect();
        if first == 0 {
            expected.insert(0, "first0".to_owned());
            expected.push(format!("a{ROWS}"));
        }
        assert!(sink.bodies(channel) == expected, "{channel}");
    }
    Ok(())
}

/// The relay dies before the log knows how far it came.
async fn again(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    for round in 0..5 {
        let running = base.relay(&sink).await?;
        tails(&base).await?;
        for number in 0..20 {
            base.write([numbered("q", "a", round * 20 + number)], true)
                .await?;
        }
        until("all are there", || {
            sink.bodies("q").len() >= (round + 1) * 20
        })
        .await?;
        settled(&base).await?;
        drop(running);
    }
    let expected: Vec<_> = (0..100).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("q"), expected, "each once");
    Ok(())
}

async fn stuck(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|channel, _| {
        (&*channel.address == "stuck")
            .then(|| Error::new(ErrorKind::NotFound, "publish", "no such queue"))
    });
    let mut settings = TailSettings::default();
    settings.patience = Duration::from_millis(500);
    let _relay = relay(&base, &sink, settings).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    for number in 0..100 {
        base.write(
            [
                numbered("stuck", "a", number),
                numbered("q", "a", number + 1),
            ],
            true,
        )
        .await?;
    }
    until("the others are there", || sink.bodies("q").len() == 101).await?;
    let position: String = ask(&base, "select pg_current_wal_flush_lsn()::text").await?;
    let passed = format!(
        "select coalesce(bool_and(confirmed_flush_lsn >= '{position}'), false) from pg_replication_slots where database = current_database()"
    );
    until_sql("the log is let go", &base, &passed).await?;
    sink.decide(|_, _| None);
    for number in 100..110 {
        base.write([numbered("stuck", "a", number)], true).await?;
    }
    until("all are there", || sink.bodies("stuck").len() >= 110).await?;
    let expected: Vec<_> = (0..110).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("stuck"), expected);
    Ok(())
}

async fn altered(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    base.execute("alter table tidings_outbox add column more jsonb default '{}'")
        .await?;
    base.write([numbered("q", "a", 1)], true).await?;
    base.execute("alter table tidings_outbox alter column content_type type varchar(100)")
        .await?;
    base.execute("insert into tidings_outbox (channel, message_id, body) values ('q', 'x', 'a2')")
        .await?;
    until("all are there", || sink.bodies("q").len() == 3).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a1", "a2"]);
    Ok(())
}

/// By a publication that leaves rows out.
async fn filtered(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute("create publication tidings_outbox for table tidings_outbox where (message_id <> 'x') with (publish = 'insert')").await?;
    let mut settings = TailSettings::default();
    settings.sweep = Duration::from_millis(300);
    let _relay = relay(&base, &sink, settings).await?;
    tails(&base).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    base.execute(
        "insert into tidings_outbox (channel, message_id, body) values ('q', 'x', 'left out')",
    )
    .await?;
    until("it is there", || sink.bodies("q") == ["left out"]).await?;
    settled(&base).await
}

async fn idle(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    base.execute("create table others (text text)").await?;
    base.execute("insert into others select repeat('x', 1000) from generate_series(1, 2000)")
        .await?;
    let position: String = ask(&base, "select pg_current_wal_flush_lsn()::text").await?;
    let passed = format!(
        "select coalesce(bool_and(confirmed_flush_lsn >= '{position}'), false) from pg_replication_slots where database = current_database()"
    );
    until_sql("the log is let go", &base, &passed).await
}

/// Without anybody looking. What it takes is told, not judged: others are at work too.
#[expect(clippy::print_stdout, reason = "a figure for who looks")]
async fn soon(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = settings();
    settings.poll = Duration::from_secs(1000);
    let _relay = base.relay_with(&sink, settings).await?;
    tails(&base).await?;
    let mut waits = Vec::new();
    for number in 0..200 {
        base.write([numbered("q", "a", number)], true).await?;
        let begun = Instant::now();
        while sink.bodies("q").len() <= number && begun.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        waits.push(begun.elapsed());
    }
    waits.sort_unstable();
    println!(
        "from the commit to the broker: p50 {:?}, p95 {:?}",
        waits[100], waits[190]
    );
    assert!(waits[100] < Duration::from_secs(1), "{waits:?}");
    Ok(())
}

/// Only while rows are deleted is the log looked at here.
async fn together(database: Database) -> Outcome {
    const WAIT: Duration = Duration::from_millis(50);
    let base = Base::new(database).await?;
    let mut lead = tailing(&base)?.lead().await?.ok_or("nobody leads")?;
    // It is opened while it is waited for.
    let mut rounds_after = 0;
    while rounds_after < 20 {
        lead.wait(WAIT).await;
        lead.channels(10).await?;
        rounds_after += usize::from(ask::<bool>(&base, STREAMING).await?);
    }
    base.execute(
        "do $$ begin for number in 1..500 loop insert into tidings_outbox (channel, message_id, body) \
         values ('q', number::text, ''); commit; end loop; end $$",
    )
    .await?;
    let mut found = 0;
    for _ in 0..1000 {
        lead.settle("q", &[(0, MessageId::from(""))], &[]).await?;
        found = lead.read(Read::new("q", 1000)).await?.len();
        if found == 500 {
            break;
        }
    }
    assert_eq!(found, 500);
    Ok(())
}
