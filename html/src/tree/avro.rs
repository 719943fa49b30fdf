//! Avro schemas as the same trees as JSON Schemas. A named type is shown where it is defined; other places link to it.
mod kind;

use tidings_document::{Node, avro_full_name, avro_place};

use super::{
    Fact, Head, Row, Tree,
    facts::fact,
    named::{Ids, comment},
};
use crate::{ids::escape, json, link::Link, plan::DEPTH};
use kind::{only_type, type_name};

/// The tree of an Avro schema; ids of types begin with that of the message.
pub(crate) fn avro(node: &Node, message: &str) -> Tree {
    let mut writer = Writer {
        ids: Ids::new(message),
        rows: Vec::new(),
    };
    let (full, _) = avro_place(only_type(node).node, "");
    let mut head = head(node, String::new());
    if let Some(full) = full {
        head.id = writer.ids.claim(&full);
        writer.ids.open(Some(full));
    }
    writer.inside(node, &avro_place(node, "").1, 0, message);
    Tree {
        head,
        rows: writer.rows,
    }
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
        description_html: text("doc").map(comment).unwrap_or_default(),
        facts,
        values: symbols
            .unwrap_or_default()
            .iter()
            .map(json::inline)
            .collect(),
        ..Head::default()
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
            // A reference that leads nowhere, or no field.
            self.rows.push(Row::leaf(head(field, name.to_owned())));
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
        let only = only_type(kind);
        let (full, _) = avro_place(only.node, space);
        if let Some(full) = &full {
            line.id = self.ids.claim(full);
        } else if let Some(name) = only.node.as_str() {
            let full = avro_full_name(name, space);
            if let Some(link) = self.ids.link(&full, name) {
                line.link = Some(link);
                line.kind = only.before.trim_end().to_owned();
                line.after = only.after.trim_start().to_owned();
                line.recursive = self.ids.is_open(&full);
            }
        }
        let row = format!("{within}/{}", escape(&line.name));
        let inside = if line.name.is_empty() { within } else { &row };
        self.ids.claim_row(&mut line, &row);
        let start = self.rows.len();
        self.rows.push(Row::default());
        let outside = self.ids.open(full);
        self.inside(kind, &avro_place(kind, space).1, depth + 1, inside);
        self.ids.close(outside);
        if self.rows.len() == start + 1 {
            self.rows[start].leaf = Some(line);
            return;
        }
        line.link = line.link.map(|link| Link::none(link.text));
        self.rows[start].open = Some(line);
        self.rows.push(Row::close());
    }
}
