//! Policies that cannot be kept are told, each with its place.
use super::{code, notes};

/// A document whose channel and operations say these policies.
fn document(channel: &str, first: &str, second: &str) -> String {
    format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels:
  c:
    address: c
    x-tidings-policy: {channel}
    messages: {{ a: {{ payload: {{ type: string }} }}, b: {{ payload: {{ type: string }} }} }}
operations:
  one:
    action: receive
    x-tidings-policy: {first}
    channel: {{ $ref: '#/channels/c' }}
    messages: [{{ $ref: '#/channels/c/messages/a' }}]
  two:
    action: receive
    x-tidings-policy: {second}
    channel: {{ $ref: '#/channels/c' }}
    messages: [{{ $ref: '#/channels/c/messages/b' }}]
"
    )
}

#[track_caller]
fn check(policy: &str, place: &str, reason: &str) {
    let found = notes(&document(policy, "{}", "{}"), "policy-unusable");
    let [(at, message)] = &found[..] else {
        panic!("{policy}: {found:?}")
    };
    assert_eq!(at, place);
    assert!(message.contains(reason), "{policy}: {message}");
}

#[test]
fn what_is_no_policy_is_told() {
    check("3", "3", "is an object");
    check(
        "{ attempt: 3 }",
        "3",
        "has no `attempt`; did you mean `attempts`?",
    );
    check("{ attempts: 0 }", "0", "a whole number from 1");
    check("{ attempts: 1.5 }", "1.5", "a whole number from 1");
    check("{ attempts: many }", "many", "a whole number from 1");
    check("{ first-pause: none }", "none", "a length of time");
    check("{ timeout: soon }", "soon", "or `none`");
    check("{ timeout: 5 weeks }", "5 weeks", "a length of time");
    check("{ refuse: 'no' }", "'no'", "`true` or `false`");
    check("{ dead-letters: '' }", "''", "an address");
}

#[test]
fn a_policy_is_that_of_the_channel_changed_by_all_its_operations() {
    let text = document(
        "{ attempts: 3, timeout: 5s }",
        "{ timeout: none }",
        "{ idempotent: true, exactly-once: true }",
    );
    let policy = r##"r#"{"attempts":3,"timeout":"none","idempotent":true,"exactly-once":true}"#"##;
    assert_eq!(code(&text).matches(policy).count(), 2, "{}", code(&text));
    assert_eq!(notes(&text, "policy-unusable"), []);
}

#[test]
fn operations_of_a_channel_may_not_say_different_things() {
    let found = notes(
        &document("{}", "{ attempts: 3 }", "{ attempts: 4 }"),
        "policy-unusable",
    );
    let [(place, message)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(place, "{ attempts: 4 }");
    assert!(message.contains("than `one`"), "{message}");
    let same = document("{}", "{ attempts: 3 }", "{ attempts: 3, refuse: false }");
    assert_eq!(notes(&same, "policy-unusable"), []);
}
