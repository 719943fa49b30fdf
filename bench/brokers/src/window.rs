//! Publishing with many messages under way, and asking one after the other, driven alike by the generated client and by bare ones that can
//! do it.
use crate::{
    UNDER_WAY,
    watch::{Figures, Watch},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::time::{Duration, Instant};

/// Puts the messages 1 to that number, and tells how long each took to be confirmed.
pub(crate) async fn put_all<F: Future<Output = anyhow::Result<()>>>(
    messages: usize,
    put: impl Fn(usize) -> F,
) -> anyhow::Result<Vec<Duration>> {
    let timed = |number| {
        let confirmed = put(number);
        async move {
            let begun = Instant::now();
            confirmed.await?;
            anyhow::Ok(begun.elapsed())
        }
    };
    let sent = stream::iter(1..messages).map(timed).buffered(UNDER_WAY);
    sent.try_collect().await
}

/// Asks for so many numbers, of which the first is not counted.
pub(crate) async fn one_at_a_time(
    messages: usize,
    ask: impl AsyncFn(f64) -> anyhow::Result<()>,
) -> anyhow::Result<Figures> {
    ask(0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        ask(value).await?;
        waits.push(begun.elapsed());
    }
    Ok(watch.stop(messages - 1, waits))
}
