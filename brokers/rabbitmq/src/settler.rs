//! Settles the deliveries of a subscription, each at the queue that it came from.
use crate::out::Out;
use futures_util::future::join_all;
use std::{collections::BTreeMap, sync::Arc};
use tidings::{Error, Token, Verdict, transport::Settler};

/// Settles the deliveries of a [`RabbitSubscription`](crate::RabbitSubscription).
#[derive(Debug, Clone)]
pub struct RabbitSettler(pub(crate) Arc<[Arc<Out>]>);

impl Settler for RabbitSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        if let [out] = &*self.0 {
            return out.settle(verdicts).await;
        }
        let mut by_shard = BTreeMap::<u32, Vec<(Token, Verdict)>>::new();
        for (token, verdict) in verdicts {
            let of_shard = by_shard.entry(token.part.part).or_default();
            of_shard.push((*token, verdict.clone()));
        }
        let out = |shard: u32| self.0.get(usize::try_from(shard).ok()?);
        let all = by_shard.iter().filter_map(|(shard, verdicts)| {
            let out = out(*shard)?;
            Some(out.settle(verdicts))
        });
        join_all(all).await.concat()
    }
}
