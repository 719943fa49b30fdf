//! Our own documents as pages.
use tidings_html::{Settings, render};

use crate::{
    checks::CHECKS,
    markup::{DOCUMENTS, Page, api, file, page},
};

#[test]
fn pages_of_our_documents_pass_all_checks() {
    for path in DOCUMENTS {
        let document = file(path);
        let api = api(&document);
        let page = Page::parse(&render(&api, &Settings::default()).unwrap());
        CHECKS
            .iter()
            .for_each(|(_, check)| check(path, &api, &page));
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for path in DOCUMENTS {
        let settings = Settings::default();
        let one = render(&api(&file(path)), &settings).unwrap();
        let other = render(&api(&file(path)), &settings).unwrap();
        assert_eq!(one, other, "{path}");
    }
}

#[test]
fn pages_are_small() {
    let html = render(&api(&file(DOCUMENTS[0])), &Settings::default()).unwrap();
    assert!(html.len() <= 60_000, "{} bytes", html.len());
}

#[test]
fn a_page_is_known_by_its_beginning() {
    let html = render(&api(&file(DOCUMENTS[0])), &Settings::default()).unwrap();
    assert!(tidings_html::is_page(&html[..4096]));
    assert!(!tidings_html::is_page("<!doctype html><title>Mine</title>"));
}

#[test]
fn an_empty_document_has_a_page() {
    let page = page("asyncapi: 3.0.0\ninfo: {title: '', version: ''}\n");
    page.has("Untitled API");
}

#[test]
fn a_page_may_have_another_title_and_problems() {
    let document = crate::markup::document("asyncapi: 3.0.0\ninfo: {title: A, version: 1.0.0}\n");
    let settings = Settings {
        title: Some("Another <title>".to_owned()),
        problems: vec![tidings_html::Problem {
            span: document.root().unwrap().span,
            severity: tidings_document::Severity::Warning,
            rule: "some-rule".to_owned(),
            message: "`x` is odd".to_owned(),
            place: "a.yaml:3:1".to_owned(),
            help: Some("mend it".to_owned()),
        }],
        ..Settings::default()
    };
    let page = Page::parse(&render(&api(&document), &settings).unwrap());
    page.has("Another <title>");
    page.has("1 warning `x` is odd some-rule at a.yaml:3:1");
    page.has("help: mend it");
}
