//! Bindings: a field a line, and the schemas that they hold as nested lists.
use tidings_document::api::Binding;

use super::{
    Md,
    escape::{code, inline},
    schema::Trees,
};
use crate::view::{binding::Schema, flat};

impl Md<'_, '_> {
    /// What the binding of a protocol says.
    pub(super) fn binding(&mut self, binding: &Binding<'_>) {
        let table = flat::binding(binding);
        self.out.paragraph(&format!("{}:", inline(&table.caption)));
        let (Some(held), Some(object)) = (&self.ctx.held, binding.node.as_object()) else {
            return self.pairs(&table.rows);
        };
        for entry in object {
            match held.schema(&entry.value) {
                None => self.pairs(&flat::field(&entry.key, &entry.value)),
                Some(Schema::Avro(node)) => {
                    self.out.item(0, &format!("{}: Avro", code(&entry.key)));
                    self.source(1, &self.ctx.avro.tree(node));
                }
                Some(Schema::Json(id)) => {
                    self.out.item(0, &format!("{}:", code(&entry.key)));
                    let mut trees = Trees {
                        api: &held.api,
                        plan: &held.plan,
                        is_held: true,
                        out: &mut self.out,
                    };
                    trees.tree(id, 1);
                }
            }
        }
    }
}
