//! TLS and SASL at a cluster: by password, by each mechanism, and by a certificate; and what of that does not fit.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    env, fs,
    future::Future,
    process::ExitCode,
    time::{Duration, Instant},
};
use tidings::{
    BoxError, Channel, Error, ErrorKind, Message, Security, Server, Transport,
    transport::{Ensure, Wanted},
};
use tidings_kafka::{KafkaSettings, KafkaTransport};
use tokio::time::timeout;
use uuid::Uuid;

/// Where the cluster asks for a user, as `dev/services env` says, where for a certificate, and where those are.
const SECURE: &str = "TIDINGS_TEST_KAFKA_SECURE";
const CERTIFIED: &str = "TIDINGS_TEST_KAFKA_CERTIFIED";
const CERTIFICATES: &str = "TIDINGS_TEST_KAFKA_CERTIFICATES";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Outcome<T = ()> = Result<T, BoxError>;

fn main() -> ExitCode {
    let trials = vec![
        trial("each-mechanism-lets-in", each_mechanism_lets_in),
        trial(
            "a-wrong-password-is-told-at-once",
            a_wrong_password_is_told_at_once,
        ),
        trial(
            "a-certificate-of-ones-own-lets-in",
            a_certificate_of_ones_own_lets_in,
        ),
        trial(
            "an-authority-that-is-not-trusted-is-told",
            an_authority_that_is_not_trusted_is_told,
        ),
        trial(
            "another-name-than-the-certificates-is-told",
            another_name_than_the_certificates_is_told,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial<F>(name: &str, check: fn() -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    let trial = Trial::test(name, move || run(check()));
    match env::var_os(SECURE) {
        Some(_) => trial,
        None => trial
            .with_kind(format!("{SECURE} is not set; see `dev/services`"))
            .with_ignored_flag(true),
    }
}

fn run(check: impl Future<Output = Outcome>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(async { timeout(PATIENCE, check).await });
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => outcome.map_err(|error| error.to_string().into()),
        Err(_) => Err(format!("not done within {PATIENCE:?}").into()),
    }
}

fn file(name: &str) -> Outcome<Vec<u8>> {
    Ok(fs::read(format!("{}/{name}", env::var(CERTIFICATES)?))?)
}

fn trusting() -> Outcome<KafkaSettings> {
    Ok(KafkaSettings {
        authorities: Some(file("authority.pem")?.into()),
        ..KafkaSettings::default()
    })
}

fn ann(password: &str) -> Outcome<Server> {
    let server = Server::new("kafka-secure", env::var(SECURE)?);
    Ok(server.with_security(Security::Password {
        user: "ann".into(),
        password: password.into(),
    }))
}

/// Something gets there.
async fn works(server: &Server) -> Outcome {
    let transport = KafkaTransport::connect_to(server, trusting()?).await?;
    let channel = Channel::publish_subscribe(format!("secure.{}", Uuid::now_v7()));
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let sent = transport
        .publish(&channel, &[Message::new("a")], deadline)
        .await;
    sent.into_iter().collect::<Result<(), Error>>()?;
    Ok(transport.close(PATIENCE).await?)
}

/// What it says that we are not let in; at once, since trying again cannot help.
async fn refusal(server: &Server, settings: KafkaSettings, says: &str) -> Outcome<Error> {
    let begun = Instant::now();
    let outcome = KafkaTransport::connect_to(server, settings.clone()).await;
    let error = outcome.err().ok_or("it is let in")?;
    assert!(
        begun.elapsed() < settings.wait,
        "it was tried again: {error}"
    );
    let text = error.to_string();
    assert!(text.contains(says) && text.contains("server `"), "{text}");
    Ok(error)
}

async fn each_mechanism_lets_in() -> Outcome {
    works(&ann("secret")?).await?;
    for kind in ["plain", "scramSha256", "scramSha512"] {
        works(&ann("secret")?.with_scheme("it", kind)).await?;
    }
    Ok(())
}

async fn a_wrong_password_is_told_at_once() -> Outcome {
    for kind in ["plain", "scramSha512"] {
        let server = ann("s3cret")?.with_scheme("it", kind);
        let error = refusal(&server, trusting()?, "check the user name and password").await?;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    Ok(())
}

async fn a_certificate_of_ones_own_lets_in() -> Outcome {
    let server = Server::new("kafka-secure", env::var(CERTIFIED)?);
    let security = Security::Certificate {
        chain: file("ann.pem")?.into(),
        key: file("ann.key")?.into(),
    };
    works(&server.with_security(security)).await
}

async fn an_authority_that_is_not_trusted_is_told() -> Outcome {
    let settings = KafkaSettings::default();
    let error = refusal(&ann("secret")?, settings, "`KafkaSettings::authorities`").await?;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    Ok(())
}

/// The same machine by a name that the certificate has not.
async fn another_name_than_the_certificates_is_told() -> Outcome {
    let server = ann("secret")?;
    let url = server.url.replace("127.0.0.1", "0.0.0.0");
    let error = refusal(
        &server.with_url(url),
        trusting()?,
        "name in the certificate",
    )
    .await?;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    Ok(())
}
