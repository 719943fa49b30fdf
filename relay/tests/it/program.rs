//! The program, as a process.
use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long anything may take on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A process that runs; killed when it is dropped.
pub(crate) struct Program(Child);

/// What a process said in the end.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// Starts it in a folder, with variables whose names begin with `TIDINGS_RELAY_`.
    pub(crate) fn start(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings-relay"));
        command.current_dir(folder).args(args).env_clear();
        for (name, value) in variables {
            command.env(format!("TIDINGS_RELAY_{name}"), value);
        }
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("the program starts"))
    }

    /// Runs it to its end.
    pub(crate) fn run(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Said {
        Self::start(folder, args, variables).ended()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Said {
        let status = self.status();
        let mut said = Said {
            code: status.code(),
            out: String::new(),
            err: String::new(),
        };
        let (out, err) = (self.0.stdout.take(), self.0.stderr.take());
        out.expect("piped")
            .read_to_string(&mut said.out)
            .expect("text");
        err.expect("piped")
            .read_to_string(&mut said.err)
            .expect("text");
        said
    }

    fn status(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("it was started") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}
