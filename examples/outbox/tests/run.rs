//! The example says what it did.
use std::process::Command;

const EXPECTED: &str = "\
C-1 has ordered O-000001
C-2 has ordered O-000002
C-3 has ordered O-000003
C-3 takes O-000003 back, by a message that comes twice
the shop has 3 orders, 1 of them cancelled
the dispatch has packed 3 parcels, and unpacked 1 again
it has heard of 4 events, each once
";

#[test]
fn everything_is_there_once() -> std::io::Result<()> {
    let run = Command::new(env!("CARGO_BIN_EXE_shop")).output()?;
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED, "{told}");
    Ok(())
}
