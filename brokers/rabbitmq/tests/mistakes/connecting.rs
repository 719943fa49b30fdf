//! Mistakes in where the broker is and in how a program identifies.
use crate::{
    common::{Check, Outcome, address, checks, holds},
    error::is,
};
use std::{
    env, fs,
    time::{Duration, Instant},
};
use tidings::{Error, ErrorKind, Registry, Security, Server, connect};
use tidings_rabbitmq::{RabbitConnector, RabbitSettings, RabbitTransport};
use tokio::net::TcpListener;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        a_wrong_password_is_refused,
        a_missing_virtual_host_is_named,
        a_broker_that_is_not_there_is_waited_for,
        a_server_that_says_nothing_is_given_up_in_time,
        a_certificate_that_does_not_fit_is_refused,
    ]
}

/// The error of connecting there, which names the server and no password.
async fn refused(url: &str, settings: RabbitSettings) -> Outcome<Error> {
    let outcome = RabbitTransport::connect_with(url, settings).await;
    let error = outcome.err().ok_or("it was taken")?;
    let text = error.to_string();
    let shows_server = text.contains("server `amqp") && !text.contains("s3cret");
    holds(shows_server, &text)?;
    Ok(error)
}

async fn a_wrong_password_is_refused() -> Outcome {
    let url = address().replace("guest:guest@", "guest:s3cret@");
    let begun = Instant::now();
    let error = refused(&url, RabbitSettings::default()).await?;
    let says = ["Login was refused", "mend the user or the password"];
    is(&error, ErrorKind::PermissionDenied, &says)?;
    let is_soon = begun.elapsed() < RabbitSettings::default().connect_within;
    holds(is_soon, "it was tried again, which cannot help")
}

async fn a_missing_virtual_host_is_named() -> Outcome {
    let url = address().replace("%2f", "nowhere");
    let error = refused(&url, RabbitSettings::default()).await?;
    let says = ["vhost nowhere not found", "path of the address"];
    is(&error, ErrorKind::NotFound, &says)
}

/// The settings, with so little patience.
fn within(wait: Duration) -> RabbitSettings {
    let mut settings = RabbitSettings::default();
    settings.connect_within = wait;
    settings
}

async fn a_broker_that_is_not_there_is_waited_for() -> Outcome {
    let wait = Duration::from_millis(500);
    let begun = Instant::now();
    let error = refused("amqp://127.0.0.1:1", within(wait)).await?;
    let says = ["server `amqp://127.0.0.1:1/", "refused", "start it"];
    is(&error, ErrorKind::ConnectionLost, &says)?;
    let waited = begun.elapsed();
    let is_right = (wait..wait * 10).contains(&waited);
    holds(is_right, &format!("it waited {waited:?}"))
}

async fn a_server_that_says_nothing_is_given_up_in_time() -> Outcome {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("amqp://{}", silent.local_addr()?);
    let begun = Instant::now();
    let error = refused(&url, within(Duration::from_secs(1))).await?;
    is(&error, ErrorKind::Timeout, &["did not answer within 1s"])?;
    holds(begun.elapsed() < Duration::from_secs(8), "it waited on")
}

/// It is taken once its authority is trusted, and then a client's own certificate identifies.
async fn a_certificate_that_does_not_fit_is_refused() -> Outcome {
    let url = env::var("TIDINGS_TEST_RABBITMQ_TLS")?;
    let folder = env::var("TIDINGS_TEST_RABBITMQ_CERTIFICATES")?;
    let file = |name: &str| fs::read(format!("{folder}/{name}"));
    let unknown = refused(&url, RabbitSettings::default()).await?;
    is(&unknown, ErrorKind::Invalid, &["`authorities`"])?;
    let mut settings = RabbitSettings::default();
    settings.authorities = Some(file("authority.pem")?.into());
    let known = url.replace("amqps://", "amqps://guest:guest@");
    RabbitTransport::connect_with(&known, settings.clone()).await?;
    // The same machine by a name that the certificate has not.
    let elsewhere = known.replace("127.0.0.1", "0.0.0.0");
    let another = refused(&elsewhere, settings.clone()).await?;
    is(&another, ErrorKind::Invalid, &["name in the certificate"])?;
    let registry = Registry::new().with(RabbitConnector::new(settings));
    let security = Security::Certificate {
        chain: file("guest.pem")?.into(),
        key: file("guest.key")?.into(),
    };
    let server = Server::new("amqps", url.as_str()).with_security(security);
    let transport = connect(&server, &registry).await?;
    Ok(transport.close(Duration::from_secs(1)).await?)
}
