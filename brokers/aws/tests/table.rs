//! What the code generator's table says of these brokers, which `tidings generate rust --broker sqs --check` goes by.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, process::ExitCode};
use tidings::{
    Capabilities, Channel, DynTransport,
    transport::{Affinity, HeaderSupport, Order},
};
use tidings_aws::{AwsTransport, SnsTransport, SqsTransport};
use tidings_codegen::Broker;

const ADDRESS: &str = "TIDINGS_TEST_SNS";

fn main() -> ExitCode {
    let url = env::var(ADDRESS).unwrap_or_default();
    let is_absent = url.is_empty();
    let trial = Trial::test("the-table-of-brokers-is-what-these-say", move || {
        the_table_of_brokers_is_what_these_say(&url)
    });
    let trial = trial
        .with_kind(if is_absent { "no server" } else { "" })
        .with_ignored_flag(is_absent);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

fn the_table_of_brokers_is_what_these_say(url: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let at = |scheme: &str| url.replace("sns://", scheme);
    let sqs = runtime.block_on(SqsTransport::connect(&at("sqs://")))?;
    let sns = runtime.block_on(SnsTransport::connect(url))?;
    let aws = runtime.block_on(AwsTransport::connect(&at("aws://")))?;
    same("sqs", &sqs, true, false);
    same("sns", &sns, false, true);
    same("aws", &aws, true, true);
    Ok(())
}

/// Of whichever kinds it carries, what all of them can do.
fn same(name: &'static str, transport: &dyn DynTransport, queues: bool, topics: bool) {
    let queue = Channel::point_to_point("a");
    let topic = Channel::publish_subscribe("a");
    let kinds = [(queues, queue), (topics, topic)];
    let kinds = kinds.into_iter().filter(|(carries, _)| *carries);
    let all: Vec<(Capabilities, Capabilities)> = kinds
        .map(|(_, channel)| {
            let keyed = transport.capabilities(&channel.clone().with_keys());
            (transport.capabilities(&channel), keyed)
        })
        .collect();
    let bytes = all.iter().map(|(plain, _)| plain.max_bytes).min();
    let delays = all
        .iter()
        .map(|(plain, _)| plain.delay.unwrap_or_default().as_secs());
    let every = |can: fn(&Capabilities) -> bool| all.iter().all(|(_, keyed)| can(keyed));
    let told = Broker {
        name,
        point_to_point: every(|has| has.point_to_point),
        publish_subscribe: every(|has| has.publish_subscribe),
        groups: every(|has| has.groups),
        key_order: every(|has| has.affinity != Affinity::None && has.order >= Order::Key),
        native_reply: every(|has| has.native_reply),
        wildcards: every(|has| has.wildcards),
        wildcard_queues: every(|has| has.wildcards),
        delay_seconds: delays.min().unwrap_or_default(),
        header_bytes: bytes.unwrap_or_default(),
        message_bytes: bytes.unwrap_or_default(),
    };
    assert!(every(|has| has.headers == HeaderSupport::Framed));
    assert_eq!(Broker::named(name), Some(&told));
}
