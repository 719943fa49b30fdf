//! What is shown of a file that has credentials in it: its text, with asterisks in their place.
use std::path::Path;
use tidings_document::{FileId, open_text};

#[track_caller]
fn check(name: &str, text: &str, expected: &str) {
    let opened = open_text(Path::new(name), text.into(), &Default::default());
    let (document, _) = opened.unwrap();
    let shown = document.sources().shown(FileId(0));
    assert_eq!(shown, expected);
    assert_eq!(shown.len(), text.len());
}

#[test]
fn only_user_name_and_password_are_hidden_where_they_can_be_seen() {
    check(
        "a.yaml",
        "url: http://me:secret@a/b\n",
        "url: http://*********@a/b\n",
    );
    check("a.yaml", "host: me:secret@a\n", "host: *********@a\n");
    check("a.yaml", "['me:secret@a', x@y]", "['*********@a', x@y]");
    check(
        "a.yaml",
        "url: http://a/b\nmail: me@a\n",
        "url: http://a/b\nmail: me@a\n",
    );
}

#[test]
fn values_and_keys_that_carry_them_in_escapes_are_hidden_whole() {
    check(
        "a.json",
        r#"{"a": "http:\u002f/me:secret@a", "b": "x@y"}"#,
        r#"{"a": *************************, "b": "x@y"}"#,
    );
    check(
        "a.json",
        r#"{"http:\u002f\u002fme:secret@a": [{"b": "me\u003asecret@a"}]}"#,
        r#"{******************************: [{"b": ******************}]}"#,
    );
    check(
        "a.json",
        r#"{"a": "x\u0040y", "b": "http:\u002f\u002fa"}"#,
        r#"{"a": "x\u0040y", "b": "http:\u002f\u002fa"}"#,
    );
}
