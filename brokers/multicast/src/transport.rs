//! The transport.
use crate::{
    MulticastSettings, MulticastSubscription,
    address::Address,
    hub::Hub,
    mailbox::Mailbox,
    sender::{Sender, check},
    socket,
};
use bytes::Bytes;
use std::{
    collections::HashSet,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings::{
    Capabilities, Channel, Error, ErrorKind, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Confirm, Ensure, Group, Start, State, Wanted},
};
use tokio::{sync::watch, time::Instant};

/// A member of a multicast group. Cheap to clone.
#[derive(Clone)]
pub struct MulticastTransport(Arc<Inner>);

struct Inner {
    address: Address,
    settings: MulticastSettings,
    sender: Sender,
    /// Receives, while somebody subscribes.
    hub: Mutex<Weak<Hub>>,
    state: watch::Sender<State>,
}

impl MulticastTransport {
    /// Sends to, and receives from, a group such as `udp://239.255.0.1:7400?interface=192.0.2.7`, with the usual settings.
    ///
    /// # Errors
    /// When the address makes no sense, or there is no such interface.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, MulticastSettings::default())
    }

    /// The same with those settings. It is to be called within a tokio runtime.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub fn open_with(url: &str, settings: MulticastSettings) -> Result<Self> {
        let address: Address = url.parse()?;
        let settings = settings.sane();
        let socket = socket::sending(&address).map_err(|error| refused("connect", error, url))?;
        Ok(Self(Arc::new(Inner {
            sender: Sender::new(socket, address.group, settings.message_bytes),
            address,
            settings,
            hub: Mutex::default(),
            state: watch::Sender::new(State::Connected),
        })))
    }

    fn hub(&self) -> MutexGuard<'_, Weak<Hub>> {
        self.0.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        *self.0.state.borrow() == State::Closed
    }

    fn check_open(&self, operation: &'static str) -> Result<()> {
        match self.is_closed() {
            true => Err(closed(operation)),
            false => Ok(()),
        }
    }

    /// The one that receives; another where nobody subscribed.
    fn joined(&self) -> Result<Arc<Hub>> {
        let mut hub = self.hub();
        if let Some(hub) = hub.upgrade() {
            return Ok(hub);
        }
        let Inner {
            address, settings, ..
        } = &*self.0;
        let opened = Hub::open(*address, settings);
        let group = address.group;
        let opened = Arc::new(opened.map_err(|error| refused("subscribe", error, group))?);
        *hub = Arc::downgrade(&opened);
        Ok(opened)
    }
}

impl Transport for MulticastTransport {
    type Subscription = MulticastSubscription;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        let mut all = Capabilities::none(self.0.settings.message_bytes);
        all.publish_subscribe = true;
        all.confirm = Confirm::Socket;
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut failed: HashSet<&Bytes> = HashSet::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for message in batch {
            let is_behind = message.key.as_ref().is_some_and(|key| failed.contains(key));
            let outcome = match self.check_open("publish") {
                Err(error) => Err(error),
                Ok(()) if is_behind => Err(skipped()),
                Ok(()) => self.0.sender.send(channel, message, deadline).await,
            };
            if outcome.is_err() {
                failed.extend(&message.key);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<MulticastSubscription> {
        self.check_open("subscribe")?;
        check(&spec.channel)?;
        let told = |reason: &str| {
            let error = Error::new(ErrorKind::Unsupported, "subscribe", reason);
            Err(error.with("channel", &spec.channel.address))
        };
        match (&spec.group, spec.start) {
            (Group::Shared(_), _) => {
                return told("nobody shares what comes by multicast; subscribe without a group");
            }
            (_, Start::Oldest) => return told("nothing is kept that could be had again"),
            _ => {}
        }
        let hub = self.joined()?;
        let mailbox = Arc::new(Mailbox::new(spec));
        hub.add(&spec.channel.address, &mailbox);
        // Who closes now ends those that are there.
        self.check_open("subscribe")?;
        let channel = spec.channel.address.clone();
        Ok(MulticastSubscription::new(mailbox, hub, channel))
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, MulticastSubscription)> {
        let reason =
            "a multicast group gives each message to all, replies too; ask by another broker";
        Err(Error::new(ErrorKind::Unsupported, "inbox", reason))
    }

    async fn ensure(&self, wanted: &[Wanted], _: Ensure) -> Result<()> {
        self.check_open("ensure")?;
        for wanted in wanted {
            check(&wanted.channel)?;
            if wanted.group.is_some() {
                let reason = "nobody shares what comes by multicast; leave the group out";
                let error = Error::new(ErrorKind::Unsupported, "ensure", reason);
                return Err(error.with("channel", &wanted.channel.address));
            }
        }
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.0.state.subscribe()
    }

    async fn close(&self, _: Duration) -> Result<()> {
        self.0.state.send_replace(State::Closed);
        let hub = self.hub().upgrade();
        if let Some(hub) = hub {
            hub.end(&closed("receive"));
        }
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.state.send_replace(State::Closed);
    }
}

impl fmt::Debug for MulticastTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MulticastTransport")
            .field("group", &self.0.address.group)
            .finish_non_exhaustive()
    }
}

fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

fn skipped() -> Error {
    let reason = "an earlier message of its key failed";
    Error::new(ErrorKind::Skipped, "publish", reason)
}

fn refused(operation: &'static str, error: io::Error, server: impl fmt::Display) -> Error {
    let mend = match error.kind() {
        io::ErrorKind::AddrInUse => "another program has the port for itself",
        _ => "name an interface of this machine by `?interface=` behind the address",
    };
    let reason = format!("{error}; {mend}");
    let error = Error::new(ErrorKind::ConnectionLost, operation, reason).because(error);
    error.with("server", server)
}
