//! What can be wrong between a program and its broker, each with one clear error, and TLS where nothing is.
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use std::{
    env, fs,
    process::ExitCode,
    time::{Duration, Instant},
};
use tidings::{
    Bindings, BoxError, Channel, DynTransport, Error, ErrorKind, Message, Registry, Security,
    Server, SubscribeSpec, Transport, connect,
    transport::{Ensure, Wanted},
};
use tidings_rabbitmq::{RabbitConnector, RabbitSettings, RabbitTransport};
use uuid::Uuid;

const ADDRESS: &str = "TIDINGS_TEST_RABBITMQ";

fn main() -> ExitCode {
    let is_absent = env::var(ADDRESS).unwrap_or_default().is_empty();
    let trial = |name: &str, check: fn() -> Result<(), Failed>| {
        Trial::test(name, check)
            .with_kind(if is_absent { "no broker" } else { "" })
            .with_ignored_flag(is_absent)
    };
    let trials = vec![
        trial("a-wrong-password-is-refused", || {
            run(a_wrong_password_is_refused())
        }),
        trial("a-missing-virtual-host-is-named", || {
            run(a_missing_virtual_host_is_named())
        }),
        trial("a-broker-that-is-not-there-is-waited-for", || {
            run(a_broker_that_is_not_there_is_waited_for())
        }),
        trial("a-queue-that-is-another-is-a-conflict", || {
            run(a_queue_that_is_another_is_a_conflict())
        }),
        trial("a-message-that-no-queue-takes-is-told", || {
            run(a_message_that_no_queue_takes_is_told())
        }),
        trial("bindings-are-what-is-declared", || {
            run(bindings_are_what_is_declared())
        }),
        trial("tls-is-spoken-and-certificates-identify", || {
            run(tls_is_spoken_and_certificates_identify())
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(check: impl Future<Output = Result<(), BoxError>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let limit = Duration::from_secs(40);
    let outcome = runtime.block_on(async { tokio::time::timeout(limit, check).await });
    Ok(outcome??)
}

fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

/// The error of connecting there, which names the server and no password.
async fn refused(url: &str, settings: RabbitSettings) -> Result<Error, BoxError> {
    let outcome = RabbitTransport::connect_with(url, settings).await;
    let error = outcome.err().ok_or("it was taken")?;
    let text = error.to_string();
    says(&text, "server `amqp")?;
    match text.contains("s3cret") {
        true => Err(text.into()),
        false => Ok(error),
    }
}

fn says(text: &str, part: &str) -> Result<(), BoxError> {
    match text.contains(part) {
        true => Ok(()),
        false => Err(format!("`{part}` is not in: {text}").into()),
    }
}

fn is(error: &Error, kind: ErrorKind) -> Result<(), BoxError> {
    match error.kind() == kind {
        true => Ok(()),
        false => Err(format!("{kind} was expected: {error}").into()),
    }
}

async fn a_wrong_password_is_refused() -> Result<(), BoxError> {
    let url = address().replace("guest:guest@", "guest:s3cret@");
    let begun = Instant::now();
    let error = refused(&url, RabbitSettings::default()).await?;
    is(&error, ErrorKind::PermissionDenied)?;
    match begun.elapsed() < RabbitSettings::default().connect_within {
        true => Ok(()),
        false => Err("it was tried again, which cannot help".into()),
    }
}

async fn a_missing_virtual_host_is_named() -> Result<(), BoxError> {
    let url = address().replace("%2f", "nowhere");
    let error = refused(&url, RabbitSettings::default()).await?;
    is(&error, ErrorKind::NotFound)?;
    says(&error.to_string(), "nowhere")
}

async fn a_broker_that_is_not_there_is_waited_for() -> Result<(), BoxError> {
    let mut settings = RabbitSettings::default();
    settings.connect_within = Duration::from_millis(500);
    let begun = Instant::now();
    let error = refused("amqp://127.0.0.1:1", settings).await?;
    is(&error, ErrorKind::ConnectionLost)?;
    let waited = begun.elapsed();
    match (Duration::from_millis(500)..Duration::from_secs(5)).contains(&waited) {
        true => Ok(()),
        false => Err(format!("it waited {waited:?}").into()),
    }
}

fn fresh() -> Channel {
    Channel::point_to_point(format!("mistakes.{}", Uuid::now_v7()))
}

fn bound(channel: &Channel, binding: serde_json::Value) -> Channel {
    let bindings = Bindings::new([("amqp", binding)]);
    channel.clone().with_bindings(bindings)
}

async fn a_queue_that_is_another_is_a_conflict() -> Result<(), BoxError> {
    let transport = RabbitTransport::connect(&address()).await?;
    let channel = fresh();
    let wanted = [Wanted::channel(channel.clone())];
    Transport::ensure(&transport, &wanted, Ensure::Create).await?;
    let other = bound(
        &channel,
        json!({ "is": "queue", "queue": { "durable": false } }),
    );
    let spec = SubscribeSpec::new(other);
    let error = Transport::subscribe(&transport, &spec).await.err();
    let error = error.ok_or("it was taken")?;
    is(&error, ErrorKind::Conflict)?;
    for part in [
        "'durable'",
        "bindings of the document",
        "channel `mistakes.",
    ] {
        says(&error.to_string(), part)?;
    }
    // Nothing else of the connection is lost with it.
    drop(Transport::subscribe(&transport, &SubscribeSpec::new(channel)).await?);
    Ok(Transport::close(&transport, Duration::from_secs(1)).await?)
}

async fn a_message_that_no_queue_takes_is_told() -> Result<(), BoxError> {
    let transport = RabbitTransport::connect(&address()).await?;
    let (there, nowhere) = (fresh(), fresh());
    let wanted = [Wanted::channel(there.clone())];
    Transport::ensure(&transport, &wanted, Ensure::Create).await?;
    // Side by side: each outcome must be that of its own message.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let batch: Vec<Message> = (0..200).map(|n| Message::new(n.to_string())).collect();
    let (taken, returned) = tokio::join!(
        Transport::publish(&transport, &there, &batch, deadline),
        Transport::publish(&transport, &nowhere, &batch, deadline),
    );
    for outcome in taken {
        // What cannot be told apart may say so, and nothing else.
        if let Err(error) = outcome
            && !error.is_ambiguous()
        {
            return Err(format!("a queue took it: {error}").into());
        }
    }
    for outcome in returned {
        let error = outcome.err().ok_or("confirmed, and in no queue")?;
        if !error.is_ambiguous() {
            is(&error, ErrorKind::NotFound)?;
        }
    }
    Ok(())
}

/// The binding's exchange, queue and properties are at the broker.
async fn bindings_are_what_is_declared() -> Result<(), BoxError> {
    let transport = RabbitTransport::connect(&address()).await?;
    let name = format!("mistakes.{}", Uuid::now_v7());
    let channel = bound(
        &Channel::point_to_point("orders"),
        json!({
            "is": "routingKey",
            "exchange": { "name": format!("{name}.exchange"), "type": "direct", "durable": false, "autoDelete": true },
            "queue": { "name": name, "durable": false, "autoDelete": true },
        }),
    );
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let batch = [Message::new("a")];
    let outcomes = Transport::publish(&transport, &channel, &batch, deadline).await;
    outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
    let came = subscription.next(1).await?;
    says(&format!("{came:?}"), "b\"a\"")
}

async fn tls_is_spoken_and_certificates_identify() -> Result<(), BoxError> {
    let url = env::var("TIDINGS_TEST_RABBITMQ_TLS")?;
    let folder = env::var("TIDINGS_TEST_RABBITMQ_CERTIFICATES")?;
    let file = |name: &str| fs::read(format!("{folder}/{name}"));
    let unknown = refused(&url, RabbitSettings::default()).await?;
    is(&unknown, ErrorKind::Invalid)?;
    says(&unknown.to_string(), "`authorities`")?;
    let mut settings = RabbitSettings::default();
    settings.authorities = Some(file("authority.pem")?.into());
    RabbitTransport::connect_with(
        &url.replace("amqps://", "amqps://guest:guest@"),
        settings.clone(),
    )
    .await?;
    let registry = Registry::new().with(RabbitConnector::new(settings));
    let security = Security::Certificate {
        chain: file("guest.pem")?.into(),
        key: file("guest.key")?.into(),
    };
    let server = Server::new("amqps", url.as_str()).with_security(security);
    let transport = connect(&server, &registry).await?;
    Ok(transport.close(Duration::from_secs(1)).await?)
}
