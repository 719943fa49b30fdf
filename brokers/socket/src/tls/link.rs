//! A connection after its handshake: what is read is decrypted, what is written is encrypted, each at once where that is possible.
use crate::{
    stream::Input,
    writer::{Output, Writer},
};
use rustls::Connection;
use std::{
    io::{self, IoSlice, Read, Write},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tidings::BoxFuture;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime::Handle,
    time::timeout,
};

/// Bytes taken from the socket, and decrypted, at a time: about a record.
const READ: usize = 16 << 10;

pub(super) fn link(stream: TcpStream, tls: Connection, patience: Duration) -> (Input, Output) {
    let (from, to) = stream.into_split();
    let link = Arc::new(Link {
        to,
        patience,
        runtime: Handle::current(),
        state: Mutex::new(State {
            tls,
            is_sending: false,
        }),
    });
    let input = Decrypted {
        from,
        link: link.clone(),
        room: vec![0; READ].into(),
        read: 0..0,
    };
    (Box::new(input), Arc::new(Encrypted(link)))
}

/// What both directions share.
struct Link {
    to: OwnedWriteHalf,
    patience: Duration,
    runtime: Handle,
    state: Mutex<State>,
}

struct State {
    tls: Connection,
    /// Whether a task sends what the socket had no room for.
    is_sending: bool,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is encrypted; gives whether all of it went.
    fn send(&self, tls: &mut Connection) -> io::Result<bool> {
        while tls.wants_write() {
            match tls.write_tls(&mut Socket(&self.to)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The same, now or later: what is encrypted is on its way, whoever writes next.
    fn see_off(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if !self.send(&mut state.tls)? && !state.is_sending {
            state.is_sending = true;
            self.runtime.spawn(send_rest(self.clone()));
        }
        Ok(())
    }
}

/// Sends what is left, unless nobody takes it for too long.
async fn send_rest(link: Arc<Link>) {
    while let Ok(Ok(())) = timeout(link.patience, link.to.writable()).await {
        let mut state = link.state();
        match link.send(&mut state.tls) {
            Ok(false) => {}
            // Whoever writes or reads meets the error too.
            Ok(true) | Err(_) => {
                state.is_sending = false;
                return;
            }
        }
    }
}

/// The socket, as far as it takes something now.
struct Socket<'a>(&'a OwnedWriteHalf);

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Encrypted(Arc<Link>);

impl Writer for Encrypted {
    /// What it takes is encrypted, and can only be sent as that: it takes nothing while something is left.
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.0.state();
        if !self.0.send(&mut state.tls)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = state.tls.writer().write_vectored(slices)?;
        self.0.see_off(&mut state)?;
        Ok(taken)
    }

    fn writable(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.0.to.writable())
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.tls.send_close_notify();
        // The other end learns of it by the socket, too.
        drop(self.0.send(&mut state.tls));
    }
}

struct Decrypted {
    from: OwnedReadHalf,
    link: Arc<Link>,
    room: Box<[u8]>,
    /// What of it was read and is not decrypted.
    read: std::ops::Range<usize>,
}

impl AsyncRead for Decrypted {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while !this.decrypt(into)? {
            let mut room = ReadBuf::new(&mut this.room);
            ready!(Pin::new(&mut this.from).poll_read(task, &mut room))?;
            this.read = 0..room.filled().len();
            if this.read.is_empty() {
                // The end, which is a clean one only where the other end has said so.
                this.link.state().tls.read_tls(&mut io::empty())?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Decrypted {
    /// Gives what it can, or the end; false where more has to be read for that.
    fn decrypt(&mut self, into: &mut ReadBuf<'_>) -> io::Result<bool> {
        let mut state = self.link.state();
        loop {
            let room = into.initialize_unfilled_to(into.remaining().min(READ));
            match state.tls.reader().read(room) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                count => {
                    into.advance(count?);
                    return Ok(true);
                }
            }
            if self.read.is_empty() {
                return Ok(false);
            }
            self.read.start += state.tls.read_tls(&mut &self.room[self.read.clone()])?;
            let processed = state.tls.process_new_packets();
            // Answers to what was read, or why it is refused.
            let sent = self.link.see_off(&mut state);
            processed.map_err(|error| io::Error::new(io::ErrorKind::ConnectionAborted, error))?;
            sent?;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Certificate, SocketSettings,
        stream::Input,
        tls::{Accepting, Connecting, Greeted},
        writer::Output,
    };
    use std::{
        io::{self, IoSlice},
        time::Duration,
    };
    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
        time::timeout,
    };

    /// Both ends: the one that connects, and the one that listens.
    async fn linked() -> ((Input, Output), (Input, Output)) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let settings = SocketSettings::default()
            .with_authorities(pem.clone())
            .with_certificate(Certificate::new(pem, key));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap());
        let (near, far) = (near.await.unwrap(), listener.accept().await.unwrap().0);
        let accepting = Accepting::new(&settings).unwrap();
        let connecting = Connecting::new(&settings, "localhost:1").unwrap();
        let (near, far) = tokio::join!(connecting.connect(near), accepting.accept(far));
        let Ok(Greeted::Encrypted(input, output)) = far else {
            panic!("it is not encrypted")
        };
        (near.unwrap(), (input, output))
    }

    async fn reads(input: &mut Input, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let reading = timeout(Duration::from_secs(5), input.read_exact(&mut bytes));
        reading.await.unwrap().unwrap();
        bytes
    }

    #[tokio::test]
    async fn what_was_taken_is_sent_though_nobody_writes_any_more() {
        let ((_input, near), (mut far, _output)) = linked().await;
        let bytes: Vec<u8> = (0..50_000_u32).map(|number| number as u8).collect();
        let mut taken = 0;
        loop {
            match near.try_write(&[IoSlice::new(&bytes), IoSlice::new(&bytes)]) {
                Ok(count) => taken += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(reads(&mut far, taken).await.len(), taken);
    }

    #[tokio::test]
    async fn the_end_is_a_clean_one_once_all_is_read() {
        let ((input, near), (mut far, output)) = linked().await;
        assert_eq!(near.try_write(&[IoSlice::new(b"last words")]).unwrap(), 10);
        drop((input, near));
        assert_eq!(reads(&mut far, 10).await, b"last words");
        let mut rest = Vec::new();
        let end = timeout(Duration::from_secs(5), far.read_to_end(&mut rest)).await;
        assert_eq!(end.unwrap().unwrap(), 0);
        drop(output);
    }
}
