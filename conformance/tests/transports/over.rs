//! Stand-ins over the in-process transport: a queue whose deliveries are leased, with dead letters of its own, and datagrams.
mod datagrams;
mod leased;

pub(crate) use datagrams::harness as datagrams;
pub(crate) use leased::harness as leased;
