//! A document that tries to become script.

use crate::markup::page;

/// Every kind of text that has once broken out of a page. `NAME` tells where it stood.
pub(crate) const EVIL: &str =
    r#""'><script>alert(1)</script><img src=x onerror=alert(2)></script><!--`{{{x}}}=NAME"#;

pub(crate) fn document() -> String {
    let evil = |name: &str| serde_json::to_string(&EVIL.replace("NAME", name)).unwrap();
    let mut text = r#"{
"asyncapi": "3.0.0",
"id": @id@,
"info": {"title": @title@, "version": @version@, "description": @description@,
  "termsOfService": "javascript:alert(1)",
  "contact": {"name": @contact@, "url": "javascript:alert(1)", "email": @email@},
  "license": {"name": @licence@, "url": "data:text/html,<script>alert(1)</script>"},
  "tags": [{"name": @tag@, "description": @tagtext@, "externalDocs": {"url": "vbscript:x", "description": @docs@}}],
  "externalDocs": {"url": " JavaScript:alert(1)"}},
"defaultContentType": @content@,
@x-field@: @extension@,
"servers": {@server@: {"host": @host@, "protocol": @protocol@, "description": @serverdescription@,
  "variables": {@variable@: {"enum": [@variablevalue@], "default": @variabledefault@}},
  "security": [{"type": "oauth2", "description": @scheme@, "flows": {"implicit": {"authorizationUrl": "javascript:alert(1)", "availableScopes": {@scope@: @scopetext@}}}}]}},
"channels": {@channel@: {"address": @address@, "title": @channeltitle@,
  "parameters": {@parameter@: {"enum": [@parametervalue@], "description": @parametertext@}},
  "bindings": {@binding@: {@bindingkey@: @bindingvalue@}},
  "messages": {@message@: {"name": @messagename@, "title": @messagetitle@, "summary": @messagesummary@,
     "contentType": @messagecontent@, "correlationId": {"location": @correlation@},
     "payload": {"type": "object", "title": @schematitle@, "required": [@property@], "properties": {@property@: {
        "type": "string", "description": @schematext@, "format": @format@, "pattern": @pattern@,
        "enum": [@enum@], "const": @const@, "default": @default@, "examples": [@example@]}}},
     "examples": [{"name": @examplename@, "summary": @examplesummary@, "payload": {@examplekey@: @examplevalue@}}]}}}},
"operations": {@operation@: {"action": "receive", "channel": {"$ref": "REF"}, "title": @operationtitle@,
  "summary": @operationsummary@, "description": "[a](javascript:alert(1)) ![b](javascript:alert(1)) <javascript:alert(1)> [c]: javascript:alert(1)",
  "reply": {"address": {"location": @location@}}}}
}"#
    .to_owned();
    let key = EVIL
        .replace("NAME", "channel")
        .replace('~', "~0")
        .replace('/', "~1");
    let reference = serde_json::to_string(&format!("#/channels/{key}")).unwrap();
    text = text.replace("\"REF\"", &reference);
    text = text.replace("@x-field@", "\"x-field\"");
    while let Some((before, rest)) = text.split_once('@') {
        let (name, after) = rest.split_once('@').unwrap();
        text = format!("{before}{}{after}", evil(name).replace('@', "\\u0040"));
    }
    text
}

/// Where texts stand that are shown.
pub(crate) const NAMES: [&str; 34] = [
    "title",
    "version",
    "contact",
    "licence",
    "tag",
    "server",
    "host",
    "protocol",
    "variable",
    "variablevalue",
    "scope",
    "scopetext",
    "channel",
    "address",
    "channeltitle",
    "parameter",
    "parametervalue",
    "bindingkey",
    "bindingvalue",
    "messagename",
    "messagetitle",
    "property",
    "format",
    "pattern",
    "enum",
    "const",
    "default",
    "example",
    "examplename",
    "examplesummary",
    "operationtitle",
    "correlation",
    "location",
    "extension",
];

#[test]
fn no_text_becomes_markup() {
    let page = page(&document());
    assert_eq!(page.errors, Vec::<String>::new());
    assert_eq!(page.crossed, Vec::<String>::new());
    assert_eq!(page.count("script"), 2);
    assert_eq!(page.scripts.len(), 2);
    for name in ["img", "iframe", "object", "form", "base", "embed"] {
        assert_eq!(page.count(name), 0, "{name}");
    }
    for element in &page.elements {
        for name in element.attributes.keys() {
            assert!(!name.starts_with("on") && name != "style", "{name}");
        }
    }
    for href in page.attribute("href") {
        let safe = ["#", "https://", "http://", "mailto:", "data:,"];
        assert!(safe.iter().any(|start| href.starts_with(start)), "{href}");
    }
}

#[test]
fn every_text_is_still_there() {
    let page = page(&document());
    for name in NAMES {
        page.has(&EVIL.replace("NAME", name));
    }
}

#[test]
fn the_search_reads_the_texts_back() {
    let page = page(&document());
    let index: Vec<Vec<String>> = serde_json::from_str(&page.scripts[0]).unwrap();
    let tag = index.last().unwrap();
    assert_eq!(tag[..], ["top", "", &EVIL.replace("NAME", "tag")]);
}
