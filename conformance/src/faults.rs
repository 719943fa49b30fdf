//! The fault matrix: processes that are killed and links that fail, while messages of many keys go from publishers to consumers,
//! and two logs, of what was confirmed and of what was handled, that are compared. A broker's test says in one file how it is
//! reached and which of its cells there are: see [`Subject`]. A matrix of another kind has rounds of its own, as [`Trial`]s of the same parts.
mod cell;
mod findings;
mod forwarder;
mod job;
mod link;
mod log;
mod matrix;
mod place;
mod player;
mod process;
mod random;
mod round;
mod rounds;
mod serve;
mod services;
mod subject;
mod toxiproxy;
mod transform;
mod url;

pub use cell::{Cell, Fault, Trouble, Work};
pub use findings::Findings;
pub use forwarder::{Forwarder, Passing};
pub use job::message;
pub use link::Link;
pub use log::{Log, Number, Tail};
pub use matrix::run;
pub use place::{Host, Place};
pub use process::{Process, again, run as play, told};
pub use random::Random;
pub use rounds::{Outcome, Run, Running, Size, Trial, try_all};
pub use serve::{Deliveries, numbered};
pub use services::{killable, restart, stop_and_start, variable};
pub use subject::Subject;
pub use url::parted;
