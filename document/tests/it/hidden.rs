//! What references may not lead to, and what is not told of what they lead to.
use std::{path::Path, sync::Arc};

use tidings_document::{Diagnostic, Document, FileId, MemoryLoader, Settings, open, open_alone};

use super::{check_files, findings};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\n";

fn refers_to(path: &str) -> String {
    format!("{HEAD}components: {{schemas: {{A: {{$ref: '{path}'}}}}}}\n")
}

/// What is found when a document refers to a path, with every path there.
fn found(document: &str, path: &str, settings: Settings) -> Vec<Diagnostic> {
    let text = refers_to(path);
    let there = Path::new(document).parent().unwrap().join(path);
    let files = [
        (Path::new(document), text.as_str()),
        (&there, "type: string"),
        (Path::new("/p/.git/config"), "[core]"),
    ];
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files)),
        ..settings
    };
    open(Path::new(document), &settings).unwrap().1
}

#[test]
fn hidden_files_and_folders_are_not_read() {
    for path in [
        ".env",
        "./.env",
        ".git/config",
        "a/.b/c.yaml",
        "../.c/d.yaml",
        "%2eenv",
    ] {
        let found = found("/p/apis/api.yaml", path, Settings::default());
        assert_eq!(found.len(), 1, "{path}");
        assert_eq!(found[0].rule.id, "reference-outside-root");
        assert!(
            found[0].help.as_deref().unwrap().contains("--allow-hidden"),
            "{path}"
        );
    }
    for path in ["a.b/c.yaml", "../x.yaml"] {
        assert!(
            found("/p/apis/api.yaml", path, Settings::default()).is_empty(),
            "{path}"
        );
    }
}

#[test]
fn whether_a_hidden_file_exists_is_not_told() {
    let there = findings(&[("/p/api.yaml", &refers_to(".env")), ("/p/.env", "a: b")]).1;
    let not_there = findings(&[("/p/api.yaml", &refers_to(".env"))]).1;
    assert_eq!(there, not_there);
}

#[test]
fn hidden_files_are_read_where_that_is_allowed() {
    let allowed = Settings {
        hidden: true,
        ..Settings::default()
    };
    assert!(found("/p/api.yaml", ".schemas/a.yaml", allowed).is_empty());
    let root = Settings {
        roots: vec!["/p/.schemas".into()],
        ..Settings::default()
    };
    assert!(found("/p/api.yaml", ".schemas/a.yaml", root.clone()).is_empty());
    assert_eq!(found("/p/api.yaml", ".schemas/.a.yaml", root).len(), 1);
}

#[test]
fn a_document_in_a_hidden_folder_refers_within_it() {
    let found = |path| found("/p/.config/apis/api.yaml", path, Settings::default()).len();
    assert_eq!(found("a.yaml"), 0);
    assert_eq!(found("../a.yaml"), 0);
    assert_eq!(found("../../a.yaml"), 0);
    assert_eq!(found(".env"), 1);
    assert_eq!(found("../../.env"), 1);
    assert_eq!(found("../../.other/a.yaml"), 1);
}

#[test]
fn a_project_in_a_hidden_folder_is_like_any_other() {
    let files = [
        ("/home/.cache/p/api.yaml", refers_to("a.yaml")),
        ("/home/.cache/p/a.yaml", "type: string".to_owned()),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    assert!(findings(&files).1.is_empty());
    let beside = [("/home/.cache/p/api.yaml", refers_to("../a.yaml"))];
    let beside = beside.each_ref().map(|(path, text)| (*path, text.as_str()));
    assert_eq!(findings(&beside).1[0].rule.id, "reference-outside-root");
}

#[test]
fn a_hidden_document_may_refer_to_itself() {
    let text = format!(
        "{HEAD}components: {{schemas: {{A: {{$ref: './.api.yaml#/x-b'}}}}}}\nx-b: {{type: string}}\n"
    );
    check_files(&[("/p/.api.yaml", &text)]);
}

/// The second file of a document.
const OTHER: FileId = FileId(1);

fn with_other(name: &str, text: &str) -> (Document, Vec<Diagnostic>) {
    findings(&[
        ("/p/api.yaml", &refers_to(name)),
        (&format!("/p/{name}"), text),
    ])
}

#[test]
fn only_texts_of_the_languages_of_documents_are_shown() {
    for (name, text) in [
        ("a.yaml", "Order: {payload: {}}"),
        ("a.yaml", "type: strin"),
        ("a.yaml", "Order: {type: strin, minLength: 1}"),
        ("a.json", r#"{"Order": {"type": "object"}}"#),
        ("a.yaml", "$ref: b.yaml"),
        ("a.yaml", "properties: {\n"),
        ("a.avsc", r#"[{"type": "record", "name": "A"}]"#),
        ("a.proto", "// A\nsyntax = \"proto3\";\nmessage A {}"),
    ] {
        assert!(with_other(name, text).0.sources().shows(OTHER), "{text}");
    }
    for (name, text) in [
        ("a.env", "PASSWORD=hunter2"),
        ("a.yaml", "db: {user: me, password: hunter2}"),
        ("a.yaml", "password: 'hunter2"),
        (
            "a.json",
            r#"{"type": "service_account", "private_key": "hunter2"}"#,
        ),
        (
            "a.json",
            r#"{"outputs": {"token": {"value": "hunter2", "type": "string"}}}"#,
        ),
        (
            "a.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ntype: Opaque\ndata: {a: hunter2}",
        ),
        ("a.txt", "type: object"),
        ("a.proto", "hunter2"),
        ("a.yaml", ""),
    ] {
        assert!(!with_other(name, text).0.sources().shows(OTHER), "{text}");
    }
}

#[test]
fn findings_tell_nothing_of_a_text_that_is_not_shown() {
    for text in [
        "hunter2: [",
        "hunter2",
        "db: {hunter2: x}\ndb: 1",
        "\"hunter2",
        "x: &hunter2 *hunter3",
    ] {
        for fragment in ["", "#/db/hunter", "#/hunter1", "#/0"] {
            let refers = refers_to(&format!("a.yaml{fragment}"));
            let (document, found) = findings(&[("/p/api.yaml", &refers), ("/p/a.yaml", text)]);
            for found in found {
                let found = found.discreet(document.sources());
                let told = format!("{} {:?} {:?}", found.message, found.help, found.related);
                assert!(!told.contains("hunter2"), "{told}");
                assert!(found.fix.is_none());
            }
        }
    }
}

#[test]
fn files_that_are_no_documents_are_shown_to_those_who_name_them() {
    let files = [("/p/rules.yaml", "rules: {}")];
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files)),
        ..Settings::default()
    };
    let (document, _) = open_alone(Path::new("/p/rules.yaml"), &settings).unwrap();
    assert!(document.sources().shows(OTHER));
}
