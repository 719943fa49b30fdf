//! Which schemas a schema applies to its value and to parts of it.

use std::borrow::Cow;

use jsonschema::json::{Array, Json, Node, Object};
use serde_json::{Map, Value};

use super::Explainer;
use super::place::{Place, Way};

type Places<'v, F> = Box<dyn Iterator<Item = Place<'v, F>> + 'v>;

/// What a keyword asks for.
pub(super) enum Step<'v, F: Json> {
    /// The value keeps another schema.
    InPlace(Place<'v, F>),
    /// Parts of it keep theirs.
    Inside(Places<'v, F>),
    /// It keeps one of these.
    Union(&'static str, Vec<Place<'v, F>>),
    /// It does not keep this one.
    Not(Place<'v, F>),
    /// It keeps the first of these, or else the second, if it keeps the one before, or not.
    If(Place<'v, F>, [Option<Place<'v, F>>; 2]),
    /// The names of its properties keep this one.
    Names(Place<'v, F>),
    /// Some of its items keep this one.
    Contains(Place<'v, F>),
    /// What no other keyword speaks of keeps this one: properties, or items.
    Unevaluated(&'static str, Place<'v, F>),
}

impl<F: Json> Explainer<F> {
    /// What the schema asks for beyond its own keywords, in the order of its text as far as that matters.
    pub(super) fn steps<'v>(&'v self, place: &Place<'v, F>) -> Vec<Step<'v, F>> {
        let Value::Object(map) = place.schema else {
            return Vec::new();
        };
        if self.leaves.settings.is_reference(map) {
            return self.target(place, map).into_iter().collect();
        }
        let mut steps: Vec<_> = self.target(place, map).into_iter().collect();
        let known = |keyword: &&str| self.leaves.settings.has(keyword);
        for (keyword, schema) in map.iter().filter(|(keyword, _)| known(&keyword.as_str())) {
            steps.extend(step(place, keyword, schema));
        }
        if known(&"if") {
            steps.extend(conditional(place, map));
        }
        steps.extend(self.properties(place, map));
        steps.extend(items(place, map));
        for keyword in ["unevaluatedProperties", "unevaluatedItems"] {
            let schema = map.get(keyword).filter(|_| known(&keyword));
            let places = schema.map(|schema| below(place, keyword, schema));
            steps.extend(places.map(|place| Step::Unevaluated(keyword, place)));
        }
        steps
    }

    fn target<'v>(
        &'v self,
        place: &Place<'v, F>,
        map: &'v Map<String, Value>,
    ) -> Option<Step<'v, F>> {
        let pointer = map.get("$ref")?.as_str()?.strip_prefix('#')?;
        let schema = self.schema.pointer(pointer)?;
        Some(Step::InPlace(place.in_place(schema, Way::Written(pointer))))
    }

    fn properties<'v>(
        &'v self,
        place: &Place<'v, F>,
        map: &'v Map<String, Value>,
    ) -> Option<Step<'v, F>> {
        let object = place.value.as_object()?;
        let named = map.get("properties").and_then(Value::as_object);
        let patterns = map.get("patternProperties").and_then(Value::as_object);
        let others = map
            .get("additionalProperties")
            .filter(|other| **other != Value::Bool(false));
        if named.is_none() && patterns.is_none() && others.is_none() {
            return None;
        }
        let place = place.clone();
        let members = object.members().flat_map(move |(name, value)| {
            let name: Cow<'v, str> = name.into();
            let mut schemas = Vec::new();
            if let Some((key, schema)) = named.and_then(|named| named.get_key_value(&*name)) {
                schemas.push((schema, place.schema_way.name("properties").name(key)));
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                if self.leaves.matches(pattern, &name) {
                    schemas.push((
                        schema,
                        place.schema_way.name("patternProperties").name(pattern),
                    ));
                }
            }
            if schemas.is_empty() {
                schemas.extend(
                    others.map(|schema| (schema, place.schema_way.name("additionalProperties"))),
                );
            }
            let way = place.value_way.name(name);
            let inside = |(schema, at)| place.inside(schema, at, value.clone(), way.clone());
            schemas.into_iter().map(inside).collect::<Vec<_>>()
        });
        Some(Step::Inside(Box::new(members)))
    }
}

fn step<'v, F: Json>(place: &Place<'v, F>, keyword: &str, schema: &'v Value) -> Vec<Step<'v, F>> {
    match keyword {
        "allOf" => {
            let all = each(place, "allOf", schema);
            all.into_iter().map(Step::InPlace).collect()
        }
        "anyOf" => vec![Step::Union("anyOf", each(place, "anyOf", schema))],
        "oneOf" => vec![Step::Union("oneOf", each(place, "oneOf", schema))],
        "not" => vec![Step::Not(below(place, "not", schema))],
        "contains" => vec![Step::Contains(below(place, "contains", schema))],
        "propertyNames" => vec![Step::Names(below(place, "propertyNames", schema))],
        "dependencies" => dependent(place, "dependencies", schema),
        "dependentSchemas" => dependent(place, "dependentSchemas", schema),
        _ => Vec::new(),
    }
}

/// Schemas that the properties of these names bring with them.
fn dependent<'v, F: Json>(
    place: &Place<'v, F>,
    keyword: &'static str,
    schemas: &'v Value,
) -> Vec<Step<'v, F>> {
    let Some(object) = place.value.as_object() else {
        return Vec::new();
    };
    let schemas = schemas.as_object().into_iter().flatten();
    schemas
        .filter(|(name, schema)| !schema.is_array() && object.get(&F::prepare_key(name)).is_some())
        .map(|(name, schema)| {
            let way = place.schema_way.name(keyword).name(name);
            Step::InPlace(place.in_place(schema, way))
        })
        .collect()
}

fn conditional<'v, F: Json>(
    place: &Place<'v, F>,
    map: &'v Map<String, Value>,
) -> Option<Step<'v, F>> {
    let of = |keyword| {
        let schema = map.get(keyword);
        schema.map(|schema| below(place, keyword, schema))
    };
    Some(Step::If(of("if")?, [of("then"), of("else")]))
}

fn items<'v, F: Json>(place: &Place<'v, F>, map: &'v Map<String, Value>) -> Option<Step<'v, F>> {
    let array = place.value.as_array()?;
    let (first, rest) = match (map.get("prefixItems"), map.get("items")) {
        (Some(Value::Array(first)), rest) => (
            Some(("prefixItems", first)),
            rest.map(|rest| ("items", rest)),
        ),
        (_, Some(Value::Array(first))) => {
            let rest = map.get("additionalItems");
            (
                Some(("items", first)),
                rest.map(|rest| ("additionalItems", rest)),
            )
        }
        (_, rest) => (None, rest.map(|rest| ("items", rest))),
    };
    // `false` for the rest is the library's: it says how many items are too many.
    let rest = rest.filter(|(_, rest)| first.is_none() || **rest != Value::Bool(false));
    if first.is_none() && rest.is_none() {
        return None;
    }
    let place = place.clone();
    let items = array
        .elements()
        .enumerate()
        .filter_map(move |(index, item)| {
            let own = first.and_then(|(keyword, first)| {
                let way = place.schema_way.name(keyword).index(index);
                first.get(index).map(|schema| (schema, way))
            });
            let (schema, way) =
                own.or_else(|| rest.map(|(keyword, rest)| (rest, place.schema_way.name(keyword))))?;
            Some(place.inside(schema, way, item, place.value_way.index(index)))
        });
    Some(Step::Inside(Box::new(items)))
}

/// A keyword's schema, for the same value.
fn below<'v, F: Json>(
    place: &Place<'v, F>,
    keyword: &'static str,
    schema: &'v Value,
) -> Place<'v, F> {
    place.in_place(schema, place.schema_way.name(keyword))
}

/// A keyword's schemas, for the same value.
fn each<'v, F: Json>(
    place: &Place<'v, F>,
    keyword: &'static str,
    schemas: &'v Value,
) -> Vec<Place<'v, F>> {
    let schemas = schemas.as_array().into_iter().flatten().enumerate();
    let way = place.schema_way.name(keyword);
    schemas
        .map(|(index, schema)| place.in_place(schema, way.index(index)))
        .collect()
}
