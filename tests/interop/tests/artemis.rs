//! Clients for ActiveMQ Artemis: Qpid Proton for Python, and by JMS Qpid's client and Artemis' own.
mod jms;

use std::process::ExitCode;
use tidings::Registry;
use tidings_amqp1::Amqp1Connector;
use tidings_interop::{Broker, cases, run};

const ARTEMIS: Broker = Broker {
    variable: "TIDINGS_TEST_ARTEMIS",
    registry: || Registry::new().with(Amqp1Connector::default()),
    guide: include_str!("../../../brokers/amqp1/INTEROP.md"),
    about: &[],
};

fn main() -> ExitCode {
    let mut all = cases::of_python("proton");
    all.extend(jms::cases::<false>(true));
    all.extend(jms::cases::<true>(false));
    run(ARTEMIS, all)
}
