//! Examples of an Avro schema in its JSON encoding: each type of each union once.
use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::{AvroJson, AvroValidator, Kind, TypeId};
use crate::Examples;
use crate::example::{Random, in_format, word};

/// How many examples are made at most.
const MAX_EXAMPLES: usize = 100;
/// Levels on which unions and lists may lead deeper.
const OPTIONAL_LEVELS: usize = 6;
/// Levels of a value.
const MAX_LEVELS: usize = 40;
/// How many values an example holds before unions and lists are kept short.
const MAX_STEPS: usize = 2_000;
/// Bytes of a fixed type that are shown; longer ones have no example.
const MAX_SIZE: usize = 10_000;

/// A type of a union: the union, and the position in it.
type Choice = (TypeId, usize);

/// Makes examples; the same seed gives the same ones.
pub(super) fn examples(schema: &AvroValidator, seed: u64) -> Examples {
    let mut made = Examples::default();
    let mut known: HashSet<Choice> = HashSet::new();
    let mut waiting: VecDeque<Vec<Choice>> = VecDeque::from([Vec::new()]);
    let mut number = 0;
    while let Some(choices) = waiting.pop_front() {
        let wanted = choices.last().copied();
        if made.values.len() == MAX_EXAMPLES {
            made.missing
                .extend(wanted.map(|wanted| place(schema, wanted)));
            continue;
        }
        let mut maker = Maker {
            schema,
            random: Random::new(seed, number, 0),
            given: choices.iter().copied().collect(),
            met: Vec::new(),
            steps: MAX_STEPS,
        };
        number += 1;
        let value = maker.value(schema.root, 0);
        known.extend(&maker.met);
        for (union, _) in &maker.met {
            let Kind::Union(branches) = &schema.types[*union].kind else {
                continue;
            };
            for position in 0..branches.len() {
                if known.insert((*union, position)) {
                    let mut next = choices.clone();
                    next.push((*union, position));
                    waiting.push_back(next);
                }
            }
        }
        let has_wanted = wanted.is_none_or(|wanted| maker.met.contains(&wanted));
        let fits = |value: &Value| has_wanted && schema.is_valid_json(value, AvroJson::Tagged);
        match value.filter(fits) {
            Some(value) if !made.values.contains(&value) => made.values.push(value),
            Some(_) => {}
            None => made
                .missing
                .push(wanted.map_or_else(String::new, |wanted| place(schema, wanted))),
        }
    }
    made
}

fn place(schema: &AvroValidator, (union, position): Choice) -> String {
    format!("{}/{position}", schema.types[union].pointer)
}

struct Maker<'s> {
    schema: &'s AvroValidator,
    random: Random,
    given: HashMap<TypeId, usize>,
    met: Vec<Choice>,
    steps: usize,
}

impl Maker<'_> {
    /// Nothing where a type needs itself.
    fn value(&mut self, id: TypeId, level: usize) -> Option<Value> {
        if level > MAX_LEVELS {
            return None;
        }
        self.steps = self.steps.saturating_sub(1);
        let schema = self.schema;
        let random = &mut self.random;
        Some(match &schema.types[id].kind {
            Kind::Null => Value::Null,
            Kind::Boolean => json!(random.coin()),
            Kind::Int => json!(random.below(1_000)),
            Kind::Long => json!(random.below(100_000)),
            Kind::Float | Kind::Double => json!(random.below(4_000) as f64 / 4.0),
            Kind::Bytes | Kind::String => json!(word(random)),
            Kind::Uuid => json!(in_format("uuid", random)?),
            Kind::Enum { symbols, .. } => json!(symbols.get(random.index(symbols.len()))?),
            Kind::Fixed { size, .. } if *size > MAX_SIZE => return None,
            Kind::Fixed { size, .. } => {
                let letters = (0..*size).map(|_| char::from(b'a' + random.below(26) as u8));
                json!(letters.collect::<String>())
            }
            Kind::Array(item) if self.is_near(level) => json!([self.value(*item, level + 1)?]),
            Kind::Map(item) if self.is_near(level) => {
                let key = word(&mut self.random);
                json!({ key: self.value(*item, level + 1)? })
            }
            Kind::Array(_) => json!([]),
            Kind::Map(_) => json!({}),
            Kind::Record { fields, .. } => {
                let mut map = Map::new();
                for field in fields {
                    map.insert(field.name.clone(), self.value(field.kind, level + 1)?);
                }
                Value::Object(map)
            }
            Kind::Union(branches) => {
                let position = self.choose(id, branches, level)?;
                let branch = branches[position];
                match schema.types[branch].kind {
                    Kind::Null => Value::Null,
                    _ => json!({ schema.name(branch): self.value(branch, level + 1)? }),
                }
            }
        })
    }

    fn is_near(&self, level: usize) -> bool {
        level < OPTIONAL_LEVELS && self.steps > 0
    }

    /// The given type once, so that recursion through the union comes to an end; else one that shows something, and deep
    /// inside one that does not lead deeper.
    fn choose(&mut self, id: TypeId, branches: &[TypeId], level: usize) -> Option<usize> {
        let kind = |at: &usize| &self.schema.types[branches[*at]].kind;
        let is_leaf = |at: &usize| {
            !matches!(
                kind(at),
                Kind::Record { .. } | Kind::Array(_) | Kind::Map(_) | Kind::Union(_)
            )
        };
        let shows = |at: &usize| !matches!(kind(at), Kind::Null);
        let mut positions = 0..branches.len();
        let usual = if self.is_near(level) {
            positions.clone().find(shows)
        } else {
            positions.clone().find(is_leaf)
        };
        let usual = usual.or_else(|| positions.next());
        let chosen = self.given.remove(&id).or(usual)?;
        self.met.push((id, chosen));
        Some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_type_of_a_union_has_an_example() {
        let schema = AvroValidator::compile(&json!({
            "type": "record", "name": "Order", "namespace": "shop", "fields": [
                { "name": "id", "type": { "type": "string", "logicalType": "uuid" } },
                { "name": "hash", "type": { "type": "fixed", "name": "Hash", "size": 4 } },
                { "name": "pay", "type": ["null", "long", { "type": "enum", "name": "Kind", "symbols": ["A", "B"] }] },
                { "name": "next", "type": ["null", "Order", { "type": "array", "items": "shop.Hash" }] },
                { "name": "tags", "type": { "type": "map", "values": "double" } },
            ],
        }))
        .unwrap();
        let made = schema.examples(0);
        assert_eq!(made, schema.examples(0));
        assert!(made.missing.is_empty(), "{:?}", made.missing);
        let lines: Vec<String> = made.values.iter().map(Value::to_string).collect();
        expect![[r#"
            {"id":"ab0ed942-1630-4454-a97b-72ee3dc7ac99","hash":"msly","pay":{"long":64865},"next":{"shop.Order":{"id":"fe79844c-8379-4521-a251-7bf7788c0dd4","hash":"ddhf","pay":{"long":30353},"next":{"shop.Order":{"id":"18727812-585a-4c7a-a043-2c8dbd93af89","hash":"sawd","pay":{"long":10918},"next":{"shop.Order":{"id":"b68207e8-1ac9-49a5-a4df-afe92338aed7","hash":"kaci","pay":null,"next":null,"tags":{}}},"tags":{"amber":36.75}}},"tags":{"inlet":423.5}}},"tags":{"heron":835.75}}
            {"id":"1df3a17c-160e-4887-a9ac-9b1e80684f34","hash":"ryao","pay":{"shop.Kind":"A"},"next":{"shop.Order":{"id":"4f54f800-4eb1-40f7-ab99-6825a9559763","hash":"ewsl","pay":{"long":9869},"next":{"shop.Order":{"id":"c0ad787e-314d-4643-a26b-76c19e09282d","hash":"rijq","pay":{"long":34972},"next":{"shop.Order":{"id":"6ecfa9b0-64fc-44a2-a7f4-220067c15ed2","hash":"nkwm","pay":null,"next":null,"tags":{}}},"tags":{"birch":273.75}}},"tags":{"inlet":107.0}}},"tags":{"jade":661.25}}
            {"id":"c8816051-ed53-4c45-a5df-9363e45f1f02","hash":"iyjc","pay":{"long":79647},"next":{"array":["fclk"]},"tags":{"lotus":798.25}}"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn lists_and_maps_are_empty_deep_inside() {
        let within = |kind: Value, inner: &str, times: usize| {
            (0..times).fold(kind, |kind, _| {
                json!({ "type": if inner == "items" { "array" } else { "map" }, inner: kind })
            })
        };
        let made = |schema: &Value| {
            AvroValidator::compile(schema).unwrap().examples(0).values[0].to_string()
        };
        expect!["[[[[[[[]]]]]]]"].assert_eq(&made(&within(json!("int"), "items", 9)));
        let maps = made(&within(json!("int"), "values", 9));
        assert_eq!(maps.matches('{').count(), 7, "{maps}");
        let shallow = made(&within(json!("boolean"), "items", 6));
        assert_eq!(shallow.matches('[').count(), 6, "{shallow}");
        assert!(
            shallow.contains("true") || shallow.contains("false"),
            "{shallow}"
        );
    }

    #[test]
    fn a_type_that_needs_itself_has_none() {
        let endless =
            json!({ "type": "record", "name": "A", "fields": [{ "name": "a", "type": "A" }] });
        let made = AvroValidator::compile(&endless).unwrap().examples(0);
        assert_eq!(made.missing, [""]);
    }

    #[test]
    fn a_value_nests_so_deep_and_no_deeper() {
        let chain = |records: usize| {
            (0..records).fold(json!("int"), |inner, at| {
                json!({ "type": "record", "name": format!("R{at}"), "fields": [{ "name": "r", "type": inner }] })
            })
        };
        let made = |records| AvroValidator::compile(&chain(records)).unwrap().examples(0);
        assert_eq!(made(MAX_LEVELS).values.len(), 1);
        assert_eq!(made(MAX_LEVELS + 1).missing, [""]);
    }

    #[test]
    fn a_branch_without_a_value_is_missing_by_its_place() {
        let endless =
            json!({ "type": "record", "name": "B", "fields": [{ "name": "b", "type": "B" }] });
        let made = AvroValidator::compile(&json!({ "type": "record", "name": "A", "fields": [
            { "name": "a", "type": ["null", "long", endless] },
        ] }))
        .unwrap()
        .examples(0);
        assert_eq!(made.missing, ["/fields/0/type/2"]);
        assert_eq!(made.values.len(), 2);
    }
}
