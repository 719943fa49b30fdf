//! What a consumer receives, and what settles it.
use crate::{
    bindings,
    client::{Cluster, blocking},
    consumer::{
        driver,
        joining::{Beginning, Member},
        shared::Shared,
    },
    fault,
    topic::{self, Topic},
    transaction::Transactions,
};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    ChannelKind, Error, ErrorKind, Outgoing, Result, Str, SubscribeSpec, Token, Verdict,
    transport::{Event, Group, Settler, Start, Subscription},
};
use tokio::{sync::oneshot, time::timeout};

/// What subscribing to a [`KafkaTransport`](crate::KafkaTransport) gives.
pub struct KafkaSubscription {
    shared: Arc<Shared>,
    settler: KafkaSettler,
}

/// What settles the deliveries of a [`KafkaSubscription`].
#[derive(Clone)]
pub struct KafkaSettler {
    shared: Arc<Shared>,
    /// Whether the group's place is kept at the cluster.
    is_grouped: bool,
    /// After that long without an answer the group gives the partition to others.
    wait: Duration,
    transactions: Arc<Transactions>,
}

impl KafkaSubscription {
    /// Begins to receive; the topic of an inbox comes and goes with the subscription.
    pub(crate) async fn open(
        cluster: &Cluster,
        spec: &SubscribeSpec,
        inbox: Option<Topic>,
    ) -> Result<Self> {
        let topic = topic::of("subscribe", &spec.channel)?.name;
        bindings::messages(&spec.channel)?;
        let (member, start) = match inbox {
            Some(_) => (Member::Alone, Start::Oldest),
            None => member(spec, &topic)?,
        };
        let is_grouped = matches!(member, Member::Of(_));
        let spec = spec.clone().start(start);
        let shared = Arc::new(Shared::new(&spec));
        let (begun, begins) = oneshot::channel();
        let transactions =
            Transactions::new(cluster.clone(), shared.clone(), topic.clone(), is_grouped);
        // Dropped before its end, this ends the thread.
        let subscription = Self {
            shared: shared.clone(),
            settler: KafkaSettler {
                shared: shared.clone(),
                is_grouped,
                wait: cluster.settings.wait.min(cluster.settings.session),
                transactions: Arc::new(transactions),
            },
        };
        driver::spawn(Beginning {
            cluster: cluster.clone(),
            spec,
            member,
            topic,
            shared,
            inbox,
            begun,
        })?;
        begins
            .await
            .unwrap_or_else(|_| Err(fault::closed("subscribe")))?;
        Ok(subscription)
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// Who receives: the consumers of a point-to-point channel are a group that is named as the topic, unless the document names
/// another.
fn member(spec: &SubscribeSpec, topic: &Str) -> Result<(Member, Start)> {
    let allowed = bindings::groups(&spec.channel)?;
    match (&spec.channel.kind, &spec.group) {
        (ChannelKind::PointToPoint, _) => {
            let group = bindings::group(&spec.channel)?;
            Ok((
                Member::Of(group.unwrap_or_else(|| topic.clone())),
                Start::Oldest,
            ))
        }
        (_, Group::Shared(name)) if !allowed.is_empty() && !allowed.contains(&&**name) => {
            let reason = format!(
                "the document's `groupId` allows only {}",
                allowed.join(", ")
            );
            let error = Error::new(ErrorKind::Invalid, "subscribe", reason);
            Err(error.with("channel", topic).with("group", name))
        }
        (_, Group::Shared(name)) => Ok((Member::Of(name.clone()), spec.start)),
        _ => Ok((Member::Alone, spec.start)),
    }
}

impl Drop for KafkaSubscription {
    fn drop(&mut self) {
        let reason = "the subscription was dropped";
        self.shared
            .end(Error::new(ErrorKind::Closed, "receive", reason));
    }
}

impl Subscription for KafkaSubscription {
    type Settler = KafkaSettler;

    fn settler(&self) -> KafkaSettler {
        self.settler.clone()
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            if let Some(event) = self.shared.next(max) {
                return event;
            }
            self.shared.changed.notified().await;
        }
    }
}

impl Settler for KafkaSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let Some(committed) = self.shared.settle(verdicts, self.is_grouped) else {
            return Vec::new();
        };
        let outcome = match timeout(self.wait, committed).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(fault::closed("settle").ambiguous()),
            Err(_) => {
                let reason = "the cluster did not confirm it in time";
                Err(Error::new(ErrorKind::Timeout, "settle", reason).ambiguous())
            }
        };
        let Err(error) = outcome else {
            return Vec::new();
        };
        let acked = verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Ack);
        acked.map(|(token, _)| (*token, error.clone())).collect()
    }

    async fn commit(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        self.transact(outgoing, verdicts).await
    }
}

impl KafkaSettler {
    async fn transact(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        let transactions = self.transactions.clone();
        let (outgoing, verdicts) = (outgoing.to_vec(), verdicts.to_vec());
        blocking("commit", move || transactions.commit(&outgoing, &verdicts)).await
    }
}

impl fmt::Debug for KafkaSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSubscription").finish_non_exhaustive()
    }
}

impl fmt::Debug for KafkaSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettler").finish_non_exhaustive()
    }
}
