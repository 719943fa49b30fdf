//! What the official parser calls a finding, and where it puts it: its codes, the versions it runs them on, its paths.

use std::{cell::OnceCell, collections::HashSet};

use tidings_document::api::Version;
use tidings_document::{Diagnostic, Document, End, Node, Rule, Severity, Span, Value, read};

use crate::places::segments;

/// A finding in the words of the official parser.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Official {
    /// Its code.
    pub code: &'static str,
    /// The place, as a JSON pointer into the file.
    pub pointer: String,
    /// Its weight.
    pub severity: Severity,
}

/// A document as the official parser sees it.
#[derive(Debug)]
pub struct OfficialView<'a> {
    document: &'a Document,
    version: Option<Version>,
    /// The schemas that payloads are made of: the official parser checks them once more. Found when they are asked for.
    payloads: OnceCell<Vec<Span>>,
}

impl<'a> OfficialView<'a> {
    /// The view of a document; it has no version where it is none of AsyncAPI.
    #[must_use]
    pub fn new(document: &'a Document, version: Option<Version>) -> Self {
        Self {
            document,
            version,
            payloads: OnceCell::new(),
        }
    }

    /// How the official parser would report a finding: mostly once, not at all where it would not, twice where two of
    /// its rules find the same.
    #[must_use]
    pub fn report(&self, found: &Diagnostic) -> Vec<Official> {
        self.report_at(found, self.document.pointer_at(found.span))
    }

    /// As [`Self::report`], for a finding whose pointer is known.
    #[must_use]
    pub fn report_at(&self, found: &Diagnostic, pointer: String) -> Vec<Official> {
        let codes = found.rule.codes.iter().copied();
        let mut codes = codes.filter(|code| self.version.is_none_or(|of| runs_on(code, of)));
        let Some(first) = codes.next() else {
            return Vec::new();
        };
        let code = codes
            .rfind(|code| self.fits(code, &pointer))
            .unwrap_or(first);
        let again = self.again(code, found, &pointer);
        let own = (code, place(found.rule, pointer));
        let report = |(code, pointer)| Official {
            code,
            pointer,
            severity: found.severity,
        };
        [own].into_iter().chain(again).map(report).collect()
    }

    /// Whether a later one of a rule's codes is the one for a place.
    fn fits(&self, code: &str, pointer: &str) -> bool {
        match code {
            "asyncapi2-operation-security" => {
                !pointer.starts_with("/servers/") && !pointer.starts_with("/components/servers/")
            }
            "asyncapi2-message-examples-custom-format" => {
                let message = pointer.rsplit_once("/examples/");
                let message = message.map_or(pointer, |(message, _)| message);
                self.format_beside(message).is_some()
            }
            _ => false,
        }
    }

    /// The second report of what is wrong inside a schema of version 2.
    fn again(
        &self,
        code: &str,
        found: &Diagnostic,
        pointer: &str,
    ) -> Option<(&'static str, String)> {
        if found.rule.id == "field-unknown"
            && let Some(object) = pointer.strip_suffix("/$ref")
        {
            return Some(("asyncapi-document-unresolved", object.to_owned()));
        }
        let is_v2 = self.version?.is_v2();
        if let Some(object) = pointer
            .strip_suffix("/$ref")
            .filter(|_| code == "invalid-ref")
        {
            return self.again_unresolved(is_v2, object);
        }
        if !is_v2 {
            return None;
        }
        if code != "asyncapi-document-resolved" {
            return None;
        }
        if let Some(schema) = pointer.strip_suffix("/examples")
            && is_outermost(schema)
        {
            return Some(("asyncapi2-schema-examples", schema.to_owned()));
        }
        let payloads = || self.payloads.get_or_init(|| payloads(self.document));
        let inside =
            is_in_payload(pointer) || payloads().iter().any(|payload| holds(*payload, found.span));
        inside.then(|| ("asyncapi2-schemas", pointer.to_owned()))
    }

    /// What a reference that leads nowhere is reported as besides: it does not look like what should stand there.
    fn again_unresolved(&self, is_v2: bool, object: &str) -> Option<(&'static str, String)> {
        let expected = match object.split('/').collect::<Vec<_>>()[..] {
            ["", "channels", _, "parameters", _] | ["", "components", "parameters", _] => is_v2,
            ["", "channels", _, "servers", _] => !is_v2,
            _ => false,
        };
        if expected {
            return Some(("asyncapi-document-resolved", object.to_owned()));
        }
        let message = object.strip_suffix("/payload").filter(|_| is_v2)?;
        let avro = self.format_beside(message)?.contains("avro");
        avro.then(|| ("asyncapi2-schemas", String::new()))
    }

    /// The `schemaFormat` of the message at a pointer.
    fn format_beside(&self, message: &str) -> Option<&'a str> {
        at(self.document.root()?, message)?
            .get("schemaFormat")?
            .as_str()
    }
}

/// Whether the official parser knows a rule's defect in documents of this version.
pub(crate) fn knows(rule: &Rule, version: Version) -> bool {
    rule.codes.iter().any(|code| runs_on(code, version))
}

/// How much the official parser makes of a defect.
pub(crate) fn severity(rule: &Rule) -> Severity {
    match HEAVIER.contains(&rule.id) {
        true => Severity::Error,
        false => rule.severity,
    }
}

/// Errors of the official parser that the specification does not forbid, or does not forbid in every version.
const HEAVIER: &[&str] = &[
    "channel-key-has-query",
    "channel-parameter-unused",
    "enum-value-duplicate",
    "message-example-invalid",
    "schema-default-invalid",
    "schema-example-invalid",
    "server-variable-reference",
    "server-variable-unused",
    "tag-duplicate",
];

/// Whether the official parser looks for a code in documents of this version.
fn runs_on(code: &str, version: Version) -> bool {
    if code.starts_with("asyncapi3-") {
        return !version.is_v2();
    }
    let of_version_2 = code.starts_with("asyncapi2-") || ONLY_2.contains(&code);
    !of_version_2 || version.is_v2()
}

/// Codes that do not say in their names that they are of version 2.
const ONLY_2: &[&str] = &[
    "asyncapi-defaultContentType",
    "asyncapi-id",
    "asyncapi-info-contact",
    "asyncapi-info-contact-properties",
    "asyncapi-info-description",
    "asyncapi-info-license",
    "asyncapi-info-license-url",
    "asyncapi-servers",
    "asyncapi-unused-component",
];

/// Where the official parser puts what we put at the very name or key.
fn place(rule: &Rule, pointer: String) -> String {
    match rule.id {
        "address-parameter-undefined" => {
            let channel = pointer.strip_suffix("/address").unwrap_or(&pointer);
            format!("{channel}/parameters")
        }
        "server-variable-undefined" => match pointer.rsplit_once('/') {
            Some((server, _)) => format!("{server}/variables"),
            None => pointer,
        },
        "reference-not-allowed" | "server-variable-reference" => {
            match pointer.strip_suffix("/$ref") {
                Some(object) => object.to_owned(),
                None => pointer,
            }
        }
        _ if pointer == "/asyncapi" && rule.id.ends_with("-missing") => String::new(),
        _ if rule.codes.contains(&"asyncapi-is-asyncapi") => String::new(),
        _ => pointer,
    }
}

/// Whether a place is inside the payload of a message.
fn is_in_payload(pointer: &str) -> bool {
    pointer
        .split_once("/payload/")
        .is_some_and(|(before, _)| before.contains("/message") && !before.contains("/examples/"))
}

/// Whether a schema is one whose examples the official parser looks at.
fn is_outermost(pointer: &str) -> bool {
    matches!(
        pointer.split('/').collect::<Vec<_>>()[..],
        ["", "components", "schemas", _]
            | ["", "channels", _, "parameters", _, "schema"]
            | ["", "components", "parameters", _, "schema"]
            | [.., "message", "payload"]
    )
}

/// The places of all that payloads hold, references followed.
fn payloads(document: &Document) -> Vec<Span> {
    let (Some(api), _) = read(document) else {
        return Vec::new();
    };
    let payloads = api
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    let mut todo: Vec<&Node> = payloads.map(|payload| payload.node).collect();
    let mut found: Vec<Span> = todo.iter().map(|node| node.span).collect();
    let mut seen: HashSet<Span> = found.iter().copied().collect();
    while let Some(node) = todo.pop() {
        if node.reference().is_some() {
            let target = document.resolve(node);
            if target.end == End::Found && seen.insert(target.node.span) {
                found.push(target.node.span);
                todo.push(target.node);
            }
            continue;
        }
        match &node.value {
            Value::Object(object) => todo.extend(object.iter().map(|entry| &entry.value)),
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    found
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The node that a pointer leads to.
fn at<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    segments(pointer).try_fold(root, |node, step| match &node.value {
        Value::Object(object) => object.get(&step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
