//! A forwarder of TCP connections within this process, which fails as it is told: for harnesses of the suite too, whose links
//! are to be [cut, stalled or made deaf](crate::Offer).
use super::{cell::Trouble, url::parted};
use crate::setup::{Action, Setup};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// For how long the far end of a connection that is half open hears nothing.
const HALF_OPEN: Duration = Duration::from_secs(600);

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passing {
    /// Everything, at once.
    All,
    /// Each piece, that much later.
    After(Duration),
    /// Nothing, and no end sees it.
    Stalled,
    /// Nothing: every connection ends, at both ends.
    Cut,
    /// Nothing: every connection ends at the end that made it, and the other sees nothing.
    HalfOpen,
    /// What the end says that made a connection. What the other says is lost, from the first on that [matters](Forwarder::before), and
    /// the connection ends once anything else passes.
    Deaf,
}

/// What passes now.
#[derive(Debug, Clone, Copy)]
struct Now {
    passing: Passing,
    /// How often connections were ended: also where others pass at once.
    cuts: u64,
}

/// Whether a piece of what the far end says is lost where a link is deaf, with all behind it.
type Matters = fn(&[u8]) -> bool;

/// Forwards connections to one address.
#[derive(Debug)]
pub struct Forwarder {
    address: String,
    now: watch::Sender<Now>,
    task: JoinHandle<()>,
}

impl Forwarder {
    /// Listens for connections to that host and port.
    ///
    /// # Errors
    /// When nothing can be listened at.
    pub async fn open(target: String) -> io::Result<Self> {
        Self::deaf_to(target, |_| true).await
    }

    /// The same to the host and port of a URL, with the URL by which it is reached.
    ///
    /// # Errors
    /// When nothing can be listened at.
    pub async fn before(url: &str, matters: fn(&[u8]) -> bool) -> io::Result<(Arc<Self>, String)> {
        let [scheme, host, path] = parted(url);
        let forwarder = Self::deaf_to(host.to_owned(), matters).await?;
        let url = format!("{scheme}{}{path}", forwarder.address);
        Ok((Arc::new(forwarder), url))
    }

    async fn deaf_to(target: String, matters: Matters) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (passing, cuts) = (Passing::All, 0);
        let now = watch::Sender::new(Now { passing, cuts });
        let told = now.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let now = told.subscribe();
                if let Ok(far) = TcpStream::connect(&target).await {
                    tokio::spawn(forward(near, far, now, matters));
                }
            }
        });
        Ok(Self { address, now, task })
    }

    /// Where it is reached: a host and a port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on that passes.
    pub fn pass(&self, passing: Passing) {
        self.now.send_modify(|now| {
            now.passing = passing;
            now.cuts += u64::from(passing == Passing::Cut);
        });
    }

    /// Ends every connection; others can be made.
    pub fn restart(&self) {
        self.pass(Passing::Cut);
        self.pass(Passing::All);
    }

    /// Lets that pass when it is done.
    pub fn passing(self: &Arc<Self>, passing: Passing) -> Action {
        self.doing(move |forwarder| forwarder.pass(passing))
    }

    fn doing(self: &Arc<Self>, does: impl Fn(&Self) + Send + Sync + 'static) -> Action {
        let forwarder = self.clone();
        Box::new(move || {
            does(&forwarder);
            Box::pin(async { Ok(()) })
        })
    }

    /// Does to the connections of a setup all that may be done to them, and lives as long as it.
    pub fn offer(self: Arc<Self>, setup: &mut Setup) {
        setup.restart = Some(self.doing(Self::restart));
        setup.cut = Some(self.passing(Passing::Cut));
        setup.stall = Some(self.passing(Passing::Stalled));
        setup.deafen = Some(self.passing(Passing::Deaf));
        setup.mend = Some(self.passing(Passing::All));
        setup.keep = Box::new(self);
    }

    /// Fails in that way for that time. It resets no connections: those are cut.
    pub(crate) async fn fail(&self, trouble: Trouble, time: Duration) {
        self.pass(match trouble {
            Trouble::Cut | Trouble::Away | Trouble::Reset => Passing::Cut,
            Trouble::Stall => Passing::Stalled,
            Trouble::HalfOpen => Passing::HalfOpen,
            Trouble::Slow => return,
        });
        sleep(time).await;
        self.pass(Passing::All);
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(near: TcpStream, far: TcpStream, mut now: watch::Receiver<Now>, matters: Matters) {
    // Answers are small, and waited for.
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let (told, cuts) = (now.clone(), now.borrow().cuts);
    let ends = now.wait_for(|now| {
        now.cuts != cuts || matches!(now.passing, Passing::Cut | Passing::HalfOpen)
    });
    // Dropped at the end of each way: what one end has sent when it closes is still forwarded.
    let half_open = tokio::select! {
        // Whatever else may go on then.
        biased;
        now = ends => now.is_ok_and(|now| now.passing == Passing::HalfOpen),
        () = pieces(&from_near, &to_far, told.clone(), |_| false) => false,
        () = pieces(&from_far, &to_near, told, matters) => false,
    };
    drop((from_near, to_near));
    if half_open {
        sleep(HALF_OPEN).await;
    }
    drop((from_far, to_far));
}

/// Forwards one way, up to what is lost where the link is deaf.
async fn pieces(
    from: &OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut told: watch::Receiver<Now>,
    matters: Matters,
) {
    let mut piece = vec![0; 16 << 10];
    loop {
        if from.readable().await.is_err() {
            return;
        }
        let count = match from.try_read(&mut piece) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let now = told.wait_for(|now| now.passing != Passing::Stalled).await;
        let now = now.map_or(Passing::Cut, |now| now.passing);
        match now {
            Passing::After(delay) => sleep(delay).await,
            // There is a gap, behind which nothing makes sense.
            Passing::Deaf if matters(&piece[..count]) => {
                return drop(told.wait_for(|now| now.passing != Passing::Deaf).await);
            }
            _ => {}
        }
        let mut rest = &piece[..count];
        while !rest.is_empty() {
            if to.writable().await.is_err() {
                return;
            }
            match to.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn nothing_gets_through_a_link_that_is_cut() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let forwarder = Forwarder::open(listener.local_addr()?.to_string()).await?;
        // What may go on at the same time goes either way by chance.
        for _ in 0..20 {
            let mut near = TcpStream::connect(forwarder.address()).await?;
            let (mut far, _) = listener.accept().await?;
            forwarder.pass(Passing::Stalled);
            near.write_all(b"late").await?;
            sleep(Duration::from_millis(10)).await;
            forwarder.pass(Passing::Cut);
            let mut came = Vec::new();
            drop(far.read_to_end(&mut came).await);
            assert!(came.is_empty(), "it was held back until then");
            forwarder.pass(Passing::All);
        }
        Ok(())
    }

    /// A connection to what says back what it is told, through a forwarder that may be deaf to what begins with `b`.
    async fn echo() -> (Arc<Forwarder>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("echo://a@{}/b", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (mut from, mut to) = socket.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        let matters: Matters = |piece| piece.starts_with(b"b");
        let (forwarder, near) = Forwarder::before(&url, matters).await.unwrap();
        assert_eq!(near, format!("echo://a@{}/b", forwarder.address()));
        let mut near = TcpStream::connect(forwarder.address()).await.unwrap();
        assert_eq!(said(&mut near, "a").await, "a");
        (forwarder, near)
    }

    /// What is said back, nothing where the connection has ended.
    async fn said(near: &mut TcpStream, what: &str) -> String {
        drop(near.write_all(what.as_bytes()).await);
        let mut answer = [0; 1];
        let count = near.read(&mut answer).await.unwrap_or_default();
        String::from_utf8_lossy(&answer[..count]).into_owned()
    }

    #[tokio::test]
    async fn a_restart_ends_connections_and_lets_others_be_made() {
        let (forwarder, mut near) = echo().await;
        forwarder.restart();
        assert_eq!(said(&mut near, "a").await, "");
        let mut next = TcpStream::connect(forwarder.address()).await.unwrap();
        assert_eq!(said(&mut next, "a").await, "a");
    }

    #[tokio::test]
    async fn who_is_deaf_hears_nothing_from_what_matters_on() {
        let (forwarder, mut near) = echo().await;
        forwarder.pass(Passing::Deaf);
        assert_eq!(said(&mut near, "a").await, "a");
        let mending = async {
            sleep(Duration::from_millis(50)).await;
            forwarder.pass(Passing::All);
        };
        let (heard, ()) = tokio::join!(said(&mut near, "b"), mending);
        assert_eq!(heard, "");
    }
}
