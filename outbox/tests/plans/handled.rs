//! What the inbox asks for each message that is handled.
use crate::{
    Outcome,
    base::Base,
    heard::{self, Heard},
    plans::handle_many,
    trial,
};
use libtest_mimic::Trial;
use tidings_outbox::Database;

/// Messages that are handled.
const MESSAGES: usize = 20;

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |database| {
        let name = "a-handler-asks-the-inbox-as-often-as-it-must";
        trial(name, database, move || handled(database))
    };
    Database::ALL.into_iter().map(trial).collect()
}

/// SQLite has one writer, who notes what it handles at once.
async fn handled(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    heard::take();
    handle_many(&base, MESSAGES).await?;
    let mut heard = heard::take();
    // What forgets names no message, or deletes.
    heard.retain(|Heard { statement, .. }| {
        let is_of_one = statement.contains("tidings_received") && statement.contains("message_id");
        is_of_one && !statement.starts_with("delete")
    });
    let each = match database {
        Database::Sqlite => 1,
        _ => 2,
    };
    assert_eq!(heard.len(), each * MESSAGES, "{heard:#?}");
    base.drop().await
}
