//! What is wrong with the tables is told at the start, with its mend.
use crate::{Outcome, database::Base, error_of, publishing::numbered, sink::Sink, trial};
use libtest_mimic::Trial;
use tidings::ErrorKind;
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("missing-tables-are-told-with-their-mend", database, missing),
        trial("another-version-is-told", database, version),
        trial("a-closed-broker-is-the-end", database, closed),
    ]
}

async fn missing(database: Database) -> Outcome {
    let base = Base::empty(database).await?;
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
    base.execute("delete from tidings_outbox_version").await?;
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert!(error.to_string().contains("of version none"), "{error}");
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
