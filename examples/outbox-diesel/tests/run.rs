//! The example says what it did, where there is a PostgreSQL.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    env,
    process::{Command, ExitCode},
};

const EXPECTED: &str = "\
C-1 has ordered O-000001
C-2 has ordered O-000002
O-000003 was rolled back: C-3 owes us money
the dispatch has packed O-000001 and O-000002
";

fn main() -> ExitCode {
    let url = env::var("TIDINGS_TEST_POSTGRES").ok();
    let is_there = url.is_some();
    let trial = Trial::test("everything-is-there-once", || run(url.unwrap_or_default()));
    let trials = vec![trial.with_ignored_flag(!is_there)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(url: String) -> Result<(), Failed> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-diesel"));
    let run = program.env("DATABASE_URL", url).output()?;
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED, "{told}");
    Ok(())
}
