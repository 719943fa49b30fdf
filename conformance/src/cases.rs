//! All cases, a file a subject.
mod batches;
mod cumulative;
mod foreign;
mod groups;
mod half_open;
mod keeping;
mod layers;
mod leases;
mod lifecycle;
mod load;
mod messages;
mod ordering;
mod outages;
mod queues;
mod reconnects;
mod requests;
mod restarts;
mod services;
mod settlement;
mod shards;
mod subscribers;
mod transactions;
mod wildcards;

use crate::case::Case;

pub(crate) static ALL: &[&[Case]] = &[
    messages::CASES,
    foreign::CASES,
    queues::CASES,
    groups::CASES,
    wildcards::CASES,
    keeping::CASES,
    load::CASES,
    batches::CASES,
    settlement::CASES,
    cumulative::CASES,
    shards::CASES,
    leases::CASES,
    ordering::CASES,
    requests::CASES,
    services::CASES,
    subscribers::CASES,
    layers::CASES,
    transactions::CASES,
    lifecycle::CASES,
    restarts::CASES,
    reconnects::CASES,
    outages::CASES,
    half_open::CASES,
];

/// Those of clients, services and subscribers, which layers may be around.
pub(crate) static LAYERED: &[&[Case]] = &[requests::CASES, services::CASES, subscribers::CASES];
