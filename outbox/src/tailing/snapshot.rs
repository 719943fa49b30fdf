//! Which transactions had ended at a moment.
use sqlx::PgConnection;

/// What a statement of the database saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The first transaction that had not begun.
    end: u64,
    /// Those before it that ran.
    running: Vec<u64>,
    /// Where the log ended: nothing that commits beyond was seen.
    pub(super) position: u64,
}

/// The columns by which a statement says what it saw.
pub(super) const COLUMNS: &str =
    "pg_current_snapshot()::text, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8";

impl Snapshot {
    /// What a statement would see now.
    pub(super) async fn now(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let now = sqlx::query_as(sqlx::AssertSqlSafe(format!("select {COLUMNS}")));
        let (text, position): (String, i64) = now.fetch_one(connection).await?;
        Self::read(&text, position)
    }

    /// From `first running:first not begun:running,...`, and the end of the log.
    pub(super) fn read(text: &str, position: i64) -> sqlx::Result<Self> {
        let wrong = || sqlx::Error::Protocol(format!("`{text}` is no snapshot"));
        let mut parts = text.splitn(3, ':').skip(1);
        let number = |text: &str| text.parse().map_err(|_| wrong());
        let end = number(parts.next().ok_or_else(wrong)?)?;
        let running = parts.next().ok_or_else(wrong)?.split(',');
        let running = running.filter(|text| !text.is_empty()).map(number);
        Ok(Self {
            end,
            running: running.collect::<Result<_, _>>()?,
            position: position.unsigned_abs(),
        })
    }

    /// Whether a transaction that commits, by the lower half of its number, had not done so.
    pub(super) fn is_without(&self, transaction: u32) -> bool {
        let low = self.end as u32;
        let before = low.wrapping_sub(transaction);
        // Numbers turn round: what is less than half of them ahead has not begun.
        if before == 0 || before > u32::MAX / 2 {
            return true;
        }
        let full = self.end - u64::from(before);
        self.running.contains(&full)
    }

    /// Whether it saw a transaction of the log, that committed there.
    pub(super) fn saw(&self, transaction: u32, position: u64) -> bool {
        position <= self.position && !self.is_without(transaction)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn snapshot(text: &str) -> Snapshot {
        Snapshot::read(text, 100).unwrap()
    }

    #[test]
    fn what_ran_and_what_had_not_begun_was_not_seen() {
        let snapshot = snapshot("10:20:10,15");
        let without: Vec<_> = (8..23)
            .filter(|number| snapshot.is_without(*number))
            .collect();
        assert_eq!(without, [10, 15, 20, 21, 22]);
        assert!(snapshot.saw(11, 100));
        assert!(!snapshot.saw(11, 101), "it committed later");
        assert!(!snapshot.saw(10, 50));
    }

    #[test]
    fn numbers_turn_round() {
        let end = (7_u64 << 32) + 3;
        let text = format!("{}:{end}:{}", end - 5, end - 5);
        let snapshot = snapshot(&text);
        assert!(snapshot.is_without(u32::MAX - 1), "it ran");
        assert!(!snapshot.is_without(u32::MAX));
        assert!(!snapshot.is_without(2));
        assert!(snapshot.is_without(3));
    }

    #[test]
    fn nonsense_is_none() {
        for text in ["", "1", "1:2", "1:x:", "1:2:3,"] {
            let is_read = Snapshot::read(text, 0).is_ok();
            assert_eq!(is_read, text == "1:2:3,", "{text}");
        }
        assert_eq!(snapshot("1:2:").running, [0_u64; 0]);
    }
}
