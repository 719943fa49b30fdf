//! The fault matrix over sockets and in process. Whatever fails, nothing that was confirmed is lost, no key is turned round, and
//! over sockets only where a process died is anything repeated. `dev/faults` runs the full form.
use std::{
    any::Any,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{BoxError, BoxFuture, DynTransport, Memory, memory::MemorySettings};
use tidings_conformance::faults::{Cell, Fault, Host, Link, Place, Subject, Trouble, run};
use tidings_socket::{SocketSettings, SocketTransport};

/// Messages in a queue, so that publishing goes on while what was published is handled.
const QUEUED: usize = 1000;
/// Consumers of a process of the service, each with a connection of its own.
const CONSUMERS: usize = 8;
/// How long a session waits for its client: where a process was killed, and where a link has failed that is soon there again.
const KILLED: Duration = Duration::from_millis(500);
const FAILED: Duration = Duration::from_secs(20);

static IN_PROCESS: InProcess = InProcess(Mutex::new(None));

fn main() -> ExitCode {
    run(&[&IN_PROCESS, &Socket])
}

fn memory() -> MemorySettings {
    let mut settings = MemorySettings::default();
    settings.queue_messages = QUEUED;
    settings
}

/// The in-process transport; its clients and services are dropped without a word.
struct InProcess(Mutex<Option<Memory>>);

impl InProcess {
    fn replace(&self, memory: Memory) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }

    fn memory(&self) -> Option<Memory> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Subject for InProcess {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn cells(&self) -> Vec<Cell> {
        processes().map(Cell::handle).collect()
    }

    fn open(&self, _: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        self.replace(Memory::with_settings(memory()));
        Box::pin(async { Ok(Place::at("memory", Host::Here)) })
    }

    fn connect<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        let memory = self.memory();
        Box::pin(async {
            let memory = memory.ok_or("no round has begun")?;
            Ok(Arc::new(memory) as Arc<dyn DynTransport>)
        })
    }

    fn consumers(&self) -> usize {
        CONSUMERS
    }

    fn is_in_process(&self) -> bool {
        true
    }
}

/// What may fail of processes that are no broker.
fn processes() -> impl Iterator<Item = Fault> {
    [
        Fault::ClientKilled,
        Fault::ServiceKilled,
        Fault::Rebalance,
        Fault::RollingRestart,
        Fault::HandlerPanics,
    ]
    .into_iter()
}

/// Sockets: Unix ones where processes are killed, TCP where links fail.
struct Socket;

/// How the two ends of a round are set up, beside where they are.
#[derive(Debug, Clone, Copy)]
struct Ends<'a> {
    resume: Duration,
    /// Whether a publish is confirmed only once it is settled.
    settled: bool,
    address: &'a str,
}

impl<'a> Ends<'a> {
    fn words(self) -> String {
        let (resume, settled) = (self.resume.as_millis(), u8::from(self.settled));
        format!("{resume} {settled} {}", self.address)
    }

    fn read(words: &'a str) -> Result<Self, BoxError> {
        let mut words = words.splitn(3, ' ');
        let mut next = || words.next().ok_or("the address has too few words");
        Ok(Self {
            resume: Duration::from_millis(next()?.parse()?),
            settled: next()? == "1",
            address: next()?,
        })
    }

    fn settings(&self) -> SocketSettings {
        let settings = SocketSettings::default().with_memory(memory());
        settings.with_resume(self.resume)
    }

    async fn listen(&self) -> tidings::Result<SocketTransport> {
        SocketTransport::listen_with(self.address.parse()?, self.settings()).await
    }
}

/// A link to a listening end in this process. Where it is away for long, sessions end as they do unless told otherwise.
async fn linked(trouble: Trouble) -> Result<Place, BoxError> {
    let resume = match trouble {
        Trouble::Away => SocketSettings::default().resume,
        _ => FAILED,
    };
    let ends = |address| Ends {
        resume,
        settled: false,
        address,
    };
    let listening = ends("tcp:127.0.0.1:0").listen().await?;
    let direct = listening.address().to_string();
    let link = Link::forward(direct.trim_start_matches("tcp:")).await?;
    let address = format!("tcp:{}", link.address());
    let place = Place::at(ends(&direct).words(), Host::Here).keeping(listening);
    Ok(place.through(link, ends(&address).words()))
}

/// A listening end in a process of its own; what is queued dies with it.
fn apart(fault: Fault) -> Result<Place, BoxError> {
    let folder = tempfile::tempdir()?;
    let ends = Ends {
        resume: KILLED,
        settled: fault == Fault::BrokerKilled,
        address: &format!("unix:{}", folder.path().join("s").display()),
    };
    Ok(Place::at(ends.words(), Host::Process).keeping(folder))
}

impl Subject for Socket {
    fn name(&self) -> &'static str {
        "socket"
    }

    fn cells(&self) -> Vec<Cell> {
        let links = [
            Trouble::Cut,
            Trouble::Away,
            Trouble::Stall,
            Trouble::HalfOpen,
            Trouble::Slow,
        ];
        let faults = processes()
            .chain([Fault::BrokerKilled])
            .chain(links.map(Fault::Link));
        faults.map(Cell::handle).collect()
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            match cell.trouble() {
                Some(trouble) => linked(trouble).await,
                None => apart(cell.fault),
            }
        })
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        Box::pin(async {
            let ends = Ends::read(address)?;
            let address = ends.address.parse()?;
            let transport = SocketTransport::connect_with(address, ends.settings()).await?;
            Ok(match ends.settled {
                true => Arc::new(transport.confirm_settled()) as Arc<dyn DynTransport>,
                false => Arc::new(transport),
            })
        })
    }

    fn host<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Any + Send>, BoxError>> {
        Box::pin(async {
            let listening = Ends::read(address)?.listen().await?;
            Ok(Box::new(listening) as Box<dyn Any + Send>)
        })
    }

    fn consumers(&self) -> usize {
        CONSUMERS
    }

    fn repeats(&self, cell: Cell) -> bool {
        matches!(
            cell.fault,
            Fault::ClientKilled
                | Fault::ServiceKilled
                | Fault::BrokerKilled
                | Fault::HandlerPanics
                | Fault::Link(Trouble::Away)
        )
    }
}
