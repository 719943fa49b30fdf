//! What the crate's documentation promises beyond what the conformance suite asks of every transport.
mod ahead;
mod bare;
#[path = "../common/mod.rs"]
mod common;
mod dead_letters;
mod declared;
mod full;
mod later;
mod names;
mod properties;
mod recovery;

use std::process::ExitCode;

fn main() -> ExitCode {
    let all = [
        ahead::checks(),
        dead_letters::checks(),
        declared::checks(),
        full::checks(),
        later::checks(),
        names::checks(),
        properties::checks(),
        recovery::checks(),
    ];
    common::run(all.concat())
}
