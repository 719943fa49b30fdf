//! Sending: each message a datagram, numbered within the stream of its channel.
use crate::{address::PROTOCOL, frame::Datagram};
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tidings::{Binding, Channel, ChannelKind, Error, ErrorKind, Message, Result, Str};
use tokio::{
    net::UdpSocket,
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;

/// Of how many channels it is known how far they are. The stream of one more begins anew.
const STREAMS: usize = 4096;

/// How long to wait where the operating system has no room.
const PAUSE: Duration = Duration::from_millis(1);

pub(crate) struct Sender {
    socket: UdpSocket,
    group: SocketAddr,
    most: usize,
    streams: Mutex<HashMap<Str, Stream>>,
}

/// What was sent to a channel.
#[derive(Clone, Copy)]
struct Stream {
    id: Uuid,
    last: u64,
}

impl Sender {
    pub(crate) fn new(socket: UdpSocket, group: SocketAddr, most: usize) -> Self {
        Self {
            socket,
            group,
            most,
            streams: Mutex::default(),
        }
    }

    pub(crate) async fn send(
        &self,
        channel: &Channel,
        message: &Message,
        deadline: Instant,
    ) -> Result<()> {
        let mut datagram = self.datagram(channel, message)?;
        let told = |error: Error| error.with("channel", &channel.address);
        let late = |reason| Err(told(Error::new(ErrorKind::Timeout, "publish", reason)));
        if Instant::now() >= deadline {
            return late("it was not sent by the deadline");
        }
        match timeout_at(deadline, self.sent(channel, &mut datagram)).await {
            Ok(sent) => sent.map_err(|error| told(failed(error))),
            Err(_) => late("there was no room to send it in time"),
        }
    }

    fn datagram(&self, channel: &Channel, message: &Message) -> Result<Datagram> {
        check(channel)?;
        let refused = |kind, reason: String| {
            Err(Error::new(kind, "publish", reason).with("channel", &channel.address))
        };
        if message.not_before.is_some() {
            let reason = "nobody holds the message back; publish it later";
            return refused(ErrorKind::Unsupported, reason.to_owned());
        }
        let size = message.size();
        if size > self.most {
            let reason = format!("{size} bytes, of at most {}", self.most);
            return refused(ErrorKind::TooLarge, reason);
        }
        match Datagram::of(&channel.address, message) {
            Ok(datagram) => Ok(datagram),
            Err(bytes) => {
                let reason = format!(
                    "a datagram of {bytes} bytes, which carries {} at most",
                    crate::frame::LARGEST
                );
                refused(ErrorKind::TooLarge, reason)
            }
        }
    }

    async fn sent(&self, channel: &Channel, datagram: &mut Datagram) -> io::Result<()> {
        loop {
            match self.try_send(channel, datagram) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.writable().await?;
                }
                Err(error) if is_full(&error) => sleep(PAUSE).await,
                sent => return sent,
            }
        }
    }

    /// Numbers are given in the order of sending, and none to what was not sent.
    fn try_send(&self, channel: &Channel, datagram: &mut Datagram) -> io::Result<()> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if !streams.contains_key(&channel.address) {
            if streams.len() >= STREAMS {
                streams.clear();
            }
            let id = Uuid::new_v4();
            streams.insert(channel.address.clone(), Stream { id, last: 0 });
        }
        let Some(stream) = streams.get_mut(&channel.address) else {
            return Ok(());
        };
        let bytes = datagram.numbered(stream.id, stream.last + 1);
        self.socket.try_send_to(bytes, self.group)?;
        stream.last += 1;
        Ok(())
    }
}

/// Whether a channel can be here at all.
pub(crate) fn check(channel: &Channel) -> Result<()> {
    let reason = match channel.kind {
        ChannelKind::PointToPoint => {
            "a multicast group gives each message to all; use a publish-subscribe channel, or another broker"
        }
        _ if channel.wildcard => "there are no wildcards; name one address",
        // The protocol has no bindings.
        _ => return Binding::none(channel, PROTOCOL),
    };
    let error = Error::new(ErrorKind::Unsupported, "channel", reason);
    Err(error.with("channel", &channel.address))
}

/// Whether the operating system may have room later.
fn is_full(error: &io::Error) -> bool {
    const ENOBUFS: i32 = if cfg!(target_os = "linux") { 105 } else { 55 };
    error.raw_os_error() == Some(ENOBUFS)
}

fn failed(error: io::Error) -> Error {
    use io::ErrorKind as Io;
    let (kind, mend) = match error.kind() {
        Io::PermissionDenied => (ErrorKind::PermissionDenied, "; let the firewall pass it"),
        Io::NetworkUnreachable | Io::NetworkDown | Io::HostUnreachable => (
            ErrorKind::ConnectionLost,
            "; name the interface by `?interface=`, or bring it up",
        ),
        _ if error.raw_os_error() == Some(EMSGSIZE) => (
            ErrorKind::TooLarge,
            "; the network takes smaller datagrams only",
        ),
        _ => (ErrorKind::ConnectionLost, ""),
    };
    Error::new(kind, "publish", format!("{error}{mend}")).because(error)
}

const EMSGSIZE: i32 = if cfg!(target_os = "linux") { 90 } else { 40 };
