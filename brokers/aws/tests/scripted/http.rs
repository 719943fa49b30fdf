//! As much of HTTP as a client of AWS speaks: requests one behind the other on a connection, each answered in its turn. Whoever goes
//! away does not end what was asked, as at AWS.
use std::{future::Future, io};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// A request: what `X-Amz-Target` says, where it is there, and the body.
pub(crate) struct Request {
    pub(crate) target: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What is answered, with a status; nothing ends the connection without an answer.
pub(crate) type Answer = Option<(u16, String)>;

/// Answers at a port of its own, which is given with what ends it.
pub(crate) async fn serve<F>(
    answer: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
) -> io::Result<(u16, AbortHandle)>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move { drop(connection(stream, answer).await) });
        }
    });
    Ok((port, task.abort_handle()))
}

async fn connection<F>(stream: TcpStream, answer: impl Fn(Request) -> F) -> io::Result<()>
where
    F: Future<Output = Answer>,
{
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let Some((status, body)) = answer(request).await else {
            return Ok(());
        };
        let head = format!(
            "HTTP/1.1 {status} said\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let (mut target, mut length) = (None, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            continue;
        };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-amz-target" => target = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Request { target, body }))
}
