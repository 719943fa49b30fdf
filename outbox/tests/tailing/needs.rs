//! What is missing for a log to be read is told with its mend.
use crate::{
    Outcome,
    database::Base,
    error_of,
    publishing::numbered,
    server::{ask, free, pool, relay, tails, url},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use pgwire_replication::{ReplicationClient, ReplicationConfig};
use std::{sync::Arc, time::Duration};
use tidings::ErrorKind;
use tidings_outbox::{
    Database, Relay, RelayState, Store as _,
    tailing::{TailSettings, Tailing},
};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("a-url-that-makes-no-sense-is-told", database, urls),
        trial("the-log-of-another-database-is-told", database, elsewhere),
        trial("a-role-that-may-not-replicate-is-told", database, role),
        trial(
            "who-publishes-may-do-less-than-who-reads-the-log",
            database,
            apart,
        ),
        trial("names-that-need-quotes-are-told", database, names),
        trial(
            "a-table-that-nothing-can-be-deleted-of-is-told",
            database,
            identity,
        ),
        trial(
            "a-publication-of-something-else-is-the-end",
            database,
            publication,
        ),
        trial(
            "a-publication-of-some-columns-is-the-end",
            database,
            columns,
        ),
        trial("a-slot-of-something-else-is-the-end", database, slot),
        trial(
            "while-the-slot-is-in-use-the-table-is-read",
            database,
            in_use,
        ),
    ]
}

async fn urls(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let pool = pool(&base)?;
    for (url, kind, words) in [
        ("nonsense", ErrorKind::Invalid, "the URL of the database: "),
        (
            "postgres://user:secret@host/shop?sslmode=require&sslrootcert=/none",
            ErrorKind::Invalid,
            "`/none`",
        ),
    ] {
        let error = error_of(Tailing::new(pool.clone(), url))?;
        assert_eq!(error.kind(), kind);
        let error = error.to_string();
        assert!(
            error.contains(words) && !error.contains("secret"),
            "{error}"
        );
    }
    let tailing = Tailing::new(pool.clone(), "postgres://user:secret@host/shop")?;
    let told = format!("{tailing:?}");
    assert!(told.contains("host") && !told.contains("secret"), "{told}");
    Ok(())
}

async fn elsewhere(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let url = std::env::var("TIDINGS_TEST_POSTGRES")?;
    let tailing = Tailing::new(pool(&base)?.clone(), &url)?;
    let error = error_of(tailing.check().await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .to_string()
            .contains("that of the database `postgres`"),
        "{error}"
    );
    Ok(())
}

async fn role(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute(
        "do $$ begin create role tidings_plain login; exception when others then null; end $$",
    )
    .await?;
    let pool = pool(&base)?;
    let url = url(pool).replace("postgres@", "tidings_plain@");
    let error = error_of(Tailing::new(pool.clone(), &url)?.check().await)?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(
        error.to_string().contains("`alter role NAME replication`"),
        "{error}"
    );
    Ok(())
}

/// Since a publication of somebody tells of what is deleted, and nothing says which row that is.
async fn identity(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let tailing = Tailing::new(pool(&base)?.clone(), &url(pool(&base)?))?;
    base.execute("alter table tidings_outbox replica identity nothing")
        .await?;
    tailing.check().await?;
    base.execute("create publication everything for all tables")
        .await?;
    let error = error_of(tailing.check().await)?;
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let mend = "alter table tidings_outbox replica identity default";
    assert!(error.to_string().contains(mend), "{error}");
    base.execute(mend).await?;
    Ok(tailing.check().await?)
}

/// The log by one role, the table by another; who owns the tables makes the publication.
async fn apart(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute(
        "do $$ begin create role tidings_log login replication; exception when others then null; end $$; \
         do $$ begin create role tidings_table login; exception when others then null; end $$; \
         grant select, insert, update, delete on all tables in schema public to tidings_table",
    )
    .await?;
    let all = pool(&base)?;
    let options = (*all.connect_options()).clone().username("tidings_table");
    let few = sqlx::PgPool::connect_with(options).await?;
    let url = url(all).replace("postgres@", "tidings_log@");
    let relay = || -> Outcome<_> {
        let tailing = Tailing::new(few.clone(), &url)?;
        Ok(Relay::new(Arc::new(tailing), Arc::new(sink.clone())).start())
    };
    // Without it the table is read.
    let mut running = relay()?.await?;
    for number in 0..3 {
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
    }
    let ended = tokio::time::timeout(Duration::from_millis(500), running.failed()).await;
    assert!(ended.is_err(), "{ended:?}");
    base.execute(
        "create publication tidings_outbox for table tidings_outbox with (publish = 'insert')",
    )
    .await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 3)], true).await?;
    until("it is there", || sink.bodies("q").len() == 4).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a1", "a2", "a3"]);
    Ok(())
}

async fn names(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = TailSettings::default();
    settings.slot = Some("My slot".to_owned());
    let error = error_of(relay(&base, &sink, settings).await)?.to_string();
    assert!(error.contains("`My slot` is no name of a slot"), "{error}");
    let mut settings = TailSettings::default();
    settings.publication = Some("p'; drop table x".to_owned());
    let error = error_of(relay(&base, &sink, settings).await)?.to_string();
    assert!(error.contains("is no name of a publication"), "{error}");
    Ok(())
}

async fn publication(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute("create table others (id int primary key); create publication tidings_outbox for table others").await?;
    let mut running = base.relay(&sink).await?;
    let error = running.failed().await;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .to_string()
            .contains("`drop publication tidings_outbox`"),
        "{error}"
    );
    Ok(())
}

async fn columns(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute("create publication tidings_outbox for table tidings_outbox (id, channel, message_id, body) with (publish = 'insert')").await?;
    let mut running = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    let error = running.failed().await;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .to_string()
            .contains("without the column `channel_settings`"),
        "{error}"
    );
    Ok(())
}

async fn slot(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = TailSettings::default();
    let name = format!("other_{}", uuid::Uuid::now_v7().simple());
    let make = sqlx::query("select pg_create_logical_replication_slot($1, 'test_decoding')");
    make.bind(&name).execute(pool(&base)?).await?;
    settings.slot = Some(name);
    let mut running = relay(&base, &sink, settings).await?;
    let error = running.failed().await;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error.to_string().contains("`TailSettings::slot`"),
        "{error}"
    );
    Ok(())
}

/// By something else; meanwhile the table is read.
async fn in_use(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let first = base.relay(&sink).await?;
    tails(&base).await?;
    first.stop(Duration::from_secs(5)).await?;
    let pool = pool(&base)?;
    let slot: String = ask(
        &base,
        "select slot_name::text from pg_replication_slots where database = current_database()",
    )
    .await?;
    free(&base).await?;
    let options = pool.connect_options();
    let name = options.get_database().unwrap_or_default();
    let config = ReplicationConfig::new(
        options.get_host(),
        options.get_username(),
        "",
        name,
        slot,
        "tidings_outbox",
    );
    let mut other = ReplicationClient::connect(config.with_port(options.get_port())).await?;
    other.wait_started().await?;

    let relay = base.relay(&sink).await?;
    let states = relay.state();
    // Longer than the relay waits for the slot.
    for number in 0..14 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
        assert!(!matches!(*states.borrow(), RelayState::Away(_)), "{number}");
    }
    drop(other);
    tails(&base).await?;
    base.write([numbered("q", "a", 14)], true).await?;
    until("it is there", || sink.bodies("q").len() == 15).await
}
