//! One relay publishes at a time, and another takes over.
use crate::{
    Outcome,
    database::{Base, has_server, settings},
    error_of,
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::time::{Duration, Instant};
use tidings::{Backoff, ErrorKind, MessageId};
use tidings_outbox::{Database, Read, RelaySettings, Stored};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![trial(
        "one-relay-leads-and-another-takes-over",
        database,
        takes_over,
    )];
    if has_server(database) {
        all.extend([
            trial(
                "who-says-nothing-leads-for-five-seconds-at-most",
                database,
                silent,
            ),
            trial(
                "who-only-finishes-what-is-under-way-still-leads",
                database,
                finishing,
            ),
            trial("whose-session-ends-goes-on-by-another", database, ended),
            trial(
                "a-table-may-be-altered-while-a-relay-leads",
                database,
                altered,
            ),
            trial(
                "a-database-whose-machine-vanished-is-found-again",
                database,
                vanished,
            ),
            trial(
                "who-vanishes-leads-no-longer-than-it-is-said",
                database,
                vanished_leading,
            ),
            trial(
                "who-vanishes-while-it-deletes-holds-up-nobody",
                database,
                vanished_deleting,
            ),
        ]);
    }
    if database == Database::Sqlite {
        all.push(trial(
            "whose-lock-file-was-replaced-leads-no-more",
            database,
            replaced,
        ));
    }
    if database == Database::Postgres {
        all.extend([
            trial("each-schema-has-a-relay-of-its-own", database, schemas),
            trial(
                "a-publication-of-all-tables-is-no-obstacle",
                database,
                all_tables,
            ),
            trial("nobody-leads-at-a-copy", database, copy),
            trial(
                "what-is-deleted-is-looked-at-as-it-is-now",
                database,
                isolated,
            ),
            trial("a-look-may-take-longer-than-silence", database, slow),
            trial("who-leads-keeps-no-table-locked", database, unlocked),
            trial(
                "what-commits-late-comes-before-what-follows-it-however-long-looks-take",
                database,
                late,
            ),
        ]);
    }
    all
}

/// By somebody who tidies up.
async fn replaced(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Sqlite(pool, _) = &base else {
        return Err("not of SQLite".into());
    };
    let file = pool.connect_options().get_filename().to_owned();
    let mut first = base.store().lead().await?.ok_or("nobody leads")?;
    assert_eq!(first.channels(1).await?, [""; 0]);
    assert!(base.store().lead().await?.is_none());
    std::fs::remove_file(format!("{}-relay", file.display()))?;
    let mut second = base.store().lead().await?.ok_or("nobody leads")?;
    let error = error_of(first.channels(1).await)?;
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert_eq!(second.channels(1).await?, [""; 0]);
    Ok(())
}

/// Of one database.
async fn schemas(database: Database) -> Outcome {
    let base = Base::empty(database).await?;
    base.execute("create schema a; create schema b").await?;
    let sink = Sink::new();
    let mut relays = Vec::new();
    for (path, channel) in [("set search_path = a", "a"), ("set search_path = b", "b")] {
        let one = base.by(None, path).await?;
        one.execute(tidings_outbox::schema(database)).await?;
        relays.push(one.relay(&sink).await?);
        sleep(Duration::from_millis(200)).await;
        one.write([numbered(channel, "x", 0)], true).await?;
    }
    until("both are there", || {
        sink.bodies("a").len() == 1 && sink.bodies("b").len() == 1
    })
    .await?;
    // By a writer who names the schema.
    base.execute(
        "insert into a.tidings_outbox (channel, message_id, body) values ('a', '1', 'y'::bytea)",
    )
    .await?;
    until("it is there, too", || sink.bodies("a").len() == 2).await
}

async fn all_tables(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute("create publication everything for all tables")
        .await?;
    let mut settings = settings();
    settings.backoff = Backoff::new(Duration::from_secs(30), Duration::from_secs(60));
    let _relay = base.relay_with(&sink, settings).await?;
    for number in 0..3 {
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() > number).await?;
        sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(sink.bodies("q"), ["a0", "a1", "a2"]);
    Ok(())
}

/// Where nothing can be deleted.
async fn copy(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let copy = base
        .by(None, "set default_transaction_read_only = on")
        .await?;
    let error = error_of(crate::relayed(&copy).lead().await)?;
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(error.to_string().contains("read-only"), "{error}");
    Ok(())
}

/// Whatever is usual.
async fn isolated(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let strict = base
        .by(None, "set default_transaction_isolation = serializable")
        .await?;
    base.write([numbered("q", "a", 0)], true).await?;
    let mut lead = crate::relayed(&strict)
        .lead()
        .await?
        .ok_or("nobody leads")?;
    let rows = lead.read(Read::new("q", 1)).await?;
    let named = |row: Stored| Some((row.id, row.outgoing.ok()?.message.id));
    let ids: Vec<_> = rows.into_iter().filter_map(named).collect();
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let mut open = pool.begin().await?;
    let touch = sqlx::query("update tidings_outbox set name = 'other'");
    touch.execute(&mut *open).await?;
    let settling = tokio::spawn(async move { lead.settle("q", &ids, &[]).await });
    sleep(Duration::from_millis(500)).await;
    open.commit().await?;
    settling.await??;
    assert_eq!(base.store().backlog().await?, 0);
    Ok(())
}

/// Nor one of the database's own, which `vacuum full` would wait for, and all others for that.
async fn unlocked(database: Database) -> Outcome {
    const LOCKED: &str = "select coalesce(string_agg(distinct c.relname, ' '), '') from pg_locks l join pg_class c on c.oid = l.relation \
        where c.relkind in ('r', 'i') and l.pid in (select pid from pg_locks where locktype = 'advisory' \
        and database = (select oid from pg_database where datname = current_database()))";
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    base.write([numbered("q", "a", 0)], true).await?;
    let lead = crate::relayed(&base).lead().await?;
    let mut lead = lead.ok_or("nobody leads")?;
    let begun = Instant::now();
    // Some things are asked every five seconds.
    while begun.elapsed() < Duration::from_secs(7) {
        lead.channels(10).await?;
        lead.read(Read::new("q", 10)).await?;
        lead.rest().await?;
        lead.wait(Duration::from_millis(100)).await;
    }
    let locked: String = sqlx::query_scalar(LOCKED).fetch_one(pool).await?;
    assert_eq!(locked, "");
    Ok(())
}

/// Each thing that a relay does with its lead, of an outbox each, while somebody has the table for longer than that.
async fn slow(database: Database) -> Outcome {
    let [look, read, settle] =
        [What::Look, What::Read, What::Settle].map(|what| slow_one(database, what));
    tokio::try_join!(look, read, settle).map(drop)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Look,
    Read,
    Settle,
}

async fn slow_one(database: Database, what: What) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    base.write([numbered("q", "a", 0)], true).await?;
    let lead = crate::relayed(&base).lead().await?;
    let mut lead = lead.ok_or("nobody leads")?;
    lead.channels(10).await?;
    let rows = lead.read(Read::new("q", 10)).await?;
    let published: Vec<_> = rows.iter().filter_map(identified).collect();
    lead.settle("none", &published, &[]).await?;
    let mut locker = pool.begin().await?;
    let lock = "lock table tidings_outbox in access exclusive mode";
    sqlx::raw_sql(lock).execute(&mut *locker).await?;
    let begun = Instant::now();
    let unlock = tokio::spawn(async move {
        sleep(Duration::from_millis(5500)).await;
        locker.commit().await
    });
    match what {
        What::Look => drop(lead.channels(10).await?),
        What::Read => drop(lead.read(Read::new("q", 10)).await?),
        What::Settle => lead.settle("q", &published, &[]).await?,
    }
    assert!(begun.elapsed() > Duration::from_secs(5), "it was not slow");
    unlock.await??;
    assert!(crate::relayed(&base).lead().await?.is_none(), "it leads");
    lead.channels(10).await?;
    let left = u64::from(what != What::Settle);
    assert_eq!(base.store().backlog().await?, left);
    Ok(())
}

/// As where its machine is gone, since nobody speaks for it.
async fn silent(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let store = base.store();
    let mut first = store.lead().await?.ok_or("nobody leads")?;
    let begun = Instant::now();
    let mut second = loop {
        match store.lead().await? {
            Some(second) => break second,
            None => sleep(Duration::from_millis(100)).await,
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it still leads");
    };
    let silence = begun.elapsed();
    assert!(silence < Duration::from_millis(5500), "{silence:?}");
    assert!(silence > Duration::from_secs(3), "{silence:?}");
    assert!(first.channels(1).await.is_err(), "it knows");
    assert!(first.read(Read::new("q", 1)).await.is_err(), "it knows");
    assert_eq!(second.channels(1).await?, [""; 0]);
    Ok(())
}

/// For longer than silence is taken for life.
async fn finishing(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    sinks[0].slow("q", Duration::from_secs(7));
    base.write([numbered("q", "a", 0)], true).await?;
    let first = base.relay(&sinks[0]).await?;
    until("the first has begun", || sinks[0].begun() == 1).await?;
    let second = base.relay(&sinks[1]).await?;
    first.stop(Duration::from_secs(20)).await?;
    assert_eq!(sinks[0].bodies("q"), ["a0"]);
    base.write([numbered("q", "a", 1)], true).await?;
    until("the second leads", || !sinks[1].bodies("q").is_empty()).await?;
    second.stop(Duration::from_secs(5)).await?;
    assert_eq!(sinks[1].bodies("q"), ["a1"]);
    Ok(())
}

async fn altered(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    for number in 0..3 {
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
        let alter = base.execute(
            "alter table tidings_outbox add column more varchar(10) default 'x'; alter table tidings_outbox drop column more",
        );
        timeout(Duration::from_secs(10), alter).await??;
    }
    Ok(())
}

/// Nothing says that its connections are of no use.
async fn vanished(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let (other, link) = base.by_link().await?;
    let mut settings = settings();
    settings.answer = Duration::from_secs(1);
    let _relay = other.relay_with(&sink, settings).await?;
    for number in 0..2 {
        base.write([numbered("q", "a", number)], true).await?;
        let body = format!("a{number}");
        until("it is there", || sink.bodies("q").last() == Some(&body)).await?;
        link.vanish();
    }
    Ok(())
}

/// Of two as they are usually set.
async fn vanished_leading(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    let (other, link) = base.by_link().await?;
    let usual = RelaySettings::default;
    let _first = other.relay_with(&sinks[0], usual()).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first leads", || sinks[0].bodies("q").len() == 1).await?;
    while base.store().backlog().await? > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    let _second = base.relay_with(&sinks[1], usual()).await?;
    sleep(Duration::from_millis(1500)).await;
    link.vanish();
    let begun = Instant::now();
    base.write([numbered("q", "a", 1)], true).await?;
    until("the second leads", || sinks[1].bodies("q") == ["a1"]).await?;
    let taken = begun.elapsed();
    assert!(taken < crate::TAKEN_OVER, "{taken:?}");
    Ok(())
}

/// What it is deleting is gone, or free again, when it no longer leads.
async fn vanished_deleting(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    base.write([numbered("q", "a", 0)], true).await?;
    let (other, link) = base.by_link().await?;
    let (held, is_held) = oneshot::channel();
    let (first, all) = (sinks[0].clone(), base.clone());
    let holding = tokio::spawn(async move {
        let open = async {
            let _ = held.send(());
            drop(until("it is published", || !first.bodies("q").is_empty()).await);
            // It waits for the row when its machine goes.
            sleep(Duration::from_millis(500)).await;
            link.vanish();
        };
        all.hold_rows(open).await.map(|()| link)
    });
    is_held.await?;
    let _first = other.relay(&sinks[0]).await?;
    let _link = holding.await??;
    let _second = base.relay(&sinks[1]).await?;
    let begun = Instant::now();
    while base.store().backlog().await? > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is held");
        sleep(Duration::from_millis(20)).await;
    }
    base.write([numbered("q", "a", 1)], true).await?;
    let next = || sinks[1].bodies("q").last() == Some(&"a1".to_owned());
    until("another publishes", next).await
}

/// Ends all sessions but the one that asks.
async fn ended(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let other = base.by(None, "select 1").await?;
    let _relay = base.relay(&sink).await?;
    for number in 0..5 {
        other.write([numbered("q", "a", number)], true).await?;
        let body = format!("a{number}");
        until("it is there", || sink.bodies("q").last() == Some(&body)).await?;
        other.end_sessions().await?;
    }
    Ok(())
}

async fn takes_over(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    let first = base.relay(&sinks[0]).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first leads", || sinks[0].bodies("q").len() == 1).await?;
    let second = base.relay(&sinks[1]).await?;
    for number in 1..50 {
        base.write([numbered("q", "a", number)], true).await?;
    }
    until("the first publishes", || sinks[0].bodies("q").len() == 50).await?;
    assert_eq!(sinks[1].bodies("q"), [""; 0]);
    drop(first);
    base.write([numbered("q", "a", 50)], true).await?;
    until("the second takes over", || !sinks[1].bodies("q").is_empty()).await?;
    second.stop(Duration::from_secs(5)).await?;
    let third = base.relay(&sinks[0]).await?;
    base.write([numbered("q", "a", 51)], true).await?;
    until("the third leads", || {
        sinks[0].bodies("q").ends_with(&["a51".into()])
    })
    .await?;
    third.stop(Duration::from_secs(5)).await?;
    Ok(())
}

/// Where looks take long, so that they begin behind what was published.
async fn late(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let lead = crate::relayed(&base).lead().await?;
    let mut lead = lead.ok_or("nobody leads")?;
    let mut open = pool.begin().await?;
    tidings_outbox::append(&mut *open, [numbered("q", "late", 0)]).await?;
    let large = (0..30).map(|number| {
        let mut row = numbered("q", "large", number);
        row.message.body = vec![b'x'; 1 << 20].into();
        row
    });
    base.write(large, true).await?;
    let all = lead.read(Read::new("q", 30)).await?;
    assert_eq!(all.len(), 30);
    let published: Vec<_> = all[..5].iter().filter_map(identified).collect();
    lead.settle("q", &published, &[]).await?;
    // Whoever was under way for a moment has ended at the second.
    for _ in 0..2 {
        sleep(Duration::from_millis(150)).await;
        assert_eq!(lead.read(Read::new("q", 30)).await?.len(), 25);
    }
    open.commit().await?;
    base.write([numbered("q", "late", 1)], true).await?;
    let rows = lead.read(Read::new("q", 40)).await?;
    let rows = rows.into_iter().filter_map(|row| row.outgoing.ok());
    let bodies = rows.map(|outgoing| outgoing.message.body);
    let late: Vec<_> = bodies.filter(|body| body.starts_with(b"late")).collect();
    assert_eq!(late, ["late0", "late1"]);
    Ok(())
}

fn identified(row: &Stored) -> Option<(i64, MessageId)> {
    let outgoing = row.outgoing.as_ref().ok()?;
    Some((row.id, outgoing.message.id.clone()))
}
