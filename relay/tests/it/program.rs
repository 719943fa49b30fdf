//! The program, as a process.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long anything may take on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// As it was built beside the tests, unless another is named, such as one that is built for a container.
fn program() -> String {
    std::env::var("TIDINGS_TEST_RELAY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_tidings-relay").to_owned())
}

/// A process that runs; killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
    hearing: Option<JoinHandle<()>>,
}

/// What a process said in the end.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// Starts it in a folder, with variables whose names begin with `TIDINGS_RELAY_`.
    pub(crate) fn start(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(program()), folder, args, variables)
    }

    /// The same, that may have so many files open.
    pub(crate) fn limited(folder: &Path, files: usize, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/bin/sh");
        let limited = format!("ulimit -n {files}; exec \"$0\"");
        command.args(["-c", &limited, &program()]);
        Self::start_by(command, folder, &[], variables)
    }

    fn start_by(
        mut command: Command,
        folder: &Path,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        command.current_dir(folder).args(args).env_clear();
        for (name, value) in variables {
            command.env(format!("TIDINGS_RELAY_{name}"), value);
        }
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (into, err) = (said.clone(), child.stderr.take().expect("piped"));
        let hearing = thread::spawn(move || {
            for line in BufReader::new(err).lines() {
                let mut said = into.lock().expect("no panic");
                *said += &(line.expect("text") + "\n");
            }
        });
        let hearing = Some(hearing);
        Self {
            child,
            said,
            hearing,
        }
    }

    /// What it has said to stderr, once that contains something.
    pub(crate) fn says(&self, what: &str) -> String {
        let begun = Instant::now();
        loop {
            let said = self.said.lock().expect("no panic").clone();
            if said.contains(what) {
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "never `{what}`: {said}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it answers to a request: the status and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = self.connected();
        let request = format!("GET {path} HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let status = answer.split(' ').nth(1).expect("a status");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        (status.parse().expect("a number"), body.to_owned())
    }

    /// A connection to where it answers.
    pub(crate) fn connected(&self) -> TcpStream {
        TcpStream::connect(self.address()).expect("it listens")
    }

    /// Where it answers.
    pub(crate) fn address(&self) -> String {
        let said = self.says("health and metrics are at http://");
        let address = said.split("are at http://").nth(1).expect("it said so");
        let address = address.split_whitespace().next();
        address.expect("an address").to_owned()
    }

    /// How long it has been at work, in hundredths of a second; none where the system does not tell.
    pub(crate) fn worked(&self) -> Option<u64> {
        let told = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let (_, told) = told.rsplit_once(") ")?;
        let times = told.split(' ').skip(11).take(2).map(str::parse::<u64>);
        times.sum::<Result<_, _>>().ok()
    }

    /// Runs it to its end.
    pub(crate) fn run(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Said {
        Self::start(folder, args, variables).ended()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Said {
        let status = self.status();
        self.hearing.take().map(JoinHandle::join);
        let mut out = String::new();
        let printed = self.child.stdout.take().expect("piped");
        { printed }.read_to_string(&mut out).expect("text");
        let code = status.code();
        let err = self.said.lock().expect("no panic").clone();
        Said { code, out, err }
    }

    fn status(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it was started") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}
