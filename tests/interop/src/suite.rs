//! The cases as tests, one after the other: the document has one address for all of them.
use crate::{Broker, Peer, broker::PYTHON};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, pin::Pin, process::ExitCode, time::Duration};
use tidings::BoxError;
use tokio::{runtime::Runtime, time::timeout};

/// What a step gives.
pub type Outcome<T = ()> = Result<T, BoxError>;

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(120);

type Check = dyn Fn(Peer) -> Pin<Box<dyn Future<Output = Outcome>>> + Send + Sync;

/// A case, by its name and the program that it is about.
pub struct Case {
    name: String,
    program: &'static str,
    /// The variables that are set where the program is there, and what else it needs.
    variables: Vec<&'static str>,
    check: Box<Check>,
}

impl Case {
    /// A case of a program in `programs`, by its name there without `_orders.py`.
    pub fn of_python<F>(program: &'static str, name: &str, check: fn(Peer) -> F) -> Self
    where
        F: Future<Output = Outcome> + 'static,
    {
        Self::of_tool(program, name, PYTHON, check)
    }

    /// A case of a program that is there where that variable is set.
    pub fn of_tool<F>(
        program: &'static str,
        name: &str,
        variable: &'static str,
        check: fn(Peer) -> F,
    ) -> Self
    where
        F: Future<Output = Outcome> + 'static,
    {
        Self {
            name: format!("{program}: {name}"),
            program,
            variables: vec![variable],
            check: Box::new(move |peer| Box::pin(check(peer))),
        }
    }

    /// The same, which needs what is there where that variable is set.
    #[must_use]
    pub fn needs(mut self, variable: &'static str) -> Self {
        self.variables.push(variable);
        self
    }
}

/// Runs the cases of a broker.
pub fn run(broker: Broker, cases: Vec<Case>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trials = cases.into_iter().map(|case| trial(broker, case));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn trial(broker: Broker, case: Case) -> Trial {
    let is_missing = |name: &&str| env::var(name).unwrap_or_default().is_empty();
    let missing = [broker.variable]
        .into_iter()
        .chain(case.variables.clone())
        .find(is_missing);
    let trial = Trial::test(case.name.clone(), move || check(broker, &case));
    match missing {
        None => trial,
        Some(missing) => trial
            .with_kind(format!("{missing} is not set; see `dev/services`"))
            .with_ignored_flag(true),
    }
}

fn check(broker: Broker, case: &Case) -> Result<(), Failed> {
    let runtime = Runtime::new()?;
    let check = async { (case.check)(Peer::open(broker, case.program).await?).await };
    let outcome = runtime.block_on(async { timeout(PATIENCE, check).await });
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => outcome.map_err(|error| error.to_string().into()),
        Err(_) => Err(format!("not done within {PATIENCE:?}").into()),
    }
}
