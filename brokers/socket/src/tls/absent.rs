//! In place of TLS, where the crate is built without it: nothing of this is ever made.
use super::Greeted;
use crate::{
    SocketSettings,
    stream::{Input, Sender},
    writer::Output,
};
use std::io;
use tidings::{Error, ErrorKind, Result};
use tokio::net::TcpStream;

#[derive(Clone)]
pub(crate) enum Accepting {}

pub(crate) enum Connecting {}

fn without(operation: &'static str) -> Error {
    let reason = "this program is built without TLS; turn on the feature `tls` of `tidings-socket`";
    Error::new(ErrorKind::Unsupported, operation, reason)
}

impl Accepting {
    pub(crate) fn new(_: &SocketSettings) -> Result<Self> {
        Err(without("listen"))
    }

    pub(crate) async fn accept(&self, _: TcpStream) -> io::Result<Greeted> {
        match *self {}
    }
}

impl Connecting {
    pub(crate) fn new(_: &SocketSettings, _: &str) -> Result<Self> {
        Err(without("connect"))
    }

    pub(crate) async fn connect(&self, _: TcpStream) -> io::Result<(Input, Output)> {
        match *self {}
    }
}

pub(crate) fn refusal(_: &io::Error, _: Sender) -> Option<(ErrorKind, String)> {
    None
}
