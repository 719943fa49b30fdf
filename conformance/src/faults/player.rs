//! Who takes part in a round: this program again, as a process of its own that may be killed, or a task that may be aborted.
use super::{
    job::Job,
    process::{self, Process},
    serve::Handlers,
    subject::Subject,
    transform,
};
use std::{io, path::PathBuf, process::Stdio, sync::Arc, time::Duration};
use tidings::{BoxError, Channel, ChannelKind, DynTransport, Service};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep},
};

/// Handlers of a service process at a time, over all of its connections.
const LANES: usize = 32;
/// How long a service that is told to stop may take for what it has begun.
const GRACE: Duration = Duration::from_secs(30);
/// How long a player tries to begin, and the pause before it does so again.
const BEGINNING: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Broker,
    Service,
    Client,
    /// Settles messages with what it makes of them.
    Transformer,
    /// A service that sends a message because of each, exactly once.
    Sender,
    /// Reads what was made.
    Reader,
}

const ROLES: [(&str, Role); 6] = [
    ("broker", Role::Broker),
    ("service", Role::Service),
    ("client", Role::Client),
    ("transformer", Role::Transformer),
    ("sender", Role::Sender),
    ("reader", Role::Reader),
];

/// What a player is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) role: Role,
    pub(crate) address: String,
    pub(crate) job: Job,
}

/// One that is at work; dropped, it is killed.
pub(crate) enum Player {
    Process(Process),
    Task(Task),
}

impl Player {
    pub(crate) fn start(subject: &'static dyn Subject, orders: Orders) -> io::Result<Self> {
        if !subject.is_in_process() {
            let mut command = process::again(&orders.words(subject.name()))?;
            command.stderr(Stdio::null());
            return Ok(Self::Process(Process::start(command)?));
        }
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move { told(&orders.play(subject, stopped).await) });
        Ok(Self::Task(Task(task, stop)))
    }

    /// Whether it has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        match self {
            Self::Process(process) => process.has_ended(),
            Self::Task(task) => task.0.is_finished(),
        }
    }

    /// Tells it to stop in order, and waits until it has.
    pub(crate) async fn stop(self) {
        match self {
            Self::Process(process) => process.stop().await,
            Self::Task(task) => task.stop().await,
        }
    }
}

/// What is played within this process; dropped, it is aborted.
pub(crate) struct Task(JoinHandle<()>, watch::Sender<bool>);

impl Task {
    async fn stop(mut self) {
        self.1.send_replace(true);
        drop((&mut self.0).await);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Plays what this process was started for, if it was.
pub(crate) fn play(subjects: &[&'static dyn Subject]) -> Option<Result<(), BoxError>> {
    let words = process::told()?;
    let (name, orders) = Orders::read(&words)?;
    let subject = subjects.iter().find(|subject| subject.name() == name)?;
    Some(process::run(|stopped| async move {
        let outcome = orders.play(*subject, stopped).await;
        told(&outcome);
        outcome
    }))
}

#[expect(clippy::print_stdout, reason = "a test says why it fails")]
fn told(outcome: &Result<(), BoxError>) {
    if let Err(error) = outcome {
        println!("a player has failed: {error}");
    }
}

impl Orders {
    fn words(&self, subject: &str) -> String {
        let role = ROLES.iter().find(|(_, known)| *known == self.role);
        let role = role.map_or("", |(name, _)| name);
        let Job {
            folder,
            channel,
            keys,
            each,
            panics,
        } = &self.job;
        let folder = folder.display();
        format!(
            "{subject}\n{role}\n{}\n{folder}\n{channel}\n{keys}\n{each}\n{panics}",
            self.address
        )
    }

    /// The name of a subject, and what is to be done with it.
    fn read(words: &str) -> Option<(String, Self)> {
        let mut words = words.split('\n');
        let subject = words.next()?.to_owned();
        let role = words.next()?;
        let role = ROLES.iter().find(|(known, _)| *known == role)?.1;
        let address = words.next()?.to_owned();
        let job = Job {
            folder: PathBuf::from(words.next()?),
            channel: words.next()?.to_owned(),
            keys: words.next()?.parse().ok()?,
            each: words.next()?.parse().ok()?,
            panics: words.next()?.parse().ok()?,
        };
        Some((subject, Self { role, address, job }))
    }

    async fn play(
        &self,
        subject: &dyn Subject,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<(), BoxError> {
        if matches!(self.role, Role::Service | Role::Sender) {
            return self.serve(subject, stopped).await;
        }
        tokio::select! {
            outcome = self.work(subject) => outcome,
            // Whoever started it has stopped it, or is no more.
            _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
        }
    }

    async fn work(&self, subject: &dyn Subject) -> Result<(), BoxError> {
        if self.role == Role::Broker {
            let _broker = subject.host(&self.address).await?;
            return std::future::pending().await;
        }
        let transport = self.connect(subject).await?;
        let queue = queue(subject, &self.job);
        match self.role {
            Role::Client => self.job.publish(&transport, &queue).await?,
            Role::Reader => {
                transform::read(&*transport, &made(subject, &self.job), &self.job).await?;
            }
            _ => transform::transform(&*transport, &queue, &made(subject, &self.job)).await,
        }
        Ok(())
    }

    /// Begins anew where the broker is just then not there, as whoever runs it would.
    async fn connect(&self, subject: &dyn Subject) -> Result<Arc<dyn DynTransport>, BoxError> {
        let begun = Instant::now();
        loop {
            match subject.connect(&self.address).await {
                Err(_) if begun.elapsed() < BEGINNING => sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
    }

    /// The same, up to a service that stands.
    async fn begin(
        &self,
        subject: &dyn Subject,
        handlers: &Handlers,
        lanes: usize,
    ) -> Result<(Arc<dyn DynTransport>, Service), BoxError> {
        let begun = Instant::now();
        loop {
            let transport = self.connect(subject).await?;
            let channel = queue(subject, &self.job);
            match handlers.serve(transport.clone(), channel, lanes).await {
                Ok(service) => return Ok((transport, service)),
                Err(_) if begun.elapsed() < BEGINNING => sleep(PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn serve(
        &self,
        subject: &dyn Subject,
        stopped: watch::Receiver<bool>,
    ) -> Result<(), BoxError> {
        let sends = self.role == Role::Sender;
        let sends = sends.then(|| made(subject, &self.job));
        let handlers = Handlers::of(&self.job, sends)?.in_group(subject.group());
        let lanes = (LANES / subject.consumers()).max(1);
        let mut services = JoinSet::new();
        for _ in 0..subject.consumers() {
            let (transport, service) = self.begin(subject, &handlers, lanes).await?;
            let closes = (!subject.is_in_process()).then_some(transport);
            services.spawn(run(service, closes, stopped.clone()));
        }
        while let Some(outcome) = services.join_next().await {
            outcome??;
        }
        Ok(())
    }
}

/// Until it is told to stop, or fails; then it closes what is its own.
async fn run(
    mut service: Service,
    closes: Option<Arc<dyn DynTransport>>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), BoxError> {
    tokio::select! {
        failed = service.failed() => {
            let failed = failed.map_or_else(|| "it has ended".into(), BoxError::from);
            return Err(failed);
        }
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    service.stop(GRACE).await?;
    if let Some(transport) = closes {
        transport.close(GRACE).await?;
    }
    Ok(())
}

/// The channel that messages are published to.
pub(crate) fn queue(subject: &dyn Subject, job: &Job) -> Channel {
    let kind = match subject.group() {
        Some(_) => ChannelKind::PublishSubscribe,
        None => ChannelKind::PointToPoint,
    };
    subject.channel(kind, &job.channel)
}

/// The channel of what is made of them.
pub(crate) fn made(subject: &dyn Subject, job: &Job) -> Channel {
    subject.channel(ChannelKind::PublishSubscribe, &job.made())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_were_told() {
        let job = Job {
            folder: PathBuf::from("/tmp/a b"),
            channel: "a".to_owned(),
            keys: 3,
            each: 4,
            panics: 5,
        };
        for (_, role) in ROLES {
            let orders = Orders {
                role,
                address: "settled unix:/tmp/s".to_owned(),
                job: job.clone(),
            };
            let told = Orders::read(&orders.words("socket"));
            assert_eq!(told, Some(("socket".to_owned(), orders)));
        }
    }
}
