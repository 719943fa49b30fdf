//! A number that is used again, since the table was emptied or restored meanwhile, is another row.
use crate::{Outcome, database::Base, publishing::numbered, trial};
use libtest_mimic::Trial;
use tidings::{MessageId, Outgoing};
use tidings_outbox::{Database, Read, Refused};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "what-has-the-number-of-another-stays-where-it-is",
        database,
        reused,
    )]
}

/// Ids that have to be written otherwise in some languages, and one of ours.
const IDS: [&str; 4] = [
    "it's \"a\\\" ü ",
    "0190163d-8694-739b-aea5-966c26f8ad91",
    "0190163D-8694-739B-AEA5-966C26F8AD91",
    "$1, ?",
];

fn rows() -> impl Iterator<Item = Outgoing> {
    IDS.into_iter().map(|id| {
        let mut row = numbered("q", "k", 0);
        row.message.id = MessageId::from(id);
        row
    })
}

fn emptied(database: Database) -> &'static str {
    match database {
        Database::Postgres => "truncate tidings_outbox restart identity",
        Database::MySql => "truncate tidings_outbox",
        _ => {
            "delete from tidings_outbox; delete from sqlite_sequence where name = 'tidings_outbox'"
        }
    }
}

async fn reused(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.write(rows(), true).await?;
    let mut lead = crate::relayed(&base).lead().await?.ok_or("nobody leads")?;
    let read = async |lead: &mut dyn tidings_outbox::Lead| {
        let rows = lead.read(Read::new("q", 10)).await?;
        let named = |row: tidings_outbox::Stored| Some((row.id, row.outgoing.ok()?.message.id));
        Outcome::Ok(rows.into_iter().filter_map(named).collect::<Vec<_>>())
    };
    let old = read(&mut *lead).await?;
    assert_eq!(old.len(), IDS.len());
    base.execute(emptied(database)).await?;
    base.write(
        (0..IDS.len()).map(|number| numbered("q", "new", number)),
        true,
    )
    .await?;
    let (parked, published) = old.split_at(2);
    let refused = |(id, of): &(i64, MessageId)| Refused::new(*id, Some(of.clone()), "no");
    let parked: Vec<_> = parked.iter().map(refused).collect();
    lead.settle("q", published, &[]).await?;
    lead.settle("q", published, &parked).await?;
    let new = read(&mut *lead).await?;
    let numbers = |rows: &[(i64, MessageId)]| rows.iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(numbers(&new), numbers(&old), "the same numbers");
    assert_eq!(base.store().parked(0, 10).await?, []);
    base.execute(emptied(database)).await?;
    base.write(rows(), true).await?;
    lead.settle("q", published, &parked).await?;
    assert_eq!(base.store().backlog().await?, 0, "those that are meant");
    assert_eq!(base.store().parked(0, 10).await?.len(), parked.len());
    Ok(())
}
