//! All that is said of documents that have something of everything: as a page, as Markdown, and to the search.
use expect_test::expect_file;
use tidings_html::{Settings, render, render_markdown};

use crate::{
    markup::{self, Page},
    outline::outline,
};

#[track_caller]
fn check(name: &str) {
    let path = format!("html/tests/it/whole/{name}.yaml");
    let document = markup::file(&path);
    let api = markup::api(&document);
    let html = render(&api, &Settings::default()).expect("a page");
    let search: serde_json::Value =
        serde_json::from_str(&Page::parse(&html).scripts[0]).expect("JSON");
    let kinds = search.as_array().expect("kinds").iter();
    let search: String = kinds.map(|kind| format!("{kind}\n")).collect();
    for (ending, text) in [
        ("page", outline(&html)),
        ("markdown", render_markdown(&api, &Settings::default())),
        ("search", search),
    ] {
        expect_file![format!("whole/{name}.{ending}.txt")].assert_eq(&text);
    }
}

#[test]
fn a_document_with_something_of_everything() {
    check("shop");
}

#[test]
fn schemas_with_something_of_everything() {
    check("schemas");
}

#[test]
fn lists_that_are_cut() {
    check("many");
}

#[test]
fn a_document_of_version_2() {
    check("older");
}

#[test]
fn payloads_in_other_languages() {
    check("languages");
}
