//! The fault matrix: processes that are killed and links that fail, while messages of many keys go from publishers to consumers,
//! and two logs, of what was confirmed and of what was handled, that are compared. A broker's test says in one file how it is
//! reached and which of its cells there are: see [`Subject`].
mod cell;
mod findings;
mod forwarder;
mod job;
mod link;
mod log;
mod matrix;
mod place;
mod player;
mod random;
mod round;
mod serve;
mod services;
mod subject;
mod toxiproxy;
mod transform;

pub use cell::{Cell, Fault, Trouble, Work};
pub use link::Link;
pub use matrix::run;
pub use place::{Host, Place};
pub use services::{killable, variable};
pub use subject::Subject;
