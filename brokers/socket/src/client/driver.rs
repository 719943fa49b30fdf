//! The task that holds the connection of a connecting end, and makes a new one when it is lost.
use super::state::Shared;
use crate::{
    dial::Dial,
    stream::{FrameReader, Input, Sender},
    tls,
    wire::{Frame, VERSION},
    writer::{Output, write_one},
};
use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, transport::State};
use tokio::time::{Instant, sleep, sleep_until, timeout};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How long one try to connect may take, greeting included.
const TRY: Duration = Duration::from_secs(10);
/// How long the last words to the listening end may take.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a connection ended.
enum End {
    Lost(io::Error),
    Farewell,
    /// The other end wants nothing to do with this one, for ever or for the moment.
    Refused(Error),
}

/// Connects, again and again, until the transport is closed or refused; soon after it is closed in any case.
pub(super) async fn drive(shared: Arc<Shared>, dial: Dial) {
    let closed = async {
        let mut standing = shared.standing();
        // An error means the same: nobody is left.
        drop(standing.wait_for(|state| *state == State::Closed).await);
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = connect_again(&shared, &dial) => {}
        () = closed => {}
    }
}

async fn connect_again(shared: &Shared, dial: &Dial) {
    let mut pause = FIRST_PAUSE;
    while !shared.is_done() {
        match one_connection(shared, dial, &mut pause).await {
            End::Farewell => return,
            End::Refused(error) if error.is_retryable() => {
                shared.note_failure(error.with("address", &shared.address));
            }
            End::Refused(error) => return shared.end(Some(error)),
            End::Lost(error) => {
                let failure = Error::new(ErrorKind::ConnectionLost, "connect", error.to_string());
                shared.note_failure(failure.with("address", &shared.address));
            }
        }
        kept(shared, sleep(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Does that, and has the session forgotten when its time is over meanwhile.
async fn kept<F: Future>(shared: &Shared, work: F) -> F::Output {
    let mut work = pin!(work);
    if let Some(until) = shared.kept_until() {
        tokio::select! {
            done = &mut work => return done,
            () = sleep_until(until) => shared.forget(),
        }
    }
    work.await
}

async fn one_connection(shared: &Shared, dial: &Dial, pause: &mut Duration) -> End {
    let (reader, output, received) = match kept(shared, timeout(TRY, greet(shared, dial))).await {
        Ok(Ok(greeted)) => greeted,
        Ok(Err(end)) => return end,
        Err(late) => return End::Lost(late.into()),
    };
    if let Err(reason) = shared.install(received) {
        shared.forget();
        return broken(reason);
    }
    let begun = Instant::now();
    let end = converse(shared, reader, output).await;
    if begun.elapsed() > LONGEST_PAUSE {
        *pause = FIRST_PAUSE;
    }
    shared.uninstall();
    if let End::Lost(error) = &end {
        if error.kind() == io::ErrorKind::InvalidData {
            shared.forget();
        }
        if shared.is_open() {
            tracing::warn!(address = %shared.address, %error, "connection lost, connecting again");
        }
    }
    end
}

fn broken(reason: &'static str) -> End {
    End::Lost(io::Error::new(io::ErrorKind::InvalidData, reason))
}

type Greeted = (FrameReader, Output, Option<u64>);

async fn greet(shared: &Shared, dial: &Dial) -> Result<Greeted, End> {
    let (input, output) = dial
        .connect()
        .await
        .map_err(|error| unreachable(shared, error))?;
    exchange_hello(shared, input, output).await
}

/// What no waiting mends is the end; but who was let in before may be again.
fn unreachable(shared: &Shared, error: io::Error) -> End {
    let is_new = !shared.was_connected();
    let (kind, reason) = match (tls::refusal(&error, Sender::Listening), error.kind()) {
        (Some((ErrorKind::ConnectionLost, reason)), _) => return lost(&error, reason),
        (Some(refused), _) if is_new => refused,
        (Some((_, reason)), _) => return lost(&error, reason),
        (None, io::ErrorKind::InvalidInput) => (ErrorKind::Invalid, error.to_string()),
        (None, io::ErrorKind::PermissionDenied) if is_new => {
            (ErrorKind::PermissionDenied, error.to_string())
        }
        _ => return End::Lost(error),
    };
    let error = Error::new(kind, "connect", reason);
    End::Refused(error.with("address", &shared.address))
}

/// For that reason, in words.
fn lost(error: &io::Error, reason: String) -> End {
    End::Lost(io::Error::new(error.kind(), reason))
}

fn foreign(shared: &Shared, why: Option<io::Error>) -> End {
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let reason = format!("what listens there does not speak the tidings protocol{why}");
    let error = Error::new(ErrorKind::Invalid, "connect", reason);
    End::Refused(error.with("address", &shared.address))
}

async fn exchange_hello(shared: &Shared, input: Input, output: Output) -> Result<Greeted, End> {
    let patience = shared.settings.patience();
    let mut reader = FrameReader::new(input, Sender::Listening, patience);
    write_one(&*output, &shared.hello(), patience)
        .await
        .map_err(End::Lost)?;
    match reader.next().await {
        Ok(Some(Frame::Welcome {
            version: VERSION,
            received,
        })) => {
            reader.greeted();
            Ok((reader, output, received))
        }
        Ok(Some(Frame::Refused { fault })) => Err(End::Refused(fault.into_error("connect"))),
        Ok(Some(_)) => Err(foreign(shared, None)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(foreign(shared, Some(error)))
        }
        Ok(None) => Err(End::Lost(io::ErrorKind::UnexpectedEof.into())),
        Err(error) => Err(unreachable(shared, error)),
    }
}

async fn converse(shared: &Shared, mut reader: FrameReader, output: Output) -> End {
    let patience = reader.patience();
    shared.outbox.direct(output.clone());
    let reading = async {
        loop {
            match reader.next().await {
                Ok(Some(Frame::Farewell)) if !shared.is_open() => return End::Farewell,
                Ok(Some(Frame::Refused { fault })) => {
                    return End::Refused(fault.into_error("connect"));
                }
                Ok(Some(frame)) => {
                    if let Err(reason) = shared.receive(frame, reader.last()) {
                        return broken(reason);
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
            shared.show();
        }
    };
    tokio::select! {
        end = reading => end,
        written = shared.outbox.write_to(&*output, patience) => match written {
            // This end was closed, and has nothing more to say.
            Ok(()) => End::Farewell,
            Err(error) => End::Lost(error),
        },
        () = beating => End::Farewell,
    }
}
