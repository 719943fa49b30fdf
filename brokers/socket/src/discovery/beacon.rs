//! Instances that say by UDP multicast where they are.
use super::Discovery;
use crate::Address;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};
use tidings::{
    Channel, Error, Message, Result, SubscribeSpec, Transport,
    transport::{Event, Subscription},
};
use tidings_multicast::{MulticastSubscription, MulticastTransport};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, interval, sleep_until},
};

/// How often an instance says where it is, and after how long one that says nothing is gone.
const OFTEN: Duration = Duration::from_secs(1);
const SILENT: Duration = Duration::from_millis(3500);
/// Most instances of a service; whoever is one more is not heard.
const MOST: usize = 1024;
/// Longest address.
const LONGEST: usize = 1024;
/// Names of messages.
const HERE: &str = "Here";
const LEAVING: &str = "Leaving";

fn channel(service: &str) -> Channel {
    Channel::publish_subscribe(format!("instances/{service}"))
}

/// Hears which instances of a service are there. One that has said nothing for 3.5 seconds, or says that it leaves, is not.
pub struct Beacon {
    known: watch::Sender<BTreeSet<Address>>,
    task: JoinHandle<()>,
}

impl Beacon {
    /// Hears those that announce themselves as that service in that group, such as
    /// `udp://239.255.0.1:7401?interface=192.0.2.7`: see [`MulticastTransport`] for addresses.
    ///
    /// # Errors
    /// When the group's address makes no sense, or there is no such interface.
    pub async fn hear(group: &str, service: &str) -> Result<Self> {
        let transport = MulticastTransport::open(group)?;
        let spec = SubscribeSpec::new(channel(service));
        let subscription = transport.subscribe(&spec).await?;
        let known = watch::Sender::new(BTreeSet::new());
        let task = tokio::spawn(hear(transport, subscription, known.clone()));
        Ok(Self { known, task })
    }
}

impl Discovery for Beacon {
    fn instances(&self) -> watch::Receiver<BTreeSet<Address>> {
        self.known.subscribe()
    }
}

impl Drop for Beacon {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Beacon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beacon").finish_non_exhaustive()
    }
}

async fn hear(
    _transport: MulticastTransport,
    mut subscription: MulticastSubscription,
    known: watch::Sender<BTreeSet<Address>>,
) {
    let mut heard = Heard::default();
    loop {
        let event = tokio::select! {
            event = subscription.next(64) => event,
            () = sleep_until(heard.next_silence()) => Ok(Event::Lost { count: None }),
        };
        match event {
            Ok(Event::Deliveries(all)) => {
                for delivery in all {
                    heard.take(&delivery.message, Instant::now());
                }
            }
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "no instances are heard any more"),
        }
        heard.forget(Instant::now());
        known.send_if_modified(|known| {
            let is_other = !known.iter().eq(heard.0.keys());
            if is_other {
                *known = heard.0.keys().cloned().collect();
            }
            is_other
        });
    }
}

/// When each was heard last.
#[derive(Default)]
struct Heard(BTreeMap<Address, Instant>);

impl Heard {
    fn take(&mut self, message: &Message, now: Instant) {
        let body = Some(&message.body).filter(|body| body.len() <= LONGEST);
        let text = body.and_then(|body| str::from_utf8(body).ok());
        let text = text.unwrap_or_default();
        let Ok(address) = text.parse::<Address>() else {
            return tracing::debug!("an instance says no address");
        };
        match message.name.as_deref() {
            Some(HERE) if self.0.len() < MOST || self.0.contains_key(&address) => {
                self.0.insert(address, now);
            }
            Some(LEAVING) => drop(self.0.remove(&address)),
            _ => {}
        }
    }

    fn forget(&mut self, now: Instant) {
        self.0.retain(|_, last| now.duration_since(*last) < SILENT);
    }

    fn next_silence(&self) -> Instant {
        let first = self.0.values().min().copied();
        first.unwrap_or_else(Instant::now) + SILENT
    }
}

/// Says where an instance is, as long as this is there.
pub struct Announcement {
    transport: MulticastTransport,
    channel: Channel,
    address: Address,
    task: JoinHandle<()>,
}

impl Announcement {
    /// Announces an instance of a service in that group, at an address by which others reach it.
    ///
    /// # Errors
    /// When the group's address makes no sense, or there is no such interface.
    pub fn begin(group: &str, service: &str, address: &Address) -> Result<Self> {
        let transport = MulticastTransport::open(group)?;
        let (channel, address) = (channel(service), address.clone());
        let (said, from) = (
            message(HERE, &address),
            (transport.clone(), channel.clone()),
        );
        let task = tokio::spawn(async move {
            let mut often = interval(OFTEN);
            loop {
                often.tick().await;
                if let Err(error) = say(&from.0, &from.1, said.clone()).await {
                    tracing::debug!(%error, "an instance is not announced");
                }
            }
        });
        Ok(Self {
            transport,
            channel,
            address,
            task,
        })
    }

    /// Says that it leaves, so that nobody has to find out: before its transport is closed.
    pub async fn withdraw(self) {
        self.task.abort();
        let said = message(LEAVING, &self.address);
        if let Err(error) = say(&self.transport, &self.channel, said).await {
            tracing::debug!(%error, "nobody is told that an instance leaves");
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcement")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn message(name: &'static str, address: &Address) -> Message {
    Message::named(name, "text/plain", address.to_string())
}

async fn say(transport: &MulticastTransport, channel: &Channel, said: Message) -> Result<()> {
    let mut outcomes = transport
        .publish(channel, &[said], Instant::now() + OFTEN)
        .await;
    let none = || {
        Err(Error::new(
            tidings::ErrorKind::Unexpected,
            "publish",
            "no outcome",
        ))
    };
    outcomes.pop().unwrap_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &'static str, address: &str) -> Message {
        Message::named(name, "text/plain", address.to_owned())
    }

    #[test]
    fn an_instance_is_there_while_it_says_so_and_nonsense_is_none() {
        let (mut heard, now) = (Heard::default(), Instant::now());
        let long = format!("unix:{}", "x".repeat(LONGEST));
        for nonsense in ["", "tcp:", "\u{fffd}", &long] {
            heard.take(&said(HERE, nonsense), now);
        }
        heard.take(&said("Other", "tcp:a:1"), now);
        assert!(heard.0.is_empty());
        heard.take(&said(HERE, "tcp:a:1"), now);
        heard.take(&said(HERE, "tcp:b:1"), now + OFTEN);
        heard.forget(now + SILENT);
        assert_eq!(heard.0.len(), 1, "one is silent");
        assert_eq!(heard.next_silence(), now + OFTEN + SILENT);
        heard.take(&said(LEAVING, "tcp:b:1"), now + OFTEN);
        assert!(heard.0.is_empty());
    }

    #[test]
    fn announcements_without_an_end_take_no_more_room() {
        let (mut heard, now) = (Heard::default(), Instant::now());
        for port in 0..=u16::MAX {
            heard.take(&said(HERE, &format!("tcp:a:{port}")), now);
        }
        assert_eq!(heard.0.len(), MOST);
        heard.take(&said(HERE, "tcp:a:0"), now + SILENT);
        heard.forget(now + SILENT);
        assert_eq!(heard.0.len(), 1, "one that is known is heard again");
    }
}
