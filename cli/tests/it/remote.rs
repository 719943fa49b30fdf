//! References to other machines: which are followed, what is kept of them, and how each failure is told.
use crate::support::{Place, Run};
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A host on this machine that answers until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A whole answer, and how long to wait before its last byte.
pub(crate) struct Answer(Vec<u8>, Duration);

pub(crate) fn answer(head: &str, body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    Answer([head.as_bytes(), body].concat(), Duration::ZERO)
}

pub(crate) fn text(body: &str) -> Answer {
    answer("200 OK", body)
}

/// An answer whose last byte takes its time.
pub(crate) fn slowly(Answer(bytes, _): Answer, pause: Duration) -> Answer {
    Answer(bytes, pause)
}

fn to(place: &str) -> Answer {
    answer(&format!("302 Found\r\nLocation: {place}"), "")
}

impl Server {
    pub(crate) fn start(answers: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(path) = request(&mut stream) else {
                    return;
                };
                seen.lock().expect("whole").push(path.clone());
                let Answer(bytes, pause) = answers(&path);
                let (last, first) = bytes.split_last().expect("an answer");
                // Whoever waits too long is gone.
                let _ = stream.write_all(first);
                thread::sleep(pause);
                let _ = stream.write_all(&[*last]);
            }
        });
        Self {
            address,
            asked,
            thread: Some(thread),
        }
    }

    /// Paths that were asked for since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("whole"))
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// A document that refers to each of these paths.
    fn document(&self, paths: &[&str]) -> String {
        document(&self.host(), paths)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection without a request ends it.
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

/// The path of a request.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).ok()? == 1 {
        bytes.push(byte[0]);
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.strip_prefix("GET ")?.split(' ').next()?.to_owned())
}

fn document(host: &str, paths: &[&str]) -> String {
    let mut text =
        "asyncapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n".to_owned();
    for (at, path) in paths.iter().enumerate() {
        text += &format!("    S{at}: {{$ref: 'http://{host}{path}'}}\n");
    }
    text
}

/// Validates a document that was written to a folder, with a cache in it.
fn validate(place: &Place, arguments: &[&str]) -> Run {
    let cache = place.path().join("cache");
    let cache = cache.to_str().expect("UTF-8");
    let format = match arguments.contains(&"--format") {
        true => &[][..],
        false => &["--format", "concise"],
    };
    let arguments = [&["validate", "--profile", "official"], format, arguments];
    let variables = [("XDG_CACHE_HOME", cache), ("NO_PROXY", "127.0.0.1")];
    place.run_with(&arguments.concat(), b"", &variables)
}

/// Validates `api.yaml` with the host of a server allowed.
fn allowed(place: &Place, server: &Server, arguments: &[&str]) -> Run {
    let host = server.host();
    let arguments = [&["--allow-remote", &host, "api.yaml"], arguments].concat();
    validate(place, &arguments)
}

#[track_caller]
fn says(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    for word in words {
        let all = format!("{}{}", run.out, run.err);
        assert!(all.contains(word), "no `{word}` in {all}");
    }
}

#[test]
fn nothing_is_asked_unless_it_is_allowed() {
    let server = Server::start(|_| text("{}"));
    let place = Place::new();
    place.write("api.yaml", server.document(&["/a.json"]));
    let flag = format!("--allow-remote {}", server.host());
    let run = place.run(&["validate", "--profile", "official", "api.yaml"]);
    says(
        &run,
        0,
        &[
            "warning[reference-remote]",
            "remote references are off",
            &flag,
        ],
    );
    let run = validate(&place, &["api.yaml", "--allow-remote", "127.0.0.1"]);
    says(
        &run,
        0,
        &[
            "reference-remote",
            "is not among the hosts that may be asked",
        ],
    );
    assert!(server.asked().is_empty());
}

#[test]
fn a_url_is_asked_for_once_a_run_and_its_findings_tell_the_way() {
    let server = Server::start(|path| match path {
        "/s/a.json" => text("{\"$ref\": \"b.yaml#/x\"}"),
        _ => text("x:\n  type: objekt\n"),
    });
    let place = Place::new();
    for name in ["api.yaml", "other.yaml"] {
        place.write(name, server.document(&["/s/a.json"]));
    }
    let run = allowed(&place, &server, &["other.yaml"]);
    let found = format!("http://{}/s/b.yaml:2:9: error[", server.host());
    says(&run, 1, &[&found]);
    assert_eq!(run.out.matches(&found).count(), 2, "{}", run.out);
    assert_eq!(server.asked(), ["/s/a.json", "/s/b.yaml"]);
    let run = place.run_with(
        &[
            "validate",
            "api.yaml",
            "--allow-remote",
            &server.host(),
            "--format",
            "sarif",
        ],
        b"",
        &[("NO_PROXY", "127.0.0.1")],
    );
    let log = run.json();
    let results = log["runs"][0]["results"].as_array().expect("results");
    let place = |result: &serde_json::Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"].clone()
    };
    let url = format!("http://{}/s/b.yaml", server.host());
    let expected = serde_json::json!({ "uri": url });
    assert!(
        results.iter().any(|result| place(result) == expected),
        "{log}"
    );
}

#[test]
fn redirects_lead_only_to_hosts_that_are_allowed() {
    let other = Server::start(|_| text("{}"));
    let elsewhere = format!("http://{}/stolen", other.host());
    let server = Server::start(move |path| match path {
        "/good" => to("/good/2"),
        "/elsewhere" => to(&elsewhere),
        "/circle" => to("/circle"),
        "/file" => to("file:///etc/passwd"),
        "/password" => to("http://me:secret@127.0.0.1/"),
        "/nowhere" => answer("302 Found", ""),
        _ => text("{}"),
    });
    let place = Place::new();
    for (path, code, words) in [
        ("/good", 0, "valid"),
        (
            "/elsewhere",
            1,
            "is not fetched: it redirects to `127.0.0.1:",
        ),
        (
            "/circle",
            1,
            "is not fetched: it redirects more than 5 times",
        ),
        (
            "/file",
            1,
            "redirects to what is neither an `http` nor an `https` URL",
        ),
        (
            "/password",
            1,
            "redirects to what carries a user name or a password",
        ),
        ("/nowhere", 1, "it redirects without saying where to"),
    ] {
        place.write("api.yaml", server.document(&[path]));
        let run = allowed(&place, &server, &["--format", "text"]);
        says(&run, code, &[words]);
        assert!(!run.out.contains("secret"), "{}", run.out);
    }
    assert!(other.asked().is_empty());
    place.write("api.yaml", server.document(&["/elsewhere"]));
    says(
        &allowed(&place, &server, &["--allow-remote", &other.host()]),
        0,
        &[],
    );
    assert_eq!(other.asked(), ["/stolen"]);
}

#[test]
fn every_failure_is_told() {
    let server = Server::start(|path| match path {
        "/404" => answer("404 Not Found", "{}"),
        "/large" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n{";
            Answer(head.into(), Duration::ZERO)
        }
        "/binary" => answer("200 OK", b"a: \xff"),
        _ => answer("200 OK", "not http at all"),
    });
    let place = Place::new();
    for (path, words) in [
        (
            "/404",
            "is not there: its host answers with status 404 Not Found",
        ),
        ("/large", "is larger than 33554432 bytes"),
        (
            "/binary",
            "/binary:1:4: error[syntax-error] not UTF-8: byte 0xff",
        ),
    ] {
        place.write("api.yaml", server.document(&[path]));
        says(&allowed(&place, &server, &[]), 1, &[words]);
    }
    let https = server.document(&["/a"]).replace("http:", "https:");
    place.write("api.yaml", https);
    let run = allowed(&place, &server, &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let refused = format!("cannot be fetched: `{}`", server.host());
    assert!(run.out.contains(&refused), "{}", run.out);
}

#[test]
fn a_host_that_gives_no_answer_is_asked_no_more() {
    let free = TcpListener::bind("127.0.0.1:0").expect("bound");
    let host = free.local_addr().expect("an address").to_string();
    drop(free);
    let place = Place::new();
    place.write("api.yaml", document(&host, &["/a", "/b"]));
    let run = validate(&place, &["api.yaml", "--allow-remote", &host]);
    says(
        &run,
        1,
        &["/a` cannot be fetched:", "/b` is not fetched: `127.0.0.1:"],
    );

    let server = Server::start(|_| {
        let Answer(bytes, _) = text("{}");
        Answer(bytes, Duration::from_secs(3))
    });
    place.write("api.yaml", server.document(&["/a", "/b"]));
    let run = allowed(&place, &server, &["--remote-timeout", "1"]);
    says(
        &run,
        1,
        &[
            "/a` cannot be fetched: `127.0.0.1:",
            "took longer than 1s",
            "gave no answer before",
        ],
    );
    assert_eq!(server.asked(), ["/a"]);
}

#[test]
fn a_lock_is_written_kept_and_renewed() {
    let content = Arc::new(Mutex::new("{}"));
    let now = content.clone();
    let server = Server::start(move |_| text(*now.lock().expect("whole")));
    let place = Place::new();
    place.write("api.yaml", server.document(&["/b", "/a"]));
    says(&allowed(&place, &server, &["--update-lock"]), 0, &[]);
    assert_eq!(server.asked(), ["/b", "/a"]);
    let lock = fs::read_to_string(place.path().join("tidings.lock")).expect("a lock");
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let host = server.host();
    assert_eq!(
        lock,
        format!(
            "{{\n  \"sha256\": {{\n    \"http://{host}/a\": \"{hash}\",\n    \"http://{host}/b\": \"{hash}\"\n  }}\n}}\n"
        )
    );

    // What is locked and in the cache needs nobody.
    says(&allowed(&place, &server, &[]), 0, &[]);
    says(&allowed(&place, &server, &["--offline"]), 0, &[]);
    assert!(server.asked().is_empty());

    // A cache that was tampered with is none.
    let cached = place.path().join("cache/tidings/sha256").join(hash);
    fs::write(&cached, "{\"type\": \"x\"}").expect("written");
    says(
        &allowed(&place, &server, &["--offline"]),
        1,
        &["is not in the cache"],
    );
    says(&allowed(&place, &server, &[]), 0, &[]);
    assert_eq!(fs::read_to_string(&cached).expect("there"), "{}");
    server.asked();

    // Other content is an error until it is accepted.
    *content.lock().expect("whole") = "{\"type\": \"string\"}";
    fs::remove_file(&cached).expect("removed");
    let run = allowed(&place, &server, &["--format", "text"]);
    says(
        &run,
        1,
        &["has changed", hash, "accept it with `--update-lock`"],
    );
    assert!(!cached.exists());
    says(&allowed(&place, &server, &["--update-lock"]), 0, &[]);
    says(&allowed(&place, &server, &["--offline"]), 0, &[]);
    let renewed = fs::read_to_string(place.path().join("tidings.lock")).expect("a lock");
    assert!(!renewed.contains(hash), "{renewed}");
    let hashes = run.out.split('`').filter(|word| word.len() == 64);
    let [found, _, ..] = hashes.collect::<Vec<_>>()[..] else {
        panic!("{}", run.out)
    };
    assert!(renewed.contains(found), "{renewed}");

    // With a lock, nothing else is read.
    place.write("api.yaml", server.document(&["/c"]));
    server.asked();
    says(
        &allowed(&place, &server, &[]),
        1,
        &["`tidings.lock` does not name it"],
    );
    assert!(server.asked().is_empty());
}

#[test]
fn documents_of_several_configurations_share_a_lock() {
    let server = Server::start(|_| text("{}"));
    let place = Place::new();
    for (name, path) in [("a", "/1"), ("b", "/2"), ("c", "/3")] {
        place.write(&format!("{name}/api.yaml"), server.document(&[path]));
    }
    place.write("b/tidings.toml", "read.roots = ['.']");
    let documents = ["a/api.yaml", "b/api.yaml", "c/api.yaml"];
    let host = server.host();
    let options = ["--update-lock", "--allow-remote", &host];
    let run = validate(&place, &[&options[..], &documents].concat());
    assert_eq!(run.code, 0, "{}", run.out);
    let lock = fs::read_to_string(place.path().join("tidings.lock")).expect("a lock");
    for path in ["/1", "/2", "/3"] {
        assert!(lock.contains(&format!("{path}\"")), "{lock}");
    }
}

#[test]
fn a_lock_that_is_none_ends_the_run() {
    let place = Place::new();
    place.write("api.yaml", document("127.0.0.1:9", &[]));
    let run = |arguments: &[&str]| {
        validate(
            &place,
            &[&["--allow-remote", "127.0.0.1:9", "api.yaml"], arguments].concat(),
        )
    };
    says(
        &run(&["--lock", "none.lock"]),
        2,
        &["`none.lock` does not exist; `--update-lock` writes it"],
    );
    place.write("x.lock", "sha256: {}");
    says(
        &run(&["--lock", "x.lock"]),
        2,
        &["`x.lock` is no lock that can be used"],
    );
    place.write("x.lock", "{\"sha256\": {\"http://a/\": \"12\"}}");
    says(
        &run(&["--lock", "x.lock"]),
        2,
        &["says `12` of `http://a/`"],
    );
    says(
        &run(&["--offline", "--update-lock"]),
        2,
        &["cannot be used with"],
    );
}

#[test]
fn without_a_lock_nothing_is_kept() {
    let server = Server::start(|_| text("{}"));
    let place = Place::new();
    place.write("api.yaml", server.document(&["/a"]));
    says(&allowed(&place, &server, &[]), 0, &[]);
    says(&allowed(&place, &server, &[]), 0, &[]);
    assert_eq!(server.asked(), ["/a", "/a"]);
    assert!(!place.path().join("cache").exists());
    says(
        &allowed(&place, &server, &["--offline"]),
        1,
        &["there is no lock to find it by"],
    );
    assert!(server.asked().is_empty());
}

#[test]
fn copies_are_read_instead_and_never_from_outside_their_folder() {
    let place = Place::new();
    let folder = place.path().join("elsewhere");
    place.write("elsewhere/copies/a.json", "{\"$ref\": \"b.json\"}");
    place.write("elsewhere/copies/b.json", "{\"type\": \"objekt\"}");
    place.write("elsewhere/secret.json", "{\"type\": \"secret\"}");
    place.write("doc/api.yaml", document("x.example", &["/s/a.json"]));
    let map = format!("http://x.example/s/={}", folder.join("copies").display());
    let run = validate(&place, &["doc/api.yaml", "--map", &map]);
    let shown = format!("{}:1:10: error[", folder.join("copies/b.json").display());
    says(&run, 1, &[&shown]);

    let single = format!(
        "http://x.example/s/a.json={}",
        folder.join("secret.json").display()
    );
    says(
        &validate(&place, &["doc/api.yaml", "--map", &single]),
        1,
        &["secret.json:1:10"],
    );

    std::os::unix::fs::symlink("../secret.json", folder.join("copies/link.json")).expect("linked");
    place.write(
        "doc/api.yaml",
        document("x.example", &["/s/link.json", "/s/..%2fsecret.json"]),
    );
    let run = validate(&place, &["doc/api.yaml", "--map", &map]);
    says(&run, 1, &["error[reference-outside-root]"]);
    assert_eq!(run.out.matches("error[").count(), 2, "{}", run.out);
    assert!(!run.out.contains("secret`,"), "{}", run.out);

    for map in ["x", "x=y", "ftp://x/=y", "http://me:pw@x/=y", "http://x/="] {
        says(
            &validate(&place, &["doc/api.yaml", "--map", map]),
            2,
            &["--map <URL=PATH>"],
        );
    }
    let run = validate(&place, &["doc/api.yaml", "--allow-remote", "http://x"]);
    says(&run, 2, &["name a host, as in `schemas.example.com`"]);
}

#[test]
fn every_command_that_reads_documents_follows_them() {
    let server = Server::start(|_| text("{\"type\": \"object\", \"title\": \"FromAfar\"}"));
    let place = Place::new();
    let host = server.host();
    place.write(
        "api.yaml",
        format!(
            "asyncapi: 3.1.0\ninfo: {{title: t, version: '1'}}\ncomponents:\n  messages:\n    M: {{payload: {{$ref: 'http://{host}/m.json'}}}}\n"
        ),
    );
    place.write("m.json", "[]");
    for (arguments, code) in [
        (&["docs", "api.yaml", "-o", "page.html"][..], 0),
        (&["generate", "rust", "api.yaml", "-o", "out"], 0),
        (
            &["message", "check", "api.yaml", "--message", "M", "m.json"],
            1,
        ),
        (&["message", "example", "api.yaml", "--message", "M"], 0),
    ] {
        let arguments = [arguments, &["--allow-remote", &host]].concat();
        let run = place.run_with(&arguments, b"", &[("NO_PROXY", "127.0.0.1")]);
        says(&run, code, &[]);
        assert_eq!(server.asked(), ["/m.json"], "{arguments:?}");
    }
}
