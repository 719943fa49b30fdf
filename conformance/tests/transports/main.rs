//! The transports without a broker, and stand-ins of others, under the suite.
mod log;
mod over;

use std::{process::ExitCode, sync::Arc};
use tidings::{BoxError, Channel, Memory, Transport, testing::TestBroker};
use tidings_conformance::{Action, Harness, Offer, Setup, run};

fn main() -> Result<ExitCode, BoxError> {
    Ok(run(vec![
        memory(),
        memory().layered()?,
        testing(),
        log::harness(),
        log::harness().layered()?,
        over::leased(),
        over::leased().layered()?,
        over::datagrams(),
        over::datagrams().layered()?,
    ]))
}

fn memory() -> Harness {
    let capabilities = Memory::new().capabilities(&Channel::point_to_point("any"));
    let open = || async { Ok(Setup::single(Arc::new(Memory::new()))) };
    Harness::new("memory", capabilities, open).offering([Offer::Full])
}

fn testing() -> Harness {
    let capabilities = TestBroker::new().capabilities(&Channel::point_to_point("any"));
    let open = || async {
        let broker = TestBroker::new();
        let mut setup = Setup::single(Arc::new(broker.clone()));
        setup.cut = Some(action(&broker, TestBroker::cut));
        setup.deafen = Some(action(&broker, |broker| broker.unconfirm(1)));
        setup.mend = Some(action(&broker, TestBroker::mend));
        Ok(setup)
    };
    Harness::new("testing", capabilities, open).offering([Offer::Cut, Offer::Deafen, Offer::Full])
}

fn action(broker: &TestBroker, does: fn(&TestBroker)) -> Action {
    let broker = broker.clone();
    Box::new(move || {
        does(&broker);
        Box::pin(async { Ok::<(), BoxError>(()) })
    })
}
