//! Properties by which unions tell their branches apart: what only ever is one branch writes its own, of the rest it is checked.
use crate::{
    docs::code,
    ir::{Def, DefId, Field, Format, FreeTag, Ir, Kind, Slot, Tag, TagValue, Traits, Ty},
};
use std::collections::{BTreeMap, HashSet};

/// Where a type is a branch: the definition of the union, and the number of the variant.
type Place = (DefId, usize);

/// How deep unions within unions are looked into.
const DEPTH: usize = 8;

/// Fixes tags where a type has one and no other use, and has the others checked.
pub(crate) fn fix(ir: &mut Ir) {
    let mut places: BTreeMap<DefId, Vec<Place>> = BTreeMap::new();
    for (place, id) in branches(ir) {
        places.entry(id).or_default().push(place);
    }
    let others = other_uses(ir);
    for (id, places) in &places {
        let tag = only_tag(ir, places).filter(|_| !others.contains(id));
        if let Some((wire, value)) = tag {
            fix_one(ir, *id, wire, value);
        }
    }
    for id in 0..ir.defs.len() {
        let free = free_tags(ir, id);
        if let Kind::Union(union) = &mut ir.defs[id].kind {
            for (variant, free) in union.variants.iter_mut().zip(free) {
                variant.free_tag = free;
            }
        }
    }
}

/// The branches of unions by a property that are types of their own.
fn branches(ir: &Ir) -> Vec<(Place, DefId)> {
    let mut found = Vec::new();
    for (id, def) in ir.defs.iter().enumerate() {
        let Kind::Union(union) = &def.kind else {
            continue;
        };
        if !matches!(union.tag, Tag::Property { .. }) {
            continue;
        }
        for (variant, branch) in union.variants.iter().enumerate() {
            if let Ty::Def(branch) = branch.slot.ty {
                found.push(((id, variant), branch));
            }
        }
    }
    found
}

/// The property and its text, where they are the same wherever the type is a branch.
fn only_tag(ir: &Ir, places: &[Place]) -> Option<(String, String)> {
    let tag = |(id, variant): &Place| {
        let Kind::Union(union) = &ir.defs[*id].kind else {
            return None;
        };
        match &union.tag {
            Tag::Property { wire, values } => match &values[*variant][..] {
                [TagValue::Text(value)] => Some((wire.clone(), value.clone())),
                _ => None,
            },
            _ => None,
        }
    };
    let first = tag(places.first()?)?;
    let same = places
        .iter()
        .all(|place| tag(place).as_ref() == Some(&first));
    same.then_some(first)
}

/// All definitions that something else than a union by a property is made of.
fn other_uses(ir: &Ir) -> HashSet<DefId> {
    let mut found = HashSet::new();
    for def in &ir.defs {
        match &def.kind {
            Kind::Union(union) if matches!(union.tag, Tag::Property { .. }) => {}
            kind => super::graph::slots(kind)
                .into_iter()
                .for_each(|slot| mentions(slot, &mut found)),
        }
    }
    let payloads = ir
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    let headers = ir.headers.iter().flat_map(|headers| &headers.fields);
    let slots = payloads.chain(headers.map(|field| &field.slot));
    slots.for_each(|slot| mentions(slot, &mut found));
    found
}

fn mentions(slot: &Slot, found: &mut HashSet<DefId>) {
    if let Ty::Def(id) = slot.ty {
        found.insert(id);
    }
    slot.inner()
        .into_iter()
        .for_each(|slot| mentions(slot, found));
}

/// Makes the property one that has a single value; also where the schema does not declare it.
fn fix_one(ir: &mut Ir, id: DefId, wire: String, value: String) {
    let next = ir.defs.len();
    let hint = format!("{} {wire}", ir.defs[id].hint);
    let constant = |slot: &Slot| matches!(slot.ty, Ty::Def(id) if matches!(ir.defs[id].kind, Kind::Const { .. }));
    let Kind::Struct(object) = &ir.defs[id].kind else {
        return;
    };
    let at = object.fields.iter().position(|field| field.wire == wire);
    let own = at.filter(|at| constant(&object.fields[*at].slot));
    if let (Some(at), Kind::Struct(object)) = (own, &mut ir.defs[id].kind) {
        object.fields[at].required = true;
        object.fields[at].slot.nullable = false;
        return;
    }
    ir.defs.push(Def {
        hint,
        named: false,
        ident: String::new(),
        docs: vec![format!("What {} always is.", code(&wire))],
        kind: Kind::Const {
            wire: value,
            ident: String::new(),
        },
        traits: Traits::default(),
        validates: false,
        checks: None,
    });
    let Kind::Struct(object) = &mut ir.defs[id].kind else {
        return;
    };
    let slot = Slot::new(Ty::Def(next));
    match at {
        Some(at) => {
            object.fields[at].required = true;
            object.fields[at].slot = slot;
        }
        None => object.fields.push(Field {
            docs: vec![format!("Property {}.", code(&wire))],
            wire,
            hint: None,
            ident: String::new(),
            required: true,
            slot,
        }),
    }
}

/// Where the tags of a union's variants may be others; nothing of unions that are told otherwise.
fn free_tags(ir: &Ir, union: DefId) -> Vec<Option<FreeTag>> {
    let Kind::Union(union) = &ir.defs[union].kind else {
        return Vec::new();
    };
    let Tag::Property { wire, values } = &union.tag else {
        return Vec::new();
    };
    let variants = union.variants.iter().zip(values);
    let free = variants.map(|(variant, values)| free_tag(ir, &variant.slot, wire, values));
    free.collect()
}

fn free_tag(ir: &Ir, slot: &Slot, wire: &str, values: &[TagValue]) -> Option<FreeTag> {
    let written = || is_written(ir, slot, wire, DEPTH).then_some(FreeTag::Written);
    let Ty::Def(id) = slot.ty else {
        return written();
    };
    let object = match &ir.defs[id].kind {
        Kind::Alias(slot) if !slot.nullable => return free_tag(ir, slot, wire, values),
        Kind::Struct(object) => object,
        _ => return written(),
    };
    let Some(at) = object.fields.iter().position(|field| field.wire == wire) else {
        return written();
    };
    let field = &object.fields[at];
    let may_be_absent = !field.required || field.slot.nullable;
    let texts = values
        .iter()
        .all(|value| matches!(value, TagValue::Text(_)));
    if texts && is_set(ir, &field.slot, may_be_absent) {
        return Some(FreeTag::Field(at));
    }
    field.fixed(ir).is_none().then_some(FreeTag::Written)
}

/// Whether what is read of a property is written again.
fn is_written(ir: &Ir, slot: &Slot, wire: &str, depth: usize) -> bool {
    let Ty::Def(id) = slot.ty else {
        return matches!(slot.ty, Ty::Json | Ty::Map(_));
    };
    let within = |slot| depth > 0 && is_written(ir, slot, wire, depth - 1);
    match &ir.defs[id].kind {
        Kind::Struct(object) => {
            object.extra.is_some() || object.fields.iter().any(|field| field.wire == wire)
        }
        Kind::Union(union) => union.variants.iter().all(|variant| within(&variant.slot)),
        Kind::Alias(slot) | Kind::Wrapper(slot) => within(slot),
        Kind::Enum(_) | Kind::Numbers(_) | Kind::Const { .. } | Kind::Newtype(_) => false,
    }
}

/// Whether the value is a text with an `as_str`, that is none of its type where it may be absent.
fn is_set(ir: &Ir, slot: &Slot, may_be_absent: bool) -> bool {
    match slot.ty {
        Ty::Text(Format::Plain) => true,
        Ty::Def(id) => match &ir.defs[id].kind {
            Kind::Enum(_) => true,
            Kind::Const { .. } => may_be_absent,
            Kind::Newtype(text) => matches!(text.ty, Ty::Text(_)),
            Kind::Alias(alias) => !alias.nullable && is_set(ir, alias, may_be_absent),
            _ => false,
        },
        _ => false,
    }
}
