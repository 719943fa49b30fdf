//! One connection: what is done with it ends with it, and its end is told.
use crate::{plug::Plug, publisher::Publisher};
use futures_util::StreamExt;
use lapin::{Connection, Event};
use std::{fmt, time::Duration};
use tidings::{Error, ErrorKind, Result, Str, transport};
use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};

/// How often the end of a connection is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long a broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// One connection.
pub(crate) struct Line {
    /// Which one, so that what belongs to another is told from what belongs to this.
    pub(crate) generation: u32,
    pub(crate) connection: Connection,
    pub(crate) plug: Plug,
    /// Open from the first on where the connection is there to publish.
    pub(crate) publisher: Mutex<Option<Publisher>>,
    pub(crate) over: watch::Sender<bool>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.generation).finish()
    }
}

impl Line {
    /// Does something with the connection, as long as it is there: what is asked of it at its end may never be answered.
    pub(crate) async fn during<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.over() => Err(lost(operation, "the connection was lost")),
        }
    }

    /// Waits for its end.
    pub(crate) fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut over = self.over.subscribe();
        async move { drop(over.wait_for(|is_over| *is_over).await) }
    }

    /// Why it ended, once it has.
    pub(crate) async fn reason(&self) -> Str {
        let mut events = std::pin::pin!(self.connection.events_listener());
        let mut reason: Str = "the connection was closed".into();
        // What happens from here on is told.
        if !self.connection.status().connected() {
            return reason;
        }
        let mut pulled = std::pin::pin!(self.plug.pulled(LOOK));
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = &mut pulled => break,
            };
            match event {
                Some(Event::ConnectionBlocked(why)) => {
                    tracing::warn!(reason = why, "the broker takes no messages for now");
                }
                Some(Event::Error(cause)) => reason = cause.to_string().into(),
                Some(_) => {}
                None => break,
            }
            if !self.connection.status().connected() {
                break;
            }
        }
        reason
    }
}

impl transport::Line for Line {
    async fn ended(&self) -> Str {
        let reason = self.reason().await;
        self.over.send_replace(true);
        reason
    }

    async fn close(&self) {
        let closing = self.connection.close(200, "done".into());
        // One that does not answer is closed by its end.
        drop(timeout(GOODBYE, closing).await);
        self.over.send_replace(true);
    }
}

/// The error of what a connection ended before.
pub(crate) fn lost(operation: &'static str, reason: &str) -> Error {
    Error::new(ErrorKind::ConnectionLost, operation, reason)
}
