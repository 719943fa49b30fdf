//! What is wrong with the tables is told at the start, with its mend.
use crate::{
    Outcome,
    database::{Base, has_server, user},
    error_of,
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use sqlx::{SqlitePool, postgres::PgPoolOptions};
use std::time::Duration;
use tidings::{Channel, ErrorKind, Message, Outgoing};
use tidings_outbox::Database;
use tokio::time::sleep;
use uuid::Uuid;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial("missing-tables-are-told-with-their-mend", database, missing),
        trial("another-version-is-told", database, version),
        trial("a-closed-broker-is-the-end", database, closed),
        trial("what-is-large-comes-through-or-is-refused", database, large),
    ];
    if has_server(database) {
        all.push(trial(
            "what-a-relay-may-not-do-it-is-told-at-the-start",
            database,
            denied,
        ));
    }
    if database == Database::Postgres {
        all.extend([
            trial(
                "ids-taken-ahead-are-told-with-their-mend",
                database,
                taken_ahead,
            ),
            trial("what-no-index-takes-is-refused", database, indexed),
            trial("a-pool-that-is-too-small-is-told", database, narrow),
        ]);
    }
    if database == Database::Sqlite {
        all.extend([
            trial(
                "a-channel-or-key-of-another-type-stops-no-other",
                database,
                types,
            ),
            trial("a-file-that-is-only-read-is-told", database, read_only),
            trial("a-file-that-is-busy-is-no-mistake", database, busy),
        ]);
    }
    if database == Database::MySql {
        all.extend([
            trial("a-log-of-statements-is-told", database, of_statements),
            trial(
                "tables-without-transactions-are-refused",
                database,
                without_transactions,
            ),
            trial("a-missing-index-is-told", database, without_index),
        ]);
    }
    all
}

async fn missing(database: Database) -> Outcome {
    let base = Base::empty(database).await?;
    let base = match database {
        // Whatever language it speaks.
        Database::MySql => base.by(None, "set lc_messages = 'de_DE'").await?,
        _ => base,
    };
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().contains("`tidings outbox schema"),
        "{error}"
    );
    let written = base.write([numbered("q", "a", 0)], true).await;
    let error = error_of(written)?.to_string();
    assert!(error.starts_with("append: not found: "), "{error}");
    assert!(error.contains("`tidings outbox schema"), "{error}");
    Ok(())
}

async fn version(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute("update tidings_outbox_version set version = 7")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("of version 7"), "{error}");
    assert!(error.to_string().contains("take a relay"), "{error}");
    base.execute("update tidings_outbox_version set version = 2")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?.to_string();
    assert!(error.contains("of version 2"), "{error}");
    assert!(error.contains("docs/outbox.md"), "{error}");
    base.execute("delete from tidings_outbox_version").await?;
    let error = error_of(base.relay(&Sink::new()).await)?.to_string();
    assert!(error.contains("of version none"), "{error}");
    assert!(error.contains("`tidings outbox schema"), "{error}");
    Ok(())
}

/// Of a server that would cut it to its column's size, too.
async fn large(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let writer = match database {
        Database::MySql => base.by(None, "set session sql_mode = ''").await?,
        _ => base.clone(),
    };
    let of_size = |bytes: usize| {
        let mut message = Message::new(vec![b'x'; bytes]);
        message.key = Some(vec![0; 10_000].into());
        message.set_header("h", "y".repeat(100_000));
        Outgoing::new(Channel::point_to_point("q"), message)
    };
    // Many of a size that no statement would take together, and one of nearly all that the server takes at a time.
    let sizes: Vec<_> = (0..60).map(|number| number * 10_000).collect();
    writer
        .write(sizes.iter().copied().map(of_size), true)
        .await?;
    writer.write([of_size(16_600_000)], true).await?;
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.taken("q").len() == 61).await?;
    let taken: Vec<_> = sink
        .taken("q")
        .iter()
        .map(|message| message.body.len())
        .collect();
    assert_eq!(taken, [sizes, vec![16_600_000]].concat());
    if database == Database::MySql {
        let error = error_of(writer.write([of_size(17_000_000)], true).await)?.to_string();
        assert!(error.contains("raise its `max_allowed_packet`"), "{error}");
        let error = error_of(
            writer
                .write([numbered(&"q".repeat(513), "a", 0)], true)
                .await,
        )?;
        assert!(
            error.to_string().contains("`channel` has a size of 513"),
            "{error}"
        );
        let id = "1".repeat(1025);
        let error = error_of(writer.receive("shop", &(&*id).into(), true).await)?.to_string();
        assert!(
            error.starts_with("receive: too large: `message_id`"),
            "{error}"
        );
    }
    Ok(())
}

/// Of a channel or an id that cannot be compressed.
async fn indexed(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let parts = (0..2000).map(|_| Uuid::now_v7().simple().to_string());
    let long: String = parts.collect();
    let error = error_of(base.write([numbered(&long, "a", 0)], true).await)?.to_string();
    assert!(error.starts_with("append: too large: "), "{error}");
    let error = error_of(base.receive("shop", &(&*long).into(), true).await)?.to_string();
    assert!(error.starts_with("receive: too large: "), "{error}");
    Ok(())
}

async fn denied(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let user = user();
    base.allow(&user, "select, insert").await?;
    let other = base.by(Some(&user), "select 1").await?;
    let error = error_of(other.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("tidings_outbox"), "{error}");
    assert!(error.to_string().contains("`Privileges`"), "{error}");
    other.write([numbered("q", "a", 0)], true).await?;
    let missing = match database {
        Database::MySql => "delete",
        _ => "update, delete",
    };
    base.allow(&user, missing).await?;
    let (other, sink) = (base.by(Some(&user), "select 1").await?, Sink::new());
    let _relay = other.relay(&sink).await?;
    until("it is there", || sink.bodies("q").len() == 1).await
}

async fn taken_ahead(database: Database) -> Outcome {
    const MEND: &str = "alter table tidings_outbox alter column id set cache 1";
    let base = Base::new(database).await?;
    base.execute("alter table tidings_outbox alter column id set cache 20")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains(MEND), "{error}");
    base.execute(MEND).await?;
    base.relay(&Sink::new()).await?;
    Ok(())
}

/// Which the server writes for no session that reads what is committed.
async fn of_statements(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let other = base.by(None, "set session binlog_format = 'STATEMENT'");
    let error = error_of(other.await?.relay(&Sink::new()).await)?.to_string();
    assert!(error.starts_with("check: "), "{error}");
    assert!(error.contains("BINLOG_FORMAT = STATEMENT"), "{error}");
    Ok(())
}

async fn without_transactions(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute("alter table tidings_outbox_parked engine = MyISAM")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let told = "`tidings_outbox_parked` has the engine `MyISAM`";
    assert!(error.to_string().contains(told), "{error}");
    Ok(())
}

async fn without_index(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute("alter table tidings_outbox drop index tidings_outbox_channels")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?.to_string();
    assert!(error.starts_with("check: "), "{error}");
    assert!(error.contains("'tidings_outbox_channels'"), "{error}");
    Ok(())
}

async fn closed(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, _| Some(tidings::Error::new(ErrorKind::Closed, "publish", "closed")));
    base.write([numbered("q", "a", 0)], true).await?;
    let mut relay = base.relay(&sink).await?;
    assert_eq!(relay.failed().await.kind(), ErrorKind::Closed);
    assert_eq!(base.store().backlog().await?, 1);
    Ok(())
}

/// Bytes in place of a text, and the other way round, as programs in other languages write them.
async fn types(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let bytes = base.execute(
        "insert into tidings_outbox (channel, message_id, body) values (x'71', '1', 'a0')",
    );
    let error = error_of(bytes.await)?;
    assert!(error.to_string().contains("typeof"), "{error}");
    base.execute(
        "insert into tidings_outbox (channel, message_id, message_key, body) values ('q', '1', 'k', 'a0'), ('q', '2', 'k', 'a1'), \
         ('q', '3', null, 'a2')",
    )
    .await?;
    let mut lead = base.store().lead().await?.ok_or("nobody leads")?;
    let mut what = tidings_outbox::Read::new("q", 10);
    let keys = [b"k".to_vec()];
    what.without = &keys;
    let rows = lead.read(what).await?;
    assert_eq!(rows.len(), 1, "{rows:?}");
    drop(lead);
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.bodies("q").len() == 3).await
}

/// Where nothing could be deleted.
async fn read_only(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let Base::Sqlite(pool, folder) = &base else {
        return Err("not of SQLite".into());
    };
    base.write([numbered("q", "a", 0)], true).await?;
    let options = (*pool.connect_options()).clone().read_only(true);
    let other = Base::Sqlite(SqlitePool::connect_with(options).await?, folder.clone());
    let error = error_of(other.relay(&sink).await)?;
    assert!(error.to_string().starts_with("check: "), "{error}");
    assert!(error.to_string().contains("readonly"), "{error}");
    assert_eq!(sink.bodies("q"), [""; 0]);
    Ok(())
}

/// As while a service writes much.
async fn busy(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let Base::Sqlite(pool, folder) = &base else {
        return Err("not of SQLite".into());
    };
    let options = (*pool.connect_options()).clone();
    let options = options.busy_timeout(Duration::from_millis(20));
    let other = Base::Sqlite(SqlitePool::connect_with(options).await?, folder.clone());
    let writes = pool.begin_with("begin immediate").await?;
    let _relay = other.relay(&sink).await?;
    writes.rollback().await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("it is there", || sink.bodies("q") == ["a0"]).await
}

/// With two connections there is none to hear by.
async fn narrow(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let of = async |connections| {
        let options = (*pool.connect_options()).clone();
        let pool = PgPoolOptions::new().max_connections(connections);
        Outcome::Ok(Base::Postgres(pool.connect_with(options).await?))
    };
    let error = error_of(of(1).await?.relay(&sink).await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("a larger pool"), "{error}");
    let _relay = of(2).await?.relay(&sink).await?;
    for number in 0..5 {
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() > number).await?;
        sleep(Duration::from_millis(700)).await;
    }
    Ok(())
}
