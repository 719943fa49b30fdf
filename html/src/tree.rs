//! Schema trees as flat lists of rows with marks where a level opens and closes, so that templates need no recursion.
mod avro;
pub(crate) mod facts;
mod head;
mod label;
mod named;
mod protobuf;
mod rows;

use serde::Serialize;
use tidings_document::{
    Node,
    api::{Api, MessageId, Schema, SchemaId},
};

use crate::{
    finding::Finding,
    ids::Ids,
    link::Link,
    plan::{Part, Plan},
};
pub(crate) use avro::avro;
use facts::{Fact, facts, type_name, values};
use head::{head, linked};
pub(crate) use protobuf::protobuf;
use rows::rows;

/// A schema and everything in it.
#[derive(Debug, Serialize)]
pub(crate) struct Tree {
    pub(crate) head: Head,
    pub(crate) rows: Vec<Row>,
}

impl Tree {
    /// In the place of one that another message shows.
    pub(crate) fn at(message: Link) -> Self {
        let head = Head {
            kind: "as in".to_owned(),
            link: Some(message),
            ..Head::default()
        };
        let rows = Vec::new();
        Self { head, rows }
    }

    /// The same on a page that has other places than it was made for: it has none there.
    pub(crate) fn leading_to(mut self, ids: &Ids) -> Self {
        let rows = self.rows.iter_mut();
        let heads = rows.filter_map(|row| row.open.as_mut().or(row.leaf.as_mut()));
        for head in heads.chain([&mut self.head]) {
            head.id.clear();
            let more = head.more.iter_mut().filter_map(|fact| fact.link.as_mut());
            more.chain(&mut head.link)
                .for_each(|link| link.lead_to(ids));
        }
        self
    }

    /// Whether it has so many rows that it is shown once.
    pub(crate) fn is_long(&self) -> bool {
        const LONG: usize = 40;
        self.rows.len() >= LONG
    }
}

/// A line of a tree: just one of its fields is set.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    /// A line above several others.
    group: &'static str,
    /// A subschema with rows of its own, up to the matching `close`.
    open: Option<Head>,
    /// A subschema without any.
    leaf: Option<Head>,
    close: bool,
}

impl Row {
    fn group(group: &'static str) -> Self {
        Self {
            group,
            ..Self::default()
        }
    }

    fn open(head: Head) -> Self {
        Self {
            open: Some(head),
            ..Self::default()
        }
    }

    fn leaf(head: Head) -> Self {
        Self {
            leaf: Some(head),
            ..Self::default()
        }
    }

    fn close() -> Self {
        Self {
            close: true,
            ..Self::default()
        }
    }
}

/// What one line says of a schema.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Head {
    expanded: bool,
    id: String,
    /// Name of a property.
    pub(crate) name: String,
    /// What it is when it is not a property: `each item` …
    label: String,
    kind: String,
    /// What people call the schema, or the items of a list, and where it is shown by itself.
    link: Option<Link>,
    /// What stands behind that: `or null`.
    after: String,
    recursive: bool,
    required: bool,
    marks: Vec<&'static str>,
    /// The reference that leads nowhere.
    unresolved: String,
    description_html: String,
    facts: Vec<Fact>,
    /// Those that lead elsewhere, which stand below.
    more: Vec<Fact>,
    values: Vec<String>,
    /// What is wrong with it.
    findings: Vec<Finding>,
}

impl Head {
    /// Whether it says anything beside its type.
    fn says_more(&self) -> bool {
        !self.id.is_empty()
            || !self.description_html.is_empty()
            || !self.facts.is_empty()
            || !self.more.is_empty()
            || !self.values.is_empty()
            || !self.marks.is_empty()
            || !self.unresolved.is_empty()
            || !self.findings.is_empty()
    }
}

/// The tree of a schema that stands at its own place, such as in the list of schemas.
pub(crate) fn own(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Tree {
    let mut head = head(api, plan, schema);
    let within = std::mem::take(&mut head.id);
    // The heading above has both.
    head.link = head.link.filter(|_| head.kind == "array of");
    whole(api, plan, schema, head, &within)
}

/// The tree of a part of a message, or just a link when the schema is shown elsewhere.
pub(crate) fn part(
    api: &Api<'_>,
    plan: &Plan,
    schema: SchemaId,
    message: MessageId,
    part: Part,
) -> Tree {
    let id = &plan.messages[message.0 as usize];
    let within = match part {
        Part::Payload => id.clone(),
        // No name of a property has this sign in ids, and none is before another than the first.
        Part::Headers => format!("{id}:"),
    };
    if plan.is_home(schema, message, part) {
        let mut head = head(api, plan, schema);
        // It leads here.
        let is_elsewhere = |link: &Link| link.href != format!("#{}", head.id);
        head.link = head.link.take().map(|link| match is_elsewhere(&link) {
            true => link,
            false => Link::none(link.text),
        });
        return whole(api, plan, schema, head, &within);
    }
    used(api, plan, schema, &within)
}

/// The tree of a schema that is used at one place; ids of its rows begin with what it is within.
pub(crate) fn used(api: &Api<'_>, plan: &Plan, schema: SchemaId, within: &str) -> Tree {
    if plan.is_linked(schema) {
        return Tree {
            head: linked(api, plan, schema, None),
            rows: Vec::new(),
        };
    }
    let mut head = head(api, plan, schema);
    let is_copy = plan.is_shared(schema);
    if is_copy {
        head.id = String::new();
        head.more.clear();
    }
    Tree {
        head,
        rows: rows(api, plan, schema, within, is_copy),
    }
}

/// The tree of a part of a message that is shown elsewhere too: none of its rows can be linked to.
pub(crate) fn copy(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Tree {
    let mut head = head(api, plan, schema);
    head.id = String::new();
    let rows = rows(api, plan, schema, "", true);
    Tree { head, rows }
}

fn whole(api: &Api<'_>, plan: &Plan, schema: SchemaId, head: Head, within: &str) -> Tree {
    Tree {
        head,
        rows: rows(api, plan, schema, within, false),
    }
}

/// What a reference that leads nowhere leaves to be told.
pub(crate) fn lost(node: &Node) -> Option<Tree> {
    node.reference()?;
    let head = Head {
        kind: "any".to_owned(),
        unresolved: head::unresolved(node),
        ..Head::default()
    };
    Some(Tree {
        head,
        rows: Vec::new(),
    })
}

/// Names of the properties on the first level.
pub(crate) fn property_names<'a>(schema: &'a Schema<'_>) -> Vec<&'a str> {
    let object = schema.object();
    let properties = object.into_iter().flat_map(|object| &object.properties);
    properties.map(|property| property.name.value).collect()
}
