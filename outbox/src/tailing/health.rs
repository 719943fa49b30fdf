//! How the slot stands, and what the relay that leads tells of it by the `metrics` facade.
use metrics::{Unit, describe_gauge, gauge};
use sqlx::PgExecutor;

/// How a replication slot stands. Positions are of the server's transaction log, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotHealth {
    /// Its name.
    pub name: String,
    /// Whether a relay reads the log.
    pub is_active: bool,
    /// Whether the server took away what it was to keep; the next relay makes it anew, and reads the table.
    pub is_lost: bool,
    /// How much log the server keeps for it.
    pub kept: u64,
    /// How much log was written since what the relay has confirmed.
    pub behind: u64,
    /// How much may be written until the server takes log away, where `max_slot_wal_keep_size` is set.
    pub left: Option<u64>,
}

impl SlotHealth {
    /// None where there is no such slot.
    pub(super) async fn of(name: &str, by: impl PgExecutor<'_>) -> sqlx::Result<Option<Self>> {
        let asked = sqlx::query_as::<_, (bool, bool, Option<i64>, Option<i64>, Option<i64>)>(
            "select active, wal_status is not distinct from 'lost' or restart_lsn is null, (pg_current_wal_lsn() - restart_lsn)::int8, \
             (pg_current_wal_lsn() - confirmed_flush_lsn)::int8, safe_wal_size from pg_replication_slots where slot_name = $1",
        );
        let bytes = |bytes: i64| u64::try_from(bytes).unwrap_or_default();
        let health = asked.bind(name).fetch_optional(by).await?;
        Ok(health.map(|(is_active, is_lost, kept, behind, left)| Self {
            name: name.to_owned(),
            is_active,
            is_lost,
            kept: kept.map_or(0, bytes),
            behind: behind.map_or(0, bytes),
            left: left.map(bytes),
        }))
    }

    /// Nothing of it is known any more: what is left is none that anybody needs to be warned of.
    pub(super) fn hide(&self) {
        let left = self.left.map(|_| f64::INFINITY);
        gauge!("tidings_outbox_log_kept_bytes").set(0.0);
        gauge!("tidings_outbox_log_behind_bytes").set(0.0);
        if let Some(left) = left {
            gauge!("tidings_outbox_log_left_bytes").set(left);
        }
    }

    /// Sets the figures.
    pub(super) fn tell(&self) {
        gauge!("tidings_outbox_log_kept_bytes").set(self.kept as f64);
        gauge!("tidings_outbox_log_behind_bytes").set(self.behind as f64);
        if let Some(left) = self.left {
            gauge!("tidings_outbox_log_left_bytes").set(left as f64);
        }
    }
}

/// Tells the recorder what the figures mean.
pub(super) fn describe() {
    describe_gauge!(
        "tidings_outbox_log_kept_bytes",
        Unit::Bytes,
        "Transaction log that the server keeps for the relay's slot."
    );
    describe_gauge!(
        "tidings_outbox_log_behind_bytes",
        Unit::Bytes,
        "Transaction log since what the relay has confirmed."
    );
    describe_gauge!(
        "tidings_outbox_log_left_bytes",
        Unit::Bytes,
        "Transaction log until the slot loses it, where max_slot_wal_keep_size is set."
    );
    describe_gauge!(
        "tidings_outbox_log_rows",
        "Rows of the log that are held in memory."
    );
    describe_gauge!(
        "tidings_outbox_log_channels_left",
        "Channels that are read from the table."
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

    fn health(left: Option<u64>) -> SlotHealth {
        SlotHealth {
            name: "s".to_owned(),
            is_active: true,
            is_lost: false,
            kept: 3,
            behind: 2,
            left,
        }
    }

    /// The gauges, by what they are of.
    fn told(snapshotter: &Snapshotter) -> Vec<(String, f64)> {
        let all = snapshotter.snapshot().into_vec().into_iter();
        let told = all.map(|(key, unit, text, value)| {
            assert!(unit == Some(Unit::Bytes) && text.is_some(), "{key:?}");
            let DebugValue::Gauge(value) = value else {
                panic!("{value:?}");
            };
            let name = key.key().name().trim_start_matches("tidings_outbox_log_");
            (name.to_owned(), value.into_inner())
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    }

    #[test]
    fn figures_are_those_of_the_slot() {
        let recorder = DebuggingRecorder::new();
        let figures = |of: [f64; 3]| {
            let names = ["behind_bytes", "kept_bytes", "left_bytes"];
            names
                .map(str::to_owned)
                .into_iter()
                .zip(of)
                .collect::<Vec<_>>()
        };
        metrics::with_local_recorder(&recorder, || {
            describe();
            let tells = || told(&recorder.snapshotter());
            health(None).tell();
            assert_eq!(tells()[..], figures([2.0, 3.0, 0.0])[..2]);
            health(None).hide();
            assert_eq!(tells()[..], figures([0.0, 0.0, 0.0])[..2]);
            health(Some(1)).tell();
            assert_eq!(tells(), figures([2.0, 3.0, 1.0]));
            health(Some(1)).hide();
            assert_eq!(
                tells(),
                figures([0.0, 0.0, f64::INFINITY]),
                "nobody is warned"
            );
        });
    }
}
