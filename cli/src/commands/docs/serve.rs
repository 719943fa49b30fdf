//! Pages over HTTP, for this machine only, and the news that they changed.
mod unheard;

use anyhow::Context;
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};
use unheard::Unheard;

/// Texts by their paths, each of which begins with `/`.
pub(super) type Pages = BTreeMap<String, String>;

/// How many are answered at a time; a browser asks for little.
const ANSWERED: usize = 64;

/// How many of these may wait for a change: the others are told at once that there is none, so that pages find a place.
const WAITING: usize = ANSWERED / 2;

/// Bytes of a request at most: there is nothing to tell us.
const LONGEST: usize = 8 << 10;

/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long whoever waits for a change is kept waiting before being told that there is none.
const WAIT: Duration = Duration::from_secs(20);

/// Where a page asks for changes, with the number that it knows.
const CHANGES: &str = "/~changes";

/// What is served, with a number that is another after each change, and after another start.
#[derive(Debug)]
pub(super) struct Served {
    state: Mutex<(u64, Arc<Pages>)>,
    changed: Condvar,
    answered: AtomicUsize,
    waiting: AtomicUsize,
    unheard: Unheard,
}

impl Served {
    /// Serves at a port, 0 for any that is free; gives the port.
    pub(super) fn start(port: u16) -> anyhow::Result<(Arc<Self>, u16)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
            format!("cannot serve at port {port}; name another with `--serve=PORT`")
        })?;
        let port = listener.local_addr()?.port();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let first = now.unwrap_or_default().as_millis() as u64;
        let served = Arc::new(Self {
            state: Mutex::new((first, Arc::default())),
            changed: Condvar::new(),
            answered: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            unheard: Unheard::default(),
        });
        let own = served.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                own.clone().accept(stream, port);
            }
        });
        Ok((served, port))
    }

    /// Shows other pages from now on.
    pub(super) fn show(&self, pages: Pages) {
        let mut state = self.state();
        state.0 += 1;
        state.1 = Arc::new(pages);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, (u64, Arc<Pages>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Self>, stream: TcpStream, port: u16) {
        let is_full = self.answered.fetch_add(1, Ordering::Relaxed) >= ANSWERED;
        // Who asks nothing makes way for who may.
        let has_place = !is_full || self.unheard.let_go();
        let Some(number) = has_place.then(|| self.unheard.add(&stream)).flatten() else {
            self.answered.fetch_sub(1, Ordering::Relaxed);
            return;
        };
        thread::spawn(move || {
            // Whoever asked may be gone already.
            let _ = self.answer(stream, number, port);
            self.answered.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn answer(&self, mut stream: TcpStream, number: u64, port: u16) -> io::Result<()> {
        let patient = stream.set_read_timeout(Some(PATIENCE));
        let patient = patient.and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        let request = patient.and_then(|()| request(&mut stream));
        self.unheard.remove(number);
        let answer = self.answer_to(&request?, port);
        stream.write_all(&answer)
    }

    fn answer_to(&self, request: &str, port: u16) -> Vec<u8> {
        let mut lines = request.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next());
        let Some(target) = target.filter(|target| target.starts_with('/')) else {
            return answer(
                "400 Bad Request",
                "text/plain",
                "this is no request\n",
                true,
            );
        };
        // A page of somebody else's may have led a name of theirs here, to read what it shows.
        if !lines.any(|line| is_host(line, port)) {
            let text = "only this machine is answered, by the name that it was told\n";
            return answer("403 Forbidden", "text/plain", text, true);
        }
        let has_body = method != "HEAD";
        if !matches!(method, "GET" | "HEAD") {
            return answer("405 Method Not Allowed", "text/plain", "GET only\n", true);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path == CHANGES {
            return answer("200 OK", "text/plain", &self.number_after(query), has_body);
        }
        let pages = self.state().1.clone();
        match pages.get(path) {
            Some(text) => answer("200 OK", kind(path), text, has_body),
            None => answer(
                "404 Not Found",
                "text/plain",
                "there is no such page\n",
                has_body,
            ),
        }
    }

    /// The number of what is shown, once it is another than the one that is known.
    fn number_after(&self, known: &str) -> String {
        let is_known = |state: &mut (u64, Arc<Pages>)| state.0.to_string() == known;
        let has_place = self.waiting.fetch_add(1, Ordering::Relaxed) < WAITING;
        let time = if has_place { WAIT } else { Duration::ZERO };
        let waited = self
            .changed
            .wait_timeout_while(self.state(), time, is_known);
        let number = waited.unwrap_or_else(PoisonError::into_inner).0.0;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        number.to_string()
    }
}

/// What comes before the empty line.
fn request(stream: &mut impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 1024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut part)?;
        if length == 0 || bytes.len() + length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.extend_from_slice(&part[..length]);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a line of a request names this machine, as who is asked.
fn is_host(line: &str, port: u16) -> bool {
    let Some((name, host)) = line.split_once(':') else {
        return false;
    };
    // Browsers leave out the port that is everybody's.
    let is_asked = |name| {
        let bare = port == 80 && host.trim() == name;
        bare || host.trim() == format!("{name}:{port}")
    };
    name.eq_ignore_ascii_case("host") && ["127.0.0.1", "localhost"].into_iter().any(is_asked)
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("json") => "application/json",
        Some("md") => "text/markdown",
        Some("txt") => "text/plain",
        _ => "text/html",
    }
}

fn answer(status: &str, kind: &str, text: &str, has_body: bool) -> Vec<u8> {
    let length = text.len();
    let body = if has_body { text } else { "" };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served() -> Served {
        let served = Served {
            state: Mutex::new((1, Arc::default())),
            changed: Condvar::new(),
            answered: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            unheard: Unheard::default(),
        };
        served.show(Pages::from([("/".to_owned(), "<p>é</p>".to_owned())]));
        served
    }

    fn ask(method: &str, target: &str, host: &str) -> String {
        let request = format!("{method} {target} HTTP/1.1\r\nAccept: */*\r\nHost: {host}\r\n\r\n");
        String::from_utf8(served().answer_to(&request, 80)).expect("UTF-8")
    }

    #[test]
    fn a_page_is_answered_with() {
        let text = ask("GET", "/?x", "localhost:80");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"));
        assert!(text.contains("Content-Length: 9\r\n") && text.ends_with("\r\n\r\n<p>é</p>"));
        let text = ask("HEAD", "/", "127.0.0.1:80");
        assert!(text.contains("Content-Length: 9\r\n") && text.ends_with("\r\n\r\n"));
    }

    #[test]
    fn browsers_leave_out_the_port_that_every_server_has() {
        for host in ["localhost", "127.0.0.1"] {
            let text = ask("GET", "/", host);
            assert!(text.starts_with("HTTP/1.1 200"), "{host}: {text}");
            let line = format!("Host: {host}");
            assert!(!is_host(&line, 8123), "{host}");
        }
    }

    #[test]
    fn what_is_not_asked_of_this_machine_is_refused() {
        for (method, target, host, status) in [
            ("GET", "/", "evil.example", "403"),
            ("GET", "/", "evil.example:80", "403"),
            ("GET", "/", "localhost:81", "403"),
            ("POST", "/", "localhost:80", "405"),
            ("GET", "/../etc/passwd", "localhost:80", "404"),
            ("GET", "http://evil.example/", "localhost:80", "400"),
            ("", "", "localhost:80", "400"),
        ] {
            let text = ask(method, target, host);
            assert!(
                text.starts_with(&format!("HTTP/1.1 {status}")),
                "{method} {target} {host}: {text}"
            );
        }
        let text = served().answer_to("GET / HTTP/1.1\r\nX: localhost:80\r\n\r\n", 80);
        assert!(text.starts_with(b"HTTP/1.1 403"));
    }

    #[test]
    fn requests_are_read_to_their_end_and_not_beyond_reason() {
        let read = |text: &str| request(&mut text.as_bytes()).is_ok();
        assert!(read("GET / HTTP/1.1\r\n\r\n"));
        assert!(!read("GET / HTTP/1.1\r\n"));
        assert!(!read(&"x".repeat(LONGEST * 2)));
    }

    #[test]
    fn whoever_knows_an_older_number_is_told_at_once() {
        assert_eq!(served().number_after(""), "2");
        assert_eq!(served().number_after("1"), "2");
    }

    #[test]
    fn whoever_waits_is_told_of_a_change() {
        let served = Arc::new(served());
        let other = served.clone();
        let waiting = thread::spawn(move || other.number_after("2"));
        thread::sleep(Duration::from_millis(50));
        served.show(Pages::new());
        assert_eq!(waiting.join().expect("an answer"), "3");
    }
}
