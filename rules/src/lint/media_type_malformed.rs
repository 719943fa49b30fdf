//! `media-type-malformed`: a content type is no media type.

use std::collections::HashSet;

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "media-type-malformed",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a content type is no media type",
        docs: r##"`contentType` and `defaultContentType` name one specific media type, with its type, a slash and its subtype, and parameters where there are any. Whoever
looks at something else cannot tell how to read a payload: generated code takes it for bytes.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { contentType: json, payload: { type: object } }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
defaultContentType: application/*
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { contentType: application/json; charset=utf-8, payload: { type: object } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let default = api
        .default_content_type
        .map(|text| ("defaultContentType", text));
    let own = api
        .messages
        .iter()
        .filter_map(|message| message.content_type);
    let all = default
        .into_iter()
        .chain(own.map(|text| ("contentType", text)));
    // A trait may give the same one to many messages.
    let mut seen = HashSet::new();
    for (field, text) in all.filter(|(_, text)| seen.insert(text.span)) {
        if is_specific(text.value) {
            continue;
        }
        let message = format!(
            "`{field}` must be a media type, which `{}` is not",
            text.value
        );
        let help = match meant(text.value) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write type and subtype, such as `application/json`".to_owned(),
        };
        out.push(Diagnostic::new(&LINT.rule, text.span, message).help(help));
    }
}

/// Whether a text is a media type, and none that stands for several.
fn is_specific(text: &str) -> bool {
    let Some(text) = without_quoted(text) else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_pair = |part: &str, sign| {
        let pair = part.split_once(sign);
        pair.is_some_and(|(one, other)| is_token(one) && is_token(other))
    };
    is_pair(essence, '/')
        && !essence.contains('*')
        && parts.all(|part| part.is_empty() || is_pair(part, '='))
}

/// A text with a word in the place of each text between quotes; nothing where one is not closed.
fn without_quoted(text: &str) -> Option<String> {
    let pieces: Vec<&str> = text.split('"').collect();
    let outside = pieces.iter().step_by(2).copied();
    (pieces.len() % 2 == 1).then(|| outside.collect::<Vec<_>>().join("quoted"))
}

fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// What a common name stands for.
fn meant(text: &str) -> Option<&'static str> {
    let name = text.trim().trim_start_matches('.').to_ascii_lowercase();
    Some(match name.as_str() {
        "json" | "application-json" | "application_json" | "application.json"
        | "applicationjson" => "application/json",
        "xml" => "application/xml",
        "avro" => "application/vnd.apache.avro",
        "protobuf" | "proto" => "application/x-protobuf",
        "cloudevents" | "cloudevent" => "application/cloudevents+json",
        "yaml" | "yml" => "application/yaml",
        "cbor" => "application/cbor",
        "csv" => "text/csv",
        "text" | "plain" | "string" => "text/plain",
        "html" => "text/html",
        "binary" | "bytes" => "application/octet-stream",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{is_specific, meant};

    #[test]
    fn common_names_stand_for_media_types() {
        for (names, expected) in [
            (
                &[
                    "json",
                    "JSON",
                    ".json",
                    " application-json",
                    "application_json",
                    "application.json",
                    "applicationjson",
                ][..],
                "application/json",
            ),
            (&["xml"], "application/xml"),
            (&["avro"], "application/vnd.apache.avro"),
            (&["protobuf", "proto"], "application/x-protobuf"),
            (
                &["cloudevents", "CloudEvent"],
                "application/cloudevents+json",
            ),
            (&["yaml", ".yml"], "application/yaml"),
            (&["cbor"], "application/cbor"),
            (&["csv"], "text/csv"),
            (&["text", "plain", "string"], "text/plain"),
            (&["html"], "text/html"),
            (&["binary", "bytes"], "application/octet-stream"),
        ] {
            for name in names {
                assert_eq!(meant(name), Some(expected), "{name}");
            }
        }
        assert_eq!(meant("jsn"), None);
    }

    #[test]
    fn media_types_have_a_type_a_subtype_and_parameters() {
        for text in [
            "application/json",
            "application/vnd.apache.avro+json; version=1.9.0",
            "text/plain;charset=\"utf-8; a\"",
            "avro/binary",
            "application/json;",
            "Application/CloudEvents+JSON ; a=b;c=d",
        ] {
            assert!(is_specific(text), "{text}");
        }
        for text in [
            "",
            "json",
            "application/",
            "/json",
            "application/*",
            "*/*",
            "application json",
            "application/json, text/plain",
            "application/json; charset",
            "a/b/c",
            "a b/c",
            "a/b; c=",
            "a/b; c=\"d",
            "application/{x}",
        ] {
            assert!(!is_specific(text), "{text}");
        }
    }
}
