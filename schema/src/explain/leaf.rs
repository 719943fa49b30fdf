//! Keywords that hold no schemas: the library judges them, each schema's together.

use elsa::sync::FrozenMap;
use jsonschema::json::Json;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::place::Place;
use crate::exact::LITERALS;
use crate::keywords::NUMBER_FORMAT;
use crate::library::{Options, Settings};
use crate::told::told;
use crate::{Part, Pattern, Violation};

const KEYWORDS: &[&str] = &[
    "const",
    "contentEncoding",
    "contentMediaType",
    "dependentRequired",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
    LITERALS,
    NUMBER_FORMAT,
];

/// What the library made of the schemas that were met, by their addresses.
pub(super) struct Leaves<F: Json> {
    pub(super) settings: Settings,
    options: fn(Settings) -> Options<F>,
    validators: FrozenMap<usize, Box<Option<Validator<F>>>>,
    patterns: FrozenMap<String, Box<Option<Pattern>>>,
}

impl<F: Json> Leaves<F> {
    pub(super) fn new(settings: Settings, options: fn(Settings) -> Options<F>) -> Self {
        Self {
            settings,
            options,
            validators: FrozenMap::new(),
            patterns: FrozenMap::new(),
        }
    }

    /// Adds what is wrong with the value itself.
    pub(super) fn tell<'v>(&'v self, place: &Place<'v, F>, part: Part, found: &mut Vec<Violation>) {
        for error in self.errors(place.schema, &place.value) {
            for wrong in told(error, part) {
                found.push(Violation {
                    instance: place.value_way.pointer() + &wrong.instance,
                    schema: place.schema_way.pointer() + &wrong.schema,
                    message: place.noted(wrong.message),
                    ..wrong
                });
            }
        }
    }

    pub(super) fn errors<'v>(
        &'v self,
        schema: &'v Value,
        value: &F::Node<'v>,
    ) -> impl Iterator<Item = ValidationError<'v>> {
        let validator = self.validator(schema);
        validator
            .filter(|validator| !validator.is_valid(value.clone()))
            .into_iter()
            .flat_map(|validator| validator.iter_errors(value.clone()))
    }

    fn validator(&self, schema: &Value) -> Option<&Validator<F>> {
        let address = std::ptr::from_ref(schema) as usize;
        let known = self.validators.get(&address);
        let known = known.unwrap_or_else(|| {
            let own = self.own(schema);
            let built = own.and_then(|own| (self.options)(self.settings).build(&own).ok());
            self.validators.insert(address, Box::new(built))
        });
        known.as_ref()
    }

    /// The schema without the schemas in it, if that says anything.
    fn own(&self, schema: &Value) -> Option<Value> {
        let map = match schema {
            Value::Bool(true) => return None,
            Value::Object(map) => map,
            other => return Some(other.clone()),
        };
        if self.settings.is_reference(map) {
            return None;
        }
        let mut own: Map<String, Value> = map
            .iter()
            .filter(|(keyword, _)| KEYWORDS.contains(&keyword.as_str()))
            .map(|(keyword, value)| (keyword.clone(), value.clone()))
            .collect();
        own.extend(lists(map));
        closed_object(map, &mut own);
        closed_array(map, &mut own);
        (!own.is_empty()).then_some(Value::Object(own))
    }

    /// Whether a name is among those that `patternProperties` names by a pattern.
    pub(super) fn matches(&self, pattern: &str, name: &str) -> bool {
        let known = self.patterns.get(pattern).unwrap_or_else(|| {
            let compiled = Pattern::within(pattern, "", self.settings.steps).ok();
            self.patterns.insert(pattern.to_owned(), Box::new(compiled))
        });
        known.as_ref().is_some_and(|pattern| pattern.is_match(name))
    }
}

/// `dependencies` on other properties, not on schemas.
fn lists(map: &Map<String, Value>) -> Option<(String, Value)> {
    let all = map.get("dependencies")?.as_object()?;
    let lists = all.iter().filter(|(_, needed)| needed.is_array());
    let lists: Map<_, _> = lists
        .map(|(name, needed)| (name.clone(), needed.clone()))
        .collect();
    (!lists.is_empty()).then(|| ("dependencies".to_owned(), Value::Object(lists)))
}

/// `additionalProperties: false` with the names that it leaves out.
fn closed_object(map: &Map<String, Value>, own: &mut Map<String, Value>) {
    if map.get("additionalProperties") != Some(&Value::Bool(false)) {
        return;
    }
    own.insert("additionalProperties".to_owned(), Value::Bool(false));
    for keyword in ["properties", "patternProperties"] {
        let names = map.get(keyword).and_then(Value::as_object);
        let names = names.into_iter().flat_map(Map::keys);
        let any: Map<_, _> = names.map(|name| (name.clone(), json!({}))).collect();
        own.insert(keyword.to_owned(), Value::Object(any));
    }
}

/// `false` for items behind those that have schemas of their own, with so many of these.
fn closed_array(map: &Map<String, Value>, own: &mut Map<String, Value>) {
    for (first, rest) in [("items", "additionalItems"), ("prefixItems", "items")] {
        if let Some(Value::Array(schemas)) = map.get(first)
            && map.get(rest) == Some(&Value::Bool(false))
        {
            own.insert(first.to_owned(), vec![json!({}); schemas.len()].into());
            own.insert(rest.to_owned(), Value::Bool(false));
        }
    }
}
