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
    ids::Ids,
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
pub(super) struct Held<'a> {
    api: Api<'a>,
    plan: Plan,
    /// Those of fields, by where their values stand.
    ids: HashMap<Span, SchemaId>,
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
            api: held.api,
        })
    }

    /// The tree of a field; what is long in it leads to where the page has it.
    fn tree(&self, value: &Node, ids: &Ids) -> Option<Tree> {
        let schema = *self.ids.get(&value.span)?;
        let tree = tree::copy(&self.api, &self.plan, schema);
        Some(tree.leading_to(ids))
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
fn rows(ctx: &Ctx<'_>, held: &Held<'_>, name: &str, value: &Node) -> Vec<Row> {
    let tree = held.tree(value, &ctx.plan.ids);
    if tree.is_some() {
        return vec![Row {
            name: name.to_owned(),
            value: String::new(),
            tree,
        }];
    }
    flat::field(name, value)
        .into_iter()
        .map(Row::from)
        .collect()
}
