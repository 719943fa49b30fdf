//! The same messages by the `zeromq` crate over the same kind of socket. It confirms nothing: what a sender is told is that a message
//! lies in a queue of its own process.
use super::{BODY, CONFIRMED, Figures, Watch};
use anyhow::Context;
use bytes::Bytes;
use std::{path::Path, time::Instant};
use zeromq::{
    PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage,
};

fn body() -> Bytes {
    Bytes::from(vec![b'x'; BODY])
}

/// A receiver that listens, and a sender that is connected to it.
async fn pair<R: Socket, S: Socket>(path: &Path) -> anyhow::Result<(R, S)> {
    let endpoint = format!("ipc://{}", path.to_str().context("the path is text")?);
    let (mut receiver, mut sender) = (R::new(), S::new());
    receiver.bind(&endpoint).await?;
    sender.connect(&endpoint).await?;
    Ok((receiver, sender))
}

/// One way, until the last has come.
pub(super) async fn push_pull(path: &Path, count: usize) -> anyhow::Result<Figures> {
    let (mut pull, mut push) = pair::<PullSocket, PushSocket>(path).await?;
    let body = body();
    let watch = Watch::start();
    let receiving = tokio::spawn(async move {
        for _ in 0..count {
            pull.recv().await?;
        }
        anyhow::Ok(())
    });
    for _ in 0..count {
        push.send(ZmqMessage::from(body.clone())).await?;
    }
    receiving.await??;
    Ok(watch.stop(count, Vec::new()))
}

/// One after the other, each answered with as many bytes as a confirmation has.
pub(super) async fn req_rep(path: &Path, count: usize) -> anyhow::Result<Figures> {
    let (mut rep, mut req) = pair::<RepSocket, ReqSocket>(path).await?;
    let answering = tokio::spawn(async move {
        for _ in 0..count {
            rep.recv().await?;
            rep.send(ZmqMessage::from(vec![0; CONFIRMED])).await?;
        }
        anyhow::Ok(())
    });
    let body = body();
    let watch = Watch::start();
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        req.send(ZmqMessage::from(body.clone())).await?;
        req.recv().await?;
        waits.push(begun.elapsed().as_secs_f64());
    }
    answering.await??;
    Ok(watch.stop(count, waits))
}
