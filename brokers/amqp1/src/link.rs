//! A connection that comes back: made anew, with pauses, until the transport is closed.
use crate::{
    dial::{Dial, Purpose, pause},
    error::closed,
    line::Line,
};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

/// How long a broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);
/// A connection that lasts as long is no more of the trouble before it.
const STEADY: Duration = Duration::from_secs(5);

/// How a link is doing.
#[derive(Clone)]
pub(crate) enum Phase {
    Up(Arc<Line>),
    Down { since: Instant, reason: Str },
}

/// A connection for one purpose: what a broker holds publishers back for must not hold up settlements.
pub(crate) struct Link {
    phase: watch::Receiver<Phase>,
    task: JoinHandle<()>,
}

impl Link {
    /// Connects, and from then on connects again.
    pub(crate) async fn open(dial: Arc<Dial>, purpose: Purpose) -> Result<Self> {
        let line = dial
            .connect_within(purpose, dial.settings.connect_within)
            .await?;
        let (told, phase) = watch::channel(Phase::Up(line.clone()));
        let task = tokio::spawn(keep(dial, purpose, line, told));
        Ok(Self { phase, task })
    }

    /// How it is doing, and how that changes.
    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.clone()
    }

    /// The connection, as soon as there is one.
    pub(crate) async fn line(
        &self,
        operation: &'static str,
        deadline: Instant,
    ) -> Result<Arc<Line>> {
        let mut phase = self.phase.clone();
        let up = phase.wait_for(|phase| matches!(phase, Phase::Up(_)));
        match timeout_at(deadline, up).await {
            Ok(Ok(phase)) => {
                if let Phase::Up(line) = &*phase {
                    return Ok(line.clone());
                }
            }
            Ok(Err(_)) => return Err(closed(operation)),
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
    pub(crate) async fn close(&self) {
        self.task.abort();
        let line = match &*self.phase.borrow() {
            Phase::Up(line) => line.clone(),
            Phase::Down { .. } => return,
        };
        line.close(GOODBYE).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Waits for the end of each connection, and makes the next; after one that ended soon, with a pause.
async fn keep(dial: Arc<Dial>, purpose: Purpose, mut line: Arc<Line>, told: watch::Sender<Phase>) {
    let first = line.offer.clone();
    let mut since = Instant::now();
    loop {
        let made = Instant::now();
        let reason = line.ended().await;
        tracing::warn!(server = %dial.address, %reason, "connection lost");
        told.send_replace(Phase::Down {
            since: Instant::now(),
            reason,
        });
        drop(line);
        match made.elapsed() < STEADY {
            true => sleep(pause(since)).await,
            false => since = Instant::now(),
        }
        line = loop {
            match dial.connect(purpose).await {
                // What was promised of it is promised no more.
                Ok(line) if !line.offer.covers(&first) => {
                    let reason = "another broker answers there, which does not offer the same; open the transport anew";
                    mention(&told, reason);
                }
                Ok(line) => break line,
                // However often: the password may be mended at the other end.
                Err(error) => mention(&told, &error.to_string()),
            }
            sleep(pause(since)).await;
        };
        tracing::info!(server = %dial.address, "connected again");
        told.send_replace(Phase::Up(line.clone()));
    }
}

fn mention(told: &watch::Sender<Phase>, why: &str) {
    told.send_modify(|phase| {
        if let Phase::Down { reason, .. } = phase {
            *reason = why.into();
        }
    });
}
