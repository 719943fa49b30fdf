//! Protobuf messages as the same trees as JSON Schemas. A type has its rows where it is used first; other places link to it.
use std::collections::HashMap;

use tidings_schema::{
    ProtobufContent, ProtobufField, ProtobufKind, ProtobufOutline, ProtobufShape, ProtobufType,
};

use super::{
    Head, Row, Tree,
    facts::fact,
    named::{Ids, comment},
};
use crate::{ids::escape, link::Link, plan::DEPTH};

/// The tree of a message; ids of its types begin with that of the AsyncAPI message.
pub(crate) fn protobuf(outline: &ProtobufOutline, message: &str) -> Tree {
    let mut writer = Writer {
        outline,
        package: outline.types.first().map_or("", package),
        ids: Ids::new(message),
        rows: Vec::new(),
        later: Vec::new(),
    };
    let head = outline.types.first().map(|root| Head {
        kind: "message".to_owned(),
        link: Some(Link::none(writer.short(&root.name))),
        description_html: comment(&root.comment),
        id: writer.ids.claim(&root.name),
        ..Head::default()
    });
    writer.inside(0, 0, message);
    writer.rest(message);
    Tree {
        head: head.unwrap_or_default(),
        rows: writer.rows,
    }
}

/// What the names of a type's neighbours begin with.
fn package(of: &ProtobufType) -> &str {
    of.name.rfind('.').map_or("", |end| &of.name[..=end])
}

struct Writer<'o> {
    outline: &'o ProtobufOutline,
    package: &'o str,
    ids: Ids,
    rows: Vec<Row>,
    /// Types that lie too deep where they are used first.
    later: Vec<usize>,
}

impl Writer<'_> {
    fn short<'n>(&self, name: &'n str) -> &'n str {
        name.strip_prefix(self.package).unwrap_or(name)
    }

    /// Rows of what is in a type; the parts of a `oneof` stand together.
    fn inside(&mut self, position: usize, depth: usize, within: &str) {
        let Some(ProtobufType { name, content, .. }) = self.outline.types.get(position) else {
            return;
        };
        let ProtobufContent::Message(fields) = content else {
            return;
        };
        let outside = self.ids.open(Some(name.clone()));
        let mut parts: HashMap<&str, Vec<&ProtobufField>> = HashMap::new();
        for field in fields {
            if let Some(oneof) = &field.oneof {
                parts.entry(oneof).or_default().push(field);
            }
        }
        for field in fields {
            let Some(oneof) = &field.oneof else {
                self.field(field, depth, within);
                continue;
            };
            // All of them stand where the first one does.
            if let Some(parts) = parts.remove(oneof.as_str()) {
                self.rows.push(Row::open(Head {
                    label: "at most one of".to_owned(),
                    name: oneof.clone(),
                    expanded: true,
                    ..Head::default()
                }));
                parts
                    .iter()
                    .for_each(|part| self.field(part, depth, within));
                self.rows.push(Row::close());
            }
        }
        self.ids.close(outside);
    }

    fn field(&mut self, field: &ProtobufField, depth: usize, within: &str) {
        let mut line = Head {
            name: field.name.clone(),
            kind: shape(&field.shape),
            required: field.is_required,
            description_html: comment(&field.comment),
            expanded: depth == 0,
            ..Head::default()
        };
        let number = fact("number", field.number.to_string());
        let key = (field.key != field.name).then(|| fact("in JSON", &*field.key));
        let default = field.default.as_ref().map(|text| fact("default", text));
        line.facts = [Some(number), key, default].into_iter().flatten().collect();
        line.marks
            .extend(field.is_deprecated.then_some("deprecated"));
        let row = format!("{within}/{}", escape(&field.name));
        match &field.kind {
            ProtobufKind::Plain(name) => {
                line.kind = format!("{} {name}", line.kind).trim_start().to_owned();
                self.ids.claim_row(&mut line, &row);
                self.rows.push(Row::leaf(line));
            }
            ProtobufKind::Type(position) => self.typed(line, *position, depth, &row),
        }
    }

    /// The row of a field of a message or an enum, with the rows of that where it has none yet.
    fn typed(&mut self, mut line: Head, position: usize, depth: usize, row: &str) {
        let of = &self.outline.types[position];
        let short = self.short(&of.name);
        let known = self.ids.link(&of.name, short);
        if known.is_some() || depth >= DEPTH {
            if known.is_none() {
                self.later.push(position);
            }
            line.recursive = self.ids.is_open(&of.name);
            line.link = Some(self.ids.to(&of.name, short));
            self.ids.claim_row(&mut line, row);
            self.rows.push(Row::leaf(line));
            return;
        }
        line.link = Some(Link::none(short));
        self.defined(line, position, depth, row);
    }

    /// The row where a type is defined.
    fn defined(&mut self, mut line: Head, position: usize, depth: usize, row: &str) {
        let of = &self.outline.types[position];
        line.id = self.ids.claim(&of.name);
        line.description_html += &comment(&of.comment);
        if let ProtobufContent::Enum(values) = &of.content {
            line.values = values.iter().map(|(name, _)| name.clone()).collect();
        }
        let start = self.rows.len();
        self.rows.push(Row::default());
        self.inside(position, depth + 1, row);
        if self.rows.len() == start + 1 {
            self.rows[start] = Row::leaf(line);
            return;
        }
        self.rows[start] = Row::open(line);
        self.rows.push(Row::close());
    }

    /// Types that lay too deep, one behind the other.
    fn rest(&mut self, message: &str) {
        while let Some(position) = self.later.pop() {
            let name = &self.outline.types[position].name;
            let short = self.short(name);
            if self.ids.link(name, short).is_none() {
                let line = Head {
                    label: "used above:".to_owned(),
                    link: Some(Link::none(short)),
                    ..Head::default()
                };
                self.defined(line, position, 0, &format!("{message}/:{}", escape(name)));
            }
        }
    }
}

/// What stands in front of the type.
fn shape(shape: &ProtobufShape) -> String {
    match shape {
        ProtobufShape::Single => String::new(),
        ProtobufShape::List => "array of".to_owned(),
        ProtobufShape::Map(key) => format!("map of {key} to"),
    }
}
