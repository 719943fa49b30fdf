//! What Rust type a schema gets: built in where it can be, a definition where it has a name or parts.
use super::{
    Ctx,
    class::{Choices, Class},
    flat::{Additional, Flat, Key, Part, flatten, takes_all},
    listed::{constant, enumeration, values},
    named::singular,
    scalar,
};
use crate::{
    DateTimes,
    ir::{Check, ChecksIdx, Def, Format, JsonType, Kind, Rules, Slot, Traits, Ty},
    note,
};
use tidings_document::api::{Items, Type};

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
        let (flat, class) = self.settled(key);
        self.note_rounded(&flat);
        self.note_ignored(&flat);
        let name = self.name_of(key);
        if self.foreign(key).is_some() {
            let nullable = flat.allows_null();
            return self.reserve(key, name.unwrap_or(hint), name.is_some(), nullable, &flat);
        }
        let recursive = self.busy.len() > DEPTH || self.busy.contains(key);
        let defines = match &class {
            Class::Json(_) => false,
            Class::Same(..) => recursive,
            Class::Const(_) | Class::Enum(..) | Class::Union(_) | Class::Struct(_) => true,
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
            let nullable = match &class {
                Class::Union(plan) => plan.nullable,
                Class::Struct(nullable) => *nullable,
                _ => false,
            };
            let nullable = nullable || flat.allows_null();
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
        let mut slot = self.inline(class, &flat, key, name.unwrap_or(hint));
        self.busy.remove(key);
        slot.nullable |= flat.allows_null() && !matches!(slot.ty, Ty::Json);
        self.memo.insert(key.clone(), slot.clone());
        slot
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
            checks: None,
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
        let (flat, class) = self.settled(key);
        let hint = self.ir.defs[def].hint.clone();
        if let Class::Struct(_) | Class::Union(_) | Class::Enum(..) = &class {
            self.ir.defs[def].checks = self.checks_left(&flat, &class);
        }
        self.ir.defs[def].kind = match class {
            Class::Const(wire) => Kind::Const {
                wire,
                ident: String::new(),
            },
            Class::Enum(values, open) => enumeration(values, open),
            Class::Union(plan) => self.union(plan, &hint),
            Class::Struct(_) => self.structure(&flat, &hint),
            class => {
                let slot = self.inline(class, &flat, key, &hint);
                let scalar = matches!(slot.ty, Ty::Text(_) | Ty::Int(_) | Ty::Float | Ty::Decimal);
                if scalar && slot.rules.is_some() {
                    Kind::Newtype(slot)
                } else {
                    Kind::Alias(slot)
                }
            }
        };
    }

    fn inline(&mut self, class: Class, flat: &Flat<'a>, key: &Key, hint: &str) -> Slot {
        let checks = match &class {
            Class::Same(..)
            | Class::Map(_)
            | Class::List(_)
            | Class::Tuple(_)
            | Class::Scalar(_) => self.checks_left(flat, &class),
            _ => self.all_checks(key),
        };
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
                Slot {
                    nullable: slot.nullable || (nullable && !matches!(slot.ty, Ty::Json)),
                    ..slot
                }
            }
            Class::Scalar(slot) => *slot,
            Class::Map(key) => {
                let value = key.map_or_else(
                    || Slot::new(Ty::Json),
                    |key| self.slot(&key, &format!("{hint} value")),
                );
                if let (Ty::Json, false) = (&value.ty, flat.patterned.is_empty()) {
                    let message = "properties of `patternProperties` stay JSON values, since there may be others";
                    self.note(&note::TYPE_OPAQUE, flat.span, message);
                }
                with_counts(flat, Slot::new(Ty::Map(Box::new(value))))
            }
            Class::List(item) => {
                let item = item.map_or_else(
                    || Slot::new(Ty::Json),
                    |id| self.slot(&vec![Part::whole(id)], &singular(hint)),
                );
                with_counts(flat, Slot::new(Ty::List(Box::new(item))))
            }
            Class::Tuple(ids) => {
                let items = ids.iter().enumerate().map(|(index, id)| {
                    self.slot(&vec![Part::whole(*id)], &format!("{hint} {}", index + 1))
                });
                Slot::new(Ty::Tuple(items.collect()))
            }
            Class::Const(_) | Class::Enum(..) | Class::Union(_) | Class::Struct(_) => {
                Slot::new(Ty::Json)
            }
        };
        let slot = self.with_checks(slot, checks);
        self.note_dates(flat, &slot);
        slot
    }

    fn with_checks(&mut self, slot: Slot, checks: Option<ChecksIdx>) -> Slot {
        // They look at what was written, of which a type of its own may keep less.
        let slot = match checks {
            Some(_) => scalar::of_text(slot),
            None => slot,
        };
        let mut rules = slot.rules.map(|rules| *rules).unwrap_or_default();
        rules.checks = match (rules.checks, checks) {
            (Some(own), Some(more)) => self.kept_checks(vec![Check::Many("All", vec![own, more])]),
            (own, more) => own.or(more),
        };
        Slot {
            rules: rules.kept(),
            ..slot
        }
    }

    /// What the schemas of a key say together, with the fields of branches that are one struct, and what that is.
    fn settled(&self, key: &Key) -> (Flat<'a>, Class) {
        let mut flat = flatten(self.api, key);
        let class = match self.classify(&flat) {
            class @ (Class::Struct(_) | Class::Map(None)) => {
                self.merge(&mut flat);
                match class {
                    Class::Struct(true) => class,
                    _ => object(&flat),
                }
            }
            class => class,
        };
        (flat, class)
    }

    pub(crate) fn classify(&self, flat: &Flat<'a>) -> Class {
        if flat.never {
            return Class::Json(Some("no value fits this schema"));
        }
        if let Some(class) = constant(self, flat).or_else(|| values(self, flat)) {
            return class;
        }
        match self.choices(flat) {
            Choices::None => {}
            Choices::Same(key, nullable) => return Class::Same(key, nullable),
            Choices::Texts(values, open) => return Class::Enum(values, open),
            Choices::Union(plan) => return Class::Union(plan),
            Choices::Merged(nullable) => return Class::Struct(nullable),
            Choices::Unknown(reason) => {
                return self.scalar_of(flat).unwrap_or(Class::Json(Some(reason)));
            }
        }
        match flat.types()[..] {
            [] => Class::Json(None),
            ref kinds if flat.types.is_none() && !flat.is_meant() => {
                Class::Union(self.by_type(flat, kinds, true))
            }
            [Type::Object] => object(flat),
            [Type::Array] => self.array(flat),
            [kind] => Class::Scalar(self.scalar(flat, kind)),
            ref kinds => Class::Union(self.by_type(flat, kinds, false)),
        }
    }

    /// The slot of a scalar type, with numbers and dates as they are asked for.
    pub(super) fn scalar(&self, flat: &Flat<'a>, kind: Type) -> Box<Slot> {
        let exact = self.ir.is_exact.then(|| scalar::exact(flat, kind));
        let slot = exact.flatten();
        let slot = slot.unwrap_or_else(|| scalar::scalar(flat, kind));
        match self.ir.date_time {
            DateTimes::Text if is_date_time(&slot) => Box::new(scalar::of_text(*slot)),
            _ => slot,
        }
    }

    /// A text or a number, where nothing tells branches apart but all are one.
    fn scalar_of(&self, flat: &Flat<'a>) -> Option<Class> {
        let (kinds, nullable) = self.kinds(flat)?;
        let kind = match kinds[..] {
            [JsonType::String] => Type::String,
            [JsonType::Integer] => Type::Integer,
            [JsonType::Number] => Type::Number,
            [JsonType::Bool] => Type::Boolean,
            _ => return None,
        };
        let mut slot = self.scalar(flat, kind);
        slot.nullable = nullable;
        Some(Class::Scalar(slot))
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
}

fn is_date_time(slot: &Slot) -> bool {
    matches!(slot.ty, Ty::Text(Format::DateTime))
}

fn object(flat: &Flat<'_>) -> Class {
    if !flat.properties.is_empty() {
        return Class::Struct(false);
    }
    match (&flat.additional, &flat.patterned[..]) {
        (Additional::Typed(key), []) => Class::Map(Some(key.clone())),
        (Additional::Closed, []) => Class::Struct(false),
        (Additional::Closed, [(_, only)]) => Class::Map(Some(vec![Part::whole(*only)])),
        (_, [(pattern, only)]) if takes_all(pattern) => Class::Map(Some(vec![Part::whole(*only)])),
        _ => Class::Map(None),
    }
}

/// The slot with limits on how much is in it.
fn with_counts(flat: &Flat<'_>, slot: Slot) -> Slot {
    let rules = container_rules(flat, &slot.ty).kept();
    Slot { rules, ..slot }
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
