//! Schema trees as flat lists of rows with marks where a level opens and closes, so that templates need no recursion.
mod avro;
pub(crate) mod facts;

use serde::Serialize;
use tidings_document::api::{Api, MessageId, Schema, SchemaId, SchemaKind};

use crate::{
    link::Link,
    markdown,
    plan::{self, Child, Part, Plan, Role, children},
};
pub(crate) use avro::avro;
use facts::{Fact, facts, type_name, values};

/// A schema and everything in it.
#[derive(Debug, Serialize)]
pub(crate) struct Tree {
    pub(crate) head: Head,
    pub(crate) rows: Vec<Row>,
}

/// A line of a tree: just one of its fields is set.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    /// A line above several alternatives.
    group: &'static str,
    /// A subschema with rows of its own, up to the matching `close`.
    open: Option<Head>,
    /// A subschema without any.
    leaf: Option<Head>,
    close: bool,
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
    /// Where the schema is shown whole, when not here.
    link: Option<Link>,
    recursive: bool,
    required: bool,
    marks: Vec<&'static str>,
    description_html: String,
    facts: Vec<Fact>,
    values: Vec<String>,
}

/// The tree of a schema that stands at its own place, such as in the list of schemas.
pub(crate) fn own(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Tree {
    let mut head = head(api, plan, schema);
    // The heading above has it.
    head.id = String::new();
    whole(api, plan, schema, head)
}

/// The tree of a part of a message, or just a link when the schema is shown elsewhere.
pub(crate) fn part(
    api: &Api<'_>,
    plan: &Plan,
    schema: SchemaId,
    message: MessageId,
    part: Part,
) -> Tree {
    if plan.is_shared(schema) && !plan.is_home(schema, message, part) {
        return linked(api, plan, schema, None);
    }
    whole(api, plan, schema, head(api, plan, schema))
}

/// The tree of a schema that is used at one place outside messages.
pub(crate) fn used(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Tree {
    if plan.is_shared(schema) {
        return linked(api, plan, schema, None);
    }
    whole(api, plan, schema, head(api, plan, schema))
}

/// Names of the properties on the first level.
pub(crate) fn property_names<'a>(schema: &'a Schema<'_>) -> Vec<&'a str> {
    let object = schema.object();
    let properties = object.into_iter().flat_map(|object| &object.properties);
    properties.map(|property| property.name.value).collect()
}

fn schema_name(api: &Api<'_>, schema: SchemaId) -> String {
    plan::schema_name(&api[schema]).to_owned()
}

/// A line that leads to the place where the schema is shown whole, which has its description and limits.
fn linked(api: &Api<'_>, plan: &Plan, schema: SchemaId, from: Option<SchemaId>) -> Tree {
    let name = schema_name(api, schema);
    let mut head = match children(&api[schema]).is_empty() {
        true => head(api, plan, schema),
        false => brief(api, plan, schema),
    };
    head.link = Some(Link::to(plan.schema_id(schema), name));
    head.recursive = from.is_some_and(|from| plan.same_cycle(from, schema));
    head.id = String::new();
    Tree {
        head,
        rows: Vec::new(),
    }
}

fn whole(api: &Api<'_>, plan: &Plan, schema: SchemaId, head: Head) -> Tree {
    let mut writer = Writer {
        api,
        plan,
        rows: Vec::new(),
    };
    writer.children(schema, 0, &required_of(api, plan, schema, 0));
    Tree {
        head,
        rows: writer.rows,
    }
}

fn head(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Head {
    let mut head = brief(api, plan, schema);
    if let Some(object) = api[schema].object() {
        let description = object.description.map(|text| text.value);
        head.description_html = description
            .map(|text| markdown::render(text, 6, &plan.ids))
            .unwrap_or_default();
        head.facts = facts(api, plan, schema, object);
        head.values = values(object);
    }
    head
}

/// What is said of a schema wherever it is met.
fn brief(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Head {
    Head {
        id: plan.schema_id(schema).to_owned(),
        kind: type_name(api, schema),
        marks: match &api[schema].kind {
            SchemaKind::Object(object) => facts::marks(object),
            SchemaKind::Unresolved => vec!["not resolved"],
            SchemaKind::Bool(_) => Vec::new(),
        },
        ..Head::default()
    }
}

/// Names that the schema or one of its `allOf` asks for.
fn required_of<'a>(api: &'a Api<'_>, plan: &Plan, schema: SchemaId, depth: usize) -> Vec<&'a str> {
    let Some(object) = api[schema].object() else {
        return Vec::new();
    };
    let mut names: Vec<&str> = object.required.iter().map(|name| name.value).collect();
    for part in &object.all_of {
        if depth < plan::DEPTH && !plan.is_shared(*part) {
            names.extend(required_of(api, plan, *part, depth + 1));
        }
    }
    names
}

struct Writer<'p, 'a> {
    api: &'p Api<'a>,
    plan: &'p Plan,
    rows: Vec<Row>,
}

impl Writer<'_, '_> {
    /// Rows of the subschemas. The plan has seen to it that this ends: what is shared is linked, the rest is a tree of few levels.
    fn children(&mut self, schema: SchemaId, depth: usize, required: &[&str]) {
        let api = self.api;
        let found = &api[schema];
        let mut previous = None;
        let mut option = 0;
        for child in &children(found) {
            if child.role == Role::AllOf && !self.plan.is_shared(child.schema) {
                self.merged(child.schema, depth, required);
                continue;
            }
            if self.is_said_by_parent(child) {
                continue;
            }
            let group = group_of(child.role);
            if let Some(group) = group.filter(|_| group != previous) {
                self.rows.push(Row {
                    group,
                    ..Row::default()
                });
            }
            option = if group == previous { option + 1 } else { 1 };
            previous = group;
            self.child(schema, child, depth, required, option);
        }
        self.missing_properties(found, required);
    }

    /// A part of an `allOf` that stands only here: its rows are among those of the whole.
    fn merged(&mut self, schema: SchemaId, depth: usize, required: &[&str]) {
        let mut head = head(self.api, self.plan, schema);
        let says = !head.id.is_empty()
            || !head.description_html.is_empty()
            || !head.facts.is_empty()
            || !head.values.is_empty()
            || !head.marks.is_empty();
        let empty = children(&self.api[schema]).is_empty();
        if says || empty {
            head.label = "also".to_owned();
            head.name = title_of(self.api, schema);
            self.rows.push(Row {
                leaf: Some(head),
                ..Row::default()
            });
        }
        self.children(schema, depth + 1, required);
    }

    fn child(
        &mut self,
        parent: SchemaId,
        child: &Child<'_>,
        depth: usize,
        required: &[&str],
        number: usize,
    ) {
        let is_shared = self.plan.is_shared(child.schema);
        let mut head = match is_shared {
            true => linked(self.api, self.plan, child.schema, Some(parent)).head,
            false => head(self.api, self.plan, child.schema),
        };
        (head.name, head.label) = self.names(child, number);
        head.required = matches!(child.role, Role::Property(name) if required.contains(&name));
        if is_shared {
            self.rows.push(Row {
                leaf: Some(head),
                ..Row::default()
            });
            return;
        }
        if let Some(item) = self.shared_item(child.schema) {
            head.link = Some(Link::to(
                self.plan.schema_id(item),
                schema_name(self.api, item),
            ));
            head.recursive = self.plan.same_cycle(parent, item);
        }
        let start = self.rows.len();
        self.rows.push(Row::default());
        let names = required_of(self.api, self.plan, child.schema, 0);
        self.children(child.schema, depth + 1, &names);
        if self.rows.len() == start + 1 {
            self.rows[start].leaf = Some(head);
            return;
        }
        head.expanded = depth == 0 || (depth == 1 && child.role == Role::Item);
        self.rows[start].open = Some(head);
        self.rows.push(Row {
            close: true,
            ..Row::default()
        });
    }

    /// The schema of an array's items, when it is shown elsewhere.
    fn shared_item(&self, schema: SchemaId) -> Option<SchemaId> {
        let list = children(&self.api[schema]);
        let item = list.iter().find(|child| child.role == Role::Item)?;
        self.plan.is_shared(item.schema).then_some(item.schema)
    }

    /// Whether the parent's own line already says all there is to say.
    fn is_said_by_parent(&self, child: &Child<'_>) -> bool {
        let schema = &self.api[child.schema];
        let plain = matches!(schema.kind, SchemaKind::Bool(_));
        match child.role {
            Role::Additional | Role::AdditionalItem => {
                plain && self.plan.schema_id(child.schema).is_empty()
            }
            Role::Item if self.plan.is_shared(child.schema) => true,
            Role::Item => {
                let head = head(self.api, self.plan, child.schema);
                head.id.is_empty()
                    && head.description_html.is_empty()
                    && head.facts.is_empty()
                    && head.values.is_empty()
                    && head.marks.is_empty()
                    && children(schema).is_empty()
            }
            _ => false,
        }
    }

    /// Required names that no property describes.
    fn missing_properties(&mut self, schema: &Schema<'_>, required: &[&str]) {
        let Some(object) = schema.object() else {
            return;
        };
        let own: Vec<&str> = object.required.iter().map(|name| name.value).collect();
        for name in own {
            let described = object.properties.iter().any(|p| p.name.value == name);
            let elsewhere = !object.all_of.is_empty() || !required.contains(&name);
            if !described && !elsewhere && object.one_of.is_empty() && object.any_of.is_empty() {
                let head = Head {
                    name: name.to_owned(),
                    kind: "any".to_owned(),
                    required: true,
                    ..Head::default()
                };
                self.rows.push(Row {
                    leaf: Some(head),
                    ..Row::default()
                });
            }
        }
    }

    /// The name of a property, or else what the subschema is.
    fn names(&self, child: &Child<'_>, number: usize) -> (String, String) {
        let none = String::new;
        match child.role {
            Role::Property(name) => (name.to_owned(), none()),
            Role::Pattern(pattern) => (pattern.to_owned(), "names like".to_owned()),
            Role::Dependency(name) => (name.to_owned(), "together with".to_owned()),
            Role::Additional => (none(), "any other property".to_owned()),
            Role::PropertyNames => (none(), "every name".to_owned()),
            Role::Item => (none(), "each item".to_owned()),
            Role::ItemAt(place) => (none(), format!("item {place}")),
            Role::AdditionalItem => (none(), "each further item".to_owned()),
            Role::Contains => (none(), "at least one item".to_owned()),
            Role::AllOf => (none(), "everything of".to_owned()),
            Role::Not => (none(), "never".to_owned()),
            Role::If => (none(), "if it is".to_owned()),
            Role::Then => (none(), "then also".to_owned()),
            Role::Else => (none(), "else also".to_owned()),
            Role::OneOf | Role::AnyOf if self.plan.is_shared(child.schema) => (none(), none()),
            Role::OneOf | Role::AnyOf => match title_of(self.api, child.schema) {
                title if title.is_empty() => (none(), format!("option {number}")),
                title => (none(), title),
            },
        }
    }
}

fn title_of(api: &Api<'_>, schema: SchemaId) -> String {
    let found = &api[schema];
    let title = found.object().and_then(|object| object.title);
    title
        .or(found.key)
        .map(|text| text.value.to_owned())
        .unwrap_or_default()
}

fn group_of(role: Role<'_>) -> Option<&'static str> {
    match role {
        Role::OneOf => Some("exactly one of"),
        Role::AnyOf => Some("one or more of"),
        _ => None,
    }
}
