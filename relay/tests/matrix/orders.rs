//! What a process of a round is told.
use crate::{
    Outcome,
    broker::{self, Broker},
    consumer, writer,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tidings::Channel;
use tidings_conformance::faults;
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;

/// How many channels messages go to, each key by one.
const CHANNELS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Is the broker of sockets.
    Broker,
    /// The service that writes.
    Writer,
    /// A relay, which is the program.
    Relay,
    /// The service that receives.
    Consumer,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) role: Role,
    pub(crate) database: String,
    pub(crate) tailing: bool,
    pub(crate) broker: String,
    /// Where logs are.
    pub(crate) folder: PathBuf,
    /// What the addresses of channels begin with.
    pub(crate) channel: String,
    pub(crate) keys: u32,
    pub(crate) messages: u32,
    /// How many writers there were before.
    pub(crate) generation: u32,
    /// Most pages of the database, where its disk is full.
    pub(crate) pages: Option<u32>,
}

impl Orders {
    pub(crate) fn words(&self) -> Outcome<String> {
        Ok(serde_json::to_string(self)?)
    }

    pub(crate) fn read(words: &str) -> Outcome<Self> {
        Ok(serde_json::from_str(words)?)
    }

    /// Does what it was told, until it is told to stop.
    pub(crate) fn play(self) -> Outcome {
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO);
        log.with_ansi(false).with_writer(std::io::stderr).init();
        faults::play(|stopped| self.work(stopped))
    }

    async fn work(self, mut stopped: watch::Receiver<bool>) -> Outcome {
        match self.role {
            Role::Consumer => consumer::consume(&self, stopped).await,
            Role::Relay => Err("a relay is the program".into()),
            Role::Writer => tokio::select! {
                done = writer::write(&self) => done,
                _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
            },
            Role::Broker => {
                let _broker = broker::listen(&self.broker).await?;
                stopped.wait_for(|stopped| *stopped).await?;
                Ok(())
            }
        }
    }

    pub(crate) fn channels(&self) -> impl Iterator<Item = Channel> {
        (0..CHANNELS).map(|number| self.channel(number))
    }

    /// That of a key.
    pub(crate) fn channel(&self, key: u32) -> Channel {
        let address = format!("{}.{}", self.channel, key % CHANNELS);
        Broker::of(&self.broker).channel(&address)
    }
}
