//! A link that fails in every way: it is cut, stalls, is slow, or half open.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Both ends see every connection end.
    Cut,
    /// Nothing gets through, and no end sees it.
    Stall,
    /// The end that connected sees its connection end, the other sees nothing.
    HalfOpen,
}

/// A forwarder of TCP connections.
pub(crate) struct Link {
    pub(crate) address: String,
    fault: watch::Sender<Fault>,
    task: JoinHandle<()>,
}

impl Link {
    /// To that address; what goes through waits so long for each piece.
    pub(crate) async fn open(target: String, delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let fault = watch::Sender::new(Fault::None);
        let faults = fault.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(&target).await {
                    tokio::spawn(forward(near, far, faults.subscribe(), delay));
                }
            }
        });
        Ok(Self {
            address,
            fault,
            task,
        })
    }

    /// Fails in that way for that time.
    pub(crate) async fn fail(&self, fault: Fault, time: Duration) {
        self.fault.send_replace(fault);
        sleep(time).await;
        self.fault.send_replace(Fault::None);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    near: TcpStream,
    far: TcpStream,
    mut fault: watch::Receiver<Fault>,
    delay: Duration,
) {
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let stalls = fault.clone();
    let ends = fault.wait_for(|fault| matches!(fault, Fault::Cut | Fault::HalfOpen));
    // Dropped at the end of each way: what one end has sent when it closes is still forwarded.
    let half_open = tokio::select! {
        () = pieces(&from_near, &to_far, stalls.clone(), delay) => false,
        () = pieces(&from_far, &to_near, stalls, delay) => false,
        fault = ends => fault.is_ok_and(|fault| *fault == Fault::HalfOpen),
    };
    drop((from_near, to_near));
    if half_open {
        sleep(Duration::from_secs(600)).await;
    }
    drop((from_far, to_far));
}

async fn pieces(
    from: &OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut fault: watch::Receiver<Fault>,
    delay: Duration,
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
        drop(fault.wait_for(|fault| *fault != Fault::Stall).await);
        if !delay.is_zero() {
            sleep(delay).await;
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
