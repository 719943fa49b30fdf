//! Boxes the variants of an enum that are much larger than the others, by an estimate of their sizes.
use crate::ir::{Def, Field, Format, Ir, Kind, Message, Native, Set, Slot, Ty};

/// How many bytes larger than the next a variant may be.
const SLACK: usize = 160;
const POINTER: usize = 8;
/// What counts as endless, so that sums never overflow.
const MOST: usize = 1 << 24;
/// Deepest nesting that is followed.
const DEPTH: usize = 100;

/// Definitions, and the sizes that are known already.
struct Sizes<'a> {
    defs: &'a [Def],
    known: Vec<Option<usize>>,
}

pub(super) fn level(ir: &mut Ir) {
    let mut sizes = Sizes {
        defs: &ir.defs,
        known: vec![None; ir.defs.len()],
    };
    let mut boxed = Vec::new();
    for (id, def) in ir.defs.iter().enumerate() {
        if let Kind::Union(union) = &def.kind {
            let variants: Vec<usize> = union
                .variants
                .iter()
                .map(|variant| sizes.slot(&variant.slot, 0))
                .collect();
            boxed.push((id, large(&variants)));
        }
    }
    let messages: Vec<usize> = ir
        .messages
        .iter()
        .map(|message| sizes.message(ir, message))
        .collect();
    for (id, large) in boxed {
        if let Kind::Union(union) = &mut ir.defs[id].kind {
            for (variant, large) in union.variants.iter_mut().zip(large) {
                variant.slot.boxed |= large && matches!(variant.slot.ty, Ty::Def(_));
            }
        }
    }
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
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
    let mut large = vec![false; sizes.len()];
    for (place, index) in order.iter().enumerate() {
        // Beside boxes only, the last one may be too large as well.
        let next = match order.get(place + 1) {
            Some(next) => sizes[*next],
            None if place > 0 => POINTER,
            None => break,
        };
        if sizes[*index] <= next + SLACK {
            break;
        }
        large[*index] = true;
    }
    large
}

impl Sizes<'_> {
    fn message(&mut self, ir: &Ir, message: &Message) -> usize {
        let headers = message
            .headers
            .map_or(0, |index| self.fields(&ir.headers[index].fields, 0));
        headers
            + message
                .payload
                .as_ref()
                .map_or(0, |payload| self.slot(payload, 0))
    }

    fn fields(&mut self, fields: &[Field], depth: usize) -> usize {
        fields
            .iter()
            .map(|field| self.slot(&field.slot, depth).next_multiple_of(POINTER))
            .sum()
    }

    fn slot(&mut self, slot: &Slot, depth: usize) -> usize {
        match &slot.ty {
            _ if slot.boxed => POINTER,
            Ty::Bool => 1,
            Ty::Decimal
            | Ty::Text(Format::Plain | Format::DateTime)
            | Ty::List(_)
            | Ty::Map(_)
            | Ty::Keyed(..) => 24,
            Ty::Bytes | Ty::Text(Format::Base64) => 32,
            Ty::Int(_) | Ty::Float | Ty::Text(_) => 16,
            Ty::Json | Ty::Foreign(_) => 72,
            Ty::Native(Native::Fixed(size)) => *size,
            Ty::Native(_) => 32,
            Ty::Tuple(items) => items
                .iter()
                .map(|item| self.slot(item, depth).next_multiple_of(POINTER))
                .sum(),
            Ty::Def(id) => self.def(*id, depth + 1),
        }
    }

    fn def(&mut self, id: usize, depth: usize) -> usize {
        if let Some(size) = self.known[id] {
            return size;
        }
        if depth > DEPTH {
            return POINTER;
        }
        let size = match &self.defs[id].kind {
            Kind::Struct(object) => {
                self.fields(&object.fields, depth) + if object.extra.is_some() { 24 } else { 0 }
            }
            Kind::Enum(_) => 24,
            Kind::Numbers(_) => POINTER,
            Kind::Const { .. } => 0,
            Kind::Union(union) => {
                let variants = union
                    .variants
                    .iter()
                    .map(|variant| self.slot(&variant.slot, depth));
                variants.max().unwrap_or(0) + POINTER
            }
            Kind::Newtype(inner) | Kind::Alias(inner) | Kind::Wrapper(inner) => {
                self.slot(inner, depth)
            }
        };
        let size = size.min(MOST);
        self.known[id] = Some(size);
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_out_is_boxed_even_beside_boxes() {
        assert_eq!(large(&[2000, 500, 24]), [true, true, false]);
        assert_eq!(large(&[2000, 500]), [true, true]);
        assert_eq!(large(&[100, 2000, 90]), [false, true, false]);
        assert_eq!(large(&[2000]), [false]);
    }

    #[test]
    fn a_chain_is_followed_as_deep_as_that() {
        // Each but the last stands for the next.
        let chain = |length: usize| {
            let kinds = (1..length).map(|next| Kind::Alias(Slot::new(Ty::Def(next))));
            let last = Kind::Alias(Slot::new(Ty::Json));
            kinds.chain([last]).map(def).collect::<Vec<_>>()
        };
        let size = |defs: &[Def]| {
            let known = vec![None; defs.len()];
            Sizes { defs, known }.slot(&Slot::new(Ty::Def(0)), 0)
        };
        assert_eq!(size(&chain(DEPTH)), 72);
        assert_eq!(size(&chain(DEPTH + 1)), POINTER);
    }

    fn def(kind: Kind) -> Def {
        Def {
            hint: String::new(),
            named: false,
            ident: String::new(),
            docs: Vec::new(),
            kind,
            traits: crate::ir::Traits::default(),
            validates: false,
            checks: None,
        }
    }

    #[test]
    fn what_a_value_takes_is_about_the_sum_of_its_parts() {
        let text = || Slot::new(Ty::Text(Format::Plain));
        let field = |slot| Field {
            docs: Vec::new(),
            wire: String::new(),
            hint: None,
            ident: String::new(),
            required: true,
            slot,
        };
        let defs = [
            def(Kind::Const {
                wire: String::new(),
                ident: String::new(),
            }),
            def(Kind::Wrapper(text())),
            def(Kind::Newtype(Slot::new(Ty::Bool))),
        ];
        let mut sizes = Sizes {
            defs: &defs,
            known: vec![None; defs.len()],
        };
        for (ty, size) in [
            (Ty::Bool, 1),
            (Ty::Int("u8"), 16),
            (Ty::Text(Format::Uuid), 16),
            (Ty::Text(Format::DateTime), 24),
            (Ty::Text(Format::Base64), 32),
            (Ty::Bytes, 32),
            (Ty::Json, 72),
            (Ty::Native(Native::Fixed(5)), 5),
            (Ty::Native(Native::Double), 32),
            (Ty::Tuple(vec![text(), Slot::new(Ty::Bool)]), 32),
            (Ty::Def(0), 0),
            (Ty::Def(1), 24),
            (Ty::Def(2), 1),
        ] {
            let shown = format!("{ty:?}");
            assert_eq!(sizes.slot(&Slot::new(ty), 0), size, "{shown}");
        }
        let boxed = Slot {
            boxed: true,
            ..Slot::new(Ty::Json)
        };
        assert_eq!(sizes.slot(&boxed, 0), 8);
        let fields = [field(text()), field(Slot::new(Ty::Bool)), field(boxed)];
        assert_eq!(sizes.fields(&fields, 0), 40);
    }
}
