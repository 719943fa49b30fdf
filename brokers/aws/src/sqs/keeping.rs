//! What is out is kept for longer.
use super::{
    held::{Held, Keeping},
    queues::Queues,
    receiving::AT_ONCE,
};
use crate::fault::is_stale;
use futures_util::{StreamExt, stream};
use std::{future::Future, sync::Arc};
use tidings::{Error, Token};
use tokio::time::Instant;

/// How many requests about leases are under way at once.
const REQUESTS: usize = 8;

/// What all of them give, a few of them at a time.
pub(super) async fn every<F: Future>(requests: Vec<F>) -> Vec<F::Output> {
    let requests = stream::iter(requests).buffer_unordered(REQUESTS);
    requests.collect().await
}

/// Keeps what is out for another lease, and gives what could not be kept.
pub(super) async fn extend(
    queues: &Queues,
    url: &str,
    held: &Arc<Held>,
    tokens: &[Token],
) -> Vec<(Token, Error)> {
    let requests = tokens.chunks(AT_ONCE).map(|some| async move {
        // What was settled meanwhile is not kept.
        let keeping = held.keeping(held.leased(some));
        let failed = keep_some(queues, url, &keeping).await;
        let each = failed.into_iter().filter_map(|(position, error)| {
            let mut all = some.iter();
            let token = all.find(|token| token.position == position)?;
            Some((*token, error))
        });
        each.collect::<Vec<_>>()
    });
    every(requests.collect()).await.concat()
}

/// Keeps what waits here.
pub(super) async fn keep(queues: &Queues, url: &str, keeping: Keeping) {
    for (_, error) in keep_some(queues, url, &keeping).await {
        tracing::debug!(%error, "not kept, it comes again");
    }
}

/// Gives what could not be kept, by its position.
async fn keep_some(queues: &Queues, url: &str, keeping: &Keeping) -> Vec<(u64, Error)> {
    let requests = keeping.all.chunks(AT_ONCE).map(|some| async move {
        let seconds = |seconds: u64| i32::try_from(seconds).unwrap_or(i32::MAX);
        let handles = some.iter();
        let handles = handles.map(|kept| (&kept.handle, seconds(kept.seconds)));
        let handles: Vec<_> = handles.collect();
        let asked = Instant::now();
        let outcome = queues.keep("extend", url, &handles).await;
        let outcomes = outcome.unwrap_or_else(|error| vec![Err(error); some.len()]);
        let all = || some.iter().zip(&outcomes);
        let kept = all().filter(|(_, outcome)| outcome.is_ok());
        keeping.held.extended(asked, kept.map(|(kept, _)| kept));
        let failed = all().filter_map(|(kept, outcome)| {
            let error = outcome.as_ref().err()?;
            let position = kept.handle.position;
            if is_stale(error) {
                keeping.held.lost(position);
            }
            Some((position, error.clone()))
        });
        failed.collect::<Vec<_>>()
    });
    every(requests.collect()).await.concat()
}
