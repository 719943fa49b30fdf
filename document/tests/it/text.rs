//! Text to nodes: places, scalars, aliases, bounds, and text that is none.
use std::{fmt::Write, path::Path, sync::Arc};

use tidings_document::{Limits, MemoryLoader, Node, Settings, Value, open, open_text};

use super::{check, findings, open_files};

/// Every scalar and key with the text at its place.
fn places(text: &str) -> String {
    places_of("/doc/api.yaml", text)
}

fn places_of(path: &str, text: &str) -> String {
    let (document, diagnostics) = open_files(&[(path, text)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let mut out = String::new();
    let mut todo = vec![document.root().unwrap()];
    while let Some(node) = todo.pop() {
        match &node.value {
            Value::Object(object) => {
                writeln!(
                    out,
                    "{{{}}}",
                    document
                        .sources()
                        .slice(node.span)
                        .replace('\n', "⏎")
                        .replace('\r', "↵")
                )
                .unwrap();
                for entry in object {
                    writeln!(
                        out,
                        "{}: {}",
                        entry.key,
                        document.sources().slice(entry.key_span)
                    )
                    .unwrap();
                }
                todo.extend(object.iter().rev().map(|entry| &entry.value));
            }
            Value::Array(items) => todo.extend(items.iter().rev()),
            _ => writeln!(
                out,
                "{} = {}",
                node.to_json(),
                document.sources().slice(node.span)
            )
            .unwrap(),
        }
    }
    out
}

fn json(text: &str) -> serde_json::Value {
    let (document, diagnostics) = open_files(&[("/doc/api.yaml", text)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    document.root().unwrap().to_json()
}

#[test]
fn places_are_bytes_whatever_the_text() {
    expect_test::expect![[r#"
        {größe: "ä€𝄞" # ñ⏎list:⏎- 'é'⏎- x y⏎block: |⏎  ü⏎  ö⏎empty:⏎flow: {a: [1, ß]}}
        größe: größe
        list: list
        block: block
        empty: empty
        flow: flow
        "ä€𝄞" = "ä€𝄞" # ñ
        "é" = 'é'
        "x y" = x y
        "ü\nö\n" = ü
          ö
        null = empty
        {{a: [1, ß]}}
        a: a
        1 = 1
        "ß" = ß
    "#]]
    .assert_eq(&places(
        "größe: \"ä€𝄞\" # ñ\nlist:\n- 'é'\n- x y\nblock: |\n  ü\n  ö\nempty:\nflow: {a: [1, ß]}\n",
    ));
}

#[test]
fn byte_order_mark_and_crlf_do_not_shift_places() {
    expect_test::expect![[r#"
        {a: é↵⏎b:↵⏎  c: 1}
        a: a
        b: b
        "é" = é
        {c: 1}
        c: c
        1 = 1
    "#]]
    .assert_eq(&places("\u{feff}a: é\r\nb:\r\n  c: 1\r\n"));
}

#[test]
fn json_places_are_bytes_too() {
    expect_test::expect![[r#"
        {{"a\n": "é\"\u00e9\ud834\udd1e", "b": [1.50, {}, [], -1e2, true, null]}}
        a
        : "a\n"
        b: "b"
        "é\"é𝄞" = "é\"\u00e9\ud834\udd1e"
        1.5 = 1.50
        {{}}
        -100.0 = -1e2
        true = true
        null = null
    "#]]
    .assert_eq(&places_of(
        "/doc/api.json",
        r#" {"a\n": "é\"\u00e9\ud834\udd1e", "b": [1.50, {}, [], -1e2, true, null]} "#,
    ));
}

#[test]
fn large_offsets_are_exact_in_text_that_is_not_ascii() {
    let mut text = String::new();
    for number in 0..500 {
        writeln!(text, "schlüssel{number}: wért{number}").unwrap();
    }
    let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
    for entry in document.root().unwrap().as_object().unwrap() {
        assert_eq!(document.sources().slice(entry.key_span), entry.key);
        assert_eq!(
            document.sources().slice(entry.value.span),
            entry.value.as_str().unwrap()
        );
    }
}

#[test]
fn merge_keys_give_what_is_not_there_already() {
    let merged =
        json("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 9\nd: {'<<': 1}\n");
    assert_eq!(merged["c"], serde_json::json!({"x": 9, "y": 2, "z": 4}));
    assert_eq!(merged["d"], serde_json::json!({"<<": 1}));
}

#[test]
fn keys_that_are_no_text_become_text() {
    assert_eq!(
        json("200: a\ntrue: b\n~: c\n"),
        serde_json::json!({"200": "a", "true": "b", "null": "c"})
    );
}

#[test]
fn tags_decide_scalars_and_are_otherwise_tolerated() {
    assert_eq!(
        json("a: !!str 1\nb: !!int '2'\nc: ! 3\nd: !own {x: 1}\ne: !own text\n"),
        serde_json::json!({"a": "1", "b": 2, "c": "3", "d": {"x": 1}, "e": "text"})
    );
}

#[test]
fn flow_collections_may_end_below_their_key() {
    let text = "a:\n    b: {\n        \"c\": {\n            \"d\": [\"}\", 'x', 1]\n        } # {\n    }\n    é: [\n    \"x\",\n    \"y\"\n    ]\nz: {\n\"k\": \"v\"}\n";
    assert_eq!(
        json(text),
        serde_json::json!({"a": {"b": {"c": {"d": ["}", "x", 1]}}, "é": ["x", "y"]}, "z": {"k": "v"}})
    );
    let (document, _) = open_files(&[("/doc/api.yaml", text)]);
    let node = document
        .root()
        .and_then(|root| root.get("z")?.get("k"))
        .unwrap();
    assert_eq!(document.sources().slice(node.span), "\"v\"");
    assert_eq!(document.sources().range(node.span).start.line, 12);
}

#[test]
fn syntax_errors_show_their_place() {
    check(
        "asyncapi: 3.0.0\ninfo:\n  title: a: b\n#         ^ error[syntax-error]: `: ` stands inside of a value\n",
    );
    check("a: 1\n---\n#^^ error[syntax-error]: second YAML document\nb: 2\n");
    check("? [a]\n# ^ error[syntax-error]: a key must be text\n: b\n");
    check("a: &a [*a]\n#      ^^ error[syntax-error]: inside the value\n");
    check("<<: 1\n#   ^ error[syntax-error]: merges objects, not number\n");
    let (_, found) = findings(&[("/doc/api.yaml", "a:\n\tb: 1\n")]);
    let help = found[0].help.as_deref().unwrap_or_default();
    assert!(help.starts_with("indent with spaces"), "{found:?}");
}

#[test]
fn json_files_are_judged_as_json() {
    for (text, place) in [
        ("{\"a\": 1,}", 9),
        ("{a: 1}", 2),
        ("{\"a\": 1} x", 10),
        ("{\"a\":\n tru }", 2),
        ("[1, 01]", 6),
        ("{\"é\": \"\t\"}", 0),
    ] {
        let (document, found) = findings(&[("/doc/api.json", text)]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].rule.id, "syntax-error", "{text}");
        let column = document.sources().range(found[0].span).start.column;
        assert!(
            place == 0 || column.abs_diff(place) <= 3,
            "{text}: {column}"
        );
    }
}

#[test]
fn repeated_keys_name_the_first() {
    check(
        "asyncapi: 3.0.0\ninfo: {title: a, version: '1', title: b}\n#                              ^^^^^ error[key-duplicate]: `title` occurs twice\n",
    );
    let mut text = String::from("asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\nx-many:\n");
    for number in 0..10_000 {
        writeln!(text, "  k{}: 1", number % 5_000).unwrap();
    }
    let (_, found) = findings(&[("/doc/api.yaml", &text)]);
    assert_eq!(found.len(), 5_000);
    assert_eq!(found[0].message, "the key `k0` occurs twice");
}

#[test]
fn deep_nesting_is_one_error_in_every_syntax() {
    let block: String = (0..3_000)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    for (path, text) in [
        ("/doc/api.yaml", "[".repeat(10_000)),
        (
            "/doc/api.yaml",
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        ),
        ("/doc/api.yaml", "- ".repeat(10_000)),
        ("/doc/api.yaml", block),
        (
            "/doc/api.json",
            format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)),
        ),
    ] {
        let (_, found) = findings(&[(path, &text)]);
        let ids: Vec<_> = found.iter().map(|found| found.rule.id).collect();
        assert_eq!(ids, ["nesting-too-deep"], "{found:?}");
    }
}

#[test]
fn aliases_cannot_nest_deeper_than_text() {
    let mut text = String::from("a0: &a0 [1]\n");
    for level in 1..300 {
        writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let (_, found) = findings(&[("/doc/api.yaml", &text)]);
    let ids: Vec<_> = found.iter().map(|found| found.rule.id).collect();
    assert_eq!(ids, ["nesting-too-deep"]);
}

#[test]
fn text_that_is_none_is_one_error() {
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new([("/a", "")])),
        ..Settings::default()
    };
    for (bytes, message) in [
        (
            b"a: \xff\xfe".as_slice(),
            "not UTF-8: byte 0xff at offset 3",
        ),
        (b"\xff\xfea\0:\0".as_slice(), "this is UTF-16 text"),
        (
            b"\x7fELF\0\0\0".as_slice(),
            "binary data: a zero byte at offset 4",
        ),
    ] {
        let (document, found) = open_text(Path::new("a.yaml"), bytes.to_vec(), &settings).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].message, message);
        assert!(document.root().is_none());
        assert!(tidings_document::read(&document).1.is_empty());
    }
}

#[test]
fn an_empty_file_is_one_error() {
    for text in ["", " \n", "# nothing\n", "---\n", "null\n"] {
        let (_, found) = findings(&[("/doc/api.yaml", text)]);
        let ids: Vec<_> = found.iter().map(|found| found.rule.id).collect();
        assert_eq!(ids, ["document-empty"], "{text:?}");
    }
}

#[test]
fn what_is_too_large_is_not_read() {
    let settings = Settings {
        limits: Limits {
            file_bytes: 10,
            ..Limits::default()
        },
        loader: Arc::new(MemoryLoader::new([("/a.yaml", "a: 1234567890")])),
        ..Settings::default()
    };
    let error = open(Path::new("/a.yaml"), &settings).unwrap_err();
    assert_eq!(error.to_string(), "`/a.yaml` is larger than 10 bytes");
    let error = open(Path::new("/b.yaml"), &settings).unwrap_err();
    assert_eq!(error.to_string(), "`/b.yaml` does not exist");
}

#[test]
fn pointers_name_the_innermost_value_or_key() {
    let (document, _) = open_files(&[("/doc/api.yaml", "a/b:\n  - c: {d: 1}\n")]);
    let node: &Node = document
        .root()
        .and_then(|root| root.get("a/b")?.as_array()?[0].get("c"))
        .unwrap();
    assert_eq!(document.pointer_at(node.span), "/a~1b/0/c");
    let entry = node
        .as_object()
        .and_then(|object| object.entry("d"))
        .unwrap();
    assert_eq!(document.pointer_at(entry.key_span), "/a~1b/0/c/d");
}

#[test]
fn aliases_of_long_text_are_bounded() {
    for use_it in ["- *x", "- {*x : 1}"] {
        let text = format!(
            "a: &x {}\nb:\n{}",
            "y".repeat(1 << 20),
            format!("{use_it}\n").repeat(40)
        );
        let (document, found) = findings(&[("/doc/api.yaml", &text)]);
        let [found] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(found.rule.id, "alias-expansion-too-large");
        assert_eq!(
            found.message,
            "aliases stand for more than 33554432 bytes of text"
        );
        // The anchored value counts too, and the list begins in line 3.
        assert_eq!(document.sources().range(found.span).start.line, 34);
    }
}

#[test]
fn values_are_counted_while_they_are_read() {
    let limits = Limits {
        nodes: 10,
        ..Limits::default()
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let text = format!("a: [{} {{", "1, ".repeat(20));
    let (_, found) = open_text(Path::new("a.yaml"), text.into(), &settings).unwrap();
    let ids: Vec<_> = found.iter().map(|found| found.rule.id).collect();
    assert_eq!(ids, ["document-too-large"], "it never comes to the end");
}

#[test]
fn columns_count_characters_in_long_lines_too() {
    let text = format!(
        "\u{feff}{{\"é{}\": 1, \"b\": 1, \"b\": 2}}",
        "日".repeat(3000)
    );
    let (document, found) = findings(&[("/doc/api.yaml", &text)]);
    let start = document.sources().range(found[0].span).start;
    assert_eq!((start.line, start.column), (1, 3018));
    let first = document.sources().range(found[0].related[0].span).start;
    assert_eq!((first.line, first.column), (1, 3010));
}

#[test]
fn a_message_leaves_out_the_middle_of_a_long_value() {
    let text = format!("asyncapi: '{}é'\n", "9".repeat(5000));
    let (_, found) = findings(&[("/doc/api.yaml", &text)]);
    let message = &found[0].message;
    assert!(message.len() < 1010 && message.contains("9…9"), "{message}");
    assert!(message.ends_with("é` is not supported"), "{message}");
}

#[test]
fn the_place_of_a_collection_in_brackets_ends_at_its_bracket() {
    let text = "a: [x]   # why\nb: { c: 1 } # so\n";
    let opened = tidings_document::open_text(Path::new("a.yaml"), text.into(), &Default::default());
    let (document, _) = opened.expect("text");
    let written = |key: &str| {
        let value = document.root().and_then(|root| root.get(key));
        document.sources().slice(value.expect("a value").span)
    };
    assert_eq!([written("a"), written("b")], ["[x]", "{ c: 1 }"]);
}

#[test]
fn a_document_that_cannot_be_opened_says_why_once() {
    let error = open(Path::new("/nowhere/a.yaml"), &Settings::default()).unwrap_err();
    assert_eq!(error.to_string(), "`/nowhere/a.yaml` does not exist");
    assert!(std::error::Error::source(&error).is_none());
}

#[test]
fn tabs_may_stand_between_a_key_and_its_value() {
    let text = "a:\tword\nb:\t\t-1\nc: {d:\te, f:\t[g]}\nh:\n  - i:\tj # k:\tl\nm: \"n:\to\"\nq: |\n  r:\ts\nt:\n  u:\tv\n   w\n";
    let expected = serde_json::json!({
        "a": "word", "b": -1, "c": { "d": "e", "f": ["g"] }, "h": [{ "i": "j" }],
        "m": "n:\to", "q": "r:\ts\n", "t": { "u": "v w" },
    });
    assert_eq!(json(text), expected);
    assert!(places(text).contains("\"j\" = j\n"), "{}", places(text));
    let many = "k:\tv\n".repeat(20_000);
    let numbered: String = many
        .lines()
        .enumerate()
        .map(|(at, line)| format!("x{at}{line}\n"))
        .collect();
    assert_eq!(json(&numbered)["x19999k"], "v");
}
