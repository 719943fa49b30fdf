//! Whether one value keeps two schemas, as it does where nothing tells the two apart.

mod plain;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::rc::Rc;

use serde_json::{Map, Value as Json};
use tidings_document::api::{Api, SchemaId};
use tidings_schema::{Schema, Validator, Values, Work, all_of, few_examples, values};

use crate::definitions::{Definitions, Outline};
use plain::described;
pub(crate) use plain::{Plain, parts};

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
