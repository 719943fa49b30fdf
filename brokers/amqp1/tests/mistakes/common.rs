//! What checks at the real brokers share: where they are, how checks become tests, and how errors are looked at.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, process::ExitCode, time::Duration};
use tidings::{
    BoxError, BoxFuture, Channel, Error, ErrorKind, Message, MessageId, SubscribeSpec, Transport,
    Verdict,
    transport::{Event, Settler, Subscription},
};
use tidings_amqp1::Amqp1Transport;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) type Outcome<T = ()> = Result<T, BoxError>;
pub(crate) type Check = fn(Broker) -> BoxFuture<'static, Outcome>;

/// The checks of those names, each with its name.
macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        vec![$((stringify!($check), (|broker| Box::pin($check(broker))) as crate::common::Check)),+]
    };
}
pub(crate) use checks;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broker {
    Artemis,
    Classic,
}

impl Broker {
    /// What says something of it.
    pub(crate) fn variable(self, what: &str) -> String {
        let name = match self {
            Self::Artemis => "ARTEMIS",
            Self::Classic => "ACTIVEMQ",
        };
        format!("TIDINGS_TEST_{name}{what}")
    }

    pub(crate) fn url(self) -> String {
        env::var(self.variable("")).unwrap_or_default()
    }

    pub(crate) async fn connect(self) -> Outcome<Amqp1Transport> {
        Ok(Amqp1Transport::connect(&self.url()).await?)
    }

    /// Where it puts what was rejected.
    pub(crate) fn letters(self) -> &'static str {
        match self {
            Self::Artemis => "DLQ",
            Self::Classic => "ActiveMQ.DLQ",
        }
    }
}

/// Runs checks as tests, at each broker; without it they show as ignored.
pub(crate) fn run(checks: Vec<(&'static str, Check)>) -> ExitCode {
    let brokers = [Broker::Artemis, Broker::Classic];
    let all = brokers
        .into_iter()
        .flat_map(|broker| checks.iter().map(move |check| (broker, *check)));
    let trial = |(broker, (name, check)): (Broker, (&'static str, Check))| {
        let is_absent = broker.url().is_empty();
        let name = format!("{broker:?}::{name}")
            .to_lowercase()
            .replace('_', "-");
        Trial::test(name, move || run_one(broker, check))
            .with_kind(if is_absent { "no broker" } else { "" })
            .with_ignored_flag(is_absent)
    };
    libtest_mimic::run(&Arguments::from_args(), all.map(trial).collect()).exit_code()
}

fn run_one(broker: Broker, check: Check) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async { timeout(LIMIT, check(broker)).await });
    runtime.shutdown_background();
    Ok(outcome??)
}

/// An address that nobody else has.
pub(crate) fn unused() -> String {
    format!("tests.{}", Uuid::now_v7())
}

pub(crate) async fn outcomes(
    transport: &Amqp1Transport,
    channel: &Channel,
    batch: &[Message],
) -> Vec<Result<(), Error>> {
    let deadline = Instant::now() + Duration::from_secs(20);
    Transport::publish(transport, channel, batch, deadline).await
}

/// Publishes one, which must be taken.
pub(crate) async fn publish(
    transport: &Amqp1Transport,
    channel: &Channel,
    message: &Message,
) -> Outcome {
    let outcomes = outcomes(transport, channel, std::slice::from_ref(message)).await;
    outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(())
}

/// Waits for a message of that id, and settles it so; what others left is acknowledged.
pub(crate) async fn settle_one(
    transport: &Amqp1Transport,
    channel: &Channel,
    id: &MessageId,
    verdict: Verdict,
) -> Outcome<Message> {
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = Transport::subscribe(transport, &spec).await?;
    let settler = subscription.settler();
    loop {
        let Event::Deliveries(deliveries) = subscription.next(1).await? else {
            continue;
        };
        for incoming in deliveries {
            let is_it = incoming.message.id == *id;
            let verdict = if is_it { verdict.clone() } else { Verdict::Ack };
            let failed = settler.settle(&[(incoming.token, verdict)]).await;
            holds(failed.is_empty(), "it was not settled")?;
            if is_it {
                return Ok((*incoming.message).clone());
            }
        }
    }
}

pub(crate) fn holds(is: bool, otherwise: &str) -> Outcome {
    match is {
        true => Ok(()),
        false => Err(otherwise.into()),
    }
}

/// An error is of that kind, and has all of those parts in its text.
pub(crate) fn is(error: &Error, kind: ErrorKind, parts: &[&str]) -> Outcome {
    holds(
        error.kind() == kind,
        &format!("{kind} was expected: {error}"),
    )?;
    let text = error.to_string();
    for part in parts {
        holds(text.contains(part), &format!("`{part}` is not in: {text}"))?;
    }
    Ok(())
}
