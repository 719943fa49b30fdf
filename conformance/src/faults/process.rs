//! A process of a round: this program again, or another one.
use std::{
    env,
    io::{self, Read as _},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tidings::BoxError;
use tokio::{sync::watch, time::sleep};

/// What this program is told when it is started again.
const WORDS: &str = "TIDINGS_FAULTS_WORDS";
/// How often it is looked whether one has ended.
const LOOK: Duration = Duration::from_millis(10);

/// What this process was told, where it was started by a round: `main` has to begin with it.
#[must_use]
pub fn told() -> Option<String> {
    env::var(WORDS).ok()
}

/// This program, which is told that.
///
/// # Errors
/// When the system does not say what this program is.
pub fn again(words: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.env(WORDS, words);
    Ok(command)
}

/// Does what this process was started for, until that is done; it hears when it is to stop.
///
/// # Errors
/// When that fails.
pub fn run<F>(does: impl FnOnce(watch::Receiver<bool>) -> F) -> Result<(), BoxError>
where
    F: Future<Output = Result<(), BoxError>>,
{
    let (stop, stopped) = watch::channel(false);
    std::thread::spawn(move || {
        drop(io::stdin().read_to_end(&mut Vec::new()));
        stop.send_replace(true);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(does(stopped));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

/// One that is at work; dropped, it is killed.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts it. Its input ends when it is to stop, or when who started it is no more.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        Ok(Self(command.stdin(Stdio::piped()).spawn()?))
    }

    /// Whether it has come to its end by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Ends its input, and waits until it has ended.
    pub async fn stop(mut self) {
        drop(self.0.stdin.take());
        self.ended().await;
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) {
        while !self.has_ended() {
            sleep(LOOK).await;
        }
    }

    /// Sends it a signal of that name, such as `STOP`.
    ///
    /// # Errors
    /// When there is no program `kill`.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        let mut kill = Command::new("kill");
        kill.args(["-s", name, &self.0.id().to_string()]);
        kill.status().map(drop)
    }
}

impl Drop for Process {
    /// SIGKILL: it says nothing any more.
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
