//! The keywords of one schema as checks.
use super::Ctx;
use crate::{
    ir::{ANY, Check, Properties},
    lower::scalar,
};
use tidings_document::{
    Node,
    api::{Items, SchemaId, SchemaObject, Type},
};

impl<'a> Ctx<'a> {
    /// All keywords of a schema.
    pub(super) fn keywords(&mut self, id: SchemaId, object: &'a SchemaObject<'a>) -> Vec<Check> {
        let mut list = values(object);
        list.extend(numbers(object));
        list.extend(texts(object));
        list.extend(counts(object));
        list.extend(self.items(object));
        list.extend(self.contains(object));
        list.extend(self.properties(object));
        list.extend(self.names(object));
        if !object.required.is_empty() {
            let names = object.required.iter().map(|name| name.value.to_owned());
            list.push(Check::Required(names.collect()));
        }
        list.extend(self.choices_of(id, object));
        list.extend(self.conditions(id, object));
        list
    }

    pub(super) fn items(&mut self, object: &SchemaObject<'_>) -> Option<Check> {
        let (first, rest) = match object.items.as_ref()? {
            Items::All(id) => (Vec::new(), Some(*id)),
            Items::Each(ids) => (ids.clone(), object.additional_items),
        };
        let first = first.into_iter().map(|id| self.checks_of(id)).collect();
        let rest = rest.map_or(ANY, |id| self.checks_of(id));
        Some(Check::Items(first, rest))
    }

    pub(super) fn contains(&mut self, object: &SchemaObject<'_>) -> Option<Check> {
        let checks = self.checks_of(object.contains?);
        let least = object.min_contains.unwrap_or(1);
        let most = object.max_contains.unwrap_or(u64::from(u32::MAX));
        Some(Check::Contains(checks, least, most))
    }

    /// `properties`, `patternProperties` and `additionalProperties`.
    pub(super) fn properties(&mut self, object: &SchemaObject<'_>) -> Option<Check> {
        let named = object.properties.iter().map(|property| {
            let name = property.name.value.to_owned();
            (name, self.checks_of(property.schema))
        });
        let named = named.collect();
        let patterned = self.patterned(object);
        let rest = object.additional_properties;
        let rest = rest.map_or(ANY, |id| self.checks_of(id));
        let properties = Properties {
            named,
            patterned,
            rest,
        };
        says_anything(&properties).then_some(Check::Properties(properties))
    }

    pub(super) fn patterned(&mut self, object: &SchemaObject<'_>) -> Vec<(String, usize)> {
        let patterns = object.pattern_properties.iter();
        let patterns = patterns.map(|property| {
            let pattern = property.name.value.to_owned();
            (pattern, self.checks_of(property.schema))
        });
        patterns.collect()
    }

    pub(super) fn names(&mut self, object: &SchemaObject<'_>) -> Option<Check> {
        let checks = self.checks_of(object.property_names?);
        Some(Check::One("Names", checks))
    }

    fn choices_of(&mut self, id: SchemaId, object: &SchemaObject<'_>) -> Vec<Check> {
        let all = [
            ("All", &object.all_of),
            ("Any", &object.any_of),
            ("One", &object.one_of),
        ];
        let all = all.into_iter().filter(|(_, branches)| !branches.is_empty());
        let all = all.map(|(name, branches)| {
            let branches = branches.iter().map(|branch| self.in_place(id, *branch));
            Check::Many(name, branches.collect())
        });
        all.collect()
    }

    /// `not`, `if`, and what depends on a property.
    pub(super) fn conditions(&mut self, id: SchemaId, object: &SchemaObject<'_>) -> Vec<Check> {
        let mut list = Vec::new();
        if let Some(not) = object.not {
            list.push(Check::One("Not", self.in_place(id, not)));
        }
        if let Some(condition) = object.if_ {
            let mut part =
                |part: Option<SchemaId>| part.map_or(ANY, |part| self.in_place(id, part));
            list.push(Check::If([
                part(Some(condition)),
                part(object.then),
                part(object.else_),
            ]));
        }
        for dependency in &object.dependencies {
            let checks = self.in_place(id, dependency.schema);
            list.push(Check::Dependent(dependency.name.value.to_owned(), checks));
        }
        for (name, needed) in needed(self.api[id].node) {
            let checks = self.add_checks(vec![Check::Required(needed)]);
            list.push(Check::Dependent(name, checks));
        }
        list
    }
}

/// Whether some property could be refused, or is worth being looked at.
pub(super) fn says_anything(properties: &Properties) -> bool {
    let named = properties.named.iter().chain(&properties.patterned);
    named
        .map(|(_, checks)| *checks)
        .chain([properties.rest])
        .any(|checks| checks != ANY)
}

/// Names that others ask for: the lists in `dependentRequired` and `dependencies`.
fn needed(node: &Node) -> Vec<(String, Vec<String>)> {
    let both = ["dependentRequired", "dependencies"];
    let entries = both
        .iter()
        .filter_map(|keyword| node.get(keyword)?.as_object());
    let lists = entries.flatten().filter_map(|entry| {
        let names = entry.value.as_array()?.iter();
        let names = names.filter_map(|name| Some(name.as_str()?.to_owned()));
        Some((entry.key.clone(), names.collect()))
    });
    lists.collect()
}

fn values(object: &SchemaObject<'_>) -> Vec<Check> {
    let mut list = Vec::new();
    if let Some(types) = object.types {
        let null = object.nullable.then_some(Type::Null);
        let types = types.iter().chain(null).map(kind);
        list.push(Check::Types(types.collect()));
    }
    if let Some(values) = object.enumeration {
        let null = object.nullable.then(|| "null".to_owned());
        let values: Vec<_> = values.iter().map(exact).chain(null).collect();
        list.push(Check::Listed(format!("[{}]", values.join(","))));
    }
    let constant = object.constant.map(exact);
    list.extend(constant.map(|value| Check::Listed(format!("[{value}]"))));
    list
}

/// The value as JSON, with every digit of its numbers.
pub(crate) fn exact(node: &Node) -> String {
    let rounded = || node.to_json().to_string();
    node.exact_text().unwrap_or_else(rounded)
}

/// What the runtime calls a type.
fn kind(kind: Type) -> &'static str {
    match kind {
        Type::Null => "Null",
        Type::Boolean => "Bool",
        Type::Integer => "Integer",
        Type::Number => "Number",
        Type::String => "Text",
        Type::Array => "List",
        Type::Object => "Object",
    }
}

fn numbers(object: &SchemaObject<'_>) -> Vec<Check> {
    let limits = [
        ("Minimum", &object.minimum),
        ("Maximum", &object.maximum),
        ("ExclusiveMinimum", &object.exclusive_minimum),
        ("ExclusiveMaximum", &object.exclusive_maximum),
        ("MultipleOf", &object.multiple_of),
    ];
    let limits = limits.into_iter().filter_map(|(name, limit)| {
        let limit = limit.as_ref()?.as_f64().filter(|limit| limit.is_finite())?;
        Some(Check::Number(name, limit))
    });
    limits.collect()
}

fn texts(object: &SchemaObject<'_>) -> Vec<Check> {
    let pattern = object
        .pattern
        .map(|pattern| Check::Pattern(pattern.value.to_owned()));
    let format = object
        .format
        .and_then(|format| scalar::asserted(format.value));
    pattern
        .into_iter()
        .chain(format.map(Check::Format))
        .collect()
}

fn counts(object: &SchemaObject<'_>) -> Vec<Check> {
    let limits = [
        ("MinLength", object.min_length),
        ("MaxLength", object.max_length),
        ("MinItems", object.min_items),
        ("MaxItems", object.max_items),
        ("MinProperties", object.min_properties),
        ("MaxProperties", object.max_properties),
    ];
    let limits = limits
        .into_iter()
        .filter_map(|(name, limit)| Some(Check::Count(name, limit?)));
    let unique = object.unique_items.then_some(Check::Bare("UniqueItems"));
    limits.chain(unique).collect()
}
