//! What one consumer receives.
use crate::{hub::Hub, mailbox::Mailbox};
use std::{fmt, sync::Arc};
use tidings::{
    Error, Result, Str,
    transport::{Event, Settler, Subscription, Token, Verdict},
};

/// What comes of one channel.
pub struct MulticastSubscription {
    // Dropped before its place, which then finds it gone.
    mailbox: Arc<Mailbox>,
    _place: Place,
}

/// Where its messages come from, while it is there.
struct Place {
    hub: Arc<Hub>,
    channel: Str,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.sweep(&self.channel);
    }
}

impl MulticastSubscription {
    pub(crate) fn new(mailbox: Arc<Mailbox>, hub: Arc<Hub>, channel: Str) -> Self {
        let place = Place { hub, channel };
        Self {
            mailbox,
            _place: place,
        }
    }
}

impl Subscription for MulticastSubscription {
    type Settler = MulticastSettler;

    fn settler(&self) -> MulticastSettler {
        MulticastSettler(())
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        self.mailbox.next(max).await
    }
}

impl fmt::Debug for MulticastSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MulticastSubscription")
            .finish_non_exhaustive()
    }
}

/// Settles nothing: what came has come, and nobody sends it again.
#[derive(Debug, Clone)]
pub struct MulticastSettler(());

impl Settler for MulticastSettler {
    async fn settle(&self, _: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        Vec::new()
    }

    fn settle_now(&self, _: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        Some(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MulticastSettings;
    use tidings::{Channel, SubscribeSpec};

    #[tokio::test]
    async fn nothing_is_left_of_one_that_went() -> Result<()> {
        let group = "udp://239.255.77.9:47400?interface=127.0.0.1&hops=0".parse()?;
        let hub = Hub::open(group, &MulticastSettings::default());
        let hub = Arc::new(hub.expect("loopback is there"));
        for number in 0..100 {
            let channel = Channel::publish_subscribe(number.to_string());
            let mailbox = Arc::new(Mailbox::new(&SubscribeSpec::new(channel.clone())));
            hub.add(&channel.address, &mailbox);
            assert_eq!(hub.channels(), 1);
            drop(MulticastSubscription::new(
                mailbox,
                hub.clone(),
                channel.address,
            ));
        }
        assert_eq!(hub.channels(), 0);
        Ok(())
    }
}
