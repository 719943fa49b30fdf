//! The facts of a schema: a row for each place in it.
use tidings_document::api::SchemaId;

use super::{
    super::whole::{Of, word},
    REST, TEXTS,
};
use crate::{
    plan::{Role, children},
    tree::facts::{facts, marks, type_name, values},
    view::Ctx,
};

/// How deep schemas are compared, and how many rows of one.
const DEEPEST: usize = 10;
const ROWS: usize = 2000;

/// A row for each place in a schema, and what all of it comes to.
pub(super) fn schema(
    ctx: &Ctx<'_>,
    schema: SchemaId,
    name: &str,
    facts: &mut Vec<(String, String)>,
) {
    let mut rows = Rows {
        ctx,
        open: Vec::new(),
        left: ROWS,
        facts,
    };
    rows.row(schema, name, false);
    for (of, kind) in [(Of::Keywords, REST), (Of::Texts, TEXTS)] {
        facts.push((format!("{name}{kind}"), word(ctx.api, schema, of)));
    }
}

struct Rows<'r, 'c, 'a> {
    ctx: &'c Ctx<'a>,
    /// The schemas around, so that one within itself ends.
    open: Vec<SchemaId>,
    left: usize,
    facts: &'r mut Vec<(String, String)>,
}

impl Rows<'_, '_, '_> {
    fn row(&mut self, schema: SchemaId, name: &str, required: bool) {
        if self.left == 0 || self.open.len() >= DEEPEST || self.open.contains(&schema) {
            return;
        }
        self.left -= 1;
        let said = said(self.ctx, schema, required);
        self.facts.push((name.to_owned(), said));
        self.open.push(schema);
        self.inside(schema, name);
        self.open.pop();
    }

    fn inside(&mut self, schema: SchemaId, name: &str) {
        let api = self.ctx.api;
        let Some(object) = api[schema].object() else {
            return;
        };
        let mut option = 0;
        for child in children(&api[schema]) {
            option += 1;
            let needed = |name: &str| object.required.iter().any(|found| found.value == name);
            match child.role {
                Role::Property(property) => {
                    let place = format!("{name} › {property}");
                    self.row(child.schema, &place, needed(property));
                }
                // Its properties are those of the whole.
                Role::AllOf => self.row(child.schema, &format!("{name} (part {option})"), false),
                Role::Pattern(pattern) => {
                    self.row(
                        child.schema,
                        &format!("{name} › names like {pattern}"),
                        false,
                    );
                }
                Role::Item => self.row(child.schema, &format!("{name} › each item"), false),
                Role::ItemAt(at) => self.row(child.schema, &format!("{name} › item {at}"), false),
                Role::Dependency(property) => {
                    self.row(child.schema, &format!("{name} › with {property}"), false);
                }
                role => {
                    let role = format!("{role:?}");
                    self.row(child.schema, &format!("{name} › {role} {option}"), false);
                }
            }
        }
    }
}

/// Type and limits of a schema in one line.
fn said(ctx: &Ctx<'_>, schema: SchemaId, required: bool) -> String {
    let mut said = vec![type_name(ctx.api, schema)];
    if required {
        said.push("required".to_owned());
    }
    if let Some(object) = ctx.api[schema].object() {
        said.extend(marks(object).into_iter().map(str::to_owned));
        let values = values(object);
        if !values.is_empty() {
            said.push(format!("one of {}", values.join(", ")));
        }
        let facts = facts(ctx.api, &ctx.plan, schema, object);
        let facts = facts.iter().filter(|fact| fact.label != "example");
        said.extend(facts.map(|fact| format!("{} {}", fact.label, fact.value).trim().to_owned()));
    }
    said.join(", ")
}
