//! The dead letters of a channel, one by one: looked at, sent again, dropped, or kept.
use super::{
    beside,
    letter::{DeadLetter, Decision},
    place::Place,
    publish::LOOK,
    sorting::{QUIET, Sorting},
};
use crate::{
    Channel, DynTransport, ErrorKind, Result,
    lease::Leases,
    transport::{DynSubscription, SubscribeSpec, deadline},
};
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// Most bytes of letters that one run looks at, since those that stay are held until its end.
const BYTES: usize = 1 << 30;

/// The dead letters of a channel.
#[derive(Clone)]
pub struct DeadLetterQueue {
    place: Place,
}

impl DeadLetterQueue {
    /// Those that a service keeps beside the channel, as it does unless told otherwise; those of a
    /// [wildcard](Channel::wildcard) lie beside the channels that they came by, one queue each.
    #[must_use]
    pub fn beside(transport: Arc<dyn DynTransport>, channel: Channel) -> Self {
        let queue = beside(&channel.address);
        Self::at(transport, channel, queue)
    }

    /// Those that a service keeps in another channel, be they of the channel or of others too: what is sent again goes where it
    /// came from.
    #[must_use]
    pub fn at(transport: Arc<dyn DynTransport>, channel: Channel, queue: Channel) -> Self {
        let place = Place {
            transport,
            channel,
            queue,
        };
        Self { place }
    }

    /// The first dead letters, at most that many and 1 GiB, all of which stay.
    ///
    /// # Errors
    /// When the transport cannot receive them.
    pub async fn list(&self, most: usize) -> Result<Vec<DeadLetter>> {
        let mut letters = Vec::new();
        let note = |letter: &DeadLetter| {
            letters.push(letter.clone());
            Decision::Keep
        };
        self.sort(most, note).await?;
        Ok(letters)
    }

    /// Decides on the first dead letters, at most that many, of which 1 GiB may stay; gives how many did not. One that is sent again is gone from
    /// here once the transport has confirmed it; where that fails, it and those behind it stay. One that comes back meanwhile
    /// is not decided on again, and stays. Where the transport is told only up to where all is done (Kafka), what stays before one
    /// that does not is put behind the others.
    ///
    /// # Errors
    /// When the transport cannot receive, publish or settle.
    pub async fn sort(
        &self,
        most: usize,
        mut decide: impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<usize> {
        let spec = SubscribeSpec::new(self.place.queue.clone())
            .prefetch(most.max(1))
            .prefetch_bytes(BYTES);
        let Some(mut subscription) = self.subscribe(&spec).await? else {
            return Ok(0);
        };
        let settler = subscription.settler();
        let leases = Leases::of(subscription.lease());
        let sorting = Sorting::new(&self.place, &*settler, &leases);
        tokio::select! {
            () = leases.keep(&*settler) => Ok(0),
            gone = sorting.run(&mut *subscription, most, &mut decide) => gone,
        }
    }

    /// The channel is there once the first has come; what is not there for a while holds nothing.
    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Option<Box<dyn DynSubscription>>> {
        let until = deadline(QUIET);
        loop {
            match self.place.transport.subscribe(spec).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(subscription) => return Ok(Some(subscription)),
                Err(_) if Instant::now() >= until => return Ok(None),
                Err(_) => sleep(LOOK).await,
            }
        }
    }
}

impl std::fmt::Debug for DeadLetterQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetterQueue")
            .field("channel", &self.place.channel.address)
            .field("queue", &self.place.queue.address)
            .finish_non_exhaustive()
    }
}
