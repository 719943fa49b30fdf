//! The rows below a schema. The plan has seen to it that this ends: what is long is linked, the rest is a tree of few levels.
use std::collections::HashSet;

use tidings_document::{
    Union,
    api::{Api, Schema, SchemaId, SchemaKind},
    union_of,
};

use super::{
    Head, Row,
    head::{brief, head, linked},
    label::{group_of, label},
};
use crate::{
    ids,
    link::Link,
    plan::{self, Child, Plan, Role, children},
};

/// The rows of a schema; their ids begin with what it is within, and there are none where that is empty.
pub(super) fn rows(
    api: &Api<'_>,
    plan: &Plan,
    schema: SchemaId,
    within: &str,
    is_copy: bool,
) -> Vec<Row> {
    let mut writer = Writer {
        api,
        plan,
        rows: Vec::new(),
        ids: HashSet::new(),
        copies: usize::from(is_copy),
    };
    writer.children(schema, 0, &required_of(api, plan, schema, 0), within);
    writer.rows
}

/// The line above what a schema has beside the named parts of its `allOf`.
const OWN: &str = "of its own";

/// Names that the schema or one of its `allOf` asks for.
fn required_of<'a>(
    api: &'a Api<'_>,
    plan: &Plan,
    schema: SchemaId,
    depth: usize,
) -> HashSet<&'a str> {
    let Some(object) = api[schema].object() else {
        return HashSet::new();
    };
    let mut names: HashSet<&str> = object.required.iter().map(|name| name.value).collect();
    for part in &object.all_of {
        if depth < plan::DEPTH && !plan.is_linked_part(*part) {
            names.extend(required_of(api, plan, *part, depth + 1));
        }
    }
    names
}

struct Writer<'p, 'a> {
    api: &'p Api<'a>,
    plan: &'p Plan,
    rows: Vec<Row>,
    /// Those given to rows.
    ids: HashSet<String>,
    /// How many schemas around have another place, where the ids of what they hold are.
    copies: usize,
}

impl Writer<'_, '_> {
    fn children(&mut self, schema: SchemaId, depth: usize, required: &HashSet<&str>, within: &str) {
        let api = self.api;
        let found = &api[schema];
        let union = union(api, schema);
        let list = children(found);
        let is_union_only = list.iter().all(|child| group_of(child.role).is_some());
        let mut previous = None;
        let mut option = 0;
        let mut below_a_part = false;
        for child in &list {
            if child.role == Role::AllOf && !self.plan.is_linked_part(child.schema) {
                below_a_part = self.merged(child.schema, depth, required, within, below_a_part);
                continue;
            }
            if self.is_said_by_parent(child) {
                continue;
            }
            let group = group_of(child.role).or(below_a_part.then_some(OWN));
            if let Some(group) = group.filter(|_| group != previous && !is_union_only) {
                self.rows.push(Row::group(group));
            }
            option = if group == previous { option + 1 } else { 1 };
            previous = group;
            self.child(
                schema,
                child,
                depth,
                required,
                union.as_ref(),
                option,
                within,
            );
        }
        self.missing_properties(found, required);
    }

    /// A part of an `allOf`: its rows are among those of the whole, below a line that names it. Whether there is such a line.
    fn merged(
        &mut self,
        schema: SchemaId,
        depth: usize,
        required: &HashSet<&str>,
        within: &str,
        below_a_part: bool,
    ) -> bool {
        let is_copy = self.plan.is_shared(schema);
        self.copies += usize::from(is_copy);
        let head = match is_copy {
            // The rest is said where it stands by itself.
            true => brief(self.api, self.plan, schema),
            false => head(self.api, self.plan, schema),
        };
        let mut head = self.without_id(head);
        let is_named = head.link.is_some();
        let has_line = is_named || head.says_more() || children(&self.api[schema]).is_empty();
        if has_line {
            head.label = if is_named { "from" } else { "also" }.to_owned();
            head.kind = if is_named { String::new() } else { head.kind };
            self.rows.push(Row::leaf(head));
        } else if below_a_part {
            self.rows.push(Row::group(OWN));
        }
        self.children(schema, depth + 1, required, within);
        self.copies -= usize::from(is_copy);
        is_named
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "where a row stands, and what it is there"
    )]
    fn child(
        &mut self,
        parent: SchemaId,
        child: &Child<'_>,
        depth: usize,
        required: &HashSet<&str>,
        union: Option<&Union<'_>>,
        number: usize,
        within: &str,
    ) {
        let is_linked = self.plan.is_linked(child.schema);
        let mut head = match is_linked {
            true => linked(self.api, self.plan, child.schema, Some(parent)),
            false => head(self.api, self.plan, child.schema),
        };
        let is_copy = self.plan.is_shared(child.schema);
        self.copies += usize::from(is_copy);
        head = self.without_id(head);
        if is_copy {
            // A base may have very many heirs.
            head.more.clear();
        }
        (head.name, head.label) = label(self.api, child, union, number);
        // The value that means an alternative is often its name.
        let name = head.name.clone();
        head.link = head
            .link
            .filter(|link| !link.href.is_empty() || link.text != name);
        head.required = matches!(child.role, Role::Property(name) if required.contains(name));
        let inside = self.claim(child, number, within, &mut head);
        if is_linked {
            self.rows.push(Row::leaf(head));
            self.copies -= usize::from(is_copy);
            return;
        }
        if let Some(item) = self.linked_item(child.schema) {
            head.recursive = self.plan.same_cycle(parent, item);
        }
        let start = self.rows.len();
        self.rows.push(Row::default());
        let names = required_of(self.api, self.plan, child.schema, 0);
        self.children(child.schema, depth + 1, &names, &inside);
        self.copies -= usize::from(is_copy);
        if self.rows.len() == start + 1 {
            self.rows[start].leaf = Some(head);
            return;
        }
        head.expanded = depth == 0 || (depth == 1 && child.role == Role::Item);
        // What stands in a summary is no link, and needs none: it is here.
        head.link = head.link.map(|link| Link::none(link.text));
        self.rows[start].open = Some(head);
        self.rows.push(Row::close());
    }

    fn without_id(&self, mut head: Head) -> Head {
        if self.copies > 0 {
            head.id = String::new();
        }
        head
    }

    /// Gives a property's row an id, by the names that lead to it; gives what the ids of rows within begin with.
    fn claim(&mut self, child: &Child<'_>, number: usize, within: &str, head: &mut Head) -> String {
        if within.is_empty() {
            return String::new();
        }
        let step = match child.role {
            Role::Property(name) | Role::Pattern(name) => ids::escape(name),
            Role::Item => return within.to_owned(),
            Role::OneOf | Role::AnyOf | Role::ItemAt(_) => format!(":{number}"),
            _ => ":".to_owned(),
        };
        let id = format!("{within}/{step}");
        let is_name = matches!(child.role, Role::Property(_) | Role::Pattern(_));
        if is_name && head.id.is_empty() && self.ids.insert(id.clone()) {
            head.id.clone_from(&id);
        }
        id
    }

    /// The schema of an array's items, when it is shown elsewhere.
    fn linked_item(&self, schema: SchemaId) -> Option<SchemaId> {
        let list = children(&self.api[schema]);
        let item = list.iter().find(|child| child.role == Role::Item)?;
        self.plan.is_linked(item.schema).then_some(item.schema)
    }

    /// Whether the parent's own line already says all there is to say.
    fn is_said_by_parent(&self, child: &Child<'_>) -> bool {
        let schema = &self.api[child.schema];
        let plain = matches!(schema.kind, SchemaKind::Bool(_));
        match child.role {
            Role::Additional | Role::AdditionalItem => {
                plain && self.plan.schema_id(child.schema).is_empty()
            }
            Role::Item if self.plan.is_linked(child.schema) => true,
            Role::Item => {
                let says_more = head(self.api, self.plan, child.schema).says_more();
                !says_more && children(schema).is_empty()
            }
            _ => false,
        }
    }

    /// Required names that no property describes.
    fn missing_properties(&mut self, schema: &Schema<'_>, required: &HashSet<&str>) {
        let Some(object) = schema.object() else {
            return;
        };
        if !(object.all_of.is_empty() && object.one_of.is_empty() && object.any_of.is_empty()) {
            return;
        }
        let own = object.required.iter().map(|name| name.value);
        let described: HashSet<&str> = object.properties.iter().map(|p| p.name.value).collect();
        for name in own.filter(|name| required.contains(name) && !described.contains(name)) {
            self.rows.push(Row::leaf(Head {
                name: name.to_owned(),
                kind: "any".to_owned(),
                required: true,
                ..Head::default()
            }));
        }
    }
}

/// How the alternatives of a schema are told apart.
fn union<'a>(api: &'a Api<'_>, schema: SchemaId) -> Option<Union<'a>> {
    let object = api[schema].object()?;
    let mut lists = [&object.one_of, &object.any_of].into_iter();
    let mut branches = lists.by_ref().filter(|branches| !branches.is_empty());
    branches.find_map(|branches| union_of(api, &[schema], branches))
}
