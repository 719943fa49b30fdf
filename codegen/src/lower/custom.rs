//! Types of which something is told besides what the document says.
use super::{Ctx, flat::Key};
use crate::{
    custom::Custom,
    ir::{DefId, Kind, Slot, Ty},
    note,
};

impl Ctx<'_> {
    /// What is told of the type of one schema alone.
    pub(crate) fn custom(&self, key: &Key) -> Option<&Custom> {
        match key[..] {
            [part] if !part.bare && part.only.is_none() => self.customs.get(&part.id),
            _ => None,
        }
    }

    /// The type that stands in the place of one that would be made.
    pub(crate) fn foreign(&self, key: &Key) -> Option<Slot> {
        let path = self.custom(key)?.by.clone()?;
        Some(Slot::new(Ty::Foreign(path)))
    }

    /// Keeps what is told of a definition.
    pub(crate) fn customize(&mut self, def: DefId, key: &Key) {
        if let Some(custom) = self.custom(key) {
            self.ir.customs.insert(def, custom.clone());
        }
    }

    /// Tells of what was told in vain: there is no type of that schema, or one that is but another name, which derives nothing.
    pub(crate) fn note_unused(&mut self) {
        let api = self.api;
        let mut unused: Vec<_> = self
            .customs
            .iter()
            .map(|(id, custom)| (*id, custom.clone()))
            .collect();
        unused.sort_by_key(|(id, _)| id.0);
        for (id, custom) in unused {
            let key = vec![super::Part::whole(id)];
            let slot = self.memo.get(&key);
            let def = slot.and_then(|slot| match slot.ty {
                Ty::Def(def) => self.ir.customs.get(&def).map(|_| &self.ir.defs[def].kind),
                _ => None,
            });
            let why = match def {
                None => "has no type of its own",
                Some(Kind::Alias(_)) if !custom.derive.is_empty() => {
                    "is another name for a type, which derives nothing"
                }
                Some(_) => continue,
            };
            let message = format!("what is told of this schema changes nothing: it {why}");
            self.note(&note::TYPE_OPTION_UNUSED, Some(api[id].node.span), message);
        }
    }
}
