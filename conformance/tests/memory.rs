//! The in-process transport under the suite.
use std::{process::ExitCode, sync::Arc};
use tidings::{Channel, Memory, Transport};
use tidings_conformance::{Harness, Setup, run};

fn main() -> ExitCode {
    let capabilities = Memory::new().capabilities(&Channel::point_to_point("any"));
    let open = || async { Ok(Setup::single(Arc::new(Memory::new()))) };
    run(vec![Harness::new("memory", capabilities, open)])
}
