//! How the suite gets at a transport, and its cases made into tests.
use crate::cases::{CASES, Case};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{any::Any, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, Capabilities, Channel, DynTransport};

/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Cuts every connection of a setup and lets them come back: a broker that restarts with its queues kept.
pub type Restart = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// One fresh instance of what is tested: the transport of a sender and the one of a receiver, at the same broker.
pub struct Setup {
    /// Where cases publish and ask.
    pub sender: Arc<dyn DynTransport>,
    /// Where cases subscribe and answer.
    pub receiver: Arc<dyn DynTransport>,
    /// Restarts the broker; there must be one where the harness says so.
    pub restart: Option<Restart>,
    /// What has to live as long as the case: temporary folders, servers.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl Setup {
    /// A transport that is both sender and receiver.
    #[must_use]
    pub fn single(transport: Arc<dyn DynTransport>) -> Self {
        Self::pair(transport.clone(), transport)
    }

    /// Two transports at one broker.
    #[must_use]
    pub fn pair(sender: Arc<dyn DynTransport>, receiver: Arc<dyn DynTransport>) -> Self {
        Self {
            sender,
            receiver,
            restart: None,
            keep: Box::new(()),
        }
    }
}

type Open = Arc<dyn Fn() -> BoxFuture<'static, Result<Setup, BoxError>> + Send + Sync>;

/// A transport under test.
#[derive(Clone)]
pub struct Harness {
    name: String,
    pub(crate) capabilities: Capabilities,
    pub(crate) restarts: bool,
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
            restarts: false,
            open,
        }
    }

    /// Every setup has a [`Setup::restart`], so that the cases about restarts run.
    #[must_use]
    pub fn with_restart(mut self) -> Self {
        self.restarts = true;
        self
    }

    fn trial(&self, case: &'static Case) -> Trial {
        let harness = self.clone();
        let missing = (case.missing)(self);
        let trial = Trial::test(format!("{}::{}", self.name, case.name), move || {
            harness.check(case)
        });
        match missing {
            Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
            None => trial,
        }
    }

    fn check(&self, case: &Case) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let outcome =
            runtime.block_on(async { tokio::time::timeout(LIMIT, self.open_and_run(case)).await });
        runtime.shutdown_background();
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string().into()),
            Err(_) => Err(format!("not done within {LIMIT:?}").into()),
        }
    }

    async fn open_and_run(&self, case: &Case) -> Result<(), BoxError> {
        let setup = (self.open)().await?;
        let address = "conformance";
        let channel = match self.capabilities.point_to_point {
            true => Channel::point_to_point(address),
            false => Channel::publish_subscribe(address),
        };
        for transport in [&setup.sender, &setup.receiver] {
            let declared = transport.capabilities(&channel);
            if declared != self.capabilities {
                let reason = format!("the transport declares other capabilities: {declared:?}");
                return Err(reason.into());
            }
        }
        (case.check)(setup).await
    }
}

/// Runs every case on every transport, with the command line of a Rust test.
pub fn run(harnesses: Vec<Harness>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Cases mostly wait, so that more of them than processors run well together.
    arguments.test_threads = arguments.test_threads.or(Some(8));
    let trials = harnesses
        .iter()
        .flat_map(|harness| CASES.iter().map(|case| harness.trial(case)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
