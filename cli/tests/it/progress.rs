//! What a long run says on a terminal, and takes back.
use crate::{
    remote::{Server, answer, slowly},
    support::{Place, Run},
};
use std::time::Duration;

/// What takes a line back.
const GONE: &str = "\r\u{1b}[2K";

/// Validates a document that lies behind so slow a host, on a terminal of this kind.
fn run(terminal: &str, pause: Duration) -> (Run, String) {
    let server = Server::start(move |_| slowly(answer("200 OK", "type: objekt\n"), pause));
    let place = Place::new();
    let host = server.host();
    place.write(
        "api.yaml",
        format!("asyncapi: 3.1.0\ninfo: {{title: t, version: '1'}}\ncomponents: {{schemas: {{A: {{$ref: 'http://{host}/a'}}}}}}\n"),
    );
    let cache = place.path().join("cache");
    let variables = [
        ("TERM", terminal),
        ("NO_COLOR", "1"),
        ("NO_PROXY", "127.0.0.1"),
        ("XDG_CACHE_HOME", cache.to_str().expect("UTF-8")),
    ];
    let run = place.run_on_terminal(
        &format!("validate --format concise --allow-remote {host} api.yaml"),
        &variables,
    );
    assert!(run.out.contains("`objekt`"), "{}", run.out);
    (run, host)
}

#[test]
fn a_long_run_says_what_it_is_at_until_it_goes_on() {
    let (run, host) = run("xterm", Duration::from_millis(2500));
    let line = format!("{GONE}fetching http://{host}/a (");
    let mut parts = run.out.split(&line);
    assert_eq!(parts.next(), Some(""), "{}", run.out);
    let seconds = |part: &str| part.split_once(" s)")?.0.parse::<u32>().ok();
    let seconds: Vec<_> = parts.map(|part| seconds(part).expect("seconds")).collect();
    assert!(seconds.is_sorted() && seconds[0] >= 1, "{seconds:?}");
    assert!(*seconds.last().expect("a line") >= 2, "{seconds:?}");
    // Before anything else is printed it is taken back.
    let (_, last) = run.out.rsplit_once(&line).expect("the line");
    let (_, rest) = last.split_once(GONE).expect("taken back");
    assert!(!rest.contains(GONE), "{}", run.out);
    assert!(rest.contains("`objekt`"), "{}", run.out);
}

#[test]
fn nothing_is_said_of_a_short_run_or_where_no_line_can_go() {
    for (terminal, pause) in [("xterm", 0), ("dumb", 1500)] {
        let (run, _) = run(terminal, Duration::from_millis(pause));
        assert!(!run.out.contains('\u{1b}'), "{terminal}: {}", run.out);
    }
}
