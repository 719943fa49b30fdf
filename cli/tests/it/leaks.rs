//! What a document of strangers must not bring to light, or do to whoever reads what is said of it.
use crate::support::Place;

const FORMATS: [&str; 8] = [
    "text", "concise", "json", "sarif", "junit", "github", "gitlab", "spectral",
];

fn refers_to(path: &str) -> String {
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: A, version: 1.0.0 }}\ncomponents: {{ messages: {{ m: {{ $ref: '{path}' }} }} }}\n"
    )
}

#[test]
fn the_text_of_a_file_that_is_no_document_is_in_no_format() {
    let place = Place::new();
    for (name, text) in [
        ("passwords.ini", "user = me\n[hunter2\n"),
        ("broken.yaml", "password: 'hunter2\n"),
        ("broken.json", r#"{"password": "hunter2",}"#),
        ("parsed.yaml", "hunter2: hunter2\nname: [hunter2]\n"),
        ("list.yaml", "- hunter2\n"),
        ("scalar.yaml", "hunter2\n"),
    ] {
        place.write("api.yaml", refers_to(&format!("./{name}")));
        place.write(name, text);
        for format in FORMATS {
            let run = place.run(&[
                "validate",
                "api.yaml",
                "--format",
                format,
                "--profile",
                "strict",
            ]);
            assert!(run.out.contains(name), "{format}: {}", run.out);
            let told = run.out + &run.err;
            assert!(!told.contains("hunter2"), "{format}: {told}");
        }
        for command in [
            &["generate", "rust", "api.yaml", "-o", "api"][..],
            &["docs", "api.yaml", "-o", "x.html", "--findings"],
            &["validate", "api.yaml", "--diff"],
            &["message", "check", "api.yaml", "--message", "m", "api.yaml"],
        ] {
            let run = place.run(command);
            assert!(!(run.out.clone() + &run.err).contains("hunter2"), "{run:?}");
        }
    }
}

/// Settings of a program, with keys that schemas have too.
const SETTINGS: [(&str, &str); 2] = [
    (
        "secrets.json",
        r#"{"title": "hunter2", "description": "hunter2", "const": "hunter2", "default": "hunter2", "password": "hunter2",
            "db": {"title": "hunter2", "enum": ["hunter2"], "examples": ["hunter2"], "default": "hunter2"}}"#,
    ),
    (
        "deploy.yaml",
        "title: hunter2\ndescription: hunter2\nconst: hunter2\nenum: [hunter2]\nexamples: [hunter2]\nreplicas: 3\n",
    ),
];

/// A document with a reference to settings wherever a schema, a message or a value may stand.
fn refers_to_settings(file: &str) -> String {
    format!(
        "asyncapi: 3.1.0
info: {{ title: A, version: 1.0.0, description: {{ $ref: './{file}#/title' }} }}
channels:
  c:
    address: c
    messages:
      m:
        headers: {{ $ref: './{file}' }}
        payload:
          type: object
          properties: {{ a: {{ $ref: './{file}' }}, b: {{ $ref: './secrets.json#/db' }} }}
        examples: [{{ payload: {{ $ref: './{file}' }} }}]
      n: {{ payload: {{ $ref: './{file}' }} }}
      o:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: {{ $ref: './{file}' }}
      p: {{ $ref: './{file}' }}
operations:
  send: {{ action: send, channel: {{ $ref: '#/channels/c' }} }}
components: {{ schemas: {{ S: {{ $ref: './{file}' }} }} }}
"
    )
}

#[test]
fn settings_are_behind_a_reference_for_no_command() {
    let place = Place::new();
    for (file, text) in SETTINGS {
        place.write(file, text);
    }
    place.write("value.json", r#"{"a": 1, "b": [2]}"#);
    for (file, _) in SETTINGS {
        place.write("api.yaml", refers_to_settings(file));
        let run = place.run(&["validate", "api.yaml"]);
        assert_eq!(run.code, 1, "{}", run.err);
        let told = format!("error[reference-foreign]: `./{file}` holds neither AsyncAPI");
        assert!(run.out.contains(&told), "{}", run.out);
        for (command, code) in [
            (&["docs", "api.yaml", "-o", "-"][..], 0),
            (&["docs", "api.yaml", "-o", "-", "--findings"], 0),
            (&["message", "example", "api.yaml", "--message", "m"], 0),
            (&["message", "example", "api.yaml", "--message", "n"], 0),
            (&["message", "example", "api.yaml", "--message", "o"], 2),
            (
                &[
                    "message",
                    "check",
                    "api.yaml",
                    "--message",
                    "m",
                    "value.json",
                ],
                0,
            ),
            (&["generate", "rust", "api.yaml", "-o", "made"], 1),
        ] {
            let run = place.run(command);
            assert_eq!(run.code, code, "{command:?}: {}", run.err);
            let told = run.out + &run.err;
            assert!(!told.contains("hunter2"), "{command:?}: {told}");
        }
    }
}

#[test]
fn code_is_made_of_settings_as_of_what_is_not_described() {
    let place = Place::new();
    for (file, text) in SETTINGS {
        place.write(file, text);
    }
    place.write("tidings.toml", "[rules]\nreference-foreign = \"off\"\n");
    place.write("api.yaml", refers_to_settings("deploy.yaml"));
    let run = place.run(&["generate", "rust", "api.yaml", "-o", "made"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for file in ["README.md", "src/lib.rs", "src/messages.rs", "src/types.rs"] {
        let made = place.read(&format!("made/{file}"));
        assert!(!made.contains("hunter2"), "{file}: {made}");
    }
    let messages = place.read("made/src/messages.rs");
    for payload in ["codegen::serde_json::Value", "codegen::Bytes"] {
        let field = format!("pub payload: {payload},");
        assert!(messages.contains(&field), "{messages}");
    }
}

#[test]
fn the_text_of_a_schema_is_shown() {
    let place = Place::new();
    place.write("api.yaml", refers_to("./order.yaml"));
    place.write(
        "order.yaml",
        "payload: { type: object }\nheaders: { type: objekt }\n",
    );
    let run = place.run(&["validate", "api.yaml"]);
    assert!(run.out.contains("headers: { type: objekt }"), "{}", run.out);
}

#[test]
fn hidden_files_are_read_by_option_or_configuration_only() {
    let place = Place::new();
    place.write("api.yaml", refers_to(".parts/m.yaml"));
    place.write(".parts/m.yaml", "payload: { type: object }\n");
    let run = place.run(&["validate", "api.yaml"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("allow it with `--allow-hidden`"),
        "{}",
        run.out
    );
    assert_eq!(
        place.run(&["validate", "api.yaml", "--allow-hidden"]).code,
        0
    );
    place.write("tidings.toml", "[read]\nhidden = true\n");
    assert_eq!(place.run(&["validate", "api.yaml"]).code, 0);
    assert_eq!(place.run(&["validate", "api.yaml", "--isolated"]).code, 1);
}

#[cfg(unix)]
#[test]
fn links_to_hidden_files_are_refused() {
    let place = Place::new();
    place.write("api.yaml", refers_to("m.yaml"));
    place.write(".secrets/m.yaml", "payload: { type: object }\n");
    std::os::unix::fs::symlink(".secrets/m.yaml", place.path().join("m.yaml")).expect("a link");
    let run = place.run(&["validate", "api.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("leads to what is hidden"), "{}", run.out);
}

#[test]
fn rulesets_may_be_hidden() {
    let place = Place::new();
    place.write(
        "api.yaml",
        crate::support::SOUND.to_owned() + "channels: {}\n",
    );
    place.write(".spectral.yaml", "extends: ./.base.yaml\n");
    place.write(".base.yaml", "rules: {}\n");
    let run = place.run(&["validate", "api.yaml", "--ruleset", ".spectral.yaml"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// Escapes of terminals, old and new; texts turned round; ends of lines; letters that nobody sees.
const STEERING: &str =
    "\u{1b}[31m\u{7}\u{8}\u{7f}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{feff}\u{e0041}";

/// The characters of an output that do something else than show themselves.
fn steering(text: &str) -> Vec<char> {
    let is_one = |c: &char| match c {
        '\n' | '\t' => false,
        c => c.is_control() || STEERING.contains(*c) && !c.is_ascii_graphic(),
    };
    text.chars().filter(is_one).collect()
}

fn steering_document() -> String {
    let steering = serde_json::to_string(STEERING).expect("JSON");
    let steering = steering.trim_matches('"');
    // Raw as well, as far as YAML takes it.
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: \"{steering}\", version: 1.0.0, \"x{steering}\": 1, \"y{steering}\": 1 }}\n\
         channels:\n  \"c{steering}\": {{ adress: \"{steering}\", messages: {{ m: {{ $ref: \"#/components/{steering}\" }} }} }}\n\
         operations: {{ \"o{steering}\": {{ action: \"{steering}\", channel: {{ $ref: \"./{steering}.yaml\" }} }} }}\n\
         # \u{202e}\u{2066}\u{200f}\u{61c} raw\nid: \"\u{202e}raw {steering}\"\n\
         components: {{ schemas: {{ s: {{ type: \"{steering}\", exmple: \u{202e} }} }} }}\n"
    )
}

#[test]
fn nothing_steers_a_terminal_whatever_the_format() {
    let place = Place::new();
    let name = "a\u{1b}[31m\u{202e}\u{9b}.yaml";
    place.write(name, steering_document());
    for format in FORMATS {
        let run = place.run(&["validate", name, "--format", format, "--profile", "strict"]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert_eq!(steering(&run.out), ['\0'; 0], "{format}: {}", run.out);
        assert_eq!(steering(&run.err), ['\0'; 0], "{format}: {}", run.err);
    }
    for command in [
        &["generate", "rust", name, "-o", "a\u{1b}b"][..],
        &["docs", name, "-o", "a\u{1b}b.html"],
        &["message", "check", name, "--message", "\u{1b}x", name],
        &["message", "example", name, "--message", "\u{1b}x"],
        &["validate", "no\u{1b}[2J\u{202e}where.yaml"],
        &["explain", "\u{1b}[2J"],
        &["validate", name, "--write-baseline", "b\u{1b}.json"],
    ] {
        let run = place.run(command);
        assert_eq!(steering(&run.out), ['\0'; 0], "{command:?}");
        assert_eq!(steering(&run.err), ['\0'; 0], "{command:?}: {}", run.err);
    }
}

/// A page may have what turns text round, each text by itself; a manifest has no reason to.
#[test]
fn what_is_made_of_a_document_has_no_controls() {
    let place = Place::new();
    let escaped = serde_json::to_string(STEERING).expect("JSON");
    let escaped = escaped.trim_matches('"');
    let text = format!(
        "asyncapi: 3.0.0\ninfo: {{ title: \"t{escaped}\", version: \"{escaped}\", description: \"d{escaped}\" }}\n\
         channels: {{ \"c{escaped}\": {{ address: \"a{escaped}\", description: \"{escaped}\" }} }}\n"
    );
    place.write("a.yaml", text);
    let page = place.run(&["docs", "a.yaml", "-o", "-"]);
    let controls = |text: &str| {
        steering(text)
            .into_iter()
            .filter(|c| c.is_control())
            .count()
    };
    assert_eq!((page.code, controls(&page.out)), (0, 0), "{}", page.err);
    assert!(
        page.out.contains("<title>t\u{241b}[31m"),
        "{}",
        &page.out[..2000]
    );
    let made = place.run(&["generate", "rust", "a.yaml", "-o", "made"]);
    assert_eq!(made.code, 0, "{}", made.err);
    for file in ["README.md", "Cargo.toml", "src/lib.rs"] {
        assert_eq!(
            steering(&place.read(&format!("made/{file}"))),
            ['\0'; 0],
            "{file}"
        );
    }
}

#[test]
fn escapes_of_a_document_are_not_those_of_colours() {
    let place = Place::new();
    place.write("a.yaml", steering_document());
    let run = place.run_with_colour(&["validate", "a.yaml"]);
    assert!(run.out.contains('\u{1b}'));
    let coloured = |part: &str| part.starts_with('[') && !part.starts_with("[31m␇");
    assert!(run.out.split('\u{1b}').skip(1).all(coloured), "{}", run.out);
}

#[test]
fn a_diff_is_text_and_nothing_else() {
    let place = Place::new();
    place.write(
        "a\u{202e}.yaml",
        "asyncapi: 3.0.0\r\ninfo: { title: A, version: 1.0.0 }\r\n# \u{202e}\t\u{2066}\r\nchannels: { c: { adress: a } }\r\n",
    );
    let run = place.run(&["validate", "a\u{202e}.yaml", "--diff"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.out.contains("address") && run.out.contains('\t'),
        "{}",
        run.out
    );
    assert_eq!(steering(&run.out.replace("\r\n", "\n")), ['\0'; 0]);
    assert!(run.out.contains("address: a } }\r\n"), "{}", run.out);
}

#[test]
fn the_payload_of_a_message_steers_nothing() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "asyncapi: 3.0.0\ninfo: { title: A, version: 1.0.0 }\nchannels: { c: { messages: { m: { payload: { type: object, additionalProperties: { const: 1 } } } } } }\n",
    );
    let payload = serde_json::json!({ STEERING: STEERING }).to_string();
    place.write("p\u{1b}.json", &payload);
    for more in [
        &["--format", "text"][..],
        &["--format", "json"],
        &["--stream"],
        &["--stream", "--format", "json"],
    ] {
        let command = [
            &[
                "message",
                "check",
                "a.yaml",
                "--message",
                "m",
                "p\u{1b}.json",
            ],
            more,
        ]
        .concat();
        let run = place.run(&command);
        assert_eq!(run.code, 1, "{}", run.err);
        assert_eq!(steering(&run.out), ['\0'; 0], "{more:?}: {}", run.out);
    }
}
