//! How the suite gets at a transport, and its cases made into tests.
use crate::{bench::Bench, case::Case, cases, offers::Offer, setup::Setup};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{env, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, Capabilities, Channel};
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
    offers: Vec<Offer>,
    absent: Option<String>,
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
            offers: Vec::new(),
            absent: None,
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

    /// There is no such broker here, for that reason: every case shows as ignored.
    #[must_use]
    pub fn absent(mut self, reason: &str) -> Self {
        self.absent = Some(reason.to_owned());
        self
    }

    /// The names of the cases that run.
    #[must_use]
    pub fn selected(&self) -> Vec<String> {
        let runs = cases::all().filter(|case| self.missing(case).is_none());
        runs.map(Case::name).collect()
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
            runtime.block_on(async { tokio::time::timeout(LIMIT, self.repeat(case)).await });
        runtime.shutdown_background();
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string().into()),
            Err(_) => Err(format!("not done within {LIMIT:?}").into()),
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
    let mut arguments = Arguments::from_args();
    // Cases mostly wait, so that more of them than processors run well together.
    arguments.test_threads = arguments.test_threads.or(Some(8));
    let trials = harnesses
        .iter()
        .flat_map(|harness| cases::all().map(|case| harness.trial(case)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
