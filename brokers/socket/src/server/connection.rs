//! One connection at the listening end: greets, and reads what the other end sends in its session.
#[cfg(test)]
mod tests;

use super::{
    bind::Accepted,
    fault::{full, invalid, unencrypted},
    session::{Bounds, Session},
    sessions::{Place, Sessions},
};
use crate::{
    SocketSettings, Token as Admission,
    stream::{FrameReader, Input, Sender},
    tls::{self, Greeted},
    wire::{Fault, Frame, Malformed, VERSION},
    writer::{Output, Writer, write_one},
};
use std::{io, pin::pin, sync::Arc, time::Duration};
use tidings::{ErrorKind, Memory};
use tokio::{sync::watch, time::timeout};

/// Longest time until the other end has said who it is.
const GREETING: Duration = Duration::from_secs(5);
/// How long the last frames may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Connection {
    memory: Memory,
    bounds: Bounds,
    resume: Duration,
    patience: Duration,
    token: Admission,
    sessions: Arc<Sessions>,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    pub(super) fn new(
        memory: Memory,
        settings: &SocketSettings,
        sessions: Arc<Sessions>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            memory,
            bounds: Bounds {
                linger: settings.linger,
                waiting_bytes: settings.waiting_bytes,
            },
            resume: settings.resume,
            patience: settings.patience(),
            token: settings.token.clone(),
            sessions,
            stopped,
        }
    }

    /// Serves until the other end leaves, misbehaves, or this end is closed.
    pub(super) async fn serve(self, accepted: Accepted) {
        let Some((input, output)) = self.ready(accepted).await else {
            return;
        };
        let reader = FrameReader::new(input, Sender::Connecting, self.patience);
        match self.run(reader, output).await {
            Ok(()) => tracing::debug!("connection ended"),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(%error, "connection closed because of what it sent");
            }
            Err(error) => tracing::debug!(%error, "connection lost"),
        }
    }

    /// Tells the other end that there are as many connections as may be.
    pub(super) async fn refuse(self, accepted: Accepted, most: usize) {
        if let Some((input, output)) = self.ready(accepted).await {
            self.tell(input, output, full(most)).await;
        }
    }

    /// What frames go by, once that is agreed on.
    async fn ready(&self, accepted: Accepted) -> Option<(Input, Output)> {
        let (stream, tls) = match accepted {
            Accepted::Plain(input, output) => return Some((input, output)),
            Accepted::Tls(stream, tls) => (stream, tls),
        };
        let peer = stream.peer_addr().ok();
        let handshake = Box::pin(tls.accept(stream));
        match timeout(self.patience.min(GREETING), handshake).await {
            Ok(Ok(Greeted::Encrypted(input, output))) => return Some((input, output)),
            Ok(Ok(Greeted::Plain(input, output))) => {
                self.tell(input, output, unencrypted()).await;
            }
            Ok(Err(error)) => match tls::refusal(&error, Sender::Connecting) {
                Some((_, reason)) => tracing::warn!(?peer, reason, "connection refused"),
                None => tracing::debug!(%error, "a connection ended before its handshake did"),
            },
            Err(_) => tracing::debug!("a handshake was not done in time"),
        }
        None
    }

    /// Tells the other end why it is not served.
    async fn tell(&self, input: Input, output: Output, fault: Fault) {
        let reason = fault.reason.clone();
        let mut reader = FrameReader::new(input, Sender::Connecting, self.patience);
        let told = async {
            // What is not read first may take the answer with it.
            reader.next().await?;
            write_one(&*output, &Frame::Refused { fault }, self.patience).await
        };
        match timeout(self.patience.min(GREETING), told).await {
            Ok(Ok(())) => tracing::warn!(reason, "connection refused"),
            _ => tracing::debug!(
                reason,
                "a connection that is refused ended without a greeting"
            ),
        }
    }

    async fn run(&self, mut reader: FrameReader, output: Output) -> io::Result<()> {
        let greeting = self.greet(&mut reader, &*output);
        let Some(place) = timeout(self.patience.min(GREETING), greeting).await?? else {
            return Ok(());
        };
        reader.greeted();
        let outbox = place.session().outbox.clone();
        let mut writing = pin!(outbox.write_to(&*output, self.patience));
        let reading = self.read(&mut reader, &place);
        let leaving = tokio::select! {
            leaving = reading => leaving,
            written = &mut writing => return written,
        };
        match leaving {
            Ok(Leaving::Lost) => return Ok(()),
            Ok(Leaving::Stopped) => drop(timeout(LAST_WORDS, place.session().finish()).await),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                outbox.show(refusal(&error).encode());
                outbox.close();
                drop(timeout(LAST_WORDS, writing).await);
                place.end();
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        place.end();
        outbox.close();
        timeout(LAST_WORDS, writing).await?
    }

    async fn read(&self, reader: &mut FrameReader, place: &Place) -> io::Result<Leaving> {
        let mut stopped = self.stopped.clone();
        let mut replaced = pin!(place.replaced());
        loop {
            let frame = tokio::select! {
                frame = self.next(reader, place.session()) => frame?,
                told = stopped.wait_for(|stopped| *stopped) => return Ok(match told {
                    Ok(_) => Leaving::Stopped,
                    // This end was dropped, and another may go on with its sessions.
                    Err(_) => Leaving::Lost,
                }),
                // The other end is back by another connection, and waits for this one to end.
                () = &mut replaced => return Ok(Leaving::Lost),
            };
            let Some(frame) = frame else {
                return Ok(Leaving::Lost);
            };
            place
                .session()
                .take_in(frame, reader.last())
                .map_err(malformed)?;
        }
    }

    /// The next frame, once there is room for what it may lead to.
    async fn next(&self, reader: &mut FrameReader, session: &Session) -> io::Result<Option<Frame>> {
        session.waiting.has_room().await;
        timeout(self.patience, session.outbox.is_drained()).await?;
        reader.next().await
    }

    /// Gives the place in its session, or nothing where the other end has said nothing.
    async fn greet(
        &self,
        reader: &mut FrameReader,
        output: &dyn Writer,
    ) -> io::Result<Option<Place>> {
        let first = match reader.next().await {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                write_one(output, &refusal(&error), self.patience).await?;
                return Err(error);
            }
            first => first?,
        };
        let fault = match first {
            None => return Ok(None),
            Some(Frame::Hello {
                version: VERSION,
                session,
                received,
                token,
            }) => {
                if self.token.admits(token.as_deref()) {
                    return self.enter(session, received, output).await.map(Some);
                }
                Fault {
                    kind: ErrorKind::PermissionDenied,
                    ..invalid("the token is not the one of the listening end")
                }
            }
            Some(Frame::Hello { version, .. }) => invalid(&format!(
                "version {version} of the protocol is not spoken here, {VERSION} is"
            )),
            Some(_) => invalid("a connection begins with Hello"),
        };
        let reason = fault.reason.clone();
        write_one(output, &Frame::Refused { fault }, self.patience).await?;
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    }

    async fn enter(
        &self,
        session: uuid::Uuid,
        received: Option<u64>,
        output: &dyn Writer,
    ) -> io::Result<Place> {
        let all = self.sessions.waiting.clone();
        let make = || Session::new(self.memory.clone(), self.bounds, all);
        let entering = self.sessions.enter(session, received, self.resume, make);
        let (place, received) = entering.await;
        let welcome = Frame::Welcome {
            version: VERSION,
            received,
        };
        write_one(output, &welcome, self.patience).await?;
        Ok(place)
    }
}

/// How a connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The stream ended.
    Lost,
    /// This end is closed.
    Stopped,
}

/// What an end is told that sent something wrong.
fn refusal(error: &io::Error) -> Frame {
    let fault = invalid(&error.to_string());
    Frame::Refused { fault }
}

fn malformed(malformed: Malformed) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, malformed.0)
}
