//! `validate --watch`: what makes it check again.
use crate::{
    remote::{Server, answer, text},
    support::Place,
};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

const DEADLINE: Duration = Duration::from_secs(30);

/// The running program, ended when this is dropped.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidings"))
            .args([
                "validate",
                "--watch",
                "--profile",
                "official",
                "--format",
                "concise",
            ])
            .args(arguments)
            .current_dir(place.path())
            .env("NO_COLOR", "1")
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (sender, lines) = channel();
        pass_on(child.stdout.take().expect("piped"), sender.clone());
        pass_on(child.stderr.take().expect("piped"), sender);
        Self { child, lines }
    }

    /// What is printed until the program waits; output and talk may be mixed.
    #[track_caller]
    fn round(&self) -> String {
        let begin = Instant::now();
        let mut all = String::new();
        while !all.contains(" watched") {
            let left = DEADLINE.saturating_sub(begin.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => all += &(line + "\n"),
                Err(error) => panic!("{error} after {all}"),
            }
        }
        // Standard output was flushed before, but comes by another way.
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(200)) {
            all += &(line + "\n");
        }
        all
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pass_on(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

fn document(reference: &str) -> String {
    format!(
        "asyncapi: 3.1.0\ninfo: {{title: t, version: '1'}}\ncomponents: {{schemas: {{A: {{$ref: '{reference}'}}}}}}\n"
    )
}

#[track_caller]
fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
}

#[test]
fn files_that_were_read_are_followed() {
    let place = Place::new();
    place.write("api.yaml", document("common/a.yaml"));
    let watch = Watch::start(&place, &["api.yaml"]);
    has(
        &watch.round(),
        &["api.yaml:3:", "does not exist", "1 file(s) are watched"],
    );

    // A file that was missed appears, in a folder that was missed.
    place.write("common/a.yaml", "type: objekt\n");
    has(
        &watch.round(),
        &["common/a.yaml changed", "common/a.yaml:1:7: error["],
    );

    // An editor writes another file and renames it.
    let written = place.write("common/.a.yaml.swp", "type: objekts\n");
    fs::rename(written, place.path().join("common/a.yaml")).expect("renamed");
    has(&watch.round(), &["common/a.yaml changed", "`objekts`"]);

    // The document itself is written in place.
    place.write("api.yaml", document("common/b.yaml"));
    has(
        &watch.round(),
        &["api.yaml changed", "`common/b.yaml` does not exist"],
    );
    fs::remove_file(place.path().join("api.yaml")).expect("removed");
    has(&watch.round(), &["`api.yaml` does not exist"]);
}

#[test]
fn new_documents_of_folders_and_patterns_are_found() {
    let place = Place::new();
    let good = "asyncapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
    place.write("docs/a.yaml", good);
    let output = ["--output", "json=docs/findings.json"];
    let watch = Watch::start(&place, &[&["docs", "more/*.yaml"][..], &output].concat());
    has(
        &watch.round(),
        &["`more/*.yaml` matches no file", "1 file(s) are watched"],
    );
    place.write("docs/b.yaml", good.replace("info", "inf"));
    has(
        &watch.round(),
        &["docs/b.yaml changed", "docs/b.yaml:2:1: error["],
    );
    place.write("docs/notes.yaml", "a: 1\n");
    place.write("more/c.yaml", good.replace("3.1.0", "9"));
    has(
        &watch.round(),
        &["more/c.yaml changed", "more/c.yaml:1:11: error["],
    );
    fs::remove_file(place.path().join("docs/b.yaml")).expect("removed");
    let last = watch.round();
    has(&last, &["docs/b.yaml changed"]);
    assert!(!last.contains("docs/b.yaml:"), "{last}");
    // Its own reports are no documents: nothing goes on.
    assert!(watch.lines.recv_timeout(Duration::from_secs(1)).is_err());
}

#[test]
fn a_configuration_that_appears_is_heeded() {
    let place = Place::new();
    place.write("api/a.yaml", document("none.yaml"));
    place.write("api/.git/HEAD", "");
    let watch = Watch::start(&place, &["api/a.yaml"]);
    has(&watch.round(), &["1 file(s) are watched"]);

    place.write("api/tidings.toml", "[rules]\ncomponent-unused = 'error'\n");
    has(
        &watch.round(),
        &["api/tidings.toml changed", "error[component-unused]"],
    );

    place.write("api/tidings.toml", "rulez = 1\n");
    has(&watch.round(), &["tidings.toml:1:1: unknown key `rulez`"]);
    std::fs::remove_file(place.path().join("api/tidings.toml")).expect("removed");
    has(
        &watch.round(),
        &["api/tidings.toml changed", "api/a.yaml:3:"],
    );
}

#[test]
fn what_could_not_be_fetched_is_tried_again() {
    let asked_before = AtomicBool::new(false);
    let server = Server::start(move |_| match asked_before.swap(true, Ordering::Relaxed) {
        false => answer("503 Service Unavailable", ""),
        true => text("type: objekt\n"),
    });
    let place = Place::new();
    let text = document(&format!("http://{}/a", server.host()));
    place.write("api.yaml", &text);
    let watch = Watch::start(&place, &["api.yaml", "--allow-remote", &server.host()]);
    has(&watch.round(), &["status 503"]);
    place.write("api.yaml", format!("# mended\n{text}"));
    has(&watch.round(), &["/a:1:7: error["]);
}

#[test]
fn standard_input_cannot_be_watched() {
    let run = Place::new().run(&["validate", "--watch", "-"]);
    assert_eq!(run.code, 2);
    has(&run.err, &["`-` cannot be watched"]);
}

#[test]
fn options_that_lead_nowhere_end_it() {
    let run = Place::new().run(&["validate", "--watch", "--root", "none", "specs"]);
    assert_eq!(run.code, 2);
    has(&run.err, &["`none` does not exist"]);
}
