//! This program again, as a process of its own that may be killed.
use crate::job::Job;
use std::{
    env, io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tidings::{BoxError, DynTransport};
use tidings_socket::{SocketSettings, SocketTransport};

/// Consumers of one service process, each with a connection of its own.
pub(crate) const CONSUMERS: usize = 8;
const LANES: usize = 4;
/// Messages in the queue, so that publishing goes on while what was published is handled.
pub(crate) const QUEUED: usize = 1000;
const ROLE: &str = "TIDINGS_FAULTS_ROLE";
const WORDS: &str = "TIDINGS_FAULTS_WORDS";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Listener,
    Service,
    Client,
}

const ROLES: [(&str, Role); 3] = [
    ("listener", Role::Listener),
    ("service", Role::Service),
    ("client", Role::Client),
];

/// What a process is told.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    pub(crate) address: String,
    pub(crate) job: Job,
    /// Whether a publish is confirmed only once it is settled.
    pub(crate) settled: bool,
    pub(crate) resume: Duration,
}

/// A process that is killed with this.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(role: Role, orders: &Orders) -> io::Result<Self> {
        let name = ROLES.iter().find(|(_, known)| *known == role);
        let name = name.map_or("", |(name, _)| name);
        let child = Command::new(env::current_exe()?)
            .env(ROLE, name)
            .env(WORDS, orders.words())
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self { child })
    }

    /// Whether it has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: it says nothing any more.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Orders {
    fn words(&self) -> String {
        let Job { folder, keys, each } = &self.job;
        let (settled, resume) = (u8::from(self.settled), self.resume.as_millis());
        let folder = folder.display();
        format!(
            "{}\n{folder}\n{keys}\n{each}\n{settled}\n{resume}",
            self.address
        )
    }

    fn read(words: &str) -> Option<Self> {
        let mut words = words.split('\n');
        let address = words.next()?.to_owned();
        let job = Job {
            folder: PathBuf::from(words.next()?),
            keys: words.next()?.parse().ok()?,
            each: words.next()?.parse().ok()?,
        };
        Some(Self {
            address,
            job,
            settled: words.next()? == "1",
            resume: Duration::from_millis(words.next()?.parse().ok()?),
        })
    }

    pub(crate) fn settings(&self) -> SocketSettings {
        let mut settings = SocketSettings {
            resume: self.resume,
            ..SocketSettings::default()
        };
        settings.memory.queue_messages = QUEUED;
        settings
    }

    async fn connect(&self) -> tidings::Result<SocketTransport> {
        SocketTransport::connect_with(self.address.parse()?, self.settings()).await
    }

    async fn play(&self, role: Role) -> Result<(), BoxError> {
        match role {
            Role::Listener => {
                let address = self.address.parse()?;
                let _listening = SocketTransport::listen_with(address, self.settings()).await?;
                std::future::pending().await
            }
            Role::Service => {
                let mut services = Vec::new();
                for _ in 0..CONSUMERS {
                    let transport: Arc<dyn DynTransport> = Arc::new(self.connect().await?);
                    services.push(self.job.serve(transport, LANES).await?);
                }
                std::future::pending().await
            }
            Role::Client => {
                let transport = self.connect().await?;
                let transport: Arc<dyn DynTransport> = match self.settled {
                    true => Arc::new(transport.confirm_settled()),
                    false => Arc::new(transport),
                };
                self.job.publish(transport.clone()).await;
                transport.close(Duration::from_secs(5)).await?;
                Ok(())
            }
        }
    }
}

/// Plays the role that this process was started for, if it was.
pub(crate) fn play() -> Option<Result<(), BoxError>> {
    let name = env::var(ROLE).ok()?;
    let role = ROLES.iter().find(|(known, _)| *known == name)?.1;
    let words = env::var(WORDS).unwrap_or_default();
    let orders = Orders::read(&words)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    Some(match runtime {
        Ok(runtime) => runtime.block_on(orders.play(role)),
        Err(error) => Err(error.into()),
    })
}
