//! What a process without a `tracing` subscriber says on stderr: tests of this binary, each run alone in one of its own.
use std::process::{Command, Stdio};

const NOTE: &str = "messages fail and nobody is told why";

/// How often it is said while that test runs.
fn said(test: &str) -> usize {
    let me = std::env::current_exe().unwrap();
    let ran = Command::new(me)
        .args(["--exact", test, "--test-threads", "1"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, said) = (ran.stdout, ran.stderr);
    let out = String::from_utf8_lossy(&out);
    assert!(out.contains("1 passed"), "{test}: {out}");
    String::from_utf8_lossy(&said).matches(NOTE).count()
}

#[test]
fn that_messages_fail_is_said_once() {
    for test in [
        "asking::whoever_asks_a_handler_that_fails_is_told_before_they_have_gone",
        "events::a_channel_that_is_served_no_more_is_told_while_others_go_on",
        "events::receiving_that_fails_is_tried_again",
        "events::messages_that_were_lost_are_noted",
        "asking::a_layer_that_lets_no_reply_in_lets_its_request_time_out",
    ] {
        assert_eq!(said(test), 1, "{test}");
    }
}

#[test]
fn nothing_is_said_where_nothing_fails() {
    let test = "testing::a_handler_knows_its_deadline_and_that_the_service_stops";
    assert_eq!(said(test), 0);
}
