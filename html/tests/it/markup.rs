//! A page taken apart: elements with their attributes, text, scripts.
use std::{collections::BTreeMap, path::Path};

use html5gum::{DefaultEmitter, Token, Tokenizer};
use tidings_document::{Document, api::Api, open, open_text, read};
use tidings_html::{Settings, render};

pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

#[derive(Default)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) elements: Vec<Element>,
    /// Text outside scripts and styles, white space folded.
    pub(crate) text: String,
    /// Content of scripts.
    pub(crate) scripts: Vec<String>,
    pub(crate) styles: Vec<String>,
    /// What the tokenizer complained about.
    pub(crate) errors: Vec<String>,
    /// Names of elements that were closed by another end tag than their own.
    pub(crate) crossed: Vec<String>,
}

const VOID: [&str; 7] = ["meta", "link", "br", "wbr", "input", "path", "rect"];

impl Page {
    pub(crate) fn parse(html: &str) -> Self {
        let mut page = Self {
            html: html.to_owned(),
            ..Self::default()
        };
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut open: Vec<String> = Vec::new();
        for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
            match token {
                Token::StartTag(tag) => page.start(&tag, &mut open),
                Token::EndTag(tag) => {
                    let name = text(&tag.name);
                    if open.last() == Some(&name) {
                        open.pop();
                    } else {
                        page.crossed.push(name);
                    }
                }
                Token::String(string) => match open.last().map(String::as_str) {
                    Some("script") => page.scripts.push(text(&string)),
                    Some("style") => page.styles.push(text(&string)),
                    _ => page.text.push_str(&text(&string)),
                },
                Token::Error(error) => page.errors.push(error.to_string()),
                Token::Comment(comment) => page.errors.push(text(&comment)),
                Token::Doctype(_) => {}
            }
        }
        page.crossed.extend(open);
        page.text = fold(&page.text);
        page
    }

    fn start(&mut self, tag: &html5gum::StartTag<()>, open: &mut Vec<String>) {
        let name = text(&tag.name);
        if matches!(
            name.as_str(),
            "p" | "button"
                | "li"
                | "td"
                | "th"
                | "dt"
                | "dd"
                | "div"
                | "pre"
                | "br"
                | "summary"
                | "h3"
        ) {
            self.text.push(' ');
        }
        if !VOID.contains(&name.as_str()) {
            open.push(name.clone());
        }
        let attributes = tag.attributes.iter();
        let attributes = attributes.map(|(name, value)| (text(name), text(value)));
        self.elements.push(Element {
            name,
            attributes: attributes.collect(),
        });
    }

    /// Values of an attribute, wherever it stands.
    pub(crate) fn attribute(&self, name: &str) -> Vec<&str> {
        let elements = self.elements.iter();
        elements
            .filter_map(|element| element.attributes.get(name))
            .map(String::as_str)
            .collect()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.elements.iter().filter(|e| e.name == name).count()
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) {
        assert!(
            self.text.contains(&fold(text)),
            "`{text}` is not in the page"
        );
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// White space as a browser shows it.
pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A document from text.
pub(crate) fn document(text: &str) -> Document {
    let settings = tidings_document::Settings::default();
    let name = Path::new("test.yaml");
    open_text(name, text.as_bytes().to_vec(), &settings)
        .unwrap()
        .0
}

/// A document from a file of the project.
pub(crate) fn file(path: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    open(&path, &tidings_document::Settings::default())
        .unwrap()
        .0
}

pub(crate) fn api(document: &Document) -> Api<'_> {
    read(document).0.unwrap()
}

/// The page of a document from text.
pub(crate) fn page(text: &str) -> Page {
    let document = document(text);
    Page::parse(&render(&api(&document), &Settings::default()).unwrap())
}

/// Our own documents.
pub(crate) const DOCUMENTS: [&str; 5] = [
    "specs/orders.asyncapi.yaml",
    "specs/styles/one-way.asyncapi.yaml",
    "specs/styles/publish-async-responses.asyncapi.yaml",
    "specs/styles/publish-subscribe.asyncapi.yaml",
    "specs/styles/request-reply.asyncapi.yaml",
];
