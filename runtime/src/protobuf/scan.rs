//! A message taken apart: which values its fields have, in the order of the schema, and what is left over.
use super::{
    descriptor::{Descriptor, Kind, Place, Shape},
    wire::{Cursor, Raw},
};
use crate::fault::Fault;

/// A value of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'b> {
    pub(super) place: Place,
    pub(super) raw: Raw<'b>,
}

impl<'b> Part<'b> {
    /// The bytes of a whole message.
    pub(super) fn whole(bytes: &'b [u8]) -> Self {
        let place = Place::default();
        Self {
            place,
            raw: Raw::Bytes(bytes),
        }
    }
}

/// What was found in a message.
#[derive(Debug, Default)]
pub(super) struct Scanned<'b> {
    /// In the order of the schema's fields, those of one in the order in which they came.
    pub(super) parts: Vec<Part<'b>>,
    /// Fields that the schema has not, as they came.
    pub(super) unknown: Vec<u8>,
}

/// Takes a message apart that came in these pieces: what is there several times is one.
pub(super) fn scan<'b>(of: &Descriptor, pieces: &[Part<'b>]) -> Result<Scanned<'b>, Fault> {
    let mut scanned = Scanned::default();
    for bytes in pieces.iter().filter_map(bytes) {
        each(bytes, |number, raw, written| {
            let Some((place, field)) = of.numbered(number) else {
                scanned.unknown.extend_from_slice(written);
                return Ok(());
            };
            fits(field.kind, field.shape, raw).map_err(|fault| fault.under(field.name))?;
            scanned.parts.push(Part { place, raw });
            Ok(())
        })?;
    }
    let parts = &mut scanned.parts;
    if !parts.is_sorted_by_key(|part| part.place.field) {
        parts.sort_by_key(|part| part.place.field);
    }
    Ok(scanned)
}

/// Takes the entry of a map apart: its keys and its values, of which the last count.
pub(super) fn entry<'b>(
    key: Kind,
    value: Kind,
    part: &Part<'b>,
) -> Result<[Vec<Part<'b>>; 2], Fault> {
    let mut found = [Vec::new(), Vec::new()];
    each(bytes(part).unwrap_or_default(), |number, raw, _| {
        let (at, kind) = match number {
            1 => (0, key),
            2 => (1, value),
            _ => {
                let reason = format!("field number {number} is none of a map's entry");
                return Err(Fault::new(reason));
            }
        };
        fits(kind, Shape::Implicit, raw)?;
        let place = Place::default();
        found[at].push(Part { place, raw });
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn bytes<'b>(part: &Part<'b>) -> Option<&'b [u8]> {
    match part.raw {
        Raw::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Calls with the number, the value and the bytes of each field.
fn each<'b>(
    bytes: &'b [u8],
    mut act: impl FnMut(u32, Raw<'b>, &'b [u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_empty() {
        let before = cursor.rest();
        let (number, raw) = cursor.field()?;
        let written = &before[..before.len() - cursor.rest().len()];
        act(number, raw, written)?;
    }
    Ok(())
}

/// Nothing where a value may be one of such a field.
fn fits(kind: Kind, shape: Shape, raw: Raw<'_>) -> Result<(), Fault> {
    let takes = match shape {
        Shape::Map(_) => matches!(raw, Raw::Bytes(_)),
        Shape::Repeated | Shape::Packed if kind.is_packable() => {
            kind.takes(raw) || matches!(raw, Raw::Bytes(_))
        }
        _ => kind.takes(raw),
    };
    let found = match raw {
        _ if takes => return Ok(()),
        Raw::Varint(_) => "a number of any length",
        Raw::Eight(_) => "eight bytes",
        Raw::Bytes(_) => "bytes behind their length",
        Raw::Four(_) => "four bytes",
        Raw::Group => "a group",
    };
    Err(kind.unfit(found))
}
