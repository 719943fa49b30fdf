//! A server of tests that answers as it is told, and notes what it was asked.
use super::streams::Streams;
use crate::{AwsSettings, address::Address, client::Core};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::Value;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The status of an answer that never comes.
pub(crate) const SILENT: u16 = 0;

/// What it is asked: the operation, and with what.
pub(crate) type Asked = (String, Value);
type Script = dyn Fn(usize, &Asked) -> (u16, Value) + Send + Sync;

#[derive(Clone)]
pub(crate) struct Scripted {
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Script>,
}

impl Scripted {
    /// Streams and tables there, and what it was asked; the script is told how often it was before.
    pub(crate) async fn open(
        script: impl Fn(usize, &Asked) -> (u16, Value) + Send + Sync + 'static,
    ) -> io::Result<(Self, Streams)> {
        Self::with(|_| {}, script).await
    }

    /// The same, with settings that are changed so.
    pub(crate) async fn with(
        change: impl FnOnce(&mut AwsSettings),
        script: impl Fn(usize, &Asked) -> (u16, Value) + Send + Sync + 'static,
    ) -> io::Result<(Self, Streams)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("kinesis://{}?region=here", listener.local_addr()?);
        let server = Self {
            asked: Arc::default(),
            script: Arc::new(script),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        let address = Address::parse(&url, "kinesis", None).expect("it is one");
        let known = Credentials::new("tests", "secret", None, None, "tests");
        let mut settings = AwsSettings {
            poll: Duration::from_millis(10),
            timeout: Duration::from_secs(1),
            ..AwsSettings::default()
        };
        change(&mut settings);
        let known = SharedCredentialsProvider::new(known);
        Ok((server, Streams::new(Core::new(address, known, settings))))
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        loop {
            let (mut length, mut target) = (0, String::new());
            loop {
                let mut line = String::new();
                if from.read_line(&mut line).await? == 0 {
                    return Ok(());
                }
                match line.trim().split_once(':') {
                    Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                        length = value.trim().parse().unwrap_or_default();
                    }
                    Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => {
                        target = value.rsplit('.').next().unwrap_or_default().to_owned();
                    }
                    None if line.trim().is_empty() => break,
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            from.read_exact(&mut body).await?;
            let asked = (target, serde_json::from_slice(&body).unwrap_or_default());
            let count = {
                let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(asked.clone());
                all.len() - 1
            };
            let (status, answer) = (self.script)(count, &asked);
            if status == SILENT {
                std::future::pending::<()>().await;
            }
            let answer = answer.to_string();
            let head = format!(
                "HTTP/1.1 {status} -\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
                answer.len()
            );
            to.write_all(head.as_bytes()).await?;
            to.write_all(answer.as_bytes()).await?;
        }
    }
}
