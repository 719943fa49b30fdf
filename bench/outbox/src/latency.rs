//! How long events take from who commits them to who takes them.
use crate::{
    database::{CHANNEL, Database},
    relay::start,
    sink::Sink,
    watch::{Figures, Watch},
};
use anyhow::Context;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{Channel, Message, Outgoing};
use tidings_outbox::{Store, append};
use tokio::time::{interval, timeout};

/// Events a second: 100.
const PACE: Duration = Duration::from_millis(10);

/// So many came at once before, after which the relay is to be as quick as ever.
const BEFORE: usize = 300;

const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn measure(
    database: &Database,
    store: Arc<dyn Store>,
    count: usize,
) -> anyhow::Result<Figures> {
    let sink = Sink::new(None);
    let relay = start(database, store, &sink).await?;
    database.fill(BEFORE).await?;
    timeout(GRACE, sink.took(BEFORE + 1))
        .await
        .context("what was there before did not come in time")?;
    let mut connection = database.connect().await?;
    let mut ticks = interval(PACE);
    let mut begun = HashMap::new();
    let watch = Watch::begin();
    for number in 0..count {
        ticks.tick().await;
        let mut transaction = sqlx::Connection::begin(&mut connection).await?;
        let message = Message::new(number.to_string());
        let event = Outgoing::new(Channel::point_to_point(CHANNEL), message);
        append(&mut *transaction, [event]).await?;
        begun.insert(number, Instant::now());
        transaction.commit().await?;
    }
    timeout(GRACE, sink.took(BEFORE + count + 1))
        .await
        .context("not all events came in time")?;
    let waits = sink.times().into_iter().filter_map(|(number, taken)| {
        let begun = begun.get(&number)?;
        Some(taken.saturating_duration_since(*begun))
    });
    let figures = watch.stop(count, waits.collect());
    relay.stop(GRACE).await?;
    Ok(figures)
}
