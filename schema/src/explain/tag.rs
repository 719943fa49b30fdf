//! Alternatives that the value of one property tells apart: that value says which of them was meant.

use jsonschema::json::{Json, Node, Object};
use serde_json::Value;

use super::Work;
use super::distance::Fit;
use super::place::Place;
use crate::keywords::is_tagged;
use crate::{Violation, wording};

/// What the property says.
pub(super) enum Tagged<'v, F: Json> {
    /// This alternative is meant.
    Meant(Place<'v, F>),
    /// None is, or the property is missing.
    None(Violation),
}

impl<'e, F: Json> Work<'e, F> {
    /// What the value's tag says, where every alternative that takes objects has its tags.
    pub(super) fn tagged<'v>(&mut self, branches: &[Place<'v, F>]) -> Option<Tagged<'v, F>>
    where
        'e: 'v,
    {
        let (tagged, others): (Vec<_>, Vec<_>) =
            branches.iter().partition(|branch| is_tagged(branch.schema));
        let first = *tagged.first()?;
        let value = first.value.as_object()?;
        for other in others {
            if self.distance(other).fit != Fit::OtherType {
                return None;
            }
        }
        let property = property(first.schema)?;
        let Some(tag) = value.get(&F::prepare_key(property)) else {
            let message = wording::no_tag(property, &tags(&tagged));
            let violation = first.violation(self.part, "required", message);
            return Some(Tagged::None(violation));
        };
        let shown = tag.to_value();
        let is_meant = |branch: &&Place<'v, F>| tags_of(branch.schema).any(|own| same(own, &shown));
        if let Some(meant) = tagged.iter().copied().find(is_meant) {
            return Some(Tagged::Meant(meant.clone()));
        }
        let schema = first.schema.get("properties")?.get(property)?;
        let way = first.schema_way.name("properties").name(property);
        let place = first.inside(schema, way, tag, first.value_way.name(property));
        let message = wording::wrong_tag(property, &shown, &tags(&tagged));
        Some(Tagged::None(place.violation(self.part, "enum", message)))
    }
}

/// The property that tells a tagged alternative from others.
fn property(schema: &Value) -> Option<&str> {
    schema.get("required")?.get(0)?.as_str()
}

/// The values that mean a tagged alternative.
fn tags_of(schema: &Value) -> impl Iterator<Item = &Value> {
    let property = property(schema).and_then(|name| schema.get("properties")?.get(name));
    let values = property.and_then(|property| property.get("enum")?.as_array());
    values.into_iter().flatten()
}

fn tags<F: Json>(branches: &[&Place<'_, F>]) -> Value {
    let all = branches.iter().flat_map(|branch| tags_of(branch.schema));
    all.cloned().collect()
}

/// `1.0` is the integer `1`.
fn same(tag: &Value, value: &Value) -> bool {
    tag == value || tag.is_number() && tag.as_f64() == value.as_f64()
}

/// Whether a complaint about the property that tells alternatives apart says all that another does.
pub(super) fn says_all(tag: &Violation, other: &Violation) -> bool {
    let is_missing = tag.keyword == "required";
    let says = match other.keyword.as_str() {
        "required" => is_missing && tag.message.starts_with(&other.message),
        "const" | "enum" | "type" => !is_missing,
        _ => false,
    };
    says && tag.instance == other.instance
}
