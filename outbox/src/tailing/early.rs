//! Rows that were published or parked before the database shows them: the log brings what is committed a moment before it is seen by
//! others, or long before where the commit waits for a standby. They are deleted once they are seen.
use super::snapshot::Snapshot;
use crate::{Refused, Stored, postgres::settle};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings::MessageId;

#[derive(Default)]
pub(super) struct Early(Vec<Row>);

struct Row {
    channel: String,
    transaction: u32,
    done: Done,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    Published(i64, MessageId),
    Parked(Refused),
}

impl Done {
    fn id(&self) -> i64 {
        match self {
            Self::Published(id, _) => *id,
            Self::Parked(row) => row.id,
        }
    }

    /// Whether it is that row, and no other which has its number.
    fn is(&self, row: &Stored) -> bool {
        let message_id = match self {
            Self::Published(_, message_id) => Some(message_id),
            Self::Parked(row) => row.message_id.as_ref(),
        };
        self.id() == row.id && message_id == row.message_id()
    }
}

impl Early {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves out, of what the table has of a channel by now, what is in here.
    pub(super) fn leave_out(&self, channel: &str, rows: &mut Vec<Stored>) {
        let of_channel: HashMap<_, _> = self
            .0
            .iter()
            .filter(|row| row.channel == channel)
            .map(|row| (row.done.id(), &row.done))
            .collect();
        rows.retain(|row| of_channel.get(&row.id).is_none_or(|done| !done.is(row)));
    }

    /// Keeps what was not seen, of rows that were settled afterwards, by their transactions. Those of none came from the table.
    pub(super) fn keep(
        &mut self,
        channel: &str,
        published: &[(i64, MessageId)],
        parked: &[Refused],
        transactions: &HashMap<i64, u32>,
        seen: &Snapshot,
    ) {
        let published = published.iter().cloned();
        let published = published.map(|(id, message_id)| Done::Published(id, message_id));
        let parked = parked.iter().cloned().map(Done::Parked);
        for done in published.chain(parked) {
            let transaction = transactions.get(&done.id()).copied();
            if let Some(transaction) = transaction.filter(|number| seen.is_without(*number)) {
                self.0.push(Row {
                    channel: channel.to_owned(),
                    transaction,
                    done,
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
        let mut channels: HashMap<String, (Vec<_>, Vec<_>)> = HashMap::new();
        for row in self
            .0
            .extract_if(.., |row| !seen.is_without(row.transaction))
        {
            let (published, parked) = channels.entry(row.channel).or_default();
            match row.done {
                Done::Published(id, message_id) => published.push((id, message_id)),
                Done::Parked(row) => parked.push(row),
            }
        }
        for (channel, (published, parked)) in channels {
            settle(&mut *by, &channel, &published, &parked).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::snapshot::tests::snapshot, *};

    fn row(id: i64, message_id: &str) -> Stored {
        Stored::new(id, Err(String::new()), None).identified(|| Some(message_id.into()))
    }

    impl Early {
        /// The numbers that are left of rows whose messages have their numbers for ids.
        fn leaves(&self, channel: &str, ids: &[i64]) -> Vec<i64> {
            let mut rows: Vec<_> = ids.iter().map(|id| row(*id, &id.to_string())).collect();
            self.leave_out(channel, &mut rows);
            rows.iter().map(|row| row.id).collect()
        }
    }

    #[test]
    fn what_was_not_seen_is_kept() {
        let mut early = Early::default();
        let transactions = HashMap::from([(1, 10), (2, 15), (3, 20), (4, 12)]);
        let published = |ids: &[i64]| {
            let id = |id: &i64| (*id, MessageId::from(&*id.to_string()));
            ids.iter().map(id).collect::<Vec<_>>()
        };
        let parked = [Refused::new(3, Some("3".into()), "large")];
        let seen = snapshot("10:20:15");
        early.keep("q", &published(&[1, 2, 5]), &parked, &transactions, &seen);
        let seen = snapshot("12:20:12");
        early.keep("r", &published(&[4]), &[], &transactions, &seen);
        assert_eq!(early.leaves("q", &[1, 2, 3, 4]), [1, 4]);
        assert_eq!(early.leaves("r", &[3, 4]), [3]);
        assert_eq!(early.leaves("s", &[2, 4]), [2, 4]);
        assert!(!early.is_empty());
        let parked = early
            .0
            .iter()
            .filter(|row| row.done == Done::Parked(parked[0].clone()));
        assert_eq!(parked.count(), 1);
    }

    #[test]
    fn another_row_by_the_same_number_is_not_left_out() {
        let mut early = Early::default();
        let transactions = HashMap::from([(1, 20)]);
        early.keep(
            "q",
            &[(1, "old".into())],
            &[],
            &transactions,
            &snapshot("10:10:"),
        );
        let mut rows = vec![row(1, "new"), row(1, "old")];
        early.leave_out("q", &mut rows);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].message_id, Some("new".into()));
    }
}
