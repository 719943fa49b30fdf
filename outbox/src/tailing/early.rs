//! Rows that were published or parked before the database shows them: the log brings what is committed a moment before it is seen by
//! others, or long before where the commit waits for a standby. They are deleted once they are seen.
use super::snapshot::Snapshot;
use crate::postgres::settle;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

#[derive(Default)]
pub(super) struct Early(Vec<Row>);

struct Row {
    channel: String,
    id: i64,
    transaction: u32,
    /// Why it is parked.
    reason: Option<String>,
}

/// What is to be deleted of a channel, and what to be parked.
#[derive(Default)]
struct Done {
    published: Vec<i64>,
    parked: Vec<(i64, String)>,
}

impl Early {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Rows of a channel, which the table may have all the same by now.
    pub(super) fn of(&self, channel: &str) -> HashSet<i64> {
        let of_channel = self.0.iter().filter(|row| row.channel == channel);
        of_channel.map(|row| row.id).collect()
    }

    /// Keeps what was not seen, of rows that were settled afterwards, by their transactions. Those of none came from the table.
    pub(super) fn keep(
        &mut self,
        channel: &str,
        published: &[i64],
        parked: &[(i64, String)],
        transactions: &HashMap<i64, u32>,
        seen: &Snapshot,
    ) {
        let published = published.iter().map(|id| (*id, None));
        let parked = parked.iter().map(|(id, reason)| (*id, Some(reason)));
        for (id, reason) in published.chain(parked) {
            let transaction = transactions.get(&id).copied();
            if let Some(transaction) = transaction.filter(|number| seen.is_without(*number)) {
                self.0.push(Row {
                    channel: channel.to_owned(),
                    id,
                    transaction,
                    reason: reason.cloned(),
                });
            }
        }
    }

    /// Settles what is seen by now.
    pub(super) async fn settle(
        &mut self,
        by: &mut PgConnection,
        seen: &Snapshot,
    ) -> sqlx::Result<()> {
        let mut channels: HashMap<String, Done> = HashMap::new();
        for row in self
            .0
            .extract_if(.., |row| !seen.is_without(row.transaction))
        {
            let done = channels.entry(row.channel).or_default();
            match row.reason {
                None => done.published.push(row.id),
                Some(reason) => done.parked.push((row.id, reason)),
            }
        }
        for (channel, Done { published, parked }) in channels {
            settle(&mut *by, &channel, &published, &parked).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::snapshot::tests::snapshot, *};

    #[test]
    fn what_was_not_seen_is_kept() {
        let mut early = Early::default();
        let transactions = HashMap::from([(1, 10), (2, 15), (3, 20), (4, 12)]);
        let parked = [(3, "large".to_owned())];
        early.keep(
            "q",
            &[1, 2, 5],
            &parked,
            &transactions,
            &snapshot("10:20:15"),
        );
        early.keep("r", &[4], &[], &transactions, &snapshot("12:20:12"));
        assert_eq!(early.of("q"), HashSet::from([2, 3]));
        assert_eq!(early.of("r"), HashSet::from([4]));
        assert!(early.of("s").is_empty() && !early.is_empty());
        let reasons: Vec<_> = early.0.iter().map(|row| row.reason.as_deref()).collect();
        assert_eq!(reasons, [None, Some("large"), None]);
    }
}
