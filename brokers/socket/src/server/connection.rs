//! One connection at the listening end: reads requests, and pumps the deliveries of its subscriptions.
#[cfg(test)]
mod tests;

use super::{
    publish,
    sessions::{Place, Sessions},
    told,
};
use crate::{
    SocketSettings, Token as Admission,
    stream::{FrameReader, Input, Output, Sender, write_all, write_one},
    wire::{CHUNK, Delivery, Fault, Frame, MAX_FRAME, VERSION, WINDOW, encoded_size, share},
};
use bytes::Bytes;
use std::{collections::HashMap, future::poll_fn, io, sync::Arc, task::Poll, time::Duration};
use tidings::{
    BoxFuture, Channel, Error, ErrorKind, Memory, Message, SubscribeSpec, Token, Transport,
    Verdict,
    memory::{Lifetime, MemorySettler, MemorySubscription},
    transport::{Event, Group, Incoming, Part, Settler, Subscription},
};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::{Instant, timeout},
};

/// Frames that wait to be written; more, and whoever makes them waits.
const OUT: usize = 64;
/// Settlements that wait for a subscription.
const COMMANDS: usize = 64;
/// Shares of all publishes that wait for room at a time; more, and nothing is read until some are done. Never so where the
/// other end keeps to the window, or the settlements that make room would not be read either.
const WAITING: usize = 2 * WINDOW;
const SUBSCRIPTIONS: usize = 1024;
const MAX_PREFETCH: usize = 1 << 16;
/// Deliveries taken from a queue at a time.
const BATCH: usize = 64;
/// Longest time that a publish may wait for room.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// How long the last frames may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Connection {
    memory: Memory,
    linger: Duration,
    patience: Duration,
    token: Admission,
    sessions: Sessions,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    pub(super) fn new(
        memory: Memory,
        settings: &SocketSettings,
        sessions: Sessions,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let patience = settings.heartbeat.saturating_mul(3);
        Self {
            memory,
            linger: settings.linger,
            patience,
            token: settings.token.clone(),
            sessions,
            stopped,
        }
    }

    /// Serves until the other end leaves, misbehaves, or this end is closed.
    pub(super) async fn serve(self, input: Input, output: Output) {
        match self
            .run(
                FrameReader::new(input, Sender::Connecting, self.patience),
                output,
            )
            .await
        {
            Ok(()) => tracing::debug!("connection ended"),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(%error, "connection closed because of what it sent");
            }
            Err(error) => tracing::debug!(%error, "connection lost"),
        }
    }

    async fn run(&self, mut reader: FrameReader, mut output: Output) -> io::Result<()> {
        let mut stopped = self.stopped.clone();
        let greeting = timeout(self.patience, handshake(self, &mut reader, &mut output));
        let Some(mut place) = greeting.await?? else {
            return Ok(());
        };
        reader.greeted();
        let (out, frames) = mpsc::channel(OUT);
        let mut session = Session::new(self, out);
        let mut writing = std::pin::pin!(write_all(output, frames, self.patience));
        let serving = async {
            let leaving = session.read(&mut reader, &mut stopped, &mut place).await?;
            session.end(leaving).await;
            io::Result::Ok(())
        };
        tokio::select! {
            served = serving => served?,
            written = &mut writing => return written,
        }
        // All senders are gone with the session; what they left is written.
        timeout(LAST_WORDS, writing).await?
    }
}

/// Greets; gives the place of the session, or nothing where the other end has left.
async fn handshake(
    connection: &Connection,
    reader: &mut FrameReader,
    output: &mut Output,
) -> io::Result<Option<Place>> {
    let fault = match reader.next().await? {
        None => return Ok(None),
        Some(Frame::Hello {
            version: VERSION,
            session,
            token,
        }) => {
            if connection.token.admits(token.as_deref()) {
                let place = connection.sessions.enter(session).await;
                write_one(output, &Frame::Welcome { version: VERSION }).await?;
                return Ok(Some(place));
            }
            let kind = ErrorKind::PermissionDenied;
            Fault {
                kind,
                ..invalid("the token is not the one of the listening end")
            }
        }
        Some(Frame::Hello { version, .. }) => invalid(&format!(
            "version {version} of the protocol is not spoken here, {VERSION} is"
        )),
        Some(_) => invalid("a connection begins with Hello"),
    };
    let reason = fault.reason.clone();
    write_one(output, &Frame::Refused { fault }).await?;
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

fn invalid(reason: &str) -> Fault {
    Fault {
        kind: ErrorKind::Invalid,
        retryable: false,
        ambiguous: false,
        reason: reason.to_owned(),
    }
}

/// How a connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The other end said goodbye.
    Goodbye,
    /// The stream ended.
    Lost,
    /// This end is closed.
    Stopped,
}

enum Command {
    Settle(Vec<(Token, Verdict)>),
    End,
}

struct Session {
    memory: Memory,
    linger: Duration,
    out: mpsc::Sender<Bytes>,
    pumps: HashMap<u64, mpsc::Sender<Command>>,
    tasks: JoinSet<()>,
    waiting: Arc<Semaphore>,
}

impl Session {
    fn new(connection: &Connection, out: mpsc::Sender<Bytes>) -> Self {
        Self {
            memory: connection.memory.clone(),
            linger: connection.linger,
            out,
            pumps: HashMap::new(),
            tasks: JoinSet::new(),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }

    async fn read(
        &mut self,
        reader: &mut FrameReader,
        stopped: &mut watch::Receiver<bool>,
        place: &mut Place,
    ) -> io::Result<Leaving> {
        loop {
            let frame = tokio::select! {
                frame = reader.next() => frame?,
                () = told(stopped) => return Ok(Leaving::Stopped),
                // The other end is back by another connection, and waits for this one to end.
                () = place.replaced() => return Ok(Leaving::Lost),
            };
            while self.tasks.try_join_next().is_some() {}
            match frame {
                None => return Ok(Leaving::Lost),
                Some(Frame::Goodbye) => return Ok(Leaving::Goodbye),
                Some(frame) => self.handle(frame).await?,
            }
        }
    }

    async fn handle(&mut self, frame: Frame) -> io::Result<()> {
        match frame {
            Frame::Publish {
                request,
                within,
                channel,
                messages,
            } => self.publish(request, within, channel, messages).await,
            Frame::Subscribe {
                subscription,
                channel,
                group,
                prefetch,
                prefetch_bytes,
                private,
            } => {
                let prefetch = (prefetch as usize).min(MAX_PREFETCH);
                let lifetime = if private {
                    Lifetime::Linger(self.linger)
                } else {
                    Lifetime::Durable
                };
                let spec = SubscribeSpec::new(channel)
                    .group(Group::named(group.as_deref()))
                    .prefetch(prefetch)
                    .prefetch_bytes(usize::try_from(prefetch_bytes).unwrap_or(usize::MAX));
                self.subscribe(subscription, &spec, lifetime).await
            }
            Frame::Settle {
                subscription,
                verdicts,
            } => {
                // A subscription that has just ended settles nothing any more.
                let Some(pump) = self.pumps.get(&subscription) else {
                    return Ok(());
                };
                let verdicts = verdicts
                    .into_iter()
                    .map(|(position, verdict)| (Part::ONLY.at(position), verdict))
                    .collect();
                drop(pump.send(Command::Settle(verdicts)).await);
                Ok(())
            }
            Frame::Unsubscribe { subscription } => {
                if let Some(pump) = self.pumps.remove(&subscription) {
                    drop(pump.send(Command::End).await);
                }
                Ok(())
            }
            Frame::Ensure {
                request,
                how,
                wanted,
            } => {
                let outcome = self.memory.ensure(&wanted, how).await;
                self.send(&Frame::Outcomes {
                    request,
                    outcomes: vec![outcome.map_err(|error| fault(&error))],
                })
                .await
            }
            Frame::Ping => self.send(&Frame::Pong).await,
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame that the connecting end does not send",
            )),
        }
    }

    async fn send(&self, frame: &Frame) -> io::Result<()> {
        self.out
            .send(frame.encode())
            .await
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Publishes at once where there is room, so that the order of frames is kept; else beside the reading, because the
    /// settlements that make room come by this connection too.
    async fn publish(
        &mut self,
        request: u64,
        within: Duration,
        channel: Channel,
        messages: Vec<Message>,
    ) -> io::Result<()> {
        let memory = self.memory.clone();
        let deadline = Instant::now() + within.min(LONGEST);
        let share = share(&messages);
        let mut work: BoxFuture<'static, Frame> = Box::pin(async move {
            let outcomes = publish(&memory, &channel, &messages, deadline).await;
            let outcomes = outcomes
                .into_iter()
                .map(|outcome| outcome.map_err(|error| fault(&error)))
                .collect();
            Frame::Outcomes { request, outcomes }
        });
        if let Poll::Ready(frame) =
            poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await
        {
            return self.send(&frame).await;
        }
        let Ok(permit) = self.waiting.clone().acquire_many_owned(share).await else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let out = self.out.clone();
        self.tasks.spawn(async move {
            let frame = work.await;
            drop(out.send(frame.encode()).await);
            drop(permit);
        });
        Ok(())
    }

    async fn subscribe(
        &mut self,
        id: u64,
        spec: &SubscribeSpec,
        lifetime: Lifetime,
    ) -> io::Result<()> {
        if self.pumps.contains_key(&id) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a subscription's number was used twice",
            ));
        }
        self.pumps.retain(|_, pump| !pump.is_closed());
        let attached = if self.pumps.len() >= SUBSCRIPTIONS {
            Err(invalid(
                "there are too many subscriptions on this connection",
            ))
        } else {
            self.memory
                .attach(spec, lifetime)
                .map_err(|error| fault(&error))
        };
        let (outcome, subscription) = match attached {
            Ok(subscription) => (Ok(()), Some(subscription)),
            Err(fault) => (Err(fault), None),
        };
        self.send(&Frame::Subscribed {
            subscription: id,
            outcome,
        })
        .await?;
        if let Some(subscription) = subscription {
            let (commands, received) = mpsc::channel(COMMANDS);
            self.pumps.insert(id, commands);
            self.tasks
                .spawn(pump(id, subscription, received, self.out.clone()));
        }
        Ok(())
    }

    async fn end(mut self, leaving: Leaving) {
        match leaving {
            // Drops the subscriptions, whose queues wait for the other end to come back.
            Leaving::Lost => self.tasks.shutdown().await,
            Leaving::Stopped => {
                self.pumps.clear();
                drop(timeout(LAST_WORDS, self.finish()).await);
            }
            Leaving::Goodbye => {
                for pump in std::mem::take(&mut self.pumps).into_values() {
                    drop(pump.send(Command::End).await);
                }
                self.finish().await;
                drop(self.send(&Frame::Farewell).await);
            }
        }
    }

    async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What the other end is told: that this end closes is a connection lost, for it may be there again soon.
fn fault(error: &Error) -> Fault {
    if error.kind() == ErrorKind::Closed {
        let reason = "the listening end is closing".to_owned();
        return Fault {
            kind: ErrorKind::ConnectionLost,
            retryable: true,
            ambiguous: false,
            reason,
        };
    }
    error.into()
}

async fn pump(
    id: u64,
    mut subscription: MemorySubscription,
    mut commands: mpsc::Receiver<Command>,
    out: mpsc::Sender<Bytes>,
) {
    let settler = subscription.settler();
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                // Settling fails only when the in-process transport is closed, which ends this soon.
                Some(Command::Settle(verdicts)) => drop(settler.settle(&verdicts).await),
                Some(Command::End) => return subscription.end(),
                None => return,
            },
            next = subscription.next(BATCH) => {
                let sent = match next {
                    Ok(Event::Deliveries(deliveries)) => deliver(id, &settler, deliveries, &out).await,
                    Ok(Event::Lost { count }) => {
                        out.send(Frame::Lost { subscription: id, count }.encode()).await.ok()
                    }
                    Ok(_) => Some(()),
                    // The connection ends soon, and the other end tries again elsewhere or later.
                    Err(error) if error.kind() == ErrorKind::Closed => None,
                    Err(error) => {
                        drop(out.send(Frame::Ended { subscription: id, fault: fault(&error) }.encode()).await);
                        None
                    }
                };
                if sent.is_none() {
                    return;
                }
            }
        }
    }
}

/// Sends deliveries in frames of a fair size; none when the connection is gone.
async fn deliver(
    id: u64,
    settler: &MemorySettler,
    deliveries: Vec<Incoming>,
    out: &mpsc::Sender<Bytes>,
) -> Option<()> {
    let mut chunk = Vec::new();
    let mut size = 0;
    for incoming in deliveries {
        let Incoming {
            message,
            token,
            attempt,
            ..
        } = incoming;
        let added = encoded_size(&message);
        if added > MAX_FRAME - 64 {
            tracing::error!(id = %message.id, bytes = added, "message is too large for the connection, rejected");
            let verdict = Verdict::reject("it is too large for the connection");
            drop(settler.settle(&[(token, verdict)]).await);
            continue;
        }
        if size + added > CHUNK && !chunk.is_empty() {
            send_chunk(id, &mut chunk, out).await?;
            size = 0;
        }
        size += added;
        chunk.push(Delivery {
            position: token.position,
            attempt,
            message,
        });
    }
    send_chunk(id, &mut chunk, out).await
}

async fn send_chunk(id: u64, chunk: &mut Vec<Delivery>, out: &mpsc::Sender<Bytes>) -> Option<()> {
    if chunk.is_empty() {
        return Some(());
    }
    let frame = Frame::Deliver {
        subscription: id,
        deliveries: std::mem::take(chunk),
    };
    out.send(frame.encode()).await.ok()
}
