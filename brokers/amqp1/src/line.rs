//! One connection: what is done with it ends with it, and its end is told.
use crate::{
    dialect::Offer,
    error::{error, lost},
    outlets::Outlets,
};
use fe2o3_amqp::{Session, connection::ConnectionHandle, session::SessionHandle};
use std::{
    fmt,
    net::Shutdown,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{Result, Str, transport};
use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};

/// Most frames that the broker may send to a session before it is told of more room.
const WINDOW: u32 = 2048;
/// How long the client may take to tell why a connection ended.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long a broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// One connection.
pub(crate) struct Line {
    pub(crate) offer: Offer,
    handle: Mutex<ConnectionHandle<()>>,
    /// The other hand on the socket, beside the client's.
    plug: std::net::TcpStream,
    over: watch::Sender<bool>,
    /// Sessions whose links have ended, for those that come.
    spare: std::sync::Mutex<Vec<SessionHandle<()>>>,
    /// What is published by it.
    pub(crate) outlets: Outlets,
}

impl Line {
    pub(crate) fn new(
        offer: Offer,
        handle: ConnectionHandle<()>,
        plug: std::net::TcpStream,
        over: watch::Sender<bool>,
    ) -> Self {
        Self {
            offer,
            handle: Mutex::new(handle),
            plug,
            over,
            spare: std::sync::Mutex::default(),
            outlets: Outlets::default(),
        }
    }

    /// A session of its own for whatever is to be apart from all else.
    pub(crate) async fn session(&self, operation: &'static str) -> Result<SessionHandle<()>> {
        let spare = || self.spare().pop();
        while let Some(session) = spare() {
            if !session.is_ended() {
                return Ok(session);
            }
        }
        let begin = async {
            let mut handle = self.handle.lock().await;
            let session = Session::builder()
                .incoming_window(WINDOW)
                .begin(&mut handle)
                .await;
            session.map_err(|failure| error(operation, &failure))
        };
        self.during(operation, begin).await
    }

    fn spare(&self) -> MutexGuard<'_, Vec<SessionHandle<()>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a session for whoever needs the next. To end it is not safe: what the broker still answers of its links, such as that one
    /// is drained, it would send by a channel that is none, which is the end of the connection to the client.
    pub(crate) fn keep(&self, session: SessionHandle<()>) {
        self.spare().push(session);
    }

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

    /// The same for what has no outcome.
    pub(crate) async fn unless_over(&self, work: impl Future<Output = ()>) {
        tokio::select! {
            () = work => {}
            () = self.over() => {}
        }
    }

    /// Waits for its end.
    pub(crate) fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut over = self.over.subscribe();
        async move { drop(over.wait_for(|is_over| *is_over).await) }
    }

    /// Ends it without a word.
    pub(crate) fn pull(&self) {
        // One that is closed already is as good.
        drop(self.plug.shutdown(Shutdown::Both));
    }
}

impl transport::Line for Line {
    async fn ended(&self) -> Str {
        self.over().await;
        let told = async { self.handle.lock().await.on_close().await };
        match timeout(LAST_WORDS, told).await {
            Ok(Err(failure)) => error("connect", &failure).reason().into(),
            _ => "the connection was closed".into(),
        }
    }

    async fn close(&self) {
        let closing = async { self.handle.lock().await.close().await };
        drop(timeout(GOODBYE, closing).await);
        self.pull();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.pull();
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("offer", &self.offer)
            .finish_non_exhaustive()
    }
}
