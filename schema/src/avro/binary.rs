//! Avro's binary encoding against a schema: read through, nothing kept.
use super::{AvroValidator, Kind, TypeId, too_deep_text};
use crate::Violation;
use crate::at::At;
use crate::pointer::MAX_DEPTH;

/// How many values without bytes of their own, such as nulls in a list, are read besides those with some.
const EMPTY_VALUES: usize = 1_000_000;
/// How many values one byte may lead to: records hold records that hold one number.
const VALUES_A_BYTE: usize = 64;

/// Headers that are often left before the encoded value: first bytes, length, whose they are.
const HEADERS: [(&[u8], usize, &str); 2] = [
    (&[0], 5, "a schema registry's clients"),
    (&[0xc3, 0x01], 10, "Avro's single-object encoding"),
];

pub(super) fn validate(schema: &AvroValidator, bytes: &[u8]) -> Vec<Violation> {
    let found = read(schema, bytes);
    if found.is_empty() {
        return found;
    }
    let header = HEADERS.iter().find(|(first, length, _)| {
        let rest = bytes.get(*length..);
        bytes.starts_with(first) && rest.is_some_and(|rest| read(schema, rest).is_empty())
    });
    let Some((_, length, whose)) = header else {
        return found;
    };
    let message =
        format!("`{length}` bytes too many stand before the value: the header of {whose}");
    vec![schema.violation(String::new(), schema.root, "header", message)]
}

fn read(schema: &AvroValidator, bytes: &[u8]) -> Vec<Violation> {
    let mut reader = Reader {
        schema,
        bytes,
        at: 0,
        steps: bytes
            .len()
            .saturating_mul(VALUES_A_BYTE)
            .saturating_add(EMPTY_VALUES),
        depth: 0,
        found: Vec::new(),
    };
    let end = reader.value(schema.root, &At::ROOT);
    let left = bytes.len() - reader.at;
    if end.is_ok() && left > 0 {
        let message = format!("`{left}` bytes are left over behind the value");
        reader.note(schema.root, &At::ROOT, "type", message);
    }
    reader.found
}

struct Reader<'s> {
    schema: &'s AvroValidator,
    bytes: &'s [u8],
    /// Where reading goes on.
    at: usize,
    /// How many more values may be read.
    steps: usize,
    depth: usize,
    found: Vec<Violation>,
}

/// What follows cannot be understood; it was noted why.
struct Stop;

impl<'s> Reader<'s> {
    fn value(&mut self, id: TypeId, at: &At<'_>) -> Result<(), Stop> {
        if self.depth > MAX_DEPTH {
            return self.stop(id, at, "depth", too_deep_text());
        }
        let Some(steps) = self.steps.checked_sub(1) else {
            return self.stop(id, at, "steps", "too many values without bytes".to_owned());
        };
        self.steps = steps;
        let schema = self.schema;
        match &schema.types[id].kind {
            Kind::Null => Ok(()),
            Kind::Boolean => self.boolean(id, at),
            Kind::Int => {
                let whole = self.long(id, at)?;
                if i32::try_from(whole).is_err() {
                    let message = format!("`{whole}` does not fit in the 32 bits of an `int`");
                    self.note(id, at, "type", message);
                }
                Ok(())
            }
            Kind::Long => self.long(id, at).map(drop),
            Kind::Float => self.take(4, id, at).map(drop),
            Kind::Double => self.take(8, id, at).map(drop),
            Kind::Fixed { size, .. } => self.take(*size, id, at).map(drop),
            Kind::Bytes => self.sized(id, at).map(drop),
            Kind::String => self.text(id, at).map(drop),
            Kind::Uuid => self.uuid(id, at),
            Kind::Enum { symbols, .. } => {
                let index = self.long(id, at)?;
                if usize::try_from(index).is_ok_and(|index| index < symbols.len()) {
                    return Ok(());
                }
                let message = format!("`{index}` is no symbol of `{}`", schema.name(id));
                self.note(id, at, "symbols", message);
                Ok(())
            }
            Kind::Union(branches) => {
                let index = self.long(id, at)?;
                let branch = usize::try_from(index)
                    .ok()
                    .and_then(|index| branches.get(index));
                match branch {
                    Some(branch) => self.inner(*branch, at),
                    None => {
                        let message = format!(
                            "`{index}` is none of the {} types of the union",
                            branches.len()
                        );
                        self.stop(id, at, "union", message)
                    }
                }
            }
            Kind::Record { fields, .. } => fields
                .iter()
                .try_for_each(|field| self.inner(field.kind, &at.key(&field.name))),
            Kind::Array(item) => self.blocks(id, at, |reader, index| {
                reader.inner(*item, &at.index(index))
            }),
            Kind::Map(item) => self.blocks(id, at, |reader, _| {
                let key = reader.text(id, at)?;
                reader.inner(*item, &at.key(key))
            }),
        }
    }

    fn inner(&mut self, id: TypeId, at: &At<'_>) -> Result<(), Stop> {
        self.depth += 1;
        let end = self.value(id, at);
        self.depth -= 1;
        end
    }

    fn boolean(&mut self, id: TypeId, at: &At<'_>) -> Result<(), Stop> {
        let byte = self.take(1, id, at)?[0];
        if byte > 1 {
            self.note(
                id,
                at,
                "type",
                format!("byte `{byte}` is not of type `boolean`"),
            );
        }
        Ok(())
    }

    /// Items in blocks, each with its count; a negative one is followed by the size of the block.
    fn blocks(
        &mut self,
        id: TypeId,
        at: &At<'_>,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut index = 0;
        loop {
            let count = self.long(id, at)?;
            if count == 0 {
                return Ok(());
            }
            let end = if count < 0 {
                let size = self.long(id, at)?;
                Some((usize::try_from(size).ok()).and_then(|size| self.at.checked_add(size)))
            } else {
                None
            };
            for _ in 0..count.unsigned_abs() {
                item(self, index)?;
                index += 1;
            }
            if end.is_some_and(|end| end != Some(self.at)) {
                let message = "the block's size is not that of its items".to_owned();
                return self.stop(id, at, "type", message);
            }
        }
    }

    fn uuid(&mut self, id: TypeId, at: &At<'_>) -> Result<(), Stop> {
        let text = self.text(id, at)?;
        if !crate::keywords::is_uuid(text) {
            let text = crate::wording::show(&serde_json::Value::from(text));
            self.note(
                id,
                at,
                "logicalType",
                format!("{text} is not a valid `uuid`"),
            );
        }
        Ok(())
    }

    fn text(&mut self, id: TypeId, at: &At<'_>) -> Result<&'s str, Stop> {
        let bytes = self.sized(id, at)?;
        Ok(std::str::from_utf8(bytes).unwrap_or_else(|_| {
            self.note(id, at, "type", "the text is not UTF-8".to_owned());
            ""
        }))
    }

    fn sized(&mut self, id: TypeId, at: &At<'_>) -> Result<&'s [u8], Stop> {
        let length = self.long(id, at)?;
        match usize::try_from(length) {
            Ok(length) => self.take(length, id, at),
            Err(_) => {
                let message = format!("`{length}` is no length");
                self.stop(id, at, "type", message)
            }
        }
    }

    /// A number in up to ten bytes of seven bits, the lowest first, its sign in the lowest bit.
    fn long(&mut self, id: TypeId, at: &At<'_>) -> Result<i64, Stop> {
        let mut bits: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1, id, at)?[0];
            bits |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let half = i64::from_ne_bytes((bits >> 1).to_ne_bytes());
                return Ok(if bits & 1 == 1 { !half } else { half });
            }
        }
        self.stop(
            id,
            at,
            "type",
            "the number has more than `10` bytes".to_owned(),
        )
    }

    fn take(&mut self, count: usize, id: TypeId, at: &At<'_>) -> Result<&'s [u8], Stop> {
        let bytes = self.bytes;
        match bytes[self.at..].get(..count) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => {
                let left = bytes.len() - self.at;
                let name = self.schema.name(id);
                let message = format!(
                    "the bytes end inside the `{name}`: `{count}` are needed, `{left}` are left"
                );
                self.stop(id, at, "type", message)
            }
        }
    }

    fn stop<T>(
        &mut self,
        id: TypeId,
        at: &At<'_>,
        keyword: &str,
        message: String,
    ) -> Result<T, Stop> {
        self.note(id, at, keyword, message);
        Err(Stop)
    }

    fn note(&mut self, id: TypeId, at: &At<'_>, keyword: &str, message: String) {
        let message = format!("{message} (at byte {})", self.at);
        let found = self.schema.violation(at.pointer(), id, keyword, message);
        self.found.push(found);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;

    fn check(schema: Value, bytes: &[u8], expect: Expect) {
        let found = AvroValidator::compile(&schema)
            .unwrap()
            .validate_binary(bytes);
        let lines: Vec<String> = found
            .iter()
            .map(|found| format!("{} {} ({})", found.instance, found.message, found.schema))
            .collect();
        expect.assert_eq(&lines.join("\n"));
    }

    fn order() -> Value {
        json!({ "type": "record", "name": "Order", "fields": [
            { "name": "id", "type": "string" },
            { "name": "counts", "type": { "type": "array", "items": "int" } },
            { "name": "tags", "type": { "type": "map", "values": ["null", "boolean"] } },
            { "name": "state", "type": { "type": "enum", "name": "State", "symbols": ["NEW", "PAID"] } },
        ] })
    }

    /// `{"id": "a", "counts": [1, -2], "tags": {"x": true, "y": null}, "state": "PAID"}`
    const GOOD: &[u8] = &[2, b'a', 3, 4, 2, 3, 0, 4, 2, b'x', 2, 1, 2, b'y', 0, 0, 2];

    #[test]
    fn what_the_schema_describes_is_valid() {
        check(order(), GOOD, expect![[""]]);
        let library = apache_avro::Schema::parse(&order()).unwrap();
        let reader = apache_avro::reader::datum::GenericDatumReader::builder(&library).build();
        reader.unwrap().read_value(&mut &GOOD[..]).unwrap();
    }

    #[test]
    fn each_type_takes_its_bytes() {
        let uuid = json!({ "type": "string", "logicalType": "uuid" });
        let text = b"2eb8aa08-aa98-11ea-b4aa-73b441d16380";
        for (schema, good, bad) in [
            (json!("null"), vec![], vec![0]),
            (json!("boolean"), vec![1], vec![2]),
            // The least and the most of 32 bits, and one more.
            (
                json!("int"),
                vec![0xff, 0xff, 0xff, 0xff, 0x0f],
                vec![0x80, 0x80, 0x80, 0x80, 0x10],
            ),
            (
                json!("int"),
                vec![0xfe, 0xff, 0xff, 0xff, 0x0f],
                vec![0x81, 0x80, 0x80, 0x80, 0x10],
            ),
            (
                json!("long"),
                vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                vec![0x80],
            ),
            (json!("float"), vec![0; 4], vec![0; 3]),
            (json!("double"), vec![0; 8], vec![0; 9]),
            (
                json!({ "type": "fixed", "name": "F", "size": 3 }),
                vec![0; 3],
                vec![0; 2],
            ),
            (json!("bytes"), vec![4, 0xff, 0xfe], vec![6, 0xff, 0xfe]),
            (json!("bytes"), vec![0], vec![1]),
            (json!("string"), vec![4, 0xc3, 0xa9], vec![2, 0xc3]),
            (
                uuid.clone(),
                [&[72][..], text].concat(),
                [&[70][..], &text[1..]].concat(),
            ),
            (
                json!({ "type": "array", "items": "null" }),
                vec![6, 0],
                vec![6],
            ),
            // A block with its length in bytes, which must be right.
            (
                json!({ "type": "array", "items": "boolean" }),
                vec![3, 4, 1, 0, 0],
                vec![3, 2, 1, 0, 0],
            ),
        ] {
            let validator = AvroValidator::compile(&schema).unwrap();
            assert_eq!(validator.validate_binary(&good), [], "{schema} {good:?}");
            assert!(
                !validator.validate_binary(&bad).is_empty(),
                "{schema} {bad:?}"
            );
        }
    }

    #[test]
    fn violations_name_the_value_and_the_byte() {
        let mut bytes = GOOD.to_vec();
        bytes[1] = 0xff;
        bytes[11] = 7;
        bytes[16] = 8;
        check(
            order(),
            &bytes,
            expect![[r#"
            /id the text is not UTF-8 (at byte 2) (/fields/0/type)
            /tags/x byte `7` is not of type `boolean` (at byte 12) (/fields/2/type/values/1)
            /state `4` is no symbol of `State` (at byte 17) (/fields/3/type)"#]],
        );
        bytes[10] = 6;
        check(
            order(),
            &bytes,
            expect![[r#"
            /id the text is not UTF-8 (at byte 2) (/fields/0/type)
            /tags/x `3` is none of the 2 types of the union (at byte 11) (/fields/2/type/values)"#]],
        );
        check(
            order(),
            &GOOD[..9],
            expect![
                "/tags the bytes end inside the `map`: `1` are needed, `0` are left (at byte 9) (/fields/2/type)"
            ],
        );
        check(
            order(),
            &[GOOD, &[1, 2]].concat(),
            expect![" `2` bytes are left over behind the value (at byte 17) ()"],
        );
        check(
            order(),
            &[0xff; 11],
            expect!["/id the number has more than `10` bytes (at byte 10) (/fields/0/type)"],
        );
    }

    #[test]
    fn headers_before_the_value_are_recognised() {
        check(
            order(),
            &[&[0, 0, 0, 0, 9], GOOD].concat(),
            expect![
                " `5` bytes too many stand before the value: the header of a schema registry's clients ()"
            ],
        );
    }

    #[test]
    fn hostile_bytes_end() {
        let list = json!({ "type": "record", "name": "L", "fields": [{ "name": "n", "type": ["null", "L"] }] });
        let found = AvroValidator::compile(&list)
            .unwrap()
            .validate_binary(&[2; 100_000]);
        assert_eq!(found[0].keyword, "depth");
        // A record and its union are a level each; the value at the end is one more.
        let levels = |records: usize| {
            let bytes = [vec![2; records], vec![0]].concat();
            AvroValidator::compile(&list)
                .unwrap()
                .validate_binary(&bytes)
        };
        let most = (MAX_DEPTH - 2) / 2;
        assert_eq!(levels(most), []);
        assert_eq!(levels(most + 1)[0].keyword, "depth");
        let nulls = json!({ "type": "array", "items": "null" });
        let many = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let found = AvroValidator::compile(&nulls)
            .unwrap()
            .validate_binary(&many);
        assert_eq!(found[0].keyword, "steps");
    }
}
