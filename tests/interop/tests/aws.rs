//! A client of Amazon SQS and SNS for Python.
use std::{process::ExitCode, time::Duration};
use tidings::Registry;
use tidings_aws::{AwsConnector, AwsSettings};
use tidings_interop::{Broker, cases, run};

const AWS: Broker = Broker {
    variable: "TIDINGS_TEST_AWS",
    registry,
    guide: include_str!("../../../brokers/aws/INTEROP.md"),
    about: &[
        ("message_id", "tidings.id"),
        ("type", "tidings.name"),
        ("content_type", "tidings.contentType"),
        ("correlation_id", "tidings.correlationId"),
        ("reply_to", "tidings.replyTo"),
    ],
};

/// Whoever is gone asks for nothing a moment later: what comes then would be nobody's for a while.
fn registry() -> Registry {
    let mut settings = AwsSettings::default();
    settings.wait = Duration::from_secs(1);
    Registry::new().with(AwsConnector::new(settings))
}

fn main() -> ExitCode {
    run(AWS, cases::of_python("boto3"))
}
