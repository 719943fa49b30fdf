//! The list of cases, each with what it needs of a transport.
mod delivery;
mod lifecycle;
mod requests;
mod settlement;
mod wildcards;

use crate::{Harness, Setup, bench::Outcome};
use tidings::{
    BoxFuture,
    transport::{Attempts, Confirm, Order, Settle},
};

/// One behaviour.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Why a transport cannot run it.
    pub(crate) missing: fn(&Harness) -> Option<&'static str>,
    pub(crate) check: fn(Setup) -> BoxFuture<'static, Outcome>,
}

macro_rules! case {
    ($name:literal, $missing:expr, $check:path) => {
        Case {
            name: $name,
            missing: $missing,
            check: |setup| Box::pin($check(setup)),
        }
    };
}

pub(crate) static CASES: &[Case] = &[
    case!(
        "delivers-what-was-published",
        queues,
        delivery::delivers_what_was_published
    ),
    case!(
        "queued-until-somebody-listens",
        queues,
        delivery::queued_until_somebody_listens
    ),
    case!(
        "order-kept-on-one-channel",
        ordered,
        delivery::order_kept_on_one_channel
    ),
    case!(
        "competing-consumers-share",
        settling_queues,
        delivery::competing_consumers_share
    ),
    case!("groups-each-get-all", groups, delivery::groups_each_get_all),
    case!(
        "members-of-a-group-share",
        groups,
        delivery::members_of_a_group_share
    ),
    case!(
        "group-collects-while-away",
        groups,
        delivery::group_collects_while_away
    ),
    case!(
        "publish-subscribe-without-group-fans-out",
        topics,
        delivery::fans_out_without_group
    ),
    case!(
        "wildcard-hears-every-topic",
        wild_topics,
        wildcards::hears_every_topic
    ),
    case!(
        "wildcard-takes-from-every-queue",
        wild_queues,
        wildcards::takes_from_every_queue
    ),
    case!("batch-outcomes", bounded, delivery::batch_outcomes),
    case!("large-body", queues, delivery::large_body),
    case!(
        "cancelled-next-loses-nothing",
        queues,
        delivery::cancelled_next_loses_nothing
    ),
    case!(
        "prefetch-bounds-unsettled",
        settling_queues,
        settlement::prefetch_bounds_unsettled
    ),
    case!(
        "settled-one-by-one",
        settling_queues,
        settlement::settled_one_by_one
    ),
    case!(
        "settling-twice-is-harmless",
        settling_queues,
        settlement::settling_twice_is_harmless
    ),
    case!(
        "retry-redelivers-with-attempt",
        counting,
        settlement::retry_redelivers_with_attempt
    ),
    case!("retry-waits", delaying, settlement::retry_waits),
    case!("reject-drops", settling_queues, settlement::reject_drops),
    case!(
        "unsettled-is-redelivered-after-drop",
        settling_queues,
        settlement::unsettled_is_redelivered_after_drop
    ),
    case!(
        "request-reply-correlates",
        replies,
        requests::request_reply_correlates
    ),
    case!("reply-timeout", replies, requests::reply_timeout),
    case!(
        "gather-ends-at-its-limit-or-deadline",
        gathering,
        requests::gather_ends_at_limit_or_deadline
    ),
    case!(
        "panic-in-a-handler-redelivers",
        settling_queues,
        requests::panic_in_a_handler_redelivers
    ),
    case!(
        "messages-of-a-key-one-by-one",
        settling_queues,
        requests::messages_of_a_key_one_by_one
    ),
    case!(
        "stop-gives-back-what-waits",
        settling_queues,
        requests::stop_gives_back_what_waits
    ),
    case!("close-drains", settling_queues, lifecycle::close_drains),
    case!(
        "subscribe-survives-reconnect",
        restarts,
        lifecycle::subscribe_survives_reconnect
    ),
    case!(
        "unsettled-survives-reconnect",
        restarts,
        lifecycle::unsettled_survives_reconnect
    ),
    case!(
        "publish-survives-reconnect",
        restarts,
        lifecycle::publish_survives_reconnect
    ),
    case!(
        "service-survives-restarts",
        restarts,
        lifecycle::service_survives_restarts
    ),
    case!(
        "inbox-survives-reconnect",
        restarts,
        lifecycle::inbox_survives_reconnect
    ),
];

fn needs(there: bool, otherwise: &'static str) -> Option<&'static str> {
    if there { None } else { Some(otherwise) }
}

fn queues(harness: &Harness) -> Option<&'static str> {
    needs(
        harness.capabilities.point_to_point,
        "no point-to-point channels",
    )
}

fn topics(harness: &Harness) -> Option<&'static str> {
    needs(
        harness.capabilities.publish_subscribe,
        "no publish-subscribe channels",
    )
}

fn wild_topics(harness: &Harness) -> Option<&'static str> {
    topics(harness).or_else(|| needs(harness.capabilities.wildcards, "no wildcards"))
}

fn wild_queues(harness: &Harness) -> Option<&'static str> {
    settling_queues(harness).or_else(|| needs(harness.capabilities.wildcards, "no wildcards"))
}

fn groups(harness: &Harness) -> Option<&'static str> {
    topics(harness).or_else(|| needs(harness.capabilities.groups, "no consumer groups"))
}

fn settling_queues(harness: &Harness) -> Option<&'static str> {
    queues(harness).or_else(|| {
        needs(
            harness.capabilities.settle == Settle::Individual,
            "no individual settlement",
        )
    })
}

fn ordered(harness: &Harness) -> Option<&'static str> {
    queues(harness).or_else(|| {
        needs(
            harness.capabilities.order == Order::Channel,
            "no order within a channel",
        )
    })
}

fn bounded(harness: &Harness) -> Option<&'static str> {
    let reasonable = harness.capabilities.max_bytes <= 64 << 20;
    queues(harness).or_else(|| needs(reasonable, "messages of any size"))
}

fn counting(harness: &Harness) -> Option<&'static str> {
    settling_queues(harness).or_else(|| {
        needs(
            harness.capabilities.attempts != Attempts::Uncounted,
            "no count of attempts",
        )
    })
}

fn delaying(harness: &Harness) -> Option<&'static str> {
    settling_queues(harness).or_else(|| {
        needs(
            harness.capabilities.delay.is_some(),
            "no delayed redelivery",
        )
    })
}

fn replies(harness: &Harness) -> Option<&'static str> {
    queues(harness).or_else(|| needs(harness.capabilities.native_reply, "no reply inbox"))
}

fn gathering(harness: &Harness) -> Option<&'static str> {
    replies(harness).or_else(|| topics(harness))
}

fn restarts(harness: &Harness) -> Option<&'static str> {
    let confirms = needs(
        harness.capabilities.confirm == Confirm::Broker,
        "no confirmation by the broker",
    );
    settling_queues(harness)
        .or(confirms)
        .or_else(|| needs(harness.restarts, "cannot be restarted"))
}
