//! Boxes the variants of an enum that are much larger than the others, by an estimate of their sizes.
use crate::ir::{Def, Format, Ir, Kind, Message, Set, Slot, Ty};

/// How many bytes larger than the next a variant may be.
const SLACK: usize = 160;
const POINTER: usize = 8;
const DEPTH: usize = 32;

pub(super) fn level(ir: &mut Ir) {
    let sizes: Vec<usize> = (0..ir.defs.len()).map(|id| def(&ir.defs, id, 0)).collect();
    for id in 0..ir.defs.len() {
        let Kind::Union(union) = &ir.defs[id].kind else {
            continue;
        };
        let variants: Vec<usize> = union
            .variants
            .iter()
            .map(|variant| slot(&ir.defs, &variant.slot, 0))
            .collect();
        let large = large(&variants);
        if let Kind::Union(union) = &mut ir.defs[id].kind {
            for (variant, large) in union.variants.iter_mut().zip(large) {
                variant.slot.boxed |= large && matches!(variant.slot.ty, Ty::Def(_));
            }
        }
    }
    let messages: Vec<usize> = ir
        .messages
        .iter()
        .map(|message| self::message(ir, message, &sizes))
        .collect();
    for operation in &mut ir.operations {
        set(&mut operation.message, &messages);
        if let Some(reply) = &mut operation.reply {
            set(reply, &messages);
        }
    }
}

fn set(set: &mut Set, messages: &[usize]) {
    let sizes: Vec<usize> = set.messages.iter().map(|index| messages[*index]).collect();
    set.boxed = large(&sizes);
}

/// Which of the sizes stand out.
fn large(sizes: &[usize]) -> Vec<bool> {
    let mut sizes = sizes.to_vec();
    let mut large = vec![false; sizes.len()];
    loop {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
        match order[..] {
            [first, second, ..] if sizes[first] > sizes[second] + SLACK => {
                large[first] = true;
                sizes[first] = POINTER;
            }
            _ => return large,
        }
    }
}

fn message(ir: &Ir, message: &Message, sizes: &[usize]) -> usize {
    let headers = message.headers.map_or(0, |index| {
        ir.headers[index]
            .fields
            .iter()
            .map(|field| field_size(&ir.defs, &field.slot, 0))
            .sum()
    });
    let payload = message
        .payload
        .as_ref()
        .map_or(0, |payload| match payload.ty {
            Ty::Def(id) => sizes[id],
            _ => slot(&ir.defs, payload, 0),
        });
    headers + payload
}

fn field_size(defs: &[Def], field: &Slot, depth: usize) -> usize {
    slot(defs, field, depth).next_multiple_of(POINTER)
}

fn slot(defs: &[Def], slot: &Slot, depth: usize) -> usize {
    if slot.boxed {
        return POINTER;
    }
    match &slot.ty {
        Ty::Bool => 1,
        Ty::Int(_) | Ty::Float => 16,
        Ty::Text(Format::Plain) | Ty::List(_) | Ty::Map(_) => 24,
        Ty::Text(_) => 16,
        Ty::Json => 72,
        Ty::Bytes => 32,
        Ty::Tuple(items) => items.iter().map(|item| field_size(defs, item, depth)).sum(),
        Ty::Def(id) => def(defs, *id, depth + 1),
    }
}

fn def(defs: &[Def], id: usize, depth: usize) -> usize {
    if depth > DEPTH {
        return 0;
    }
    match &defs[id].kind {
        Kind::Struct(object) => {
            let extra = if object.extra.is_some() { 24 } else { 0 };
            object
                .fields
                .iter()
                .map(|field| field_size(defs, &field.slot, depth))
                .sum::<usize>()
                + extra
        }
        Kind::Enum(_) => 24,
        Kind::Const { .. } => 0,
        Kind::Union(union) => {
            union
                .variants
                .iter()
                .map(|variant| slot(defs, &variant.slot, depth))
                .max()
                .unwrap_or(0)
                + POINTER
        }
        Kind::Newtype(inner) | Kind::Alias(inner) | Kind::Wrapper(inner) => {
            slot(defs, inner, depth)
        }
    }
}
