//! The form of a schema that says no more than how its values are read, and the number that stands for it.
use super::kind::{Kind, TypeId, Types};
use std::collections::HashSet;

/// CRC-64-AVRO of the parsing canonical form, which is worked out once.
pub(super) fn fingerprint(types: &Types) -> u64 {
    *types.fingerprint.get_or_init(|| hash(&canonical(types)))
}

fn hash(form: &str) -> u64 {
    const EMPTY: u64 = 0xc15d_213a_a4d7_a795;
    form.bytes().fold(EMPTY, |hash, byte| {
        let mut row = (hash ^ u64::from(byte)) & 0xff;
        for _ in 0..8 {
            row = (row >> 1) ^ (EMPTY & (row & 1).wrapping_neg());
        }
        (hash >> 8) ^ row
    })
}

/// The parsing canonical form.
fn canonical(types: &Types) -> String {
    let mut form = Form {
        types,
        text: String::new(),
        named: HashSet::new(),
    };
    form.write(types.root);
    form.text
}

struct Form<'s> {
    types: &'s Types,
    text: String,
    /// Which types with a name the text has already.
    named: HashSet<TypeId>,
}

impl Form<'_> {
    fn write(&mut self, id: TypeId) {
        let types = self.types;
        let kind = &types.types[id].kind;
        let name = kind.name();
        match kind {
            Kind::Record { .. } | Kind::Enum { .. } | Kind::Fixed { .. }
                if !self.named.insert(id) =>
            {
                self.quote(name);
            }
            Kind::Record { fields, .. } => {
                self.head(name, "record");
                self.text += ",\"fields\":";
                self.list(fields, |form, field| {
                    form.text += "{\"name\":";
                    form.quote(&field.name);
                    form.text += ",\"type\":";
                    form.write(field.kind);
                    form.text += "}";
                });
                self.text += "}";
            }
            Kind::Enum { symbols, .. } => {
                self.head(name, "enum");
                self.text += ",\"symbols\":";
                self.list(symbols, |form, symbol| form.quote(symbol));
                self.text += "}";
            }
            Kind::Fixed { size, .. } => {
                self.head(name, "fixed");
                self.text += &format!(",\"size\":{size}}}");
            }
            Kind::Array(inner) => self.container("array", "items", *inner),
            Kind::Map(inner) => self.container("map", "values", *inner),
            Kind::Union(union) => self.list(&union.branches, |form, branch| form.write(*branch)),
            _ => self.quote(name),
        }
    }

    fn head(&mut self, name: &str, kind: &str) {
        self.text += "{\"name\":";
        self.quote(name);
        self.text += &format!(",\"type\":\"{kind}\"");
    }

    fn container(&mut self, kind: &str, key: &str, inner: TypeId) {
        self.text += &format!("{{\"type\":\"{kind}\",\"{key}\":");
        self.write(inner);
        self.text += "}";
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.text += "[";
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text += ",";
            }
            write(self, item);
        }
        self.text += "]";
    }

    /// Names have nothing in them that would have to be escaped.
    fn quote(&mut self, text: &str) {
        self.text += &format!("\"{text}\"");
    }
}

#[cfg(test)]
mod tests {
    use super::{super::compile::compile, *};

    #[test]
    fn the_form_has_what_values_are_read_by_and_nothing_else() {
        let schema = r#"{"namespace": "a", "doc": "x", "name": "R", "type": "record", "aliases": ["Q"], "fields": [
            {"name": "e", "default": "X", "type": {"type": "enum", "name": "b.E", "symbols": ["X", "Y"], "default": "X"}},
            {"name": "f", "type": {"size": 2, "type": "fixed", "name": "F"}}, {"name": "g", "type": ["null", "F", {"type": "R"}]},
            {"name": "m", "type": {"type": "map", "values": {"items": {"type": "long", "logicalType": "timestamp-millis"}, "type": "array"}}}]}"#;
        let expected = concat!(
            r#"{"name":"a.R","type":"record","fields":[{"name":"e","type":{"name":"b.E","type":"enum","symbols":["X","Y"]}},"#,
            r#"{"name":"f","type":{"name":"a.F","type":"fixed","size":2}},{"name":"g","type":["null","a.F","a.R"]},"#,
            r#"{"name":"m","type":{"type":"map","values":{"type":"array","items":"long"}}}]}"#
        );
        assert_eq!(canonical(&compile(schema).unwrap()), expected);
    }

    #[test]
    fn fingerprints_are_those_that_everybody_counts() {
        for (schema, expected) in [
            (r#""null""#, 0x63dd_24e7_cc25_8f8a),
            (r#""string""#, 0x8f01_4872_6345_03c7),
            (r#"{"type": "long"}"#, 0xd054_e144_93f4_1db7),
        ] {
            assert_eq!(fingerprint(&compile(schema).unwrap()), expected, "{schema}");
        }
    }
}
