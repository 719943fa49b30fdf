//! What the document calls a schema, and its words about it.
use super::{
    Ctx,
    flat::{Flat, Key, Part},
};
use crate::docs::{self, Docs};
use tidings_document::{Node, api::SchemaId, escaped_token};

impl<'a> Ctx<'a> {
    /// The name that the document itself gives a schema: one that it has in Rust before the one that it has among others.
    pub(crate) fn name_of(&self, key: &Key) -> Option<&'a str> {
        let [
            Part {
                id,
                bare: false,
                only: None,
            },
        ] = key[..]
        else {
            return None;
        };
        let schema = &self.api[id];
        if let Some(name) = rust_name(schema.node) {
            return Some(name);
        }
        let mut segments = schema.pointer.rsplit('/');
        segments.next();
        let home = segments.next()?;
        let named = matches!(home, "schemas" | "definitions" | "$defs");
        schema.key.filter(|_| named).map(|key| key.value)
    }

    /// What the document calls the field of a property: by the schema that stands there, and none that it refers to.
    pub(crate) fn name_of_field(&self, property: &str, key: &Key) -> Option<&'a str> {
        let own = format!("/properties/{}", escaped_token(property));
        let mut schemas = key.iter().map(|part| &self.api[part.id]);
        schemas.find_map(|schema| {
            let stands_there = schema.pointer.ends_with(&own);
            rust_name(schema.node).filter(|_| stands_there)
        })
    }

    /// Words about a schema, or where it stands.
    pub(crate) fn docs_of(&self, flat: &Flat<'a>, key: &Key) -> Docs {
        let text = flat
            .first(|object| object.description)
            .or_else(|| flat.title());
        let docs = text
            .map(|text| docs::markdown(text.value))
            .unwrap_or_default();
        match key.first() {
            Some(part) if docs.is_empty() => {
                let pointer = &self.api[part.id].pointer;
                let pointer = if pointer.is_empty() { "/" } else { pointer };
                let message = pointer
                    .strip_suffix("/payload")
                    .and_then(|message| message.rsplit('/').next());
                vec![message.map_or_else(
                    || format!("Schema {}.", docs::code(pointer)),
                    |message| format!("Payload of {}.", docs::code(message)),
                )]
            }
            _ => docs,
        }
    }

    /// The schema that another one only has words about: alone in its `allOf`.
    pub(crate) fn meant(&self, key: &Key) -> Option<SchemaId> {
        const WORDS: &[&str] = &[
            "allOf",
            "$comment",
            "title",
            "description",
            "default",
            "examples",
            "example",
            "deprecated",
            "externalDocs",
        ];
        let [
            Part {
                id,
                bare: false,
                only: None,
            },
        ] = key[..]
        else {
            return None;
        };
        let schema = &self.api[id];
        let mut keywords = schema
            .node
            .as_object()?
            .iter()
            .map(|entry| entry.key.as_str());
        let only_words = keywords.all(|name| WORDS.contains(&name) || name.starts_with("x-"));
        let all = &schema.object()?.all_of;
        let alone = all
            .first()
            .copied()
            .filter(|_| all.len() == 1 && only_words)?;
        (self.name_of(key).is_none() && self.name_of(&vec![Part::whole(alone)]).is_some())
            .then_some(alone)
    }
}

/// `x-rust-name`, where it has a letter that a name can begin with.
fn rust_name(node: &Node) -> Option<&str> {
    let name = node.get("x-rust-name")?.as_str()?;
    name.contains(char::is_alphabetic).then_some(name)
}

/// Words for one item of a list of that name.
pub(crate) fn singular(words: &str) -> String {
    let stem = |suffix: &str| {
        words
            .strip_suffix(suffix)
            .filter(|stem| stem.chars().last().is_some_and(char::is_alphabetic))
    };
    if let Some(stem) = stem("ies") {
        return format!("{stem}y");
    }
    let whole = ["ches", "shes", "sses", "xes"]
        .iter()
        .any(|ending| words.ends_with(ending));
    let stem = if whole {
        stem("es")
    } else {
        stem("s").filter(|stem| !stem.ends_with(['s', 'u', 'i']))
    };
    stem.map_or_else(|| format!("{words} item"), str::to_owned)
}
