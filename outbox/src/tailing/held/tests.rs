//! What is held, by what the log and the table bring.
use super::*;
use crate::{
    Read, Stored,
    tailing::{pgoutput::tests::sample, snapshot::tests::snapshot},
};
use std::time::Duration;

mod bound;
mod given;
mod table;

fn limits() -> Limits {
    Limits {
        rows: 10,
        bytes: 1 << 20,
        patience: Duration::from_secs(10),
        sweep: Duration::from_secs(60),
    }
}

/// Nothing in the table; transactions below 10 were seen, up to position 100.
fn empty() -> Held {
    Held::new(limits(), snapshot("10:10:"), Vec::new())
}

impl Held {
    /// A row with the key `k`, of a transaction that commits at ten times its number and ends one later.
    fn brings(&mut self, id: i64, channel: &str, number: u32) -> bool {
        let (found, layout, row) = sample(id, channel, "k");
        let position = u64::from(number) * 10;
        let held = self.came(
            found,
            &Arc::new(layout),
            row,
            Transaction { number, position },
        );
        self.progress.end(position + 1);
        held
    }

    fn ids(&mut self, channel: &str) -> Option<Vec<i64>> {
        let rows = self.read(Read::new(channel, 100))?;
        Some(rows.iter().map(|row| row.id).collect())
    }

    fn lets_go(&mut self, channel: &str, ids: &[i64]) -> HashMap<i64, u32> {
        self.settled(channel, ids)
    }

    fn read_of_table(
        &mut self,
        channel: &str,
        seen: &str,
        position: i64,
        ids: &[i64],
        is_all: bool,
    ) {
        let seen = Snapshot::read(seen, position).unwrap();
        let rows: Vec<_> = ids
            .iter()
            .map(|id| Stored::new(*id, Err(String::new()), None))
            .collect();
        self.was_read(channel, seen, &rows, is_all);
    }
}

#[test]
fn figures_are_those_of_what_is_held() {
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    let recorder = DebuggingRecorder::new();
    let told = || {
        let all = recorder.snapshotter().snapshot().into_vec().into_iter();
        let mut told: Vec<_> = all
            .map(|(key, _, _, value)| (key.key().name().to_owned(), value))
            .collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    let gauges = |of: [f64; 2]| Vec::from(of.map(|of| DebugValue::Gauge(of.into())));
    metrics::with_local_recorder(&recorder, || {
        let mut held = Held::new(limits(), snapshot("10:10:"), vec!["t".to_owned()]);
        held.brings(1, "q", 20);
        held.brings(2, "q", 20);
        held.tell();
        assert_eq!(told(), gauges([1.0, 2.0]));
        Held::hide();
        assert_eq!(told(), gauges([0.0, 0.0]));
    });
}
