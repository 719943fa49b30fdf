//! Clients of the library, made from a server's address and the settings.
use crate::{
    GroupProtocol, KafkaSettings,
    asker::{Asker, Clients},
    fault,
    link::{Asking, Link},
};
use rdkafka::{
    ClientConfig, config::FromClientConfigAndContext, consumer::BaseConsumer, error::KafkaError,
};
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result};

/// What every client of a transport is made from.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    /// `host:port`, with commas between.
    pub(crate) servers: String,
    /// Names this process at the cluster.
    pub(crate) instance: Option<String>,
    /// How to identify and what to encrypt with, as properties of the library.
    pub(crate) security: Vec<(&'static str, String)>,
    pub(crate) settings: KafkaSettings,
    pub(crate) link: Arc<Link>,
    pub(crate) asker: Asker,
}

impl Cluster {
    /// The error, with where it happened.
    pub(crate) fn told(&self, error: Error) -> Error {
        error.with("server", &self.servers)
    }

    /// The error that no broker answered.
    pub(crate) fn unreachable(&self, operation: &'static str) -> Error {
        let reason = self.link.reason();
        let reason = reason.map(|reason| format!(": {reason}"));
        let reason = format!(
            "no broker answers within {:?}{}; start it, or mend the address",
            self.settings.wait,
            reason.unwrap_or_default()
        );
        Error::new(ErrorKind::ConnectionLost, operation, reason)
    }

    /// The error of what was asked about a topic: where nobody answered because there is no broker, that there is none.
    pub(crate) fn unanswered(&self, topic: &str, error: Error) -> Error {
        let is_unanswered = [ErrorKind::Timeout, ErrorKind::ConnectionLost].contains(&error.kind());
        match is_unanswered && self.link.is_lost() {
            true => self.unreachable(error.operation()).with("channel", topic),
            false => error,
        }
    }

    /// What every client is told.
    fn common(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.servers)
            .set("client.id", self.instance.as_deref().unwrap_or("tidings"))
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "250")
            .set("topic.metadata.refresh.fast.interval.ms", "50")
            // Only what is asked for by `ensure` is created; a producer would create topics by asking for them.
            .set("allow.auto.create.topics", "false");
        for (name, value) in &self.security {
            config.set(*name, value);
        }
        config
    }

    fn with_own(&self, mut config: ClientConfig) -> ClientConfig {
        for (name, value) in &self.settings.properties {
            config.set(name, value);
        }
        config
    }

    /// What producers are told: nothing twice, keys where clients of other languages look for them.
    fn publishing(&self) -> ClientConfig {
        let settings = &self.settings;
        let mut config = self.common();
        config
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "0")
            .set("message.timeout.ms", milliseconds(settings.delivery))
            .set("topic.metadata.propagation.max.ms", "1000")
            .set(
                "message.max.bytes",
                (settings.max_bytes + HEADROOM).to_string(),
            );
        config
    }

    /// What the producer of a transport is told.
    pub(crate) fn producer(&self) -> ClientConfig {
        self.with_own(self.publishing())
    }

    /// What a producer of that name is told, whose transactions end whatever becomes of it.
    pub(crate) fn transactional(&self, id: &str) -> ClientConfig {
        let KafkaSettings {
            delivery,
            transaction,
            ..
        } = self.settings;
        let mut config = self.publishing();
        config
            .set("transactional.id", id)
            .set("transaction.timeout.ms", milliseconds(transaction))
            .set(
                "message.timeout.ms",
                milliseconds(delivery.min(transaction)),
            );
        self.with_own(config)
    }

    /// What consumers are told: they settle by themselves, and fetch no more than is going to be asked for.
    pub(crate) fn consumer(
        &self,
        group: &str,
        prefetch: usize,
        prefetch_bytes: usize,
    ) -> ClientConfig {
        let settings = &self.settings;
        let kilobytes = (prefetch_bytes / 1024).clamp(1, 1 << 20);
        let mut config = self.common();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set(
                "queued.min.messages",
                prefetch.saturating_mul(4).clamp(1, 100_000).to_string(),
            )
            .set("queued.max.messages.kbytes", kilobytes.to_string())
            // What is newly assigned is only asked for once the question before has been answered.
            .set("fetch.wait.max.ms", "100")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.error.backoff.ms", "50")
            .set(
                "fetch.message.max.bytes",
                (settings.max_bytes + HEADROOM).to_string(),
            );
        match settings.protocol {
            GroupProtocol::Classic => config
                .set("partition.assignment.strategy", "cooperative-sticky")
                .set("session.timeout.ms", milliseconds(settings.session))
                // The library's name for how long joining may take; what it is named for, our thread does all the time.
                .set("max.poll.interval.ms", milliseconds(settings.joining()))
                .set("heartbeat.interval.ms", milliseconds(settings.heartbeat)),
            GroupProtocol::Consumer => config.set("group.protocol", "consumer"),
        };
        self.with_own(config)
    }

    /// What clients are told that ask, create and remove topics.
    fn asking(&self) -> ClientConfig {
        self.with_own(self.common())
    }

    /// The clients that ask and create.
    pub(crate) fn clients(&self) -> Result<Arc<Clients>> {
        let asking = || Asking(self.link.clone());
        self.asker.clients(|| {
            Ok(Clients {
                consumer: client("ensure", &self.asking(), asking())?,
                admin: client("ensure", &self.asking(), asking())?,
            })
        })
    }

    /// Asks the cluster something as a group, with a client of its own, which may take as long as the settings say.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        group: &str,
        question: impl FnOnce(&BaseConsumer<Asking>, Duration) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let config = self.consumer(group, 1, 0);
        let (link, wait) = (self.link.clone(), self.settings.wait);
        blocking(operation, move || {
            let consumer = client(operation, &config, Asking(link))?;
            question(&consumer, wait)
        })
        .await
    }
}

/// Does what waits for an answer where that holds nobody up.
pub(crate) async fn blocking<T: Send + 'static>(
    operation: &'static str,
    question: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let asked = tokio::task::spawn_blocking(question);
    asked.await.unwrap_or_else(|ended| {
        let reason = "the runtime was shut down";
        Err(Error::new(ErrorKind::Closed, operation, reason).because(ended))
    })
}

/// What is around a record of the largest size.
const HEADROOM: usize = 16 << 10;

fn milliseconds(time: Duration) -> String {
    time.as_millis().max(1).to_string()
}

/// A client made from properties, the wrong ones of which are named.
pub(crate) fn client<T, C>(operation: &'static str, config: &ClientConfig, context: C) -> Result<T>
where
    T: FromClientConfigAndContext<C>,
    C: rdkafka::ClientContext,
{
    T::from_config_and_context(config, context).map_err(|error| match &error {
        // The value may be a secret.
        KafkaError::ClientConfig(_, reason, name, _) => {
            let reason = format!("the property `{name}` is refused: {reason}");
            Error::new(ErrorKind::Invalid, operation, reason)
        }
        KafkaError::ClientCreation(reason) => {
            Error::new(ErrorKind::Invalid, operation, reason.clone())
        }
        other => fault::error(operation, other),
    })
}
