//! What can be wrong between a program and its broker, each with one clear error that says where, what and how to mend it.
mod channels;
#[path = "../common/mod.rs"]
mod common;
mod connecting;
mod error;
mod full;
mod sending;

use std::process::ExitCode;

fn main() -> ExitCode {
    let all = [
        channels::checks(),
        connecting::checks(),
        full::checks(),
        sending::checks(),
    ];
    common::run(all.concat())
}
