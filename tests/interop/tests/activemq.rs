//! Clients for ActiveMQ Classic: Qpid Proton for Python, and Qpid's client by JMS.
mod jms;

use std::process::ExitCode;
use tidings::Registry;
use tidings_amqp1::Amqp1Connector;
use tidings_interop::{Broker, cases, run};

const CLASSIC: Broker = Broker {
    variable: "TIDINGS_TEST_ACTIVEMQ",
    registry: || Registry::new().with(Amqp1Connector::default()),
    guide: include_str!("../../../brokers/amqp1/INTEROP.md"),
    about: &[],
};

fn main() -> ExitCode {
    let mut all = cases::of_python("proton");
    all.extend(jms::cases::<false>(false));
    run(CLASSIC, all)
}
