//! Publishing with many messages under way, driven alike by the generated client and by bare ones that can do it.
use crate::UNDER_WAY;
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
