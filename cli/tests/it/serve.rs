//! `tidings docs --serve`: pages over HTTP that follow the files.
use crate::support::Place;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The running program, ended when this is dropped.
struct Served {
    child: Child,
    port: u16,
}

impl Served {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidings"))
            .arg("docs")
            .args(arguments)
            .arg("--serve=0")
            .current_dir(place.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        let port = line.split(['/', ':']).find_map(|part| part.parse().ok());
        // What it says later has to go somewhere.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let port = port.unwrap_or_else(|| panic!("no port: {line}"));
        Self { child, port }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connected");
        let limit = Some(Duration::from_secs(60));
        stream.set_read_timeout(limit).expect("a limit");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
            self.port
        )
        .expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        body.to_owned()
    }

    /// The number of what is shown, once it is another than the known one.
    fn number_after(&self, known: &str) -> String {
        self.get(&format!("/~changes?{known}"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DOCUMENT: &str = "asyncapi: 3.0.0\ninfo: { title: First, version: 1.0.0 }\nchannels: { c: { $ref: 'c.yaml' } }\n";

/// What is shown once the files were read.
fn first(served: &Served) -> (String, String) {
    let mut number = served.number_after("");
    let mut page = served.get("/");
    while page.contains("there is no such page") {
        number = served.number_after(&number);
        page = served.get("/");
    }
    (number, page)
}

#[test]
fn a_page_follows_its_files() {
    let place = Place::new();
    place.write("a.yaml", DOCUMENT);
    place.write("c.yaml", "address: one\n");
    let served = Served::start(&place, &["a.yaml"]);
    let (number, page) = first(&served);
    assert!(page.contains("First") && page.contains(">one<"), "{page}");
    assert!(page.contains("connect-src"), "{page}");
    place.write("c.yaml", "address: another\n");
    let number = served.number_after(&number);
    assert!(served.get("/").contains(">another<"));
    place.write("a.yaml", "[");
    let number = served.number_after(&number);
    let page = served.get("/");
    assert!(
        page.contains("a.yaml:1:") && page.contains("/~changes?"),
        "{page}"
    );
    place.write("a.yaml", DOCUMENT.replace("First", "Second"));
    served.number_after(&number);
    assert!(served.get("/").contains("Second"));
}

#[test]
fn what_is_wrong_is_listed_and_another_name_is_not_answered() {
    let place = Place::new();
    place.write("a.yaml", "asyncapi: 3.0.0\ninfo: { title: A }\n");
    let served = Served::start(&place, &["a.yaml"]);
    let (_, page) = first(&served);
    assert!(page.contains("id=\"problems\""), "{page}");
    let mut stream = TcpStream::connect(("127.0.0.1", served.port)).expect("connected");
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[test]
fn a_site_is_served_with_all_its_pages() {
    let place = Place::new();
    let served = Served::start(&place, &["site", "specs"]);
    let (number, index) = first(&served);
    assert!(index.contains("href=\"order-service.html\"") && index.contains("connect-src"));
    assert!(
        served
            .get("/order-service.html")
            .contains("Create an order")
    );
    assert!(served.get("/llms.txt").starts_with("# "));
    place.write(
        "specs/new.yaml",
        DOCUMENT.replace("'c.yaml'", "'#/channels/c'"),
    );
    served.number_after(&number);
    assert!(served.get("/").contains("href=\"first.html\""));
    let before = place.files();
    assert!(
        !before.iter().any(|name| name.ends_with(".html")),
        "{before:?}"
    );
}

#[test]
fn requests_that_do_not_come_keep_nobody_out() {
    let place = Place::new();
    place.write("a.yaml", DOCUMENT);
    let served = Served::start(&place, &["a.yaml"]);
    first(&served);
    let half = |_| {
        let mut stream = TcpStream::connect(("127.0.0.1", served.port)).expect("connected");
        // Whoever is let go already may be told so here.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
        stream
    };
    let halves: Vec<_> = (0..200).map(half).collect();
    assert!(served.get("/").contains("First"));
    drop(halves);
}

#[test]
fn a_site_that_is_compared_with_a_commit_is_made_once() {
    let place = Place::new();
    place.write("api/a.yaml", DOCUMENT.replace("'c.yaml'", "'#/channels/c'"));
    place.git(&["init", "-q"]);
    place.git(&["add", "api"]);
    place.git(&["commit", "-q", "-m", "first"]);
    let served = Served::start(&place, &["site", "api", "--since=HEAD"]);
    let (number, _) = first(&served);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(served.number_after(""), number);
    let next = DOCUMENT.replace("'c.yaml'", "'#/channels/c'");
    place.write("api/a.yaml", next.replace("1.0.0", "2.0.0"));
    served.number_after(&number);
    let page = served.get("/changes.html");
    assert!(page.contains("2.0.0"), "{page}");
}

#[test]
fn standard_input_cannot_be_served() {
    let place = Place::new();
    for arguments in [
        &["docs", "-", "--serve=0"][..],
        &["docs", "site", "-", "--serve=0"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("cannot be served"), "{}", run.err);
    }
}

#[test]
fn pages_that_wait_for_changes_keep_nobody_out() {
    let place = Place::new();
    place.write("a.yaml", DOCUMENT);
    let served = Served::start(&place, &["a.yaml"]);
    let (number, _) = first(&served);
    let open = || {
        let mut stream = TcpStream::connect(("127.0.0.1", served.port)).expect("connected");
        let host = format!("Host: localhost:{}", served.port);
        write!(stream, "GET /~changes?{number} HTTP/1.1\r\n{host}\r\n\r\n").expect("asked");
        stream
    };
    // Each has been heard after that time.
    let heard = || std::thread::sleep(Duration::from_millis(500));
    let mut first = open();
    heard();
    let _others: Vec<TcpStream> = (0..100).map(|_| open()).collect();
    heard();
    assert!(served.get("/").contains("First"));
    place.write("a.yaml", DOCUMENT.replace("First", "Second"));
    let mut answer = String::new();
    first.read_to_string(&mut answer).expect("an answer");
    assert!(!answer.ends_with(&number), "{answer}");
}
