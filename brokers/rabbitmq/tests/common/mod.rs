//! What tests at the real broker share: where it is, how checks become tests, and how errors are looked at.
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::{env, process::ExitCode, time::Duration};
use tidings::{Bindings, BoxError, BoxFuture, Channel, DynTransport, Message, Transport};
use tidings_rabbitmq::RabbitTransport;
use tokio::time::Instant;
use uuid::Uuid;

/// Where the broker is.
const ADDRESS: &str = "TIDINGS_TEST_RABBITMQ";
/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) type Outcome<T = ()> = Result<T, BoxError>;
pub(crate) type Check = fn() -> BoxFuture<'static, Outcome>;

/// The checks of those names, each with its name.
macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        vec![$((stringify!($check), (|| Box::pin($check())) as crate::common::Check)),+]
    };
}
pub(crate) use checks;

/// Runs checks as tests; without a broker they show as ignored.
pub(crate) fn run(checks: Vec<(&'static str, Check)>) -> ExitCode {
    let is_absent = address().is_empty();
    let trial = |(name, check): (&'static str, Check)| {
        Trial::test(name.replace('_', "-"), move || run_one(check))
            .with_kind(if is_absent { "no broker" } else { "" })
            .with_ignored_flag(is_absent)
    };
    let trials = checks.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run_one(check: Check) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async { tokio::time::timeout(LIMIT, check()).await });
    runtime.shutdown_background();
    Ok(outcome??)
}

pub(crate) fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

pub(crate) async fn connect() -> Outcome<RabbitTransport> {
    Ok(RabbitTransport::connect(&address()).await?)
}

/// A channel that nobody else has.
pub(crate) fn fresh() -> Channel {
    Channel::point_to_point(format!("tests.{}", Uuid::now_v7()))
}

/// The same with an AMQP binding.
pub(crate) fn bound(channel: &Channel, binding: Value) -> Channel {
    let bindings = Bindings::new([("amqp", binding)]);
    channel.clone().with_bindings(bindings)
}

/// Publishes all, which must be taken.
pub(crate) async fn publish(
    transport: &impl Transport,
    channel: &Channel,
    batch: &[Message],
) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(20);
    let outcomes = DynTransport::publish(transport, channel, batch, deadline).await;
    outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(())
}

pub(crate) fn holds(is: bool, otherwise: &str) -> Outcome {
    match is {
        true => Ok(()),
        false => Err(otherwise.into()),
    }
}
