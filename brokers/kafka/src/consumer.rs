//! Consuming: threads of each subscription that keep it alive and commit, and what they share with who asks for deliveries.
pub(crate) mod assigned;
pub(crate) mod begin;
pub(crate) mod commits;
pub(crate) mod committer;
pub(crate) mod driver;
mod gaps;
pub(crate) mod held;
pub(crate) mod joining;
mod placing;
pub(crate) mod shared;
pub(crate) mod watcher;
