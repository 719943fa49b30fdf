//! A program of others: it runs, and says what it saw as lines of JSON.
use crate::Outcome;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long a program may take to say something; it gives up by itself before.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message as a program of others saw it. All values are texts.
#[derive(Debug, Deserialize)]
pub struct Said {
    /// What the broker has properties for, by AMQP's names; nothing where it has none.
    pub about: BTreeMap<String, String>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// The key, at brokers whose messages have one.
    pub key: Option<String>,
    /// The payload.
    pub body: String,
    /// Of a reply, the correlation id of the request.
    pub correlation: Option<String>,
    /// The partition, at brokers that have them.
    pub partition: Option<i32>,
}

impl Said {
    /// The payload as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Outcome<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// A program that runs, until this is dropped.
pub struct Program {
    child: Child,
    /// It ends when this does.
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: std::process::Command) -> Outcome<Self> {
        let mut command = Command::from(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let input = child.stdin.take();
        let stdout = child.stdout.take().ok_or("it has no output")?;
        let lines = BufReader::new(stdout).lines();
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    /// The next line that it says.
    ///
    /// # Errors
    /// When it ends or says nothing for long.
    pub async fn line(&mut self) -> Outcome<String> {
        let line = timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.map_err(|_| "the program says nothing")??;
        Ok(line.ok_or("the program ended; see what it says above")?)
    }

    /// The next message that it saw.
    ///
    /// # Errors
    /// When it ends, says nothing for long, or says no message.
    pub async fn next(&mut self) -> Outcome<Said> {
        let line = self.line().await?;
        serde_json::from_str(&line).map_err(|error| format!("{error}: {line}").into())
    }

    /// Lets one that goes on end in order, with nothing of it left at the broker.
    ///
    /// # Errors
    /// When it does not end, or failed.
    pub async fn stop(mut self) -> Outcome {
        self.input = None;
        self.end().await
    }

    /// Waits until it has done what it was told.
    ///
    /// # Errors
    /// When it failed.
    pub async fn end(mut self) -> Outcome {
        let status = timeout(PATIENCE, self.child.wait()).await;
        match status.map_err(|_| "the program does not end")?? {
            status if status.success() => Ok(()),
            status => Err(format!("the program failed: {status}").into()),
        }
    }
}
