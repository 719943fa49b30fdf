//! Avro schemas as the same trees as JSON Schemas. A named type is shown where it is defined; other places link to it.
use std::collections::BTreeSet;

use tidings_document::{Node, Value, avro_full_name, avro_place};

use super::{Fact, Head, Row, Tree, facts::fact};
use crate::{ids::escape, json, link::Link, plan::DEPTH};

/// The tree of an Avro schema; none for what is no record, such as a schema in a file that could not be read. Ids of
/// types begin with that of the message.
pub(crate) fn avro(node: &Node, message: &str) -> Option<Tree> {
    node.get("fields")?;
    let mut writer = Writer {
        ids: Ids {
            message: message.to_owned(),
            written: BTreeSet::new(),
            open: Vec::new(),
            rows: BTreeSet::new(),
        },
        rows: Vec::new(),
    };
    let (full, space) = avro_place(node, "");
    let mut head = head(node, String::new());
    if let Some(full) = full {
        head.id = writer.ids.claim(&full);
        writer.ids.open.push(full);
    }
    writer.inside(node, &space, 0, message);
    Some(Tree {
        head,
        rows: writer.rows,
    })
}

fn head(node: &Node, name: String) -> Head {
    if node.reference().is_some() {
        return Head {
            name,
            kind: "any".to_owned(),
            unresolved: super::head::unresolved(node),
            ..Head::default()
        };
    }
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

struct Writer {
    ids: Ids,
    rows: Vec<Row>,
}

impl Writer {
    /// Rows of everything that is defined inside a type.
    fn inside(&mut self, node: &Node, space: &str, depth: usize, within: &str) {
        if depth > DEPTH {
            return;
        }
        for field in node
            .get("fields")
            .and_then(Node::as_array)
            .unwrap_or_default()
        {
            self.field(field, space, depth, within);
        }
        for key in ["items", "values"] {
            if let Some(inner) = node.get(key) {
                self.inside(inner, &avro_place(inner, space).1, depth + 1, within);
            }
        }
        let nested = node.get("type").filter(|kind| kind.as_str().is_none());
        if let Some(kind) = nested {
            self.inside(kind, &avro_place(kind, space).1, depth + 1, within);
        }
        let branches = node.as_array().unwrap_or_default().iter();
        let objects: Vec<&Node> = branches
            .filter(|branch| branch.as_object().is_some())
            .collect();
        match objects[..] {
            [only] => self.inside(only, &avro_place(only, space).1, depth + 1, within),
            _ => {
                for branch in objects {
                    self.row(head(branch, String::new()), branch, space, depth, within);
                }
            }
        }
    }

    fn field(&mut self, field: &Node, space: &str, depth: usize, within: &str) {
        let name = field.get("name").and_then(Node::as_str).unwrap_or_default();
        let Some(kind) = field.get("type") else {
            return;
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
        self.row(line, kind, space, depth, within);
    }

    fn row(&mut self, mut line: Head, kind: &Node, space: &str, depth: usize, within: &str) {
        line.expanded = depth == 0;
        let inner = only_type(kind, 0);
        let (full, _) = avro_place(inner, space);
        if let Some(full) = &full {
            line.id = self.ids.claim(full);
        } else if let Some(name) = inner.as_str() {
            self.ids.link(&mut line, name, space);
        }
        let row = format!("{within}/{}", escape(&line.name));
        let inside = if line.name.is_empty() { within } else { &row };
        if !line.name.is_empty() && line.id.is_empty() && self.ids.rows.insert(row.clone()) {
            line.id.clone_from(&row);
        }
        let start = self.rows.len();
        self.rows.push(Row::default());
        let outside = self.ids.open.len();
        self.ids.open.extend(full);
        self.inside(kind, &avro_place(kind, space).1, depth + 1, inside);
        self.ids.open.truncate(outside);
        if self.rows.len() == start + 1 {
            self.rows[start].leaf = Some(line);
            return;
        }
        line.link = line.link.map(|link| Link::none(link.text));
        self.rows[start].open = Some(line);
        self.rows.push(Row::close());
    }
}

/// The one type that a line is about, behind lists, maps and what may be null.
fn only_type(node: &Node, depth: usize) -> &Node {
    if depth > DEPTH {
        return node;
    }
    let inner = match &node.value {
        Value::Array(branches) => {
            let mut others = branches
                .iter()
                .filter(|branch| branch.as_str() != Some("null"));
            others.next().filter(|_| others.next().is_none())
        }
        Value::Object(_) => match node.get("type").map(|kind| (kind, kind.as_str())) {
            Some((_, Some("array"))) => node.get("items"),
            Some((_, Some("map"))) => node.get("values"),
            Some((kind, None)) => Some(kind),
            _ => None,
        },
        _ => None,
    };
    inner.map_or(node, |inner| only_type(inner, depth + 1))
}

/// Ids of the types that have rows. A type is defined before it is used, so that links lead up.
struct Ids {
    message: String,
    written: BTreeSet<String>,
    /// Full names of the types whose rows are not ended.
    open: Vec<String>,
    /// Ids of fields, by the names that lead to them.
    rows: BTreeSet<String>,
}

impl Ids {
    /// The id of a type's row; none for one that has a row already, and for what is no name.
    fn claim(&mut self, full: &str) -> String {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        match full.bytes().all(is_name) && self.written.insert(full.to_owned()) {
            true => self.id(full),
            false => String::new(),
        }
    }

    /// No id of the page has `~.` in it.
    fn id(&self, full: &str) -> String {
        format!("{}~.{full}", self.message)
    }

    /// Lets a line lead to the row of the type that it names.
    fn link(&self, line: &mut Head, name: &str, space: &str) {
        let full = avro_full_name(name, space);
        if self.written.contains(&full) {
            line.link = Some(Link::to(&self.id(&full), name));
            line.recursive = self.open.contains(&full);
        }
    }
}
