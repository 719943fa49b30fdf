//! A client of Amazon Kinesis for Python.
use std::{process::ExitCode, time::Duration};
use tidings::Registry;
use tidings_aws::{AwsSettings, KinesisConnector};
use tidings_interop::{Broker, cases, run};

const KINESIS: Broker = Broker {
    variable: "TIDINGS_TEST_KINESIS",
    registry,
    guide: include_str!("../../../brokers/aws/KINESIS.md"),
    about: &[
        ("message_id", "kinesis.id"),
        ("type", "kinesis.type"),
        ("content_type", "kinesis.datacontenttype"),
        ("correlation_id", "kinesis.correlationid"),
        ("reply_to", "kinesis.replyto"),
    ],
};

/// Whoever is gone is soon gone for others too.
fn registry() -> Registry {
    let mut settings = AwsSettings::default();
    settings.lease = Some(Duration::from_secs(3));
    settings.poll = Duration::from_millis(100);
    Registry::new().with(KinesisConnector::new(settings))
}

fn main() -> ExitCode {
    run(KINESIS, cases::of_python("boto3_kinesis"))
}
