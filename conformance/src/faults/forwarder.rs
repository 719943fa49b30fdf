//! A forwarder of TCP connections within this process, which fails as it is told: for harnesses of the suite too, whose links
//! are to be [cut, stalled or made deaf](crate::Offer).
use super::cell::Trouble;
use std::{io, time::Duration};
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
    /// What the end says that made a connection. What the other says is lost, and the connection ends once anything else passes.
    Deaf,
}

/// Forwards connections to one address.
#[derive(Debug)]
pub struct Forwarder {
    address: String,
    passing: watch::Sender<Passing>,
    task: JoinHandle<()>,
}

impl Forwarder {
    /// Listens for connections to that host and port.
    ///
    /// # Errors
    /// When nothing can be listened at.
    pub async fn open(target: String) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let passing = watch::Sender::new(Passing::All);
        let told = passing.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(&target).await {
                    tokio::spawn(forward(near, far, told.subscribe()));
                }
            }
        });
        Ok(Self {
            address,
            passing,
            task,
        })
    }

    /// Where it is reached: a host and a port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on that passes.
    pub fn pass(&self, passing: Passing) {
        self.passing.send_replace(passing);
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

async fn forward(near: TcpStream, far: TcpStream, mut passing: watch::Receiver<Passing>) {
    // Answers are small, and waited for.
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let told = passing.clone();
    let ends = passing.wait_for(|now| matches!(now, Passing::Cut | Passing::HalfOpen));
    // Dropped at the end of each way: what one end has sent when it closes is still forwarded.
    let half_open = tokio::select! {
        // Whatever else may go on then.
        biased;
        now = ends => now.is_ok_and(|now| *now == Passing::HalfOpen),
        () = pieces(&from_near, &to_far, told.clone(), false) => false,
        () = pieces(&from_far, &to_near, told, true) => false,
    };
    drop((from_near, to_near));
    if half_open {
        sleep(HALF_OPEN).await;
    }
    drop((from_far, to_far));
}

/// Forwards one way; what goes back is lost where the link is deaf.
async fn pieces(
    from: &OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut passing: watch::Receiver<Passing>,
    back: bool,
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
        let now = passing.wait_for(|now| *now != Passing::Stalled).await;
        let now = now.map_or(Passing::Cut, |now| *now);
        match now {
            Passing::After(delay) => sleep(delay).await,
            // There is a gap, behind which nothing makes sense.
            Passing::Deaf if back => {
                return drop(passing.wait_for(|now| *now != Passing::Deaf).await);
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
}
