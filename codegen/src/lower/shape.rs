//! What Rust type a schema gets: built in where it can be, a definition where it has a name or parts.
use super::{
    Ctx,
    class::{Choices, Class},
    flat::{Additional, Flat, Key, Part, flatten, is_null},
    scalar,
};
use crate::{
    Unknown,
    docs::{self, Docs},
    ir::{Def, Enum, Extra, Field, Kind, Rules, Slot, Struct, Traits, Ty, Variant},
    note,
};
use tidings_document::{
    Number, Value,
    api::{Items, SchemaId, Type},
};

/// Most definitions of one document, and deepest nesting of built-in types.
const DEFINITIONS: usize = 20_000;
const DEPTH: usize = 24;
/// Longest tuple that has the usual traits.
const TUPLE: usize = 12;

impl<'a> Ctx<'a> {
    /// The type of the values that fit all schemas of the key. `hint` names it where the document does not.
    pub(crate) fn slot(&mut self, key: &Key, hint: &str) -> Slot {
        if let Some(slot) = self.memo.get(key) {
            return slot.clone();
        }
        if let Some(meant) = self.meant(key) {
            return self.slot(&vec![Part::whole(meant)], hint);
        }
        let flat = flatten(self.api, key);
        self.note_rounded(&flat);
        self.note_ignored(&flat);
        let class = self.classify(&flat);
        let name = self.name_of(key);
        if self.foreign(key).is_some() {
            let nullable = flat.allows_null();
            return self.reserve(key, name.unwrap_or(hint), name.is_some(), nullable, &flat);
        }
        let recursive = self.busy.len() > DEPTH || self.busy.contains(key);
        let defines = match &class {
            Class::Json(_) => false,
            Class::Same(..) => recursive,
            Class::Const(_) | Class::Enum(..) | Class::Union(_) | Class::Struct => true,
            Class::Map(_) | Class::List(_) | Class::Tuple(_) | Class::Scalar(_) => {
                recursive || name.is_some()
            }
        };
        // Names of types do not end the nesting that the compiler has to follow.
        let container = matches!(class, Class::Map(_) | Class::List(_) | Class::Tuple(_));
        if container && self.busy.len() > DEPTH && !self.busy.contains(key) {
            self.note(
                &note::TYPE_OPAQUE,
                flat.span,
                "nested too deeply, so it stays a JSON value",
            );
            return Slot::new(Ty::Json);
        }
        if defines && self.ir.defs.len() < DEFINITIONS {
            let nullable =
                flat.allows_null() || matches!(&class, Class::Union(plan) if plan.nullable);
            return self.reserve(
                key,
                name.map_or(hint, |name| name),
                name.is_some(),
                nullable,
                &flat,
            );
        }
        if defines && (recursive || !matches!(class, Class::Scalar(_))) {
            self.note(
                &note::TYPE_OPAQUE,
                flat.span,
                "too many types, this one stays a JSON value",
            );
            return Slot::new(Ty::Json);
        }
        self.busy.insert(key.clone());
        let mut slot = self.inline(class, &flat, name.unwrap_or(hint));
        self.busy.remove(key);
        slot.nullable |= flat.allows_null() && !matches!(slot.ty, Ty::Json);
        self.memo.insert(key.clone(), slot.clone());
        slot
    }

    /// The schema that another one only has words about: alone in its `allOf`.
    fn meant(&self, key: &Key) -> Option<SchemaId> {
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

    /// A place for a definition, filled in later so that no chain of references is too long.
    fn reserve(
        &mut self,
        key: &Key,
        hint: &str,
        named: bool,
        nullable: bool,
        flat: &Flat<'a>,
    ) -> Slot {
        let id = self.ir.defs.len();
        self.ir.defs.push(Def {
            hint: hint.to_owned(),
            named,
            ident: String::new(),
            docs: self.docs_of(flat, key),
            kind: Kind::Alias(Slot::new(Ty::Json)),
            traits: Traits::default(),
            validates: false,
        });
        self.customize(id, key);
        self.queue.push_back((id, key.clone()));
        let slot = Slot {
            nullable,
            ..Slot::new(Ty::Def(id))
        };
        self.memo.insert(key.clone(), slot.clone());
        slot
    }

    /// Fills a definition in.
    pub(crate) fn define(&mut self, def: usize, key: &Key) {
        if let Some(slot) = self.foreign(key) {
            self.ir.defs[def].kind = Kind::Alias(slot);
            return;
        }
        let flat = flatten(self.api, key);
        let hint = self.ir.defs[def].hint.clone();
        self.ir.defs[def].kind = match self.classify(&flat) {
            Class::Const(wire) => Kind::Const {
                wire,
                ident: String::new(),
            },
            Class::Enum(values, open) => enumeration(values, open),
            Class::Union(plan) => self.union(plan, &hint),
            Class::Struct => self.structure(&flat, &hint),
            class => {
                let slot = self.inline(class, &flat, &hint);
                let scalar = matches!(slot.ty, Ty::Text(_) | Ty::Int(_) | Ty::Float);
                if scalar && slot.rules.is_some() {
                    Kind::Newtype(slot)
                } else {
                    Kind::Alias(slot)
                }
            }
        };
    }

    fn inline(&mut self, class: Class, flat: &Flat<'a>, hint: &str) -> Slot {
        let slot = match class {
            Class::Json(reason) => {
                if let Some(reason) = reason {
                    self.note(
                        &note::TYPE_OPAQUE,
                        flat.span,
                        format!("{reason}, so it stays a JSON value"),
                    );
                }
                Slot::new(Ty::Json)
            }
            Class::Same(key, nullable) => {
                let slot = self.slot(&key, hint);
                return Slot {
                    nullable: slot.nullable || (nullable && !matches!(slot.ty, Ty::Json)),
                    ..slot
                };
            }
            Class::Scalar(slot) => return *slot,
            Class::Map(key) => {
                let value = key.map_or_else(
                    || Slot::new(Ty::Json),
                    |key| self.slot(&key, &format!("{hint} value")),
                );
                Slot::new(Ty::Map(Box::new(value)))
            }
            Class::List(item) => {
                let item = item.map_or_else(
                    || Slot::new(Ty::Json),
                    |id| self.slot(&vec![Part::whole(id)], &singular(hint)),
                );
                Slot::new(Ty::List(Box::new(item)))
            }
            Class::Tuple(ids) => {
                let items = ids.iter().enumerate().map(|(index, id)| {
                    self.slot(&vec![Part::whole(*id)], &format!("{hint} {}", index + 1))
                });
                Slot::new(Ty::Tuple(items.collect()))
            }
            Class::Const(_) | Class::Enum(..) | Class::Union(_) | Class::Struct => {
                Slot::new(Ty::Json)
            }
        };
        let rules = container_rules(flat, &slot.ty).kept();
        Slot { rules, ..slot }
    }

    pub(crate) fn classify(&self, flat: &Flat<'a>) -> Class {
        if flat.never {
            return Class::Json(Some("no value fits this schema"));
        }
        if let Some(class) = constant(flat).or_else(|| values(flat)) {
            return class;
        }
        match self.choices(flat) {
            Choices::None => {}
            Choices::Same(key, nullable) => return Class::Same(key, nullable),
            Choices::Texts(values, open) => return Class::Enum(values, open),
            Choices::Union(plan) => return Class::Union(plan),
            Choices::Unknown(reason) => return Class::Json(Some(reason)),
        }
        match flat.types()[..] {
            [] => Class::Json(None),
            [Type::Object] => object(flat),
            [Type::Array] => self.array(flat),
            [kind] => Class::Scalar(scalar::scalar(flat, kind)),
            ref kinds => self.by_type(flat, kinds),
        }
    }

    fn array(&self, flat: &Flat<'a>) -> Class {
        let ids = match flat.items() {
            None => return Class::List(None),
            Some(Items::All(id)) => return Class::List(Some(*id)),
            Some(Items::Each(ids)) => ids,
        };
        let count = ids.len() as u64;
        let at_least = flat.first(|object| object.min_items).unwrap_or(0) >= count;
        let no_more = flat
            .first(|object| object.max_items)
            .is_some_and(|limit| limit <= count)
            || flat
                .first(|object| object.additional_items)
                .is_some_and(|id| {
                    matches!(
                        self.api[id].kind,
                        tidings_document::api::SchemaKind::Bool(false)
                    )
                });
        if at_least && no_more && (1..=TUPLE).contains(&ids.len()) {
            Class::Tuple(ids.clone())
        } else {
            Class::List(None)
        }
    }

    fn structure(&mut self, flat: &Flat<'a>, hint: &str) -> Kind {
        let fields = self.fields(flat, hint);
        let slot = match &flat.additional {
            Additional::Typed(key) => Some(self.slot(&key.clone(), &format!("{hint} extra"))),
            Additional::Open => Some(Slot::new(Ty::Json)),
            _ if !flat.patterned.is_empty() => {
                let message = "properties of `patternProperties` beside others stay JSON values";
                self.note(&note::TYPE_OPAQUE, flat.span, message);
                Some(Slot::new(Ty::Json))
            }
            Additional::Absent if self.unknown == Unknown::Keep => Some(Slot::new(Ty::Json)),
            _ => None,
        };
        let refuses = match flat.additional {
            Additional::Closed => true,
            Additional::Absent => self.unknown == Unknown::Refuse,
            _ => false,
        };
        Kind::Struct(Struct {
            fields,
            closed: refuses && slot.is_none(),
            extra: slot.map(|slot| Extra {
                ident: String::new(),
                stated: !flat.patterned.is_empty()
                    || !matches!(flat.additional, Additional::Absent),
                slot,
            }),
        })
    }

    /// The properties as fields, and those that are only required.
    pub(crate) fn fields(&mut self, flat: &Flat<'a>, hint: &str) -> Vec<Field> {
        let mut fields = Vec::new();
        for (name, key) in &flat.properties {
            let property = flatten(self.api, key);
            if property.never {
                continue;
            }
            let slot = self.slot(key, &format!("{hint} {name}"));
            let docs = property
                .first(|object| object.description)
                .map(|text| docs::markdown(text.value))
                .unwrap_or_default();
            let docs = if docs.is_empty() {
                vec![format!("Property {}.", docs::code(name))]
            } else {
                docs
            };
            fields.push(Field {
                wire: (*name).to_owned(),
                ident: String::new(),
                docs,
                required: flat.required.contains(name),
                slot,
            });
        }
        for name in &flat.required {
            if !flat.properties.iter().any(|(known, _)| known == name) {
                let docs = vec![format!("Property {}.", docs::code(name))];
                fields.push(Field {
                    wire: (*name).to_owned(),
                    ident: String::new(),
                    docs,
                    required: true,
                    slot: Slot::new(Ty::Json),
                });
            }
        }
        fields
    }

    /// The name that the document itself gives a schema.
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
        let mut segments = schema.pointer.rsplit('/');
        segments.next();
        let home = segments.next()?;
        let named = matches!(home, "schemas" | "definitions" | "$defs");
        schema.key.filter(|_| named).map(|key| key.value)
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

    /// Numbers that the types of generated code do not hold to the last digit.
    fn note_rounded(&mut self, flat: &Flat<'a>) {
        let limits = flat.objects.iter().flat_map(|object| {
            [
                ("minimum", &object.minimum),
                ("maximum", &object.maximum),
                ("exclusiveMinimum", &object.exclusive_minimum),
                ("exclusiveMaximum", &object.exclusive_maximum),
                ("multipleOf", &object.multiple_of),
            ]
        });
        let limits = limits.filter_map(|(keyword, limit)| Some((keyword, limit.as_ref()?)));
        let constant = flat.constant.map(|node| ("const", node));
        let listed = flat.enumeration.iter().flatten();
        let listed = listed.map(|node| ("enum", *node)).chain(constant);
        let listed = listed.filter_map(|(keyword, node)| match &node.value {
            Value::Number(number) => Some((keyword, number)),
            _ => None,
        });
        let integer =
            (flat.types() == [Type::Integer]).then(|| scalar::scalar(flat, Type::Integer));
        let holds = |keyword, number| {
            integer
                .as_ref()
                .is_some_and(|slot| scalar::holds(slot, keyword, number))
        };
        let rounded = limits.chain(listed);
        let rounded = rounded
            .filter(|(keyword, number)| number.literal().is_some() && !holds(keyword, number));
        let rounded: Vec<_> = rounded
            .map(|(keyword, number)| format!("`{keyword}: {number}`"))
            .collect();
        if !rounded.is_empty() {
            let message = format!(
                "{} has more digits than generated code reads and checks numbers with",
                rounded.join(", ")
            );
            self.note(&note::LIMIT_UNCHECKED, flat.span, message);
        }
    }

    fn note_ignored(&mut self, flat: &Flat<'a>) {
        for object in flat.objects.clone() {
            let keywords = [
                ("not", object.not.is_some()),
                ("if", object.if_.is_some()),
                ("dependencies", !object.dependencies.is_empty()),
                ("contains", object.contains.is_some()),
                ("propertyNames", object.property_names.is_some()),
                (
                    "unevaluatedProperties",
                    object.unevaluated_properties.is_some(),
                ),
                ("unevaluatedItems", object.unevaluated_items.is_some()),
                ("patternProperties", !object.pattern_properties.is_empty()),
            ];
            let ignored: Vec<_> = keywords
                .iter()
                .filter(|(_, used)| *used)
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !ignored.is_empty() {
                self.note(
                    &note::LIMIT_UNCHECKED,
                    flat.span,
                    format!("{} is not checked by generated code", ignored.join(", ")),
                );
            }
        }
    }
}

/// A text that `const` fixes; other constants are limits of their type.
fn constant(flat: &Flat<'_>) -> Option<Class> {
    match &flat.constant?.value {
        Value::String(text) => Some(Class::Const(text.clone())),
        Value::Number(number) => Some(Class::Scalar(scalar::scalar(flat, number_type(number)))),
        Value::Bool(_) => Some(Class::Scalar(scalar::scalar(flat, Type::Boolean))),
        Value::Null => Some(Class::Json(None)),
        _ => Some(Class::Json(Some("a constant object or array has no type"))),
    }
}

fn number_type(number: &Number) -> Type {
    if number.is_f64() {
        Type::Number
    } else {
        Type::Integer
    }
}

/// The values that `enum` lists.
fn values(flat: &Flat<'_>) -> Option<Class> {
    let nodes: Vec<_> = flat
        .enumeration
        .as_ref()?
        .iter()
        .filter(|node| !is_null(node))
        .collect();
    let texts: Vec<String> = nodes
        .iter()
        .filter_map(|node| node.as_str())
        .map(str::to_owned)
        .collect();
    let numbers: Vec<_> = nodes
        .iter()
        .filter_map(|node| match &node.value {
            Value::Number(number) => Some(number_type(number)),
            _ => None,
        })
        .collect();
    if nodes.is_empty() {
        return Some(Class::Json(None));
    }
    if texts.len() == nodes.len() {
        return Some(if let [only] = &texts[..] {
            Class::Const(only.clone())
        } else {
            Class::Enum(texts, false)
        });
    }
    if numbers.len() == nodes.len() {
        let kind = if numbers.contains(&Type::Number) {
            Type::Number
        } else {
            Type::Integer
        };
        return Some(Class::Scalar(scalar::scalar(flat, kind)));
    }
    if nodes
        .iter()
        .all(|node| matches!(node.value, Value::Bool(_)))
    {
        return Some(Class::Scalar(scalar::scalar(flat, Type::Boolean)));
    }
    Some(Class::Json(Some("`enum` mixes types")))
}

fn object(flat: &Flat<'_>) -> Class {
    if !flat.properties.is_empty() {
        return Class::Struct;
    }
    match (&flat.additional, &flat.patterned[..]) {
        (Additional::Typed(key), _) => Class::Map(Some(key.clone())),
        (Additional::Open, _) => Class::Map(None),
        (_, [only]) => Class::Map(Some(vec![Part::whole(*only)])),
        (_, [_, ..]) => Class::Map(None),
        (Additional::Closed, []) => Class::Struct,
        (Additional::Absent, []) => Class::Map(None),
    }
}

fn enumeration(values: Vec<String>, open: bool) -> Kind {
    let mut variants: Vec<Variant> = Vec::new();
    for wire in values {
        if !variants.iter().any(|variant| variant.wire == wire) {
            variants.push(Variant {
                wire,
                ident: String::new(),
            });
        }
    }
    Kind::Enum(Enum {
        variants,
        unknown: String::new(),
        open,
    })
}

fn container_rules(flat: &Flat<'_>, ty: &Ty) -> Rules {
    let objects = &flat.objects;
    match ty {
        Ty::List(_) => Rules {
            min_items: objects
                .iter()
                .filter_map(|object| object.min_items)
                .max()
                .filter(|limit| *limit > 0),
            max_items: objects.iter().filter_map(|object| object.max_items).min(),
            unique_items: objects.iter().any(|object| object.unique_items),
            ..Rules::default()
        },
        Ty::Map(_) => Rules {
            min_properties: objects
                .iter()
                .filter_map(|object| object.min_properties)
                .max()
                .filter(|limit| *limit > 0),
            max_properties: objects
                .iter()
                .filter_map(|object| object.max_properties)
                .min(),
            ..Rules::default()
        },
        _ => Rules::default(),
    }
}

/// Words for one item of a list of that name.
pub(super) fn singular(words: &str) -> String {
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
