//! Passwords in URLs of documents: they are told of and never printed, whatever is printed and wherever they stand.
use crate::support::{Place, Run};

/// What no output may hold. Nothing of it is escaped in any format, so that it would be found.
const SECRET: &str = "b4nana";

const FORMATS: [&str; 8] = [
    "text", "concise", "json", "sarif", "junit", "github", "gitlab", "spectral",
];

/// Documents, and how many findings of `credentials-in-document` each has. Other findings are about the same values.
const DOCUMENTS: [(&str, &str, usize); 7] = [
    (
        "two.yaml",
        "asyncapi: 2.6.0
info:
  title: a
  version: '1'
  termsOfService: https://me:b4nana@a.example/{
  contact: { name: a, url: 'https://me:b4nana@a b/' }
  license: { name: a, url: 'https://me:b4nana@a.example/<>' }
servers:
  a: { url: 'amqps://me:b4nana@a.example:5671/', protocol: amqps }
  b: { url: 'amqps://me:b4nana@a.example:5671/', protocol: amqps }
channels:
  'amqp://me:b4nana@a.example/x?y': { publish: { message: { payload: { type: string, example: 'http://me:b4nana@a' } } } }
",
        7,
    ),
    (
        "bare.yaml",
        "asyncapi: 2.6.0
info: { title: a, version: '1' }
servers: { a: { url: 'me:b4nana@{host}/', protocol: kafka } }
channels: {}
",
        1,
    ),
    (
        "three.yaml",
        "asyncapi: 3.0.0
info: { title: a, version: '1', externalDocs: { url: 'https://me:b4nana@a.example/docs', descrption: a } }
servers: { a: { host: 'me:b4nana@a.example:5671/', protocol: amqps } }
channels:
  a:
    address: a
    messages:
      m:
        $ref: https://me:b4nana@a.example/messages.yaml#/m
      n:
        payload: { $id: 'https://me:b4nana@a.example/n', type: string, enum: ['amqp://me:b4nana@a', 1], default: 'amqp://me:b4nana@a/b' }
components:
  securitySchemes:
    a: { type: oauth2, flows: { implicit: { authorizationUrl: 'https://me:b4nana@a.example/{', availableScopes: {} } } }
    b: { type: openIdConnect, openIdConnectUrl: 'https://me:b4nana@a.example/}' }
",
        8,
    ),
    (
        "escaped.json",
        r#"{"asyncapi": "2.6.0", "info": {"title": "a", "version": "1"}, "channels": {}, "nope": "see http:\/\/me:b4nana@a.example",
            "servers": {"a": {"protocol": "amqp", "url": "amqp:\u002f\/me:b4nana\u0040a.example/"}}}"#,
        2,
    ),
    (
        "syntax.yaml",
        "asyncapi: 3.0.0\nservers: { a: { host: 'me:b4nana@a.example', url: 'amqp://me:b4nana@a.example' : x }\n",
        0,
    ),
    ("syntax.json", r#"{"asyncapi": "3.0.0", "url": "amqp:\/\/me:b4nana@a.example" "a": 1}"#, 0),
    (
        "long.yaml",
        "asyncapi: 3.0.0\ninfo: { title: a, version: '1' }\nx-a: '0123456789 https://me:b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana-b4nana@a.example/'\ntags: 3\n",
        1,
    ),
];

#[track_caller]
fn is_silent(run: &Run, what: &str) {
    let mut lines = run.out.lines().chain(run.err.lines());
    assert_eq!(lines.find(|line| line.contains(SECRET)), None, "{what}");
}

fn place() -> Place {
    let place = Place::new();
    for (name, text, _) in DOCUMENTS {
        place.write(name, text);
    }
    place
}

#[test]
fn every_url_with_a_password_is_a_finding() {
    let place = place();
    for (name, _, expected) in DOCUMENTS {
        let run = place.run(&["validate", "--format", "concise", name]);
        let found = run.out.matches("[credentials-in-document]").count();
        assert_eq!(found, expected, "{name}: {}", run.out);
        let masks = run.out.matches("***").count();
        assert!(masks >= expected, "{}", run.out);
    }
}

#[test]
fn no_format_prints_a_password() {
    let place = place();
    for (name, ..) in DOCUMENTS {
        for format in FORMATS {
            for profile in ["official", "recommended", "strict"] {
                let run = place.run(&["validate", "--format", format, "--profile", profile, name]);
                assert!(!run.out.is_empty());
                is_silent(&run, name);
            }
        }
    }
}

#[test]
fn no_other_command_prints_a_password() {
    let place = place();
    place.write("value.json", r#""amqp://me:b4nana@b""#);
    for (name, ..) in DOCUMENTS {
        is_silent(&place.run(&["docs", name, "-o", "-"]), name);
        is_silent(&place.run(&["validate", "--diff", name]), name);
        is_silent(&place.run(&["generate", "rust", name, "-o", "out"]), name);
    }
    is_silent(
        &place.run(&[
            "message",
            "check",
            "three.yaml",
            "--message",
            "n",
            "value.json",
        ]),
        "check",
    );
    is_silent(
        &place.run(&["validate", "https://me:b4nana@a.example/x.yaml"]),
        "name",
    );
}

#[test]
fn what_is_made_of_a_document_prints_no_password() {
    let place = Place::new();
    let text = "asyncapi: 3.0.0
info: { title: a, version: '1', description: 'amqp://me:b4nana@a.example and me:b4nana@a.example' }
servers: { s: { host: 'me:b4nana@a.example:5671', protocol: amqps } }
channels:
  a:
    address: 'me:b4nana@a.example/t'
    description: me:b4nana@a.example:5672
    messages:
      m:
        description: see http://me:b4nana@a
        payload:
          type: object
          required: [u, v]
          properties:
            u: { type: string, default: 'http://me:b4nana@a', description: me:b4nana@localhost }
            v: { type: string, const: 'me:b4nana@a.example' }
        examples: [{ payload: { u: 'http://me:b4nana@a', v: 'me:b4nana@a.example' } }]
operations: { o: { action: send, channel: { $ref: '#/channels/a' } } }
";
    place.write("made.yaml", text);
    for more in [&["--stream"][..], &[]] {
        let run =
            place.run(&[&["message", "example", "made.yaml", "--message", "m"], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("***@a"), "{}", run.out);
        is_silent(&run, "example");
    }
    let page = place.run(&["docs", "made.yaml", "-o", "-"]);
    assert!(page.out.contains("***@a.example/t"), "{}", page.err);
    is_silent(&page, "docs");
    let made = place.run(&["generate", "rust", "made.yaml", "-o", "made"]);
    assert_eq!(made.code, 0, "{}", made.err);
    for file in [
        "README.md",
        "Cargo.toml",
        "src/lib.rs",
        "src/channels.rs",
        "src/servers.rs",
        "src/types.rs",
    ] {
        const CODE: [&str; 3] = ["Channel = PublishSubscribe(", "rename = ", "constant!("];
        let text = place.read(&format!("made/{file}"));
        // What code goes by is as it is in the document.
        let mut told = text
            .lines()
            .filter(|line| CODE.iter().all(|sign| !line.contains(sign)));
        assert_eq!(told.find(|line| line.contains(SECRET)), None, "{file}");
    }
    let servers = place.read("made/src/servers.rs");
    assert!(servers.contains("\"amqps://a.example:5671\""), "{servers}");
}

#[test]
fn arguments_that_are_refused_are_told_without_passwords() {
    let place = Place::new();
    for arguments in [
        ["--map", "http://me:b4nana@a=."],
        ["--allow-remote", "http://me:b4nana@a"],
        ["--fail-on", "http://me:b4nana@a"],
    ] {
        let run = place.run(&[&["validate", "a.yaml"][..], &arguments].concat());
        assert_eq!(run.code, 2);
        assert!(run.err.contains("://***@a"), "{}", run.err);
        is_silent(&run, arguments[0]);
    }
    assert_eq!(place.run(&["--version"]).code, 0);
}

#[test]
fn mends_keep_passwords_where_they_are() {
    let place = Place::new();
    let text = "asyncapi: 3.0.0\ninfo: { title: a, version: 1, x-a: 'http://me:b4nana@a' }\nchannels: {}\n";
    place.write("a.yaml", text);
    let diff = place.run(&["validate", "--diff", "a.yaml"]);
    assert!(diff.out.contains("-info"), "{}", diff.out);
    is_silent(&diff, "diff");
    place.run(&["validate", "--fix", "a.yaml"]);
    let mended = std::fs::read_to_string(place.path().join("a.yaml")).expect("there");
    assert_eq!(mended, text.replace("version: 1", "version: \"1\""));
}
