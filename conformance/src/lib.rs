#![doc = include_str!("../README.md")]
mod bench;
mod case;
mod cases;
mod check;
pub mod faults;
mod harness;
mod listener;
mod needs;
mod offers;
#[cfg(test)]
mod selection;
mod setup;

pub use harness::{Harness, run, run_then_alone};
pub use offers::Offer;
pub use setup::{Action, Another, DeadLetters, Foreign, Raw, Restart, Setup};
