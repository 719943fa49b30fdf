//! Schemas as nested lists, laid out as the page does: what is shared stands at one place and is named at the others.
use std::collections::HashSet;

use tidings_document::api::{Api, MessageId, SchemaId, SchemaKind};

use super::{
    Md,
    about::{choice, codes, linked},
    escape::{code, inline},
    out::Out,
};
use crate::{
    plan::{Child, DEPTH, Part, Plan, Role, children, schema_name},
    tree::facts::{facts, marks, type_name, values},
};

/// Writes schemas of a model.
pub(super) struct Trees<'t, 'a> {
    pub(super) api: &'t Api<'a>,
    pub(super) plan: &'t Plan,
    /// Whether the model is one of schemas alone, which have no places of their own: what is short stands wherever it is used.
    pub(super) is_held: bool,
    pub(super) out: &'t mut Out,
}

impl Md<'_, '_> {
    /// The schemas of the document.
    pub(super) fn trees(&mut self) -> Trees<'_, '_> {
        Trees {
            api: self.ctx.api,
            plan: &self.ctx.plan,
            is_held: false,
            out: &mut self.out,
        }
    }
}

impl Trees<'_, '_> {
    /// A part of a message, which may be the place where its schema stands.
    pub(super) fn part(&mut self, schema: SchemaId, message: MessageId, part: Part) {
        let plan = self.plan;
        if plan.is_shared(schema) && !plan.is_home(schema, message, part) {
            return self.item(schema, "", false, 0);
        }
        let name = match plan.is_shared(schema) {
            true => format!("schema {}, ", inline(schema_name(&self.api[schema]))),
            false => String::new(),
        };
        self.own(schema, &name);
    }

    /// A schema in the list of schemas.
    pub(super) fn listed(&mut self, schema: SchemaId) {
        self.own(schema, "");
    }

    /// A schema that is used at one place, or its name.
    pub(super) fn tree(&mut self, schema: SchemaId, depth: usize) {
        self.item(schema, "", false, depth);
    }

    fn own(&mut self, schema: SchemaId, before: &str) {
        let text = self.said(schema);
        self.line(schema, &format!("{before}{text}"), 0);
        self.children(schema, 1, &self.required(schema, 0));
    }

    /// A line for a schema where it is used, and what is in it unless it stands elsewhere.
    fn item(&mut self, schema: SchemaId, label: &str, required: bool, depth: usize) {
        let needed = if required { ", **required**" } else { "" };
        if self.is_elsewhere(schema) {
            let kind = inline(&type_name(self.api, schema));
            let name = inline(schema_name(&self.api[schema]));
            let line = format!("{label}{kind}{needed}, see schema {name}");
            return self.out.item(depth, &line);
        }
        let text = self.said(schema);
        self.line(schema, &format!("{label}{text}{needed}"), depth);
        self.children(schema, depth + 1, &self.required(schema, 0));
    }

    /// Whether a schema stands at a place of its own.
    fn is_elsewhere(&self, schema: SchemaId) -> bool {
        match self.is_held {
            true => self.plan.is_linked(schema),
            false => self.plan.is_shared(schema),
        }
    }

    fn line(&mut self, schema: SchemaId, text: &str, depth: usize) {
        let object = self.api[schema].object();
        let description = object.and_then(|object| object.description);
        self.out.described(depth, text, description);
    }

    /// Type, limits and remarks.
    fn said(&self, schema: SchemaId) -> String {
        let api = self.api;
        let mut said = inline(&type_name(api, schema));
        let object = match &api[schema].kind {
            SchemaKind::Object(object) => object,
            SchemaKind::Unresolved => return said + ", **not resolved**",
            SchemaKind::Bool(_) => return said,
        };
        for mark in marks(object) {
            said += &format!(", *{mark}*");
        }
        let values = values(object);
        if !values.is_empty() {
            let choice = choice(values.len());
            said += &format!(", {choice} {}", codes(values.iter().map(String::as_str)));
        }
        for fact in facts(api, self.plan, schema, object) {
            said += &format!(", {}", inline(&fact.label));
            if !fact.value.is_empty() {
                said += &format!(" {}", code(&fact.value));
            }
            // What stands on the page has no place of its own here.
            let outside = fact
                .link
                .as_ref()
                .filter(|link| !link.href.starts_with('#'));
            if let Some(link) = outside {
                said += &format!(" {}", linked(link));
            }
        }
        said
    }

    /// What lies in a schema. The plan has seen to it that this ends.
    fn children(&mut self, schema: SchemaId, depth: usize, required: &HashSet<String>) {
        let api = self.api;
        let mut option = 0;
        for child in children(&api[schema]) {
            let is_shared = self.is_elsewhere(child.schema);
            if child.role == Role::AllOf && !is_shared {
                let said = self.said(child.schema);
                self.line(child.schema, &format!("also: {said}"), depth);
                self.children(child.schema, depth, required);
                continue;
            }
            let plain = matches!(api[child.schema].kind, SchemaKind::Bool(_));
            if plain && matches!(child.role, Role::Additional | Role::AdditionalItem) {
                continue;
            }
            option = match child.role {
                Role::OneOf | Role::AnyOf => option + 1,
                _ => 0,
            };
            let needed = matches!(child.role, Role::Property(name) if required.contains(name));
            self.item(child.schema, &label(&child, option), needed, depth);
        }
        let Some(object) = api[schema]
            .object()
            .filter(|object| object.all_of.is_empty())
        else {
            return;
        };
        let described: HashSet<&str> = object.properties.iter().map(|p| p.name.value).collect();
        for name in object.required.iter().map(|name| name.value) {
            if !described.contains(name) {
                let line = format!("{}: any, **required**", code(name));
                self.out.item(depth, &line);
            }
        }
    }

    /// Names that a schema or one of its `allOf` asks for.
    fn required(&self, schema: SchemaId, depth: usize) -> HashSet<String> {
        let Some(object) = self.api[schema].object() else {
            return HashSet::new();
        };
        let own = object.required.iter().map(|name| name.value.to_owned());
        let parts = object
            .all_of
            .iter()
            .filter(|part| depth < DEPTH && !self.is_elsewhere(**part));
        let parts = parts.flat_map(|part| self.required(*part, depth + 1));
        own.chain(parts).collect()
    }
}

/// What a subschema is to the one around it.
fn label(child: &Child<'_>, option: usize) -> String {
    let named = |label: &str, name: &str| format!("{label}{}: ", code(name));
    match child.role {
        Role::Property(name) => named("", name),
        Role::Pattern(pattern) => named("names like ", pattern),
        Role::Dependency(name) => named("together with ", name),
        Role::Additional => "any other property: ".to_owned(),
        Role::PropertyNames => "every name: ".to_owned(),
        Role::Item => "each item: ".to_owned(),
        Role::ItemAt(place) => format!("item {place}: "),
        Role::AdditionalItem => "each further item: ".to_owned(),
        Role::Contains => "at least one item: ".to_owned(),
        Role::AllOf => "everything of: ".to_owned(),
        Role::OneOf => format!("exactly one of, option {option}: "),
        Role::AnyOf => format!("one or more of, option {option}: "),
        Role::Not => "never: ".to_owned(),
        Role::If => "if it is: ".to_owned(),
        Role::Then => "then also: ".to_owned(),
        Role::Else => "else also: ".to_owned(),
    }
}
