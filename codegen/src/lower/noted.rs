//! What generated code does not hold to, though a schema says it.
use super::{Ctx, flat::Flat, scalar};
use crate::{
    DateTimes,
    ir::{Codec, Format, Slot, Ty},
    note,
};
use tidings_document::{Span, Value, api::Type};

impl<'a> Ctx<'a> {
    /// Numbers that the types of generated code do not hold to the last digit.
    pub(crate) fn note_rounded(&mut self, flat: &Flat<'a>) {
        let limits = flat.objects.iter().flat_map(|object| {
            [
                ("minimum", &object.minimum),
                ("maximum", &object.maximum),
                ("exclusiveMinimum", &object.exclusive_minimum),
                ("exclusiveMaximum", &object.exclusive_maximum),
                ("multipleOf", &object.multiple_of),
            ]
        });
        let limits = limits.filter_map(|(keyword, limit)| Some((keyword, limit.as_ref()?)));
        let constant = flat.constant.map(|node| ("const", node));
        let is_exact = self.ir.is_exact;
        let listed = flat.enumeration.iter().flatten();
        let listed = listed.map(|node| ("enum", *node)).chain(constant);
        // Those are compared by their texts, where others are too.
        let listed = listed.filter_map(|(keyword, node)| match &node.value {
            Value::Number(number) if !is_exact => Some((keyword, number)),
            _ => None,
        });
        let slot = match flat.types()[..] {
            [kind @ (Type::Integer | Type::Number)] => Some(self.scalar(flat, kind)),
            _ => None,
        };
        let holds = |keyword, number| {
            let slot = slot.as_ref();
            slot.is_some_and(|slot| scalar::holds(slot, keyword, number))
        };
        let rounded = limits.chain(listed);
        let rounded = rounded
            .filter(|(keyword, number)| number.literal().is_some() && !holds(keyword, number));
        let rounded: Vec<_> = rounded
            .map(|(keyword, number)| format!("`{keyword}: {number}`"))
            .collect();
        if !rounded.is_empty() {
            let message = format!(
                "{} has more digits than generated code reads and checks numbers with",
                rounded.join(", ")
            );
            self.note(&note::LIMIT_UNCHECKED, flat.span, message);
        }
    }

    /// An encoding that has no numbers as they are written.
    pub(crate) fn note_binary(&mut self, codec: &Codec, span: Span) {
        let name = match codec {
            Codec::MessagePack => "MessagePack",
            Codec::Cbor => "CBOR",
            _ => return,
        };
        if self.ir.is_exact {
            let message =
                format!("{name} has its numbers in 64 bits, so those with more digits are rounded");
            self.note(&note::NUMBER_ROUNDED, Some(span), message);
        }
    }

    /// Dates in a type that does not keep all of how they are written.
    pub(crate) fn note_dates(&mut self, flat: &Flat<'a>, slot: &Slot) {
        let lost = match self.ir.date_time {
            DateTimes::Jiff => {
                "is kept as an instant: it is written in UTC, without zeros at the end of its seconds"
            }
            DateTimes::Chrono | DateTimes::Time => {
                "is kept with its offset: it is written without zeros at the end of its seconds"
            }
            DateTimes::Tidings | DateTimes::Text => return,
        };
        if matches!(slot.ty, Ty::Text(Format::DateTime)) {
            let message = format!("`format: date-time` {lost}");
            self.note(&note::DATE_TIME_SHORTENED, flat.span, message);
        }
    }

    pub(crate) fn note_ignored(&mut self, flat: &Flat<'a>) {
        for object in flat.objects.clone() {
            let keywords = [
                (
                    "unevaluatedProperties",
                    object.unevaluated_properties.is_some(),
                ),
                ("unevaluatedItems", object.unevaluated_items.is_some()),
            ];
            let ignored: Vec<_> = keywords
                .iter()
                .filter(|(_, used)| *used)
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !ignored.is_empty() {
                self.note(
                    &note::LIMIT_UNCHECKED,
                    flat.span,
                    format!("{} is not checked by generated code", ignored.join(", ")),
                );
            }
        }
    }
}
