//! Protobuf's binary encoding against a message: read through, nothing kept.
use std::collections::HashSet;

use super::model::{Field, Kind, Message, MessageId, Model, Shape, Wire};
use super::{ProtobufValidator, violation};
use crate::Violation;
use crate::at::At;

/// Levels of messages, as many as Protobuf's own readers take.
const MAX_LEVELS: usize = 100;
/// Findings after which reading ends: more say nothing new.
const MOST: usize = 1_000;
/// The largest field number.
const MAX_NUMBER: u64 = (1 << 29) - 1;

pub(super) fn validate(schema: &ProtobufValidator, bytes: &[u8]) -> Vec<Violation> {
    let found = read(schema, bytes);
    if found.is_empty() {
        return found;
    }
    let length = registry_header(bytes);
    let Some(length) = length.filter(|length| read(schema, &bytes[*length..]).is_empty()) else {
        return found;
    };
    let message = format!(
        "`{length}` bytes too many stand before the value: the header of a schema registry's clients"
    );
    vec![violation(
        String::new(),
        schema.message(),
        "header",
        message,
    )]
}

/// Length of what a schema registry's clients put in front: a zero, four bytes of an id, and the way to the message.
fn registry_header(bytes: &[u8]) -> Option<usize> {
    let mut at = 5;
    let count = varint(bytes, &mut at).filter(|_| bytes[0] == 0)? >> 1;
    for _ in 0..count.min(MAX_LEVELS as u64) {
        varint(bytes, &mut at)?;
    }
    Some(at)
}

fn read(schema: &ProtobufValidator, bytes: &[u8]) -> Vec<Violation> {
    let mut reader = Reader {
        model: &schema.model,
        bytes,
        at: 0,
        found: Vec::new(),
    };
    // Why it stopped was noted.
    let _ = reader.message(schema.root, bytes.len(), None, 0, &At::ROOT);
    reader.found
}

struct Reader<'s> {
    model: &'s Model,
    bytes: &'s [u8],
    /// Where reading goes on.
    at: usize,
    found: Vec<Violation>,
}

/// What follows cannot be understood; it was noted why.
struct Stop;

impl<'s> Reader<'s> {
    /// Reads fields up to `end`, or up to the end of the group with this number.
    fn message(
        &mut self,
        id: MessageId,
        end: usize,
        group: Option<u64>,
        level: usize,
        at: &At<'_>,
    ) -> Result<(), Stop> {
        let message: &'s Message = &self.model.messages[id];
        if level > MAX_LEVELS {
            let text = format!("messages are nested deeper than `{MAX_LEVELS}` levels");
            return self.stop(&message.name, at, "depth", text);
        }
        let mut seen = HashSet::new();
        let mut counts = Vec::new();
        loop {
            if self.at == end && group.is_none() {
                break;
            }
            let tag = self.varint(&message.name, end, at)?;
            let (number, wire) = (tag >> 3, tag & 7);
            if wire == 4 && group == Some(number) {
                break;
            }
            if number == 0 || number > MAX_NUMBER {
                let text = format!("`{number}` is no field number");
                return self.stop(&message.name, at, "fields", text);
            }
            let position = u32::try_from(number)
                .ok()
                .and_then(|number| message.numbers.get(&number));
            let Some(field) = position.map(|position| &message.fields[*position]) else {
                if seen.insert(number) {
                    let text = format!("field number `{number}` is not known");
                    self.note(&message.name, at, "fields", text)?;
                }
                self.skip_value(&message.name, number, wire, end, level, at)?;
                continue;
            };
            seen.insert(number);
            let index = position.map_or(0, |position| count(&mut counts, *position));
            self.field(
                field,
                (number, wire),
                index,
                end,
                level,
                &at.key(&field.key),
            )?;
        }
        for field in message.required.iter().map(|at| &message.fields[*at]) {
            if !seen.contains(&u64::from(field.number)) {
                let text = format!("field `{}` is missing", field.key);
                self.note(&field.full_name, at, "required", text)?;
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &'s Field,
        (number, wire): (u64, u64),
        index: usize,
        end: usize,
        level: usize,
        at: &At<'_>,
    ) -> Result<(), Stop> {
        let listed = at.index(index);
        let at = if field.shape == Shape::Single {
            at
        } else {
            &listed
        };
        let expected = wire_type(field.kind);
        if wire == 2 && expected != 2 && expected != 3 && field.shape == Shape::List {
            let inner = self.length(field, end, at)?;
            while self.at < inner {
                self.value(field, number, inner, level, at)?;
            }
            return Ok(());
        }
        if wire != expected {
            let name = field.kind.name(self.model);
            let text = format!("wire type `{wire}` is not that of `{name}`, which is `{expected}`");
            self.note(&field.full_name, at, "type", text)?;
            return self.skip_value(&field.full_name, number, wire, end, level, at);
        }
        self.value(field, number, end, level, at)
    }

    fn value(
        &mut self,
        field: &'s Field,
        number: u64,
        end: usize,
        level: usize,
        at: &At<'_>,
    ) -> Result<(), Stop> {
        match field.kind {
            Kind::Double => self.take(field, 8, end, at).map(drop),
            Kind::Float => self.take(field, 4, end, at).map(drop),
            Kind::Whole(Wire::Fixed, _, width) => {
                self.take(field, usize::from(width / 8), end, at).map(drop)
            }
            Kind::Whole(_, signed, width) => {
                let bits = self.varint(&field.full_name, end, at)?;
                self.whole(field, bits, signed, width, at)
            }
            Kind::Bool => {
                let bits = self.varint(&field.full_name, end, at)?;
                if bits > 1 {
                    self.note(
                        &field.full_name,
                        at,
                        "type",
                        format!("`{bits}` is not of type `bool`"),
                    )?;
                }
                Ok(())
            }
            Kind::Enum(id) => {
                let bits = self.varint(&field.full_name, end, at)?;
                self.symbol(field, id, bits, at)
            }
            Kind::String => {
                let inner = self.length(field, end, at)?;
                let text = std::str::from_utf8(&self.bytes[self.at..inner]);
                self.at = inner;
                match text {
                    Ok(_) => Ok(()),
                    Err(_) => self.note(
                        &field.full_name,
                        at,
                        "type",
                        "the text is not UTF-8".to_owned(),
                    ),
                }
            }
            Kind::Bytes => {
                self.at = self.length(field, end, at)?;
                Ok(())
            }
            Kind::Message(id) => {
                let inner = self.length(field, end, at)?;
                self.message(id, inner, None, level + 1, at)
            }
            Kind::Group(id) => self.message(id, end, Some(number), level + 1, at),
        }
    }

    fn whole(
        &mut self,
        field: &Field,
        bits: u64,
        signed: bool,
        width: u8,
        at: &At<'_>,
    ) -> Result<(), Stop> {
        let negative = matches!(field.kind, Kind::Whole(Wire::Varint, true, _));
        // Negative numbers are written with 64 bits, whatever their type.
        let small = i64::from_ne_bytes(bits.to_ne_bytes());
        let fits = width == 64
            || u32::try_from(bits)
                .is_ok_and(|bits| !signed || !negative || i32::try_from(bits).is_ok())
            || (negative && i32::try_from(small).is_ok());
        if fits {
            return Ok(());
        }
        let text = format!(
            "`{bits}` does not fit in the `{width}` bits of `{}`",
            field.kind.name(self.model)
        );
        self.note(&field.full_name, at, "type", text)
    }

    fn symbol(&mut self, field: &Field, id: usize, bits: u64, at: &At<'_>) -> Result<(), Stop> {
        let kind = &self.model.enums[id];
        let number = i32::try_from(i64::from_ne_bytes(bits.to_ne_bytes()));
        let fits = number.is_ok_and(|number| !kind.is_closed || kind.has_number(number));
        if fits {
            return Ok(());
        }
        let text = format!("`{bits}` is no value of `{}`", kind.name);
        self.note(&field.full_name, at, "type", text)
    }

    /// Passes over a value that is not known, or not what it should be.
    fn skip_value(
        &mut self,
        schema: &str,
        number: u64,
        wire: u64,
        end: usize,
        level: usize,
        at: &At<'_>,
    ) -> Result<(), Stop> {
        match wire {
            0 => self.varint(schema, end, at).map(drop),
            1 => self.bytes_of(schema, 8, end, at),
            2 => {
                let length = self.varint(schema, end, at)?;
                self.bytes_of(schema, length, end, at)
            }
            3 if level > MAX_LEVELS => {
                let text = format!("messages are nested deeper than `{MAX_LEVELS}` levels");
                self.stop(schema, at, "depth", text)
            }
            3 => loop {
                let tag = self.varint(schema, end, at)?;
                if tag & 7 == 4 && tag >> 3 == number {
                    return Ok(());
                }
                self.skip_value(schema, tag >> 3, tag & 7, end, level + 1, at)?;
            },
            5 => self.bytes_of(schema, 4, end, at),
            4 => self.stop(
                schema,
                at,
                "type",
                format!("a group `{number}` ends that did not begin"),
            ),
            _ => self.stop(
                schema,
                at,
                "type",
                format!("there is no wire type `{wire}`"),
            ),
        }
    }

    /// Where the value behind a length ends.
    fn length(&mut self, field: &Field, end: usize, at: &At<'_>) -> Result<usize, Stop> {
        let length = self.varint(&field.full_name, end, at)?;
        let start = self.at;
        self.bytes_of(&field.full_name, length, end, at)?;
        Ok(std::mem::replace(&mut self.at, start))
    }

    fn take(&mut self, field: &Field, count: usize, end: usize, at: &At<'_>) -> Result<(), Stop> {
        self.bytes_of(&field.full_name, count as u64, end, at)
    }

    fn bytes_of(&mut self, schema: &str, count: u64, end: usize, at: &At<'_>) -> Result<(), Stop> {
        let left = end - self.at;
        match usize::try_from(count).ok().filter(|count| *count <= left) {
            Some(count) => {
                self.at += count;
                Ok(())
            }
            None => {
                let text =
                    format!("the bytes end too early: `{count}` are needed, `{left}` are left");
                self.stop(schema, at, "type", text)
            }
        }
    }

    fn varint(&mut self, schema: &str, end: usize, at: &At<'_>) -> Result<u64, Stop> {
        let start = self.at;
        match varint(&self.bytes[..end], &mut self.at) {
            Some(bits) => Ok(bits),
            None if end - start < 10 => self.stop(
                schema,
                at,
                "type",
                "the bytes end inside a number".to_owned(),
            ),
            None => self.stop(
                schema,
                at,
                "type",
                "a number has more than `10` bytes".to_owned(),
            ),
        }
    }

    fn note(
        &mut self,
        schema: &str,
        at: &At<'_>,
        keyword: &str,
        message: String,
    ) -> Result<(), Stop> {
        self.found
            .push(violation(at.pointer(), schema, keyword, message));
        if self.found.len() < MOST {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    fn stop<T>(
        &mut self,
        schema: &str,
        at: &At<'_>,
        keyword: &str,
        message: String,
    ) -> Result<T, Stop> {
        self.found
            .push(violation(at.pointer(), schema, keyword, message));
        Err(Stop)
    }
}

/// A number in up to ten bytes of seven bits, the lowest first.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut bits: u64 = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        bits |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(bits);
        }
    }
    None
}

/// How often a field was met before.
fn count(counts: &mut Vec<usize>, position: usize) -> usize {
    if counts.len() <= position {
        counts.resize(position + 1, 0);
    }
    counts[position] += 1;
    counts[position] - 1
}

fn wire_type(kind: Kind) -> u64 {
    match kind {
        Kind::Whole(Wire::Fixed, _, 32) | Kind::Float => 5,
        Kind::Whole(Wire::Fixed, ..) | Kind::Double => 1,
        Kind::Whole(..) | Kind::Bool | Kind::Enum(_) => 0,
        Kind::String | Kind::Bytes | Kind::Message(_) => 2,
        Kind::Group(_) => 3,
    }
}
