//! Which checks are statics of their own: those that code asks for by name, that are used more than once, or lie deep.
use crate::ir::{Def, Ir, Kind, Slot, Ty};
use crate::lower::graph::slots;
use std::collections::{BTreeSet, HashSet, VecDeque};

/// How deep checks are written within others.
const DEPTH: usize = 8;

/// Numbers the statics.
pub(crate) fn number(ir: &mut Ir) {
    let mut own = roots(ir);
    let mut seen: HashSet<usize> = own.iter().copied().collect();
    let mut todo: VecDeque<(usize, usize)> = own.iter().map(|index| (*index, 0)).collect();
    while let Some((index, depth)) = todo.pop_front() {
        let parts = ir.checks[index].list.iter().flat_map(|check| check.inner());
        for part in parts.filter(|part| !ir.checks[*part].list.is_empty()) {
            let is_deep = depth == DEPTH;
            let is_new = seen.insert(part);
            if is_deep || !is_new {
                own.insert(part);
            }
            if is_new {
                todo.push_back((part, if is_deep { 0 } else { depth + 1 }));
            }
        }
    }
    for (number, index) in own.into_iter().enumerate() {
        ir.checks[index].number = Some(number + 1);
    }
}

/// What code asks for by name. Aliases have no code of their own, so that those count which something else is made of.
fn roots(ir: &Ir) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = HashSet::new();
    let types = ir
        .defs
        .iter()
        .filter(|def| !matches!(def.kind, Kind::Alias(_)));
    found.extend(types.clone().filter_map(|def| def.checks));
    let payloads = ir
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    let headers = ir.headers.iter().flat_map(|headers| &headers.fields);
    let mut todo: Vec<&Slot> = types.flat_map(|def: &Def| slots(&def.kind)).collect();
    todo.extend(payloads.chain(headers.map(|field| &field.slot)));
    while let Some(slot) = todo.pop() {
        found.extend(slot.rules.as_ref().and_then(|rules| rules.checks));
        todo.extend(slot.inner());
        if let Ty::Def(id) = slot.ty
            && let Kind::Alias(slot) = &ir.defs[id].kind
            && seen.insert(id)
        {
            todo.push(slot);
        }
    }
    found
}
