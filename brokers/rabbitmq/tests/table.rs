//! What the code generator's table says of this broker, which `tidings generate rust --broker rabbitmq --check` goes by.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, process::ExitCode};
use tidings::{
    Channel, Transport,
    transport::{Affinity, HeaderSupport, Order},
};
use tidings_codegen::Broker;
use tidings_rabbitmq::RabbitTransport;

const ADDRESS: &str = "TIDINGS_TEST_RABBITMQ";

fn main() -> ExitCode {
    let url = env::var(ADDRESS).unwrap_or_default();
    let is_absent = url.is_empty();
    let trial = Trial::test("the-table-of-brokers-is-what-this-one-says", move || {
        the_table_of_brokers_is_what_this_one_says(&url)
    });
    let trial = trial
        .with_kind(if is_absent { "no broker" } else { "" })
        .with_ignored_flag(is_absent);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

fn the_table_of_brokers_is_what_this_one_says(url: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let transport = runtime.block_on(RabbitTransport::connect(url))?;
    let queue = transport.capabilities(&Channel::point_to_point("a").with_keys());
    let topic = transport.capabilities(&Channel::publish_subscribe("a").with_keys());
    let told = Broker {
        name: "rabbitmq",
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
    assert_eq!(Broker::named("rabbitmq"), Some(&told));
    Ok(())
}
