//! The program as it is run: processes over databases and sockets.
use libtest_mimic::{Arguments, Failed, Trial};
use shop::Outcome;
use std::process::ExitCode;
use tokio::runtime::Runtime;

mod mistakes;
mod parked;
mod program;
mod running;
mod shop;
mod takeover;

fn main() -> ExitCode {
    let all = [
        mistakes::trials(),
        parked::trials(),
        running::trials(),
        takeover::trials(),
    ];
    libtest_mimic::run(&Arguments::from_args(), all.into_iter().flatten().collect()).exit_code()
}

fn trial<F>(name: &str, test: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Outcome>,
{
    Trial::test(name, move || {
        let runtime = Runtime::new().map_err(Failed::from)?;
        runtime
            .block_on(test())
            .map_err(|error| error.to_string().into())
    })
}
