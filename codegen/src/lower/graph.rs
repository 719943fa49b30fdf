//! What depends on the whole graph of definitions: cycles and their boxes, traits, and who has limits inside.
mod sizes;

use crate::ir::{Def, DefId, Field, Given, Ir, Kind, Native, Slot, Traits, Ty};

/// Works out boxes, traits and limits.
pub(crate) fn resolve(ir: &mut Ir) {
    unalias(&mut ir.defs);
    boxes(&mut ir.defs);
    sizes::level(ir);
    traits(&mut ir.defs);
    limits(&mut ir.defs);
    for index in 0..ir.headers.len() {
        let fields = &ir.headers[index].fields;
        let validates = fields
            .iter()
            .any(|field| needs_check(&field.slot, &ir.defs));
        ir.headers[index].traits = fields_traits(fields, &ir.defs);
        ir.headers[index].validates = validates;
    }
    for message in &mut ir.messages {
        let headers = message
            .headers
            .is_none_or(|index| ir.headers[index].traits.eq);
        message.traits.eq = headers
            && message
                .payload
                .as_ref()
                .is_none_or(|slot| slot_eq(slot, &ir.defs));
    }
}

/// Whether values of the slot have something to check.
pub(crate) fn needs_check(slot: &Slot, defs: &[Def]) -> bool {
    let inside = match &slot.ty {
        Ty::Def(id) => defs[*id].validates,
        // One may be infinite.
        Ty::Float => true,
        _ => slot.inner().into_iter().any(|slot| needs_check(slot, defs)),
    };
    inside || slot.rules.is_some()
}

/// An alias that contains itself, even in a list, is no type; it becomes one of its own.
fn unalias(defs: &mut [Def]) {
    let mut edges = vec![Vec::new(); defs.len()];
    for (id, def) in defs.iter().enumerate() {
        if let Kind::Alias(slot) = &def.kind {
            mentions(slot, &mut edges[id]);
        }
    }
    let cyclic = cycles(&edges);
    for (id, def) in defs.iter_mut().enumerate() {
        if let (Kind::Alias(slot), true) = (
            &def.kind,
            edges[id].iter().any(|to| cyclic[id] == cyclic[*to]),
        ) {
            def.kind = Kind::Wrapper(slot.clone());
        }
    }
}

fn mentions(slot: &Slot, found: &mut Vec<DefId>) {
    if let Ty::Def(id) = slot.ty {
        found.push(id);
    }
    slot.inner()
        .into_iter()
        .for_each(|slot| mentions(slot, found));
}

/// Boxes every edge that lies on a cycle of values within values.
fn boxes(defs: &mut [Def]) {
    let mut edges = vec![Vec::new(); defs.len()];
    for (id, def) in defs.iter_mut().enumerate() {
        for slot in slots_mut(&mut def.kind) {
            by_value(slot, &mut |slot| {
                if let Ty::Def(to) = slot.ty {
                    edges[id].push(to);
                }
            });
        }
    }
    let cyclic = cycles(&edges);
    for (id, def) in defs.iter_mut().enumerate() {
        if matches!(def.kind, Kind::Alias(_)) {
            continue;
        }
        for slot in slots_mut(&mut def.kind) {
            by_value(slot, &mut |slot| {
                slot.boxed = matches!(slot.ty, Ty::Def(to) if cyclic[id] == cyclic[to])
            });
        }
    }
}

/// Calls with the slot and those that lie in it without a pointer between.
fn by_value(slot: &mut Slot, act: &mut impl FnMut(&mut Slot)) {
    act(slot);
    if matches!(slot.ty, Ty::Tuple(_)) {
        slot.inner_mut()
            .into_iter()
            .for_each(|slot| by_value(slot, act));
    }
}

pub(crate) fn slots(kind: &Kind) -> Vec<&Slot> {
    match kind {
        Kind::Struct(object) => {
            let extra = object.extra.as_ref().map(|extra| &extra.slot);
            object
                .fields
                .iter()
                .map(|field| &field.slot)
                .chain(extra)
                .collect()
        }
        Kind::Union(union) => union.variants.iter().map(|variant| &variant.slot).collect(),
        Kind::Newtype(slot) | Kind::Alias(slot) | Kind::Wrapper(slot) => vec![slot],
        Kind::Enum(_) | Kind::Numbers(_) | Kind::Const { .. } => Vec::new(),
    }
}

/// The slots that lie in a definition by value: not those of its further properties, which are in a map.
fn slots_mut(kind: &mut Kind) -> Vec<&mut Slot> {
    match kind {
        Kind::Struct(object) => object
            .fields
            .iter_mut()
            .map(|field| &mut field.slot)
            .collect(),
        Kind::Union(union) => union
            .variants
            .iter_mut()
            .map(|variant| &mut variant.slot)
            .collect(),
        Kind::Newtype(slot) | Kind::Alias(slot) | Kind::Wrapper(slot) => vec![slot],
        Kind::Enum(_) | Kind::Numbers(_) | Kind::Const { .. } => Vec::new(),
    }
}

fn traits(defs: &mut [Def]) {
    for def in &mut *defs {
        def.traits = Traits {
            eq: true,
            copy: match &def.kind {
                Kind::Const { .. } | Kind::Numbers(_) => true,
                Kind::Newtype(slot) => matches!(slot.ty, Ty::Int(_) | Ty::Float),
                _ => false,
            },
            default: matches!(def.kind, Kind::Const { .. } | Kind::Numbers(_)),
        };
    }
    loop {
        let mut changed = false;
        for id in (0..defs.len()).rev() {
            if defs[id].traits.eq
                && !slots(&defs[id].kind)
                    .into_iter()
                    .all(|slot| slot_eq(slot, defs))
            {
                defs[id].traits.eq = false;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for id in 0..defs.len() {
        if let Kind::Struct(object) = &defs[id].kind {
            defs[id].traits.default = fields_traits(&object.fields, defs).default;
        }
    }
}

fn fields_traits(fields: &[Field], defs: &[Def]) -> Traits {
    let constant =
        |slot: &Slot| matches!(slot.ty, Ty::Def(id) if matches!(defs[id].kind, Kind::Const { .. }));
    Traits {
        eq: fields.iter().all(|field| slot_eq(&field.slot, defs)),
        copy: false,
        default: fields
            .iter()
            .all(|field| match field.slot.given.as_deref() {
                Some(given) => begins_with(&field.slot, given),
                None => !field.required || field.slot.nullable || constant(&field.slot),
            }),
    }
}

/// Whether that is what the slot's type begins with by itself.
fn begins_with(slot: &Slot, given: &Given) -> bool {
    match given {
        Given::Null | Given::Nothing => true,
        _ if slot.nullable => false,
        Given::Bool(value) => !value,
        Given::Integer(value) => *value == 0,
        Given::Float(value) => value.to_bits() == 0,
        Given::Text(text) => text.is_empty(),
        Given::Empty | Given::OfType => true,
        Given::Variant(..) => false,
    }
}

fn slot_eq(slot: &Slot, defs: &[Def]) -> bool {
    match &slot.ty {
        Ty::Float | Ty::Foreign(_) | Ty::Native(Native::Float | Native::Double) => false,
        Ty::Def(id) => defs[*id].traits.eq,
        _ => slot.inner().into_iter().all(|slot| slot_eq(slot, defs)),
    }
}

/// A definition validates when it holds a limit, or one that does; a list of texts is one, and so is a tag.
fn limits(defs: &mut [Def]) {
    for def in &mut *defs {
        def.validates = match &def.kind {
            Kind::Enum(values) => !values.open,
            Kind::Struct(object) => object.extra.is_some() && !object.fields.is_empty(),
            Kind::Union(union) => union
                .variants
                .iter()
                .any(|variant| variant.free_tag.is_some()),
            _ => false,
        } || def.checks.is_some();
    }
    loop {
        let mut changed = false;
        for id in (0..defs.len()).rev() {
            let checked = matches!(defs[id].kind, Kind::Newtype(_));
            if !checked
                && !defs[id].validates
                && slots(&defs[id].kind)
                    .into_iter()
                    .any(|slot| needs_check(slot, defs))
            {
                defs[id].validates = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// A number for every node, the same for nodes that reach each other (Kosaraju's algorithm without recursion). A node
/// that reaches only itself shares its number with itself, which is right for the callers: they look at edges.
fn cycles(edges: &[Vec<DefId>]) -> Vec<usize> {
    let mut back = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        targets.iter().for_each(|to| back[*to].push(from));
    }
    let mut order = Vec::with_capacity(edges.len());
    let mut seen = vec![false; edges.len()];
    for start in 0..edges.len() {
        visit(start, edges, &mut seen, |node| order.push(node));
    }
    let mut component = vec![usize::MAX; edges.len()];
    let mut seen = vec![false; edges.len()];
    for (number, start) in order.into_iter().rev().enumerate() {
        visit(start, &back, &mut seen, |node| component[node] = number);
    }
    component
}

/// Calls with every node that was not seen before, children first.
fn visit(start: usize, edges: &[Vec<usize>], seen: &mut [bool], mut leave: impl FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut stack = vec![(start, 0)];
    while let Some((node, next)) = stack.pop() {
        match edges[node].get(next) {
            None => leave(node),
            Some(to) => {
                stack.push((node, next + 1));
                if !std::mem::replace(&mut seen[*to], true) {
                    stack.push((*to, 0));
                }
            }
        }
    }
}
