//! How the suite gets at a transport, and its cases made into tests.
use crate::{bench::Bench, case::Case, cases, offers::Offer, setup::Setup};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tidings::{
    BoxError, BoxFuture, Capabilities, Channel, Layers,
    layers::{CloudEvents, Dedup, Traces},
};
use uuid::Uuid;

/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often each case runs, at the same time, on setups of their own; once unless told.
const REPEAT: &str = "TIDINGS_CONFORMANCE_REPEAT";

type Open = Arc<dyn Fn() -> BoxFuture<'static, Result<Setup, BoxError>> + Send + Sync>;

/// A transport under test.
#[derive(Clone)]
pub struct Harness {
    name: String,
    capabilities: Capabilities,
    /// What is around the messages of clients, services and subscribers.
    layers: Layers,
    /// The cases that there are for it.
    cases: &'static [&'static [Case]],
    offers: Vec<Offer>,
    absent: Option<String>,
    /// The cases that it is made for; all where none is named.
    only: Vec<String>,
    limit: Duration,
    open: Open,
}

impl Harness {
    /// A transport with those capabilities on a point-to-point channel, or on a publish-subscribe channel where it has no other;
    /// the constructor is called once a case.
    pub fn new<F, Fut>(name: &str, capabilities: Capabilities, open: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Setup, BoxError>> + Send + 'static,
    {
        let open: Open = Arc::new(move || Box::pin(open()));
        Self {
            name: name.to_owned(),
            capabilities,
            layers: Layers::new(),
            cases: cases::ALL,
            offers: Vec::new(),
            absent: None,
            only: Vec::new(),
            limit: LIMIT,
            open,
        }
    }

    /// What every setup has, so that the cases that need it run.
    #[must_use]
    pub fn offering(mut self, offers: impl IntoIterator<Item = Offer>) -> Self {
        self.offers.extend(offers);
        self
    }

    /// Every setup has a [`Setup::restart`], so that the cases about restarts run.
    #[must_use]
    pub fn with_restart(self) -> Self {
        self.offering([Offer::Restart])
    }

    /// The same transport with layers around its messages, and of the cases those of clients, services and subscribers.
    ///
    /// # Errors
    /// When a layer cannot be made.
    pub fn layered(self) -> tidings::Result<Self> {
        let layers = Layers::new()
            .with(Traces::new())
            .with(Dedup::new(10_000))
            .with(CloudEvents::binary("/conformance")?);
        Ok(Self {
            name: format!("{}-layered", self.name),
            layers,
            cases: cases::LAYERED,
            ..self
        })
    }

    /// There is no such broker here, for that reason: every case shows as ignored.
    #[must_use]
    pub fn absent(mut self, reason: &str) -> Self {
        self.absent = Some(reason.to_owned());
        self
    }

    /// Has those cases only, by their names; each may take that long. For what cannot be done for every case, such as to end a
    /// process.
    #[must_use]
    pub fn only(mut self, cases: &[&str], limit: Duration) -> Self {
        self.only = cases.iter().map(|&case| case.to_owned()).collect();
        self.limit = limit;
        self
    }

    /// The names of the cases that run.
    #[must_use]
    pub fn selected(&self) -> Vec<String> {
        let runs = self.cases().filter(|case| self.missing(case).is_none());
        runs.map(Case::name).collect()
    }

    fn cases(&self) -> impl Iterator<Item = &'static Case> {
        let all = self.cases.iter().copied().flatten();
        all.filter(|case| self.only.is_empty() || self.only.contains(&case.name()))
    }

    /// One trial a case, and one that fails for each name that no case has.
    fn trials(&self) -> Vec<Trial> {
        let is_none = |name: &&String| {
            let mut all = self.cases.iter().copied().flatten();
            !all.any(|case| case.name() == **name)
        };
        let unknown = self.only.iter().filter(is_none).map(|name| {
            let name = format!("{}::{name}", self.name);
            Trial::test(name, || Err("there is no such case".into()))
        });
        let known = self.cases().map(|case| self.trial(case));
        known.chain(unknown).collect()
    }

    fn missing(&self, case: &Case) -> Option<String> {
        let unmet = || case.missing(&self.capabilities, &self.offers);
        self.absent.clone().or_else(|| unmet().map(str::to_owned))
    }

    fn trial(&self, case: &'static Case) -> Trial {
        let harness = self.clone();
        let name = format!("{}::{}", self.name, case.name());
        let trial = Trial::test(name, move || harness.check(case));
        match self.missing(case) {
            Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
            None => trial,
        }
    }

    fn check(&self, case: &'static Case) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let outcome =
            runtime.block_on(async { tokio::time::timeout(self.limit, self.repeat(case)).await });
        runtime.shutdown_background();
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string().into()),
            Err(_) => Err(format!("not done within {:?}", self.limit).into()),
        }
    }

    async fn repeat(&self, case: &'static Case) -> Result<(), BoxError> {
        let times = env::var(REPEAT).ok().map_or(Ok(1), |times| times.parse())?;
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0_usize..times {
            let harness = self.clone();
            runs.spawn(async move { harness.open_and_run(case).await });
        }
        while let Some(done) = runs.join_next().await {
            done??;
        }
        Ok(())
    }

    async fn open_and_run(&self, case: &Case) -> Result<(), BoxError> {
        let bench = Bench {
            id: Uuid::now_v7(),
            setup: (self.open)().await?,
            capabilities: self.capabilities.clone(),
            layers: self.layers.clone(),
        };
        let channel = Channel::new(bench.kind(), "conformance");
        let receiver = bench.setup.receiver.capabilities(&channel);
        // Keys are held back where messages are received, which may be at one end only.
        let mut sender = bench.setup.sender.capabilities(&channel);
        sender.delays_keys = receiver.delays_keys;
        for declared in [sender, receiver] {
            if declared != self.capabilities {
                let reason = format!("the transport declares other capabilities: {declared:?}");
                return Err(reason.into());
            }
        }
        (case.check)(bench).await
    }
}

/// Runs every case on every transport, with the command line of a Rust test.
pub fn run(harnesses: Vec<Harness>) -> ExitCode {
    run_then_alone(harnesses, Vec::new())
}

/// The same, and afterwards those of the others one by one: they do to a broker what all of its clients notice.
pub fn run_then_alone(harnesses: Vec<Harness>, alone: Vec<Harness>) -> ExitCode {
    let arguments = Arguments::from_args();
    // Cases mostly wait, so that more of them than processors run well together.
    let threads = arguments.test_threads.unwrap_or(8);
    let mut has_failed = false;
    for (harnesses, threads) in [(harnesses, threads), (alone, 1)] {
        if harnesses.is_empty() {
            continue;
        }
        let mut arguments = arguments.clone();
        arguments.test_threads = Some(threads);
        let trials = harnesses.iter().flat_map(Harness::trials).collect();
        has_failed |= libtest_mimic::run(&arguments, trials).has_failed();
    }
    match has_failed {
        true => ExitCode::from(101),
        false => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_has_only_the_cases_that_it_names() {
        let open = || async { Err("there is no broker".into()) };
        let harness = Harness::new("a", Capabilities::none(0), open);
        let names = |harness: &Harness| {
            let trials = harness.trials();
            let names = trials.iter().map(|trial| trial.name().to_owned());
            names.collect::<Vec<_>>()
        };
        assert!(names(&harness).len() > 100);
        let named = ["queued-outlives-a-restart", "no-such-case"];
        let few = harness.only(&named, LIMIT);
        assert_eq!(names(&few), named.map(|name| format!("a::{name}")));
        let unknown = few.trials().pop().expect("a trial");
        assert!(!unknown.has_ignored_flag(), "it is to fail");
    }
}
