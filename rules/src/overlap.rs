//! Whether one value keeps two schemas, as it does where nothing tells the two apart.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::rc::Rc;

use serde_json::{Map, Value as Json};
use tidings_document::Node;
use tidings_document::api::{Api, SchemaId, SchemaKind, SchemaObject, Type, Types};
use tidings_schema::{Schema, Validator, Values, Work, all_of, few_examples, values};

use crate::definitions::{Definitions, Outline};
use crate::schemas::in_place;

/// Schemas that are looked at to know what one says of its values.
const MOST_PARTS: usize = 64;

/// What a schema plainly says of its values, with all that must hold besides.
pub(crate) struct Plain<'a> {
    types: Option<Types>,
    /// Properties with a few values, and whether they must be there.
    tags: HashMap<&'a str, (Vec<&'a Node>, bool)>,
    required: HashSet<&'a str>,
    /// The properties that it names, where there may be no others.
    described: Option<HashSet<&'a str>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn of(api: &'a Api<'a>, id: SchemaId) -> Self {
        let mut plain = Self {
            types: None,
            tags: HashMap::new(),
            required: HashSet::new(),
            described: described(api, id),
        };
        for part in parts(api, id, |object| object.all_of.clone()) {
            let types = match (part.types, part.constant, part.enumeration) {
                (Some(types), ..) => Some(types),
                (None, Some(constant), _) => Some(types_of(std::slice::from_ref(constant))),
                (None, None, Some(values)) => Some(types_of(values)),
                _ => None,
            };
            plain.types = match (plain.types, types) {
                (Some(one), Some(other)) => Some(both(one, other)),
                (one, other) => one.or(other),
            };
            plain
                .required
                .extend(part.required.iter().map(|name| name.value));
            for property in &part.properties {
                if let Some(values) = few(api, property.schema) {
                    plain.tags.insert(property.name.value, (values, false));
                }
            }
        }
        for (name, (_, is_required)) in &mut plain.tags {
            *is_required = plain.required.contains(name);
        }
        plain
    }

    /// Whether it does not name all that the other requires.
    fn lacks(&self, other: &Self) -> bool {
        let described = self.described.as_ref();
        described.is_some_and(|names| !other.required.is_subset(names))
    }

    /// Whether it is plain that nobody who goes by one of the two would write a value that keeps both. With `usually`, a property that tells them apart may be absent, though
    /// whoever describes one means it to be there.
    pub(crate) fn is_apart(&self, other: &Self, usually: bool) -> bool {
        let types = self.types.zip(other.types);
        if types.is_some_and(|(one, other)| both(one, other) == Types::default()) {
            return true;
        }
        // Who goes by one of them has no reason to write what the other requires.
        if self.lacks(other) && other.lacks(self) {
            return true;
        }
        self.tags.iter().any(|(name, (values, is_required))| {
            other.tags.get(name).is_some_and(|(others, also_required)| {
                (usually || *is_required || *also_required)
                    && !values
                        .iter()
                        .any(|value| others.iter().any(|other| same(value, other)))
            })
        })
    }
}

/// The values of a schema that lists them.
fn few<'a>(api: &'a Api<'a>, id: SchemaId) -> Option<Vec<&'a Node>> {
    let parts = parts(api, id, |object| object.all_of.clone());
    parts
        .into_iter()
        .find_map(|part| match (part.constant, part.enumeration) {
            (Some(constant), _) => Some(vec![constant]),
            (None, Some(values)) => Some(values.iter().collect()),
            _ => None,
        })
}

fn same(one: &Node, other: &Node) -> bool {
    one.to_json() == other.to_json()
}

fn types_of(values: &[Node]) -> Types {
    let mut types = Types::default();
    for value in values {
        for (kind, name) in Type::ALL {
            let is_number = value.kind() == "number" && kind == Type::Integer;
            if name == value.kind() || is_number {
                types.insert(kind);
            }
        }
    }
    types
}

fn both(one: Types, other: Types) -> Types {
    let mut types = Types::default();
    let has = |types: Types, kind| {
        types.contains(kind) || (kind == Type::Integer && types.contains(Type::Number))
    };
    for (kind, _) in Type::ALL {
        if has(one, kind) && has(other, kind) {
            types.insert(kind);
        }
    }
    types
}

/// A schema and those that it goes on to for the same value, each once.
pub(crate) fn parts<'a>(
    api: &'a Api<'a>,
    id: SchemaId,
    next: fn(&SchemaObject<'a>) -> Vec<SchemaId>,
) -> Vec<&'a SchemaObject<'a>> {
    let (mut todo, mut seen, mut found) = (vec![id], HashSet::new(), Vec::new());
    while let Some(id) = todo.pop() {
        if seen.len() >= MOST_PARTS || !seen.insert(id) {
            continue;
        }
        if let SchemaKind::Object(object) = &api[id].kind {
            found.push(&**object);
            todo.extend(next(object));
        }
    }
    found
}

/// The properties that a schema names; nothing where it lets others be there too, or names none.
fn described<'a>(api: &'a Api<'a>, id: SchemaId) -> Option<HashSet<&'a str>> {
    let mut names = HashSet::new();
    for part in parts(api, id, in_place) {
        let open = part
            .additional_properties
            .is_some_and(|id| !matches!(api[id].kind, SchemaKind::Bool(false)));
        if open || !part.pattern_properties.is_empty() {
            return None;
        }
        names.extend(part.properties.iter().map(|property| property.name.value));
    }
    (!names.is_empty()).then_some(names)
}

/// What is known of the values that keep two schemas.
pub(crate) enum Common {
    /// There is none, which is proved.
    None,
    /// This one does, and somebody who goes by one of the schemas would write it.
    Value(Json),
    Unknown,
}

/// Looks for values that keep two schemas; what is found out about one schema is kept.
pub(crate) struct Judge<'a> {
    api: &'a Api<'a>,
    definitions: Definitions,
    work: Work,
    /// Keywords of schemas that may still be compiled.
    left: usize,
    known: HashMap<SchemaId, Rc<Known<'a>>>,
    /// The same, by a digest of all that the schema says: messages are often alike.
    alike: HashMap<u64, Rc<Known<'a>>>,
}

/// One schema.
struct Known<'a> {
    outline: Outline,
    /// Nothing where the outline takes more values than the schema.
    validator: Option<Validator>,
    /// The properties that it names, where there may be no others.
    names: Option<HashSet<&'a str>>,
    /// Values that somebody would write who goes by it, once they are asked for.
    values: OnceCell<Vec<Json>>,
}

impl Known<'_> {
    fn values(&self) -> &[Json] {
        self.values.get_or_init(|| {
            let values = made(&self.outline.schema, self.validator.as_ref());
            let values = values.iter();
            values
                .map(|value| trimmed(value, self.names.as_ref()))
                .collect()
        })
    }
}

impl<'a> Judge<'a> {
    /// A judge of these schemas; nothing where there is none.
    pub(crate) fn new(api: &'a Api<'a>, ids: impl Iterator<Item = SchemaId>) -> Option<Self> {
        Some(Self {
            api,
            definitions: Definitions::new(api, ids)?,
            work: Work::of_document(),
            left: MOST_KEYWORDS,
            known: HashMap::new(),
            alike: HashMap::new(),
        })
    }

    /// The values that keep two schemas, and all that a third says besides its `oneOf`.
    pub(crate) fn common(&mut self, pair: [SchemaId; 2], besides: Option<SchemaId>) -> Common {
        let [one, other] = pair.map(|id| self.known(id));
        let shell = besides.map(|id| self.definitions.shell(id));
        let shell_validator = shell.as_ref().map(|shell| self.validator(shell));
        let fits = |value: &Json| {
            let shell = shell_validator.iter().map(Option::as_ref);
            [one.validator.as_ref(), other.validator.as_ref()]
                .into_iter()
                .chain(shell)
                .all(|validator| validator.is_some_and(|validator| validator.is_valid(value)))
        };
        let found = [&one, &other]
            .into_iter()
            .find_map(|known| known.values().iter().find(|value| fits(value)));
        if let Some(value) = found {
            return Common::Value(value.clone());
        }
        let outlines = [&one.outline, &other.outline].into_iter().chain(&shell);
        let schema = all_of(
            outlines.map(|outline| outline.schema.value.clone()),
            one.outline.schema.dialect,
        );
        let form = match values(&schema, &mut self.work) {
            Values::None(_) => return Common::None,
            Values::Maybe(form) => form,
            Values::Unknown => return Common::Unknown,
        };
        let own = besides.map(|id| own_names(self.api, id));
        let trims = [&one, &other].map(|known| {
            let mut names = known.names.clone()?;
            names.extend(own.iter().flatten());
            Some(names)
        });
        let form = Schema::new(form, one.outline.schema.dialect);
        let made = made(&form, Validator::compile(&form).ok().as_ref());
        let mut all = made
            .iter()
            .flat_map(|value| trims.iter().map(|names| trimmed(value, names.as_ref())));
        all.find(fits).map_or(Common::Unknown, Common::Value)
    }

    fn known(&mut self, id: SchemaId) -> Rc<Known<'a>> {
        if let Some(known) = self.known.get(&id) {
            return Rc::clone(known);
        }
        let outline = self.definitions.outline(id);
        let digest = self.alike.hasher().hash_one(&outline.schema.value);
        let alike = self.alike.get(&digest);
        let known = match alike.filter(|known| known.outline == outline && outline.is_exact) {
            Some(known) => Rc::clone(known),
            None => {
                let known = Rc::new(Known {
                    values: OnceCell::new(),
                    validator: self.validator(&outline),
                    names: described(self.api, id),
                    outline,
                });
                self.alike.insert(digest, Rc::clone(&known));
                known
            }
        };
        self.known.insert(id, Rc::clone(&known));
        known
    }

    /// What judges values by an outline, where that takes no more than the schema.
    fn validator(&mut self, outline: &Outline) -> Option<Validator> {
        if !outline.is_exact {
            return None;
        }
        self.left = self.left.checked_sub(outline.size)?;
        Validator::compile(&outline.schema).ok()
    }
}

/// Some values that keep a schema.
fn made(schema: &Schema, validator: Option<&Validator>) -> Vec<Json> {
    let made = validator.map(|validator| few_examples(schema, validator, SEED, MOST_EXAMPLES));
    made.and_then(Result::ok).unwrap_or_default()
}

/// The properties that a schema names itself, not in its alternatives.
fn own_names<'a>(api: &'a Api<'a>, id: SchemaId) -> Vec<&'a str> {
    let parts = parts(api, id, |object| object.all_of.clone()).into_iter();
    parts
        .flat_map(|part| &part.properties)
        .map(|property| property.name.value)
        .collect()
}

const SEED: u64 = 1;
/// Keywords of the schemas that are compiled for one document.
const MOST_KEYWORDS: usize = 50_000;
/// How many values of one schema are tried.
const MOST_EXAMPLES: usize = 8;

/// The value with those properties only that a schema names.
fn trimmed(value: &Json, names: Option<&HashSet<&str>>) -> Json {
    match (value, names) {
        (Json::Object(map), Some(names)) => {
            let named = map.iter().filter(|(name, _)| names.contains(name.as_str()));
            Json::Object(
                named
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect::<Map<_, _>>(),
            )
        }
        _ => value.clone(),
    }
}

/// Longest value that a message shows, in characters.
const SHOWN: usize = 80;

/// A value as messages show it.
pub(crate) fn shown(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
