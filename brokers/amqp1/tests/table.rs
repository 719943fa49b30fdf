//! What the code generator's table says of these brokers, which `tidings generate rust --broker artemis --check` goes by.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, process::ExitCode};
use tidings::{
    Channel, Transport,
    transport::{Affinity, HeaderSupport, Order},
};
use tidings_amqp1::Amqp1Transport;
use tidings_codegen::Broker;

fn main() -> ExitCode {
    let brokers = [
        ("artemis", "TIDINGS_TEST_ARTEMIS"),
        ("activemq", "TIDINGS_TEST_ACTIVEMQ"),
    ];
    let trials = brokers.map(|(name, variable)| {
        let url = env::var(variable).unwrap_or_default();
        let is_absent = url.is_empty();
        let trial = Trial::test(
            format!("the-table-of-brokers-is-what-{name}-says"),
            move || the_table_of_brokers_is_what_this_one_says(name, &url),
        );
        trial
            .with_kind(if is_absent { "no broker" } else { "" })
            .with_ignored_flag(is_absent)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn the_table_of_brokers_is_what_this_one_says(name: &'static str, url: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let transport = runtime.block_on(Amqp1Transport::connect(url))?;
    let queue = transport.capabilities(&Channel::point_to_point("a").with_keys());
    let topic = transport.capabilities(&Channel::publish_subscribe("a").with_keys());
    let told = Broker {
        name,
        point_to_point: queue.point_to_point,
        publish_subscribe: topic.publish_subscribe,
        groups: topic.groups,
        key_order: queue.affinity != Affinity::None && queue.order >= Order::Key,
        native_reply: queue.native_reply,
        wildcards: topic.wildcards,
        wildcard_queues: queue.wildcards,
        delay_seconds: queue.delay.unwrap_or_default().as_secs(),
        header_bytes: match queue.headers {
            HeaderSupport::Native { max_bytes } => max_bytes.unwrap_or(usize::MAX),
            _ => queue.max_bytes,
        },
        message_bytes: queue.max_bytes,
    };
    assert_eq!(Broker::named(name), Some(&told));
    Ok(())
}
