//! What repeats in generated code by rule: the implementations beside its types, from what differs of them.
mod branches;
mod channel;
mod client;
mod headers;
mod listed;
mod message;
mod object;
mod open;
mod set;
mod validate;
