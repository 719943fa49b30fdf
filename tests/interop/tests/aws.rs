//! A client of Amazon SQS and SNS for Python.
use std::process::ExitCode;
use tidings::Registry;
use tidings_aws::AwsConnector;
use tidings_interop::{Broker, cases, run};

const AWS: Broker = Broker {
    variable: "TIDINGS_TEST_AWS",
    registry: || Registry::new().with(AwsConnector::default()),
    guide: include_str!("../../../brokers/aws/INTEROP.md"),
    about: &[
        ("message_id", "tidings.id"),
        ("type", "tidings.name"),
        ("content_type", "tidings.contentType"),
        ("correlation_id", "tidings.correlationId"),
        ("reply_to", "tidings.replyTo"),
    ],
};

fn main() -> ExitCode {
    run(AWS, cases::of_python("boto3"))
}
