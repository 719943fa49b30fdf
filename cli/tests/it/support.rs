//! Running the built program in a folder of its own.
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A folder with our own documents in `specs/`, removed at the end.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The beginning of a document that lacks only what the strict profile asks for.
pub(crate) const SOUND: &str = "asyncapi: 3.1.0
id: urn:example:orders
defaultContentType: application/json
info:
  title: Orders
  version: 1.0.0
  description: What the shop sells.
  contact: { name: Shop, url: 'https://example.com', email: shop@example.com }
  license: { name: MIT }
  tags: [{ name: shop, description: The shop. }]
servers: { production: { host: example.com, protocol: mqtt } }
";

/// What CI services set and `tidings` heeds.
pub(crate) const CI_VARIABLES: [&str; 4] = [
    "GITHUB_ACTIONS",
    "GITHUB_WORKSPACE",
    "CI_PROJECT_DIR",
    "NO_COLOR",
];

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&repository().join("specs"), &folder.path().join("specs"));
        Self { folder }
    }

    /// The same within the checkout of the project, where its README is followed.
    pub(crate) fn in_the_checkout() -> Self {
        let target = repository().join("target");
        std::fs::create_dir_all(&target).expect("a folder");
        let folder = tempfile::Builder::new().prefix("tour-").tempdir_in(target);
        let folder = folder.expect("a temporary folder");
        copy(&repository().join("specs"), &folder.path().join("specs"));
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("a text")
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder made");
        std::fs::write(&path, text).expect("file written");
        path
    }

    /// Makes a pipe with a name, and gives what the first who opens it writes into it.
    #[cfg(unix)]
    pub(crate) fn pipe(&self, name: &str) -> mpsc::Receiver<std::io::Result<String>> {
        let path = self.path().join(name);
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo starts").success());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(std::fs::read_to_string(path)));
        receiver
    }

    /// Lets git do something here.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) {
        let settings = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let mut command = Command::new("git");
        command
            .args(settings)
            .args(arguments)
            .current_dir(self.path());
        let run = command.status().expect("git starts");
        assert!(run.success(), "{arguments:?}");
    }

    /// Every file and folder below, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.path(), &mut |path| {
            found.push(
                path.strip_prefix(self.path())
                    .expect("below")
                    .display()
                    .to_string(),
            );
        });
        found.sort();
        found
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, b"")
    }

    /// Runs within so many kilobytes of address space.
    pub(crate) fn run_within(&self, arguments: &[&str], space: u32) -> Run {
        self.run_limited(arguments, b"", &[("NO_COLOR", "1")], space)
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        self.run_with(arguments, input, &[("NO_COLOR", "1")])
    }

    /// Runs as on a terminal: nothing strips escapes on their way out.
    pub(crate) fn run_with_colour(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"", &[("CLICOLOR_FORCE", "1")])
    }

    /// Runs where standard error is a terminal, too; all that this shows comes as output.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_on_terminal(&self, arguments: &str, variables: &[(&str, &str)]) -> Run {
        let command = format!("'{}' {arguments}", env!("CARGO_BIN_EXE_tidings"));
        let child = Command::new("script")
            .args(["-q", "-e", "-c", &command, "/dev/null"])
            .current_dir(self.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("script starts");
        ended(child).into()
    }

    /// Runs with these variables, and with none that a CI service may have set for the tests themselves.
    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Run {
        self.run_limited(arguments, input, variables, 500_000)
    }

    fn run_limited(
        &self,
        arguments: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
        space: u32,
    ) -> Run {
        // No input may take long, or much: past these seconds of processor time, and kilobytes of address space, the system
        // ends the program.
        let limited = format!("ulimit -t 10; ulimit -v {space}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_tidings")]);
        for name in CI_VARIABLES {
            command.env_remove(name);
        }
        let mut child = command
            .args(arguments)
            .current_dir(self.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that does not read its input may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(input);
        ended(child).into()
    }
}

/// Longest time that a run may take, be it that it waits for what never comes.
const LONGEST: Duration = Duration::from_secs(120);

/// What a program printed until it ended; one that does not end in time is ended.
fn ended(child: Child) -> Output {
    let id = child.id().to_string();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(LONGEST).unwrap_or_else(|_| {
        let _ = Command::new("kill").arg(&id).status();
        panic!("the program does not end within {LONGEST:?}")
    });
    output.expect("the program's output")
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Run {
    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

/// Root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the repository")
        .to_owned()
}

/// Calls back for every file below a folder.
pub(crate) fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, visit)
        } else {
            visit(&entry)
        }
    }
}

fn copy(from: &Path, to: &Path) {
    walk(from, &mut |path| {
        let target = to.join(path.strip_prefix(from).expect("below"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folder made");
        std::fs::copy(path, target).expect("file copied");
    });
}
