//! `tidings message check` of payloads that must fit one of several messages, and without formats.
use crate::support::{Place, Run};
use expect_test::expect;

const ACCOUNTS: &str = "\
asyncapi: 3.0.0
info: { title: Accounts, version: 1.0.0 }
channels:
  account:
    address: accounts/events
    messages:
      signup:
        name: SignedUp
        headers: { type: object, properties: { tenant: { type: integer } } }
        payload: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string } } }
      login:
        name: LoggedIn
        payload: { type: object, required: [mail], additionalProperties: false, properties: { mail: { type: string, format: email }, at: { type: string } } }
  other: { address: other, messages: {} }
operations:
  onAccount: { action: receive, channel: { $ref: '#/channels/account' } }
  onLogin: { action: receive, channel: { $ref: '#/channels/account' }, messages: [{ $ref: '#/channels/account/messages/login' }] }
  onOther: { action: receive, channel: { $ref: '#/channels/other' } }
";

fn check(arguments: &[&str], payload: &str) -> Run {
    let place = Place::new();
    place.write("accounts.yaml", ACCOUNTS);
    place.write("headers.json", r#"{"tenant": "acme"}"#);
    let mut all = vec!["message", "check", "accounts.yaml"];
    all.extend(arguments);
    all.push("-");
    place.run_with_input(&all, payload.as_bytes())
}

#[test]
fn a_payload_fits_one_of_the_messages_that_are_named() {
    let by = [
        &["--operation", "onAccount"][..],
        &["--channel", "account"],
        &["--channel", "accounts/events"],
        &["--message", "SignedUp", "--message", "LoggedIn"],
        &["--message", "signup", "--operation", "onLogin"],
    ];
    for by in by {
        let run = check(by, r#"{"mail": "k@example.com"}"#);
        assert_eq!(
            (run.code, run.out.as_str()),
            (0, "-: valid LoggedIn\n"),
            "{by:?} {}",
            run.err
        );
        let run = check(by, r#"{"name": "Kim"}"#);
        assert_eq!(
            (run.code, run.out.as_str()),
            (0, "-: valid SignedUp\n"),
            "{by:?} {}",
            run.err
        );
    }
    let run = check(&["--operation", "onLogin"], r#"{"name": "Kim"}"#);
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn a_payload_that_fits_none_is_explained_by_the_closest() {
    let run = check(
        &["--operation", "onAccount"],
        r#"{"mail": 7, "at": "noon"}"#,
    );
    assert_eq!(run.code, 1);
    expect![[r#"
        -: fits none of 2 messages, the closest is LoggedIn
          payload /mail: `7` is not of type `string`
            schema /channels/account/messages/login/payload/properties/mail/type
    "#]]
    .assert_eq(&run.out);
    let run = check(&["--channel", "account", "--format", "json"], "{");
    let report = run.json();
    assert_eq!(
        report["messages"],
        serde_json::json!(["SignedUp", "LoggedIn"])
    );
    assert_eq!(report["files"][0]["valid"], false, "{}", run.out);
    let run = check(
        &["--channel", "account", "--format", "json"],
        r#"{"name": 1}"#,
    );
    assert_eq!(run.json()["files"][0]["message"], "SignedUp", "{}", run.out);
}

#[test]
fn headers_are_those_of_the_message_that_the_payload_fits() {
    let run = check(
        &["--channel", "account", "--headers", "headers.json"],
        r#"{"name": "Kim"}"#,
    );
    assert_eq!(run.code, 1);
    assert!(run.out.contains("the closest is SignedUp"), "{}", run.out);
    assert!(
        run.out
            .contains("headers /tenant: `\"acme\"` is not of type `integer`"),
        "{}",
        run.out
    );
}

#[test]
fn streams_count_what_fits_which_message() {
    let lines = "{\"name\":\"Kim\"}\n{\"mail\":\"k@example.com\"}\n{\"name\":\"Jo\"}\n{\"mail\":\"k\"}\noops\n";
    let run = check(&["--channel", "account", "--stream"], lines);
    assert_eq!(run.code, 1);
    expect![[r#"
        -:4: fits none of 2 messages, the closest is LoggedIn
          payload /mail: `"k"` is not a valid `email`
            schema /channels/account/messages/login/payload/properties/mail/format
        -:5: fits none of 2 messages
          not JSON: expected value at column 1
        -: 5 messages, 2 valid SignedUp, 1 valid LoggedIn, 2 invalid
    "#]]
    .assert_eq(&run.out);
    let run = check(
        &["--channel", "account", "--stream", "--format", "json"],
        lines,
    );
    let summary: serde_json::Value = run
        .out
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("JSON");
    assert_eq!(
        summary["valid"][0],
        serde_json::json!({ "message": "SignedUp", "count": 2 })
    );
}

#[test]
fn formats_can_be_taken_for_remarks() {
    let payload = r#"{"mail": "k"}"#;
    assert_eq!(check(&["--message", "LoggedIn"], payload).code, 1);
    assert_eq!(
        check(&["--message", "LoggedIn", "--no-formats"], payload).code,
        0
    );
    assert_eq!(
        check(&["--message", "LoggedIn", "--no-formats"], r#"{"mail": 1}"#).code,
        1
    );
    assert_eq!(
        check(
            &["--message", "LoggedIn", "--no-formats", "--stream"],
            payload
        )
        .code,
        0
    );
}

#[test]
fn what_is_not_there_is_named() {
    let said = |arguments: &[&str]| {
        let run = check(arguments, "{}");
        assert_eq!(run.code, 2, "{}", run.out);
        run.err
    };
    assert!(
        said(&["--operation", "onAcount"])
            .contains("no operation `onAcount`; did you mean `onAccount`?")
    );
    assert!(said(&["--channel", "zzzzz"]).contains("the document has `account`, `other`"));
    assert!(said(&["--operation", "onOther"]).contains("operation `onOther` has no message"));
    assert!(said(&[]).contains("--message"));
}

#[test]
fn without_a_message_the_ways_to_name_one_are_told() {
    let run = check(&[], "{}");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(
        run.err,
        "error: say which message is meant, with `--message`, `--operation` or `--channel`; the document has `SignedUp`, `LoggedIn`\n"
    );
}

#[test]
fn schemas_of_other_files_are_named_with_their_file() {
    let place = Place::new();
    place.write("types.yaml", "Id: { type: string, pattern: '^A' }\n");
    place.write(
        "api.yaml",
        "\
asyncapi: 3.0.0
info: { title: a, version: '1' }
components:
  messages:
    M: { payload: { type: object, required: [at], properties: { id: { $ref: 'types.yaml#/Id' } } } }
",
    );
    let arguments = ["message", "check", "api.yaml", "--message", "M", "-"];
    let run = place.run_with_input(&arguments, br#"{"id": "b"}"#);
    assert!(
        run.out.contains("    schema types.yaml#/Id/pattern\n"),
        "{}",
        run.out
    );
    assert!(
        run.out
            .contains("    schema /components/messages/M/payload/required\n"),
        "{}",
        run.out
    );
}
