//! Mutations: from a seed, a base document with one thing changed, and what that was.
use serde_json::{Map, Value, json};

use crate::{
    bases::{Bases, Site},
    pointer::{below, child, parent},
    random::Random,
};

pub(crate) struct Mutant {
    /// Name of the base document.
    pub(crate) base: String,
    pub(crate) document: Value,
    /// What was changed: `rename` and so on.
    pub(crate) what: &'static str,
    /// Where.
    pub(crate) pointer: String,
}

type Mutate = fn(&mut Value, &Bases, &mut Random) -> Option<String>;

/// How an object may be changed; each gives the key that it touched.
const OF_OBJECTS: &[(&str, Mutate)] = &[
    ("drop", drop_field),
    ("retype", retype),
    ("retype", retype),
    ("rename", rename),
    ("duplicate", duplicate),
    ("misplace", misplace),
    ("misplace", misplace),
    ("word", word),
    ("number", number),
    ("binding version", binding_version),
    ("reference", reference_instead),
    (MOVE, move_field),
    (MOVE, move_field),
    ("reference beside", reference_beside),
    ("copy", copy),
    ("schema format", schema_format),
];

/// A value that stands elsewhere now, with a reference in its place.
const MOVE: &str = "move";

/// Where it stands.
const MOVED: &str = "x-moved";

/// How a list may be changed.
const OF_LISTS: &[(&str, Mutate)] = &[
    ("drop item", drop_item),
    ("duplicate item", duplicate_item),
    ("retype item", retype_item),
    ("misplace item", misplace_item),
    ("empty", empty),
    (MOVE, move_item),
];

/// The mutant of a seed.
pub(crate) fn mutant(bases: &Bases, seed: u64) -> Mutant {
    let mut random = Random::new(seed);
    loop {
        if let Some(mutant) = attempt(bases, &mut random) {
            return mutant;
        }
    }
}

fn attempt(bases: &Bases, random: &mut Random) -> Option<Mutant> {
    let site = site(bases, random)?;
    let base = &bases.all[site.base];
    let mut document = base.document.clone();
    let value = document.pointer_mut(&site.pointer)?;
    let before = value.clone();
    let mutations = if value.is_array() {
        OF_LISTS
    } else {
        OF_OBJECTS
    };
    let (what, mutate) = random.one_of(mutations)?;
    let key = mutate(value, bases, random)?;
    if *value == before {
        return None;
    }
    if *what == MOVE {
        document[MOVED] = child(&before, &key)?.clone();
    }
    Some(Mutant {
        base: base.name.clone(),
        document,
        what,
        pointer: below(&site.pointer, &key),
    })
}

fn site<'b>(bases: &'b Bases, random: &mut Random) -> Option<&'b Site> {
    random.one_of(&bases.kinds)?;
    let kind = random.one_of(&bases.kinds)?;
    random.one_of(kind)
}

fn value_at<'b>(bases: &'b Bases, site: &Site) -> Option<&'b Value> {
    bases.all[site.base].document.pointer(&site.pointer)
}

/// A field of some object in some document.
fn foreign_field(bases: &Bases, random: &mut Random) -> Option<(String, Value)> {
    let object = value_at(bases, site(bases, random)?)?.as_object()?;
    let keys: Vec<&String> = object.keys().collect();
    let key = *random.one_of(&keys)?;
    Some((key.clone(), object[key].clone()))
}

fn key_of(object: &Map<String, Value>, random: &mut Random) -> Option<String> {
    let keys: Vec<&String> = object.keys().collect();
    random.one_of(&keys).map(|key| (*key).clone())
}

fn drop_field(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    object.shift_remove(&key);
    Some(key)
}

/// Values of every type, with odd ones among them.
fn any_value(bases: &Bases, random: &mut Random) -> Value {
    let fixed = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1),
        json!(1.5),
        json!(2.0),
        json!(1e30),
        json!(""),
        json!("text"),
        json!("two words"),
        json!("https://example.com/a"),
        json!("https://exa mple.com"),
        json!("//example.com"),
        json!("mailto:a@example.com"),
        json!("a@example"),
        json!("a@example.com"),
        json!("$message.header#/a"),
        json!("$message.payload"),
        json!("$message.payload#a~2"),
        json!("%zz"),
        json!("[a-"),
        json!([]),
        json!([1]),
        json!([1, 1.0]),
        json!(["a", "a"]),
        json!(["a", null]),
        json!([{}]),
        json!([[]]),
        json!({}),
        json!({"a": 1}),
        json!({"a": "b"}),
        json!({"a": {}}),
        json!({"x-a": {}}),
        json!({"$ref": 1}),
    ];
    if random.below(4) == 0
        && let Some((_, value)) = foreign_field(bases, random)
    {
        return value;
    }
    random.one_of(&fixed).cloned().unwrap_or_default()
}

fn retype(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    object.insert(key.clone(), any_value(bases, random));
    Some(key)
}

/// A name that is almost the old one.
fn misspelt(name: &str, random: &mut Random) -> String {
    let at = random.below(name.len());
    let at = name.floor_char_boundary(at);
    let rest = name[at..].chars();
    match random.below(6) {
        0 => format!("{}{}", &name[..at], rest.skip(1).collect::<String>()),
        1 => format!("{name}s"),
        2 => format!("x-{name}"),
        3 => format!("x_{name}"),
        4 => format!("{} {}", &name[..at], &name[at..]),
        _ => match name.chars().next() {
            Some(first) if first.is_lowercase() => {
                format!("{}{}", first.to_uppercase(), &name[first.len_utf8()..])
            }
            _ => name.to_lowercase(),
        },
    }
}

fn rename(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    let name = misspelt(&key, random);
    let field = object.shift_remove(&key)?;
    object.insert(name.clone(), field);
    Some(name)
}

fn duplicate(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    let name = misspelt(&key, random);
    object.insert(name.clone(), object[&key].clone());
    Some(name)
}

/// One field's value under another field's name.
fn copy(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let (from, to) = (key_of(object, random)?, key_of(object, random)?);
    object.insert(to.clone(), object[&from].clone());
    Some(to)
}

fn misplace(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let (key, field) = foreign_field(bases, random)?;
    value.as_object_mut()?.insert(key.clone(), field);
    Some(key)
}

/// Another text: a misspelt one, or one that stands in a field of that name elsewhere.
fn word(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    let text = object[&key].as_str()?.to_owned();
    let mut word = misspelt(&text, random);
    for _ in 0..random.below(30) {
        let (name, field) = foreign_field(bases, random)?;
        if name == key && field.is_string() {
            word = field.as_str()?.to_owned();
        }
    }
    object.insert(key.clone(), json!(word));
    Some(key)
}

fn number(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let numbers: Vec<String> = object
        .iter()
        .filter(|(_, value)| value.is_number())
        .map(|(key, _)| key.clone())
        .collect();
    let key = random.one_of(&numbers)?.clone();
    let all = [
        -2.0, -1.0, 0.0, 0.5, 1.0, 3.0, 59.0, 255.5, 256.0, 1e7, 1e19,
    ];
    object.insert(key.clone(), json!(random.one_of(&all)?));
    Some(key)
}

fn binding_version(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    if random.below(5) != 0 && !object.contains_key("bindingVersion") {
        return None;
    }
    let all = [
        json!("0.0.1"),
        json!("0.1.0"),
        json!("0.2.0"),
        json!("0.3.0"),
        json!("0.4.0"),
        json!("0.5.0"),
        json!("latest"),
        json!(0.1),
        json!(""),
        json!({"$ref": "#/info/version"}),
    ];
    object.insert("bindingVersion".to_owned(), random.one_of(&all)?.clone());
    Some("bindingVersion".to_owned())
}

fn schema_format(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let states = |key: &str| object.contains_key(key);
    if !states("schemaFormat") && !states("payload") && !states("schema") {
        return None;
    }
    let all = [
        "application/vnd.aai.asyncapi;version=2.0.0",
        "application/vnd.aai.asyncapi+yaml;version=3.0.0",
        "application/vnd.aai.asyncapi",
        "application/schema+json;version=draft-07",
        "application/schema+yaml;version=draft-04",
        "application/vnd.oai.openapi;version=3.0.0",
        "application/vnd.oai.openapi+json;version=3.1.0",
        "application/vnd.apache.avro;version=1.9.0",
        "application/vnd.apache.avro+json;version=1.11.0",
        "application/vnd.google.protobuf;version=3",
        "text/plain",
    ];
    object.insert("schemaFormat".to_owned(), json!(random.one_of(&all)?));
    Some("schemaFormat".to_owned())
}

/// A reference to something, of the same document or nowhere.
fn some_reference(bases: &Bases, random: &mut Random) -> Option<String> {
    let site = site(bases, random)?;
    Some(match random.below(4) {
        0 => format!("#{}", site.pointer),
        1 => "#/info".to_owned(),
        2 => "#/components/schemas/nowhere".to_owned(),
        _ => format!("#{}", parent(&site.pointer)),
    })
}

fn move_field(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    object.insert(key.clone(), json!({"$ref": format!("#/{MOVED}")}));
    Some(key)
}

fn move_item(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let items = value.as_array_mut()?;
    let at = random.below(items.len());
    *items.get_mut(at)? = json!({"$ref": format!("#/{MOVED}")});
    Some(at.to_string())
}

fn reference_instead(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let object = value.as_object_mut()?;
    let key = key_of(object, random)?;
    let reference = some_reference(bases, random)?;
    object.insert(key.clone(), json!({"$ref": reference}));
    Some(key)
}

fn reference_beside(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let reference = some_reference(bases, random)?;
    value
        .as_object_mut()?
        .insert("$ref".to_owned(), json!(reference));
    Some("$ref".to_owned())
}

fn drop_item(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let items = value.as_array_mut().filter(|items| !items.is_empty())?;
    let at = random.below(items.len());
    items.remove(at);
    Some(at.to_string())
}

fn duplicate_item(value: &mut Value, _: &Bases, random: &mut Random) -> Option<String> {
    let items = value.as_array_mut()?;
    let item = random.one_of(items)?.clone();
    items.push(item);
    Some((items.len() - 1).to_string())
}

fn retype_item(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let at = random.below(value.as_array()?.len() + 1);
    let new = any_value(bases, random);
    let items = value.as_array_mut()?;
    match items.get_mut(at) {
        Some(item) => *item = new,
        None => items.push(new),
    }
    Some(at.to_string())
}

fn misplace_item(value: &mut Value, bases: &Bases, random: &mut Random) -> Option<String> {
    let new = value_at(bases, site(bases, random)?)?.clone();
    let items = value.as_array_mut()?;
    items.push(child(&new, "0").cloned().unwrap_or(new));
    Some((items.len() - 1).to_string())
}

fn empty(value: &mut Value, _: &Bases, _: &mut Random) -> Option<String> {
    value.as_array_mut()?.clear();
    Some("0".to_owned())
}
