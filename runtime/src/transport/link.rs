//! A connection that comes back: made anew, with pauses, until the transport is closed.
use super::{
    Dial, Line, Purpose, State,
    dial::{first, pause},
};
use crate::{Error, ErrorKind, Result, Str};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

/// A connection that lasts as long is no more of the trouble before it.
const STEADY: Duration = Duration::from_secs(5);

/// How a link is doing.
pub(super) enum Phase<L> {
    Up(Arc<L>),
    Down { since: Instant, reason: Str },
}

impl<L> Phase<L> {
    pub(super) fn state(&self) -> State {
        match self {
            Self::Up(_) => State::Connected,
            Self::Down { since, reason } => State::Reconnecting {
                since: *since,
                reason: reason.clone(),
            },
        }
    }
}

/// A connection for one purpose.
pub(super) struct Link<L> {
    phase: watch::Receiver<Phase<L>>,
    task: JoinHandle<()>,
}

impl<L: Line> Link<L> {
    /// Connects, and from then on connects again.
    pub(super) async fn open<D: Dial<Line = L>>(dial: Arc<D>, purpose: Purpose) -> Result<Self> {
        let line = first(&*dial, purpose).await?;
        let (told, phase) = watch::channel(Phase::Up(line.clone()));
        let task = tokio::spawn(keep(dial, purpose, line, told));
        Ok(Self { phase, task })
    }

    /// How it is doing, and how that changes.
    pub(super) fn phase(&self) -> watch::Receiver<Phase<L>> {
        self.phase.clone()
    }

    /// The connection, as soon as there is one.
    pub(super) async fn line(&self, operation: &'static str, deadline: Instant) -> Result<Arc<L>> {
        let mut phase = self.phase.clone();
        let up = phase.wait_for(|phase| matches!(phase, Phase::Up(_)));
        match timeout_at(deadline, up).await {
            Ok(Ok(phase)) => {
                if let Phase::Up(line) = &*phase {
                    return Ok(line.clone());
                }
            }
            Ok(Err(_)) => return Err(Error::closed(operation)),
            Err(_) => {}
        }
        let reason = match &*self.phase.borrow() {
            Phase::Down { since, reason } => {
                format!("not connected since {:.1?}: {reason}", since.elapsed())
            }
            Phase::Up(_) => String::new(),
        };
        Err(Error::new(ErrorKind::ConnectionLost, operation, reason))
    }

    /// Ends the connection for good; what was not settled over it is given back.
    pub(super) async fn close(&self) {
        self.task.abort();
        let line = match &*self.phase.borrow() {
            Phase::Up(line) => line.clone(),
            Phase::Down { .. } => return,
        };
        line.close().await;
    }
}

impl<L> Drop for Link<L> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for the end of each connection, and makes the next; after one that ended soon, with a pause.
async fn keep<D: Dial>(
    dial: Arc<D>,
    purpose: Purpose,
    mut line: Arc<D::Line>,
    told: watch::Sender<Phase<D::Line>>,
) {
    let mut since = Instant::now();
    let mut number = 1_u32;
    loop {
        let made = Instant::now();
        let reason = line.ended().await;
        tracing::warn!(server = %dial.server(), %reason, "connection lost");
        told.send_replace(Phase::Down {
            since: Instant::now(),
            reason,
        });
        drop(line);
        match made.elapsed() < STEADY {
            true => sleep(pause(since)).await,
            false => since = Instant::now(),
        }
        number = number.wrapping_add(1);
        // However often that fails: the password may be mended at the other end.
        line = loop {
            match dial.connect(purpose, number).await {
                Ok(line) => break line,
                Err(error) => mention(&told, &error),
            }
            sleep(pause(since)).await;
        };
        tracing::info!(server = %dial.server(), "connected again");
        told.send_replace(Phase::Up(line.clone()));
    }
}

fn mention<L>(told: &watch::Sender<Phase<L>>, error: &Error) {
    told.send_modify(|phase| {
        if let Phase::Down { reason, .. } = phase {
            *reason = error.to_string().into();
        }
    });
}
