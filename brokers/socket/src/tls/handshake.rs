//! The handshake of either end, on a connection that stands.
use super::{Greeted, config, link::link};
use crate::{
    SocketSettings,
    stream::{Input, split_tcp},
    writer::Output,
};
use rustls::{Connection, pki_types::ServerName};
use std::{io, time::Duration};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What TLS begins with: a record of a handshake.
const BEGIN: u8 = 0x16;
/// How long the other end may take to read why it is refused, and how many bytes it may send meanwhile.
const LAST_WORDS: Duration = Duration::from_secs(1);
const LAST_BYTES: u64 = 64 << 10;

/// The end that listens.
#[derive(Clone)]
pub(crate) struct Accepting {
    acceptor: TlsAcceptor,
    patience: Duration,
}

/// The end that connects.
pub(crate) struct Connecting {
    connector: TlsConnector,
    name: ServerName<'static>,
    patience: Duration,
}

impl Accepting {
    pub(crate) fn new(settings: &SocketSettings) -> Result<Self> {
        Ok(Self {
            acceptor: config::listening(settings)?.into(),
            patience: settings.patience(),
        })
    }

    /// Whoever calls bounds the time that it takes.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<Greeted> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first != [BEGIN] {
            let (input, output) = split_tcp(stream)?;
            return Ok(Greeted::Plain(input, output));
        }
        stream.set_nodelay(true)?;
        match self.acceptor.accept(stream).into_fallible().await {
            Ok(done) => {
                let (stream, tls) = done.into_inner();
                let (input, output) = link(stream, Connection::Server(tls), self.patience);
                Ok(Greeted::Encrypted(input, output))
            }
            Err((error, stream)) => {
                // What is not read first may take the reason with it.
                drop(timeout(LAST_WORDS, read_out(stream)).await);
                Err(error)
            }
        }
    }
}

async fn read_out(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = stream.take(LAST_BYTES);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

impl Connecting {
    /// To a host and port.
    pub(crate) fn new(settings: &SocketSettings, host: &str) -> Result<Self> {
        let of_address = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let of_address = of_address.trim_start_matches('[').trim_end_matches(']');
        let name = settings.server_name.as_deref().unwrap_or(of_address);
        let no_name = |_| {
            let reason = format!(
                "`{name}` is no name that a certificate may have; tell another by `SocketSettings::with_server_name`"
            );
            Error::new(ErrorKind::Invalid, "connect", reason)
        };
        Ok(Self {
            name: ServerName::try_from(name.to_owned()).map_err(no_name)?,
            connector: config::connecting(settings)?.into(),
            patience: settings.patience(),
        })
    }

    /// Whoever calls bounds the time that it takes.
    pub(crate) async fn connect(&self, stream: TcpStream) -> io::Result<(Input, Output)> {
        stream.set_nodelay(true)?;
        let done = self.connector.connect(self.name.clone(), stream).await?;
        let (stream, tls) = done.into_inner();
        Ok(link(stream, Connection::Client(tls), self.patience))
    }
}
