//! What was received, noted beside what was done about it.
use crate::{Writer, columns::milliseconds};
use std::time::{Duration, SystemTime};
use tidings::{MessageId, Result};

/// Most messages that are forgotten within one transaction.
pub(crate) const STEP: usize = 10_000;

/// What was received before that time is forgotten, by when the last was.
pub(crate) fn before(last: Option<i64>, keep: Duration) -> i64 {
    let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    last.map_or(i64::MIN, |last| last.saturating_sub(keep))
}

/// Notes that a consumer received a message, and says whether it had not before: only then is anything to be done about it. Within
/// the transaction of what is done, that is done once however often the message comes, and by whichever instance: another that
/// receives the same meanwhile waits for the outcome here. Settle the message when the transaction was committed.
///
/// Consumers are told apart by names of yours: one a group, or a service.
///
/// # Errors
/// When the database cannot note it, as where the tables are missing; the transaction is then to be rolled back, and the message
/// tried again.
pub async fn receive<W: Writer + ?Sized>(
    writer: &mut W,
    consumer: &str,
    id: &MessageId,
) -> Result<bool> {
    let now = milliseconds(SystemTime::now());
    writer.note(consumer, &id.to_text(), now).await
}
