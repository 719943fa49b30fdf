//! Savepoints, sessions without a transaction, errors, and the other client beside it.
use crate::{Outcome, database::Base, error_of, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{ErrorKind, MessageId};
use tidings_outbox::{Database, append, receive};
use tokio::time::timeout;
use uuid::Uuid;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "what-a-savepoint-takes-back-is-not-published",
            database,
            savepoint,
        ),
        trial("a-session-without-a-transaction-does-too", database, bare),
        trial("what-fails-is-told-by-its-kind", database, failing),
        trial("what-the-tables-do-not-take-is-told", database, told),
        trial("who-has-the-other-client-waits-for-it", database, beside),
    ]
}

async fn savepoint(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut client = base.client().await?;
    let mut transaction = client.transaction().await?;
    append(&mut transaction, [numbered("q", "a", 0)]).await?;
    let mut inner = transaction.transaction().await?;
    append(&mut inner, [numbered("q", "never", 0)]).await?;
    assert!(receive(&mut inner, "shop", &"1".into()).await?);
    inner.rollback().await?;
    append(&mut transaction, [numbered("q", "a", 1)]).await?;
    assert!(receive(&mut transaction, "shop", &"1".into()).await?);
    transaction.commit().await?;
    let _relay = base.relay(&sink).await?;
    until("both are there", || sink.bodies("q").len() == 2).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a1"]);
    Ok(())
}

async fn bare(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut client = base.client().await?;
    append(&mut client, (0..3).map(|number| numbered("q", "a", number))).await?;
    append(&mut client, []).await?;
    assert!(receive(&mut client, "shop", &"1".into()).await?);
    assert!(!receive(&mut client, "shop", &"1".into()).await?);
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.bodies("q").len() == 3).await
}

async fn failing(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let user = format!("u{}", Uuid::now_v7().simple());
    base.allow(&user, "select").await?;
    let may_not = base.by(Some(&user), "select 1").await?;
    let mut client = may_not.client().await?;
    let error = error_of(append(&mut client, [numbered("q", "a", 0)]).await)?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("tidings_outbox"), "{error}");
    assert!(error.to_string().contains("`Privileges`"), "{error}");
    base.execute("drop table tidings_received").await?;
    let error = error_of(receive(&mut client, "shop", &"1".into()).await)?;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        error.to_string().contains("`tidings outbox schema"),
        "{error}"
    );
    base.end_sessions().await?;
    // What the server said last is told, or that it is gone.
    error_of(append(&mut client, [numbered("q", "a", 0)]).await)?;
    let error = error_of(append(&mut client, [numbered("q", "a", 0)]).await)?;
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    Ok(())
}

/// What the server says of a column, and of an index.
async fn told(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let mut client = base.client().await?;
    let digits = (0..300).map(|_| Uuid::now_v7().simple().to_string());
    let long: String = digits.collect();
    let error = error_of(append(&mut client, [numbered(&long, "a", 0)]).await)?;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    base.execute("alter table tidings_outbox rename column headers to header")
        .await?;
    let error = error_of(append(&mut client, [numbered("q", "a", 0)]).await)?;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        error.to_string().contains("`tidings outbox schema"),
        "{error}"
    );
    Ok(())
}

/// Of two that receive the same at a time.
async fn beside(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("it is another database".into());
    };
    for commits in [false, true] {
        let id = MessageId::fresh();
        let mut client = base.client().await?;
        let mut first = client.transaction().await?;
        assert!(receive(&mut first, "shop", &id).await?);
        let mut second = pool.begin().await?;
        let mut waits = Box::pin(receive(&mut *second, "shop", &id));
        let early = timeout(Duration::from_millis(300), &mut waits).await;
        assert!(early.is_err(), "it did not wait");
        match commits {
            true => first.commit().await?,
            false => first.rollback().await?,
        }
        assert_eq!(waits.await?, !commits);
    }
    Ok(())
}
