//! What the crate's documentation promises beyond what the conformance suite asks of every transport.
mod bindings;
#[path = "../common/mod.rs"]
mod common;
mod dead_letters;
mod later;
#[path = "../common/proxy.rs"]
#[expect(dead_code, reason = "the conformance suite needs more of it")]
mod proxy;
mod recovery;

use std::process::ExitCode;

fn main() -> ExitCode {
    let all = [
        bindings::checks(),
        dead_letters::checks(),
        later::checks(),
        recovery::checks(),
    ];
    common::run(all.concat())
}
