//! What a relay that leads says to the database, and to whoever drives it.
use crate::{
    Outcome,
    database::{Base, has_server},
    publishing::numbered,
    trial,
};
use libtest_mimic::Trial;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::time::{Duration, Instant};
use tidings_outbox::{Database, Lead, Read, postgres::PostgresStore};
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = Vec::new();
    if has_server(database) {
        all.push(trial("who-waits-tells-that-it-lives", database, waits));
    }
    if database == Database::Postgres {
        all.extend([
            trial("who-hears-from-now-on-looks-once-more", database, hears),
            trial("who-cannot-hear-asks-nobody-to-tell", database, deaf),
            trial("who-rests-keeps-no-connection-for-long", database, rests),
        ]);
    }
    all
}

/// For as long as nobody leads: who led before is about to go.
async fn leading(store: &dyn tidings_outbox::Store) -> Outcome<Box<dyn Lead>> {
    loop {
        if let Some(lead) = store.lead().await? {
            return Ok(lead);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Before the session is ended that says nothing.
async fn waits(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let mut lead = leading(&*base.store()).await?;
    for _ in 0..2 {
        let begun = Instant::now();
        lead.wait(Duration::from_secs(1000)).await;
        assert!(begun.elapsed() > Duration::from_secs(1), "and not always");
        lead.channels(1).await?;
    }
    Ok(())
}

async fn are_told(pool: &PgPool) -> Outcome<bool> {
    let waits = "select waits from tidings_outbox_relay";
    Ok(sqlx::query_scalar(waits).fetch_one(pool).await?)
}

/// Since nobody told it before; not while it goes on hearing, and again once it has heard nothing for being busy.
async fn hears(database: Database) -> Outcome {
    const ROWS: usize = 60;
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let mut lead = leading(&*base.store()).await?;
    assert!(!are_told(pool).await?);
    assert!(lead.rest().await?, "it hears from now on");
    assert!(are_told(pool).await?);
    assert!(!lead.rest().await?, "it heard all along");
    base.write((0..ROWS).map(|number| numbered("q", "a", number)), true)
        .await?;
    // Of few rows it is told all the same.
    sleep(Duration::from_millis(600)).await;
    for (rows, is_told) in [(10, true), (ROWS, false)] {
        assert_eq!(lead.read(Read::new("q", rows)).await?.len(), rows);
        assert_eq!(are_told(pool).await?, is_told, "{rows}");
    }
    assert!(lead.rest().await?, "it hears again");
    assert!(are_told(pool).await?);
    Ok(())
}

/// As with a pool that has no connection for that.
async fn deaf(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let options = (*pool.connect_options()).clone();
    let few = PgPoolOptions::new().max_connections(2);
    let store = PostgresStore::new(few.connect_with(options).await?);
    let mut lead = leading(&store).await?;
    assert!(!lead.rest().await?, "there is nothing new to hear");
    assert!(!are_told(pool).await?);
    Ok(())
}

/// Others of the service may wait for one.
async fn rests(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::Postgres(pool) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let options = (*pool.connect_options()).clone();
    let pool = PgPoolOptions::new().connect_with(options).await?;
    let store = PostgresStore::new(pool.clone());
    let mut lead = leading(&store).await?;
    // The lock's, and the one that hears.
    lead.rest().await?;
    lead.read(Read::new("q", 10)).await?;
    lead.rest().await?;
    assert_eq!(used(&pool), 3, "there may be more to do at once");
    sleep(Duration::from_millis(1100)).await;
    lead.rest().await?;
    for _ in 0..100 {
        if used(&pool) == 2 {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(format!("it has {} connections", used(&pool)).into())
}

/// How many connections are lent.
fn used(pool: &PgPool) -> usize {
    usize::try_from(pool.size()).unwrap_or_default() - pool.num_idle()
}
