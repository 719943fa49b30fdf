//! Examples of a message in Protobuf's JSON: every field set, each alternative of each `oneof` once.
use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::ProtobufValidator;
use super::known::Known;
use super::model::{Field, Kind, MessageId, Model, Shape};
use crate::Examples;
use crate::example::{Random, in_format, word};

/// How many examples are made at most.
const MAX_EXAMPLES: usize = 100;
/// Levels on which fields are set that need not be.
const OPTIONAL_LEVELS: usize = 4;
/// Levels of a value.
const MAX_LEVELS: usize = 24;
/// How many values an example holds at most: messages of messages of many fields grow fast.
const MAX_STEPS: usize = 2_000;

/// A field of a `oneof`: message, `oneof`, field.
type Choice = (MessageId, usize, usize);

pub(super) fn examples(schema: &ProtobufValidator, seed: u64) -> Examples {
    let model = &*schema.model;
    let mut made = Examples::default();
    let mut known = HashSet::new();
    let mut waiting: VecDeque<Vec<Choice>> = VecDeque::from([Vec::new()]);
    let mut number = 0;
    while let Some(choices) = waiting.pop_front() {
        let wanted = choices.last().copied();
        if made.values.len() == MAX_EXAMPLES {
            made.missing
                .extend(wanted.map(|choice| shown(model, choice)));
            continue;
        }
        let mut maker = Maker {
            model,
            random: Random::new(seed, number, 0),
            given: choices
                .iter()
                .map(|(message, oneof, field)| ((*message, *oneof), *field))
                .collect(),
            met: Vec::new(),
            way: Vec::new(),
            steps: MAX_STEPS,
        };
        number += 1;
        let value = maker.message(schema.root, 0);
        for (message, oneof, chosen) in &maker.met {
            known.insert((*message, *oneof, *chosen));
        }
        for (message, oneof, _) in &maker.met {
            for field in fields_of(model, *message, *oneof) {
                if known.insert((*message, *oneof, field)) {
                    let mut next = choices.clone();
                    next.push((*message, *oneof, field));
                    waiting.push_back(next);
                }
            }
        }
        let has_wanted = wanted.is_none_or(|wanted| maker.met.contains(&wanted));
        match value.filter(|value| has_wanted && schema.is_valid_json(value)) {
            Some(value) if !made.values.contains(&value) => made.values.push(value),
            Some(_) => {}
            None => made.missing.push(match wanted {
                Some(wanted) => shown(model, wanted),
                None => schema.message().to_owned(),
            }),
        }
    }
    made
}

fn shown(model: &Model, (message, oneof, field): Choice) -> String {
    let message = &model.messages[message];
    format!(
        "{}.{}/{}",
        message.name, message.oneofs[oneof], message.fields[field].key
    )
}

fn fields_of(model: &Model, message: MessageId, oneof: usize) -> Vec<usize> {
    let fields = model.messages[message].fields.iter().enumerate();
    let of = fields.filter(|(_, field)| field.oneof == Some(oneof));
    of.map(|(at, _)| at).collect()
}

struct Maker<'s> {
    model: &'s Model,
    random: Random,
    given: HashMap<(MessageId, usize), usize>,
    met: Vec<Choice>,
    /// The messages that are being made, the outermost first.
    way: Vec<MessageId>,
    steps: usize,
}

impl Maker<'_> {
    /// Nothing where a message needs itself.
    fn message(&mut self, id: MessageId, level: usize) -> Option<Value> {
        if level > MAX_LEVELS {
            return None;
        }
        let message = &self.model.messages[id];
        if let Some(known) = message.known {
            return self.known(known, id, level);
        }
        self.way.push(id);
        let map = self.object(id, level);
        self.way.pop();
        map.map(Value::Object)
    }

    fn object(&mut self, id: MessageId, level: usize) -> Option<Map<String, Value>> {
        let message = &self.model.messages[id];
        let chosen: Vec<usize> = (0..message.oneofs.len())
            .filter_map(|oneof| self.choose(id, oneof, level))
            .collect();
        let mut map = Map::new();
        for (at, field) in message.fields.iter().enumerate() {
            let is_shown = match field.oneof {
                Some(_) => chosen.contains(&at),
                None => self.is_shown(field, level),
            };
            if !is_shown {
                continue;
            }
            match self.field(field, level) {
                Some(value) => drop(map.insert(field.key.clone(), value)),
                None if field.is_required => return None,
                None => {}
            }
        }
        Some(map)
    }

    fn is_shown(&self, field: &Field, level: usize) -> bool {
        let inner = match (field.shape, field.kind) {
            (Shape::Map, Kind::Message(entry)) => self.model.messages[entry]
                .fields
                .get(1)
                .map(|field| field.kind),
            (_, kind) => Some(kind),
        };
        let is_near = match inner {
            Some(Kind::Message(id) | Kind::Group(id)) => {
                let again = self.way.iter().filter(|open| **open == id).count();
                level < OPTIONAL_LEVELS && again < 2
            }
            _ => true,
        };
        field.is_required || (is_near && self.steps > 0)
    }

    /// The field of a `oneof` that is set; deep inside none that leads deeper.
    fn choose(&mut self, id: MessageId, oneof: usize, level: usize) -> Option<usize> {
        let fields = fields_of(self.model, id, oneof);
        let of_message = &self.model.messages[id].fields;
        let given = self.given.get(&(id, oneof)).copied();
        let mut shown = given.into_iter().chain(fields);
        let chosen = shown.find(|at| self.is_shown(&of_message[*at], level))?;
        self.met.push((id, oneof, chosen));
        Some(chosen)
    }

    fn field(&mut self, field: &Field, level: usize) -> Option<Value> {
        self.steps = self.steps.saturating_sub(1);
        match field.shape {
            Shape::Single => self.single(field, level),
            Shape::List => Some(Value::Array(
                self.single(field, level).into_iter().collect(),
            )),
            Shape::Map => {
                let Kind::Message(entry) = field.kind else {
                    return None;
                };
                let [key, value] = &self.model.messages[entry].fields[..] else {
                    return None;
                };
                let key = match self.single(key, level)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                let value = self.single(value, level);
                Some(Value::Object(
                    value.map(|value| (key, value)).into_iter().collect(),
                ))
            }
        }
    }

    fn single(&mut self, field: &Field, level: usize) -> Option<Value> {
        let random = &mut self.random;
        Some(match field.kind {
            Kind::Message(id) | Kind::Group(id) => return self.message(id, level + 1),
            Kind::Enum(id) => {
                let kind = &self.model.enums[id];
                if kind.is_null() {
                    return Some(Value::Null);
                }
                // The first is mostly a stand-in for nothing.
                let named = kind.values.len().saturating_sub(1).max(1);
                let at = (kind.values.len() - named) + random.index(named);
                json!(kind.values.get(at)?.0)
            }
            Kind::Whole(_, _, 64) => json!(random.below(100_000).to_string()),
            Kind::Whole(..) => json!(random.below(1_000)),
            Kind::Double | Kind::Float => json!(random.below(4_000) as f64 / 4.0),
            Kind::Bool => json!(random.coin()),
            Kind::String => json!(word(random)),
            Kind::Bytes => json!(in_format("byte", random)?),
        })
    }

    fn known(&mut self, known: Known, id: MessageId, level: usize) -> Option<Value> {
        let random = &mut self.random;
        Some(match known {
            Known::Any | Known::Empty => json!({}),
            Known::Duration => json!(format!("{}s", random.below(3_600))),
            Known::FieldMask => json!(word(random)),
            Known::ListValue => json!([word(random)]),
            Known::Struct => json!({ word(random): word(random) }),
            Known::Timestamp => json!(in_format("date-time", random)?),
            Known::Value => json!(word(random)),
            Known::Wrapper => {
                let field = self.model.messages[id].fields.first()?;
                return self.single(field, level);
            }
        })
    }
}
