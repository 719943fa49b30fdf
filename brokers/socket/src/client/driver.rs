//! The task that holds the connection of a connecting end, and makes a new one when it is lost.
use super::state::Shared;
use crate::{
    stream::{FrameReader, Input, Output, Sender, connect, write_all, write_one},
    wire::{Frame, VERSION},
};
use std::{io, sync::Arc, time::Duration};
use tidings::{Error, ErrorKind};
use tokio::{
    sync::mpsc::unbounded_channel,
    time::{Instant, sleep, timeout},
};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How long one try to connect may take, greeting included.
const TRY: Duration = Duration::from_secs(10);

/// How a connection ended.
enum End {
    Lost(io::Error),
    Farewell,
    /// The other end wants nothing to do with this one.
    Refused(Error),
}

/// Connects, again and again, until the transport is closed or refused.
pub(super) async fn drive(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    while !shared.is_closed() {
        let end = match timeout(TRY, greet(&shared)).await {
            Ok(Ok((reader, output))) => {
                let begun = Instant::now();
                let end = converse(&shared, reader, output).await;
                if begun.elapsed() > LONGEST_PAUSE {
                    pause = FIRST_PAUSE;
                }
                shared.uninstall();
                if matches!(end, End::Lost(_)) && shared.is_open() {
                    tracing::warn!(address = %shared.address, "connection lost, connecting again");
                }
                end
            }
            Ok(Err(end)) => end,
            Err(late) => End::Lost(late.into()),
        };
        match end {
            End::Farewell => return,
            End::Refused(error) => return shared.end(Some(error)),
            End::Lost(error) => {
                let failure = Error::new(ErrorKind::ConnectionLost, "connect", error.to_string());
                shared.note_failure(failure.with("address", &shared.address));
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn greet(shared: &Shared) -> Result<(FrameReader, Output), End> {
    let (input, output) = connect(&shared.address)
        .await
        .map_err(|error| unreachable(shared, error))?;
    let patience = shared.settings.heartbeat.saturating_mul(3);
    exchange_hello(shared, input, output, patience).await
}

/// What no waiting mends is the end; but who was let in before may be again.
fn unreachable(shared: &Shared, error: io::Error) -> End {
    let kind = match error.kind() {
        io::ErrorKind::InvalidInput => ErrorKind::Invalid,
        io::ErrorKind::PermissionDenied if !shared.was_connected() => ErrorKind::PermissionDenied,
        _ => return End::Lost(error),
    };
    let error = Error::new(kind, "connect", error.to_string());
    End::Refused(error.with("address", &shared.address))
}

fn foreign() -> End {
    let reason = "what listens there does not speak the tidings protocol";
    End::Refused(Error::new(ErrorKind::Invalid, "connect", reason))
}

async fn exchange_hello(
    shared: &Shared,
    input: Input,
    mut output: Output,
    patience: Duration,
) -> Result<(FrameReader, Output), End> {
    let mut reader = FrameReader::new(input, Sender::Listening, patience);
    let hello = Frame::Hello {
        version: VERSION,
        session: shared.session,
        token: shared.settings.token.text(),
    };
    write_one(&mut output, &hello).await.map_err(End::Lost)?;
    match reader.next().await {
        Ok(Some(Frame::Welcome { version: VERSION })) => {
            reader.greeted();
            Ok((reader, output))
        }
        Ok(Some(Frame::Refused { fault })) => Err(End::Refused(fault.into_error("connect"))),
        Ok(Some(_)) => Err(foreign()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(foreign()),
        Ok(None) => Err(End::Lost(io::ErrorKind::UnexpectedEof.into())),
        Err(error) => Err(End::Lost(error)),
    }
}

async fn converse(shared: &Shared, mut reader: FrameReader, output: Output) -> End {
    let (writer, frames) = unbounded_channel();
    let pings = writer.clone();
    let generation = shared.install(writer);
    let patience = reader.patience();
    let reading = async {
        loop {
            match reader.next().await {
                Ok(Some(Frame::Farewell)) if !shared.is_open() => return End::Farewell,
                Ok(Some(frame)) => {
                    if let Err(reason) = shared.receive(generation, frame) {
                        return End::Lost(io::Error::new(io::ErrorKind::InvalidData, reason));
                    }
                }
                Ok(None) => return End::Lost(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => return End::Lost(error),
            }
        }
    };
    let beating = async {
        loop {
            sleep(shared.settings.heartbeat).await;
            drop(pings.send(Frame::Ping.encode()));
        }
    };
    tokio::select! {
        end = reading => end,
        // Ends by an error only, since there is always a sender.
        written = write_all(output, frames, patience) => End::Lost(written.err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())),
        () = beating => End::Farewell,
    }
}
