//! Bindings: the schemas that they hold are trees, everything else is a row of a table.
use std::collections::HashMap;

use serde::Serialize;
use tidings_document::{
    Node, Span,
    api::{self, Api, SchemaId},
    binding_schemas,
};

use super::{
    Ctx,
    flat::{self, Pair},
};
use crate::{
    Settings,
    plan::Plan,
    tree::{self, Tree},
};

/// What the binding of a protocol says.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    caption: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    value: String,
    /// In the place of the value.
    tree: Option<Tree>,
}

impl From<Pair> for Row {
    fn from(pair: Pair) -> Self {
        Self {
            name: pair.name,
            value: pair.value,
            tree: None,
        }
    }
}

/// The schemas that bindings hold, which are none of the document's own model.
pub(crate) struct Held<'a> {
    pub(crate) api: Api<'a>,
    pub(crate) plan: Plan,
    /// Those of fields, by where their values stand.
    ids: HashMap<Span, SchemaId>,
    /// The same of those in Avro, which the model has not.
    avro: HashMap<Span, &'a Node>,
}

/// A schema that a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Schema<'a> {
    Json(SchemaId),
    Avro(&'a Node),
}

impl<'a> Held<'a> {
    pub(super) fn new(api: &'a Api<'a>, settings: &Settings) -> Option<Self> {
        let held = binding_schemas(api)?;
        // What is wrong with them is told where the binding stands.
        let settings = Settings {
            shape: settings.shape.clone(),
            ..Settings::default()
        };
        let found = held.found.iter();
        Some(Self {
            plan: Plan::new(&held.api, &settings),
            ids: found.map(|(node, id)| (node.span, *id)).collect(),
            avro: held
                .avro
                .iter()
                .map(|(node, schema)| (node.span, *schema))
                .collect(),
            api: held.api,
        })
    }

    /// What the value of a field is, if that is a schema.
    pub(crate) fn schema(&self, value: &Node) -> Option<Schema<'a>> {
        let json = self.ids.get(&value.span).map(|id| Schema::Json(*id));
        json.or_else(|| Some(Schema::Avro(self.avro.get(&value.span)?)))
    }

    /// The tree of a schema; what is long in it leads to where the page has it.
    fn tree(&self, ctx: &Ctx<'a>, schema: Schema<'a>) -> Tree {
        let tree = match schema {
            Schema::Json(id) => tree::copy(&self.api, &self.plan, id),
            Schema::Avro(node) => tree::avro(&ctx.avro.tree(node), ""),
        };
        tree.leading_to(&ctx.plan.ids)
    }
}

pub(super) fn tables(ctx: &Ctx<'_>, about: &api::About<'_>) -> Vec<Table> {
    let bindings = about.bindings.iter();
    bindings.map(|binding| table(ctx, binding)).collect()
}

fn table(ctx: &Ctx<'_>, binding: &api::Binding<'_>) -> Table {
    let flat = flat::binding(binding);
    let rows = match (&ctx.held, binding.node.as_object()) {
        (Some(held), Some(object)) => {
            let entries = object.iter();
            entries
                .flat_map(|entry| rows(ctx, held, &entry.key, &entry.value))
                .collect()
        }
        _ => flat.rows.into_iter().map(Row::from).collect(),
    };
    Table {
        caption: flat.caption,
        rows,
    }
}

/// The rows of a field.
fn rows<'a>(ctx: &Ctx<'a>, held: &Held<'a>, name: &str, value: &Node) -> Vec<Row> {
    if let Some(schema) = held.schema(value) {
        return vec![Row {
            name: name.to_owned(),
            value: String::new(),
            tree: Some(held.tree(ctx, schema)),
        }];
    }
    flat::field(name, value)
        .into_iter()
        .map(Row::from)
        .collect()
}
