//! Avro schemas as the same trees as JSON Schemas. A named type is shown where it is defined and only named elsewhere.
use tidings_document::{Node, Value};

use super::{Fact, Head, Row, Tree, facts::fact};
use crate::{json, plan::DEPTH};

/// The tree of an Avro schema; none for what is no record, such as a schema in a file that could not be read.
pub(crate) fn avro(node: &Node) -> Option<Tree> {
    node.get("fields")?;
    let mut rows = Vec::new();
    inside(node, 0, &mut rows);
    Some(Tree {
        head: head(node, String::new()),
        rows,
    })
}

fn head(node: &Node, name: String) -> Head {
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let symbols = node.get("symbols").and_then(Node::as_array);
    let mut facts: Vec<Fact> = Vec::new();
    for (key, label) in [
        ("logicalType", "meaning"),
        ("precision", "precision"),
        ("scale", "scale"),
        ("size", "bytes"),
    ] {
        facts.extend(node.get(key).map(|value| fact(label, json::inline(value))));
    }
    Head {
        name,
        kind: type_name(node, 0),
        // Avro's texts are not Markdown, but paragraphs and code read well as such; links stay texts.
        description_html: text("doc")
            .map(|doc| crate::markdown::render(doc, 6, &crate::ids::Ids::default()))
            .unwrap_or_default(),
        facts,
        values: symbols
            .unwrap_or_default()
            .iter()
            .map(json::inline)
            .collect(),
        ..Head::default()
    }
}

/// `record Order`, `array of string`, `null or long` …
fn type_name(node: &Node, depth: usize) -> String {
    if depth > DEPTH {
        return "…".to_owned();
    }
    match &node.value {
        Value::String(name) => name.clone(),
        Value::Array(branches) => branches
            .iter()
            .map(|branch| type_name(branch, depth + 1))
            .collect::<Vec<_>>()
            .join(" or "),
        Value::Object(_) => object_name(node, depth),
        _ => "any".to_owned(),
    }
}

fn object_name(node: &Node, depth: usize) -> String {
    let Some(kind) = node.get("type") else {
        return "any".to_owned();
    };
    let of = |key: &str| node.get(key).map(|inner| type_name(inner, depth + 1));
    match (kind.as_str(), node.get("name").and_then(Node::as_str)) {
        (Some("array"), _) => format!("array of {}", of("items").unwrap_or_default()),
        (Some("map"), _) => format!("map of {}", of("values").unwrap_or_default()),
        (Some(kind @ ("record" | "enum" | "fixed" | "error")), Some(name)) => {
            format!("{kind} {name}")
        }
        (Some(kind), _) => kind.to_owned(),
        (None, _) => type_name(kind, depth + 1),
    }
}

/// Rows of everything that is defined inside a type.
fn inside(node: &Node, depth: usize, rows: &mut Vec<Row>) {
    if depth > DEPTH {
        return;
    }
    for field in node
        .get("fields")
        .and_then(Node::as_array)
        .unwrap_or_default()
    {
        let name = field.get("name").and_then(Node::as_str).unwrap_or_default();
        let Some(kind) = field.get("type") else {
            continue;
        };
        let mut line = head(kind, name.to_owned());
        let own = head(field, String::new());
        if !own.description_html.is_empty() {
            line.description_html = own.description_html;
        }
        match field.get("default") {
            Some(default) => line.facts.push(fact("default", json::inline(default))),
            None => line.required = true,
        }
        row(line, kind, depth, rows);
    }
    for key in ["items", "values"] {
        if let Some(inner) = node.get(key) {
            inside(inner, depth + 1, rows);
        }
    }
    let nested = node.get("type").filter(|kind| kind.as_str().is_none());
    if let Some(kind) = nested {
        inside(kind, depth + 1, rows);
    }
    let branches = node.as_array().unwrap_or_default();
    match branches
        .iter()
        .filter(|branch| branch.as_object().is_some())
        .count()
    {
        0 => {}
        1 => branches
            .iter()
            .for_each(|branch| inside(branch, depth + 1, rows)),
        _ => {
            for branch in branches
                .iter()
                .filter(|branch| branch.as_object().is_some())
            {
                row(head(branch, String::new()), branch, depth, rows);
            }
        }
    }
}

fn row(mut line: Head, kind: &Node, depth: usize, rows: &mut Vec<Row>) {
    line.expanded = depth == 0;
    let start = rows.len();
    rows.push(Row::default());
    inside(kind, depth + 1, rows);
    if rows.len() == start + 1 {
        rows[start].leaf = Some(line);
        return;
    }
    rows[start].open = Some(line);
    rows.push(Row {
        close: true,
        ..Row::default()
    });
}
