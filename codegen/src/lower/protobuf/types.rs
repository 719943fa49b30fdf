//! Messages and enums of a Protobuf schema as definitions, with what the runtime is told of them.
use super::{
    numbers::numbers,
    plain::plain,
    told::{about, described, words},
};
use crate::{
    Unknown,
    docs::{Docs, code},
    ir::{
        self, Def, Given, Kind, Native, Slot, Struct, Tag, Traits, Ty, Union, UnionVariant,
        protobuf::{Descriptor, Enum, Field, Kind as TableKind, Shape},
    },
    lower::Ctx,
};
use std::collections::{HashMap, HashSet};
use tidings_schema::{
    ProtobufContent, ProtobufField, ProtobufForm, ProtobufKind, ProtobufOutline, ProtobufShape,
    ProtobufType,
};

/// What a type became.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) slot: Slot,
    /// Its number among the messages, or among the enums.
    pub(super) table: usize,
}

/// Makes the types of one message.
pub(super) struct Maker<'m, 'c> {
    pub(super) ctx: &'m mut Ctx<'c>,
    pub(super) outline: &'m ProtobufOutline,
    /// By full name.
    pub(super) made: HashMap<String, Made>,
}

/// Nothing where there are types for all of them, and JSON for whatever they hold.
pub(super) fn is_typed(outline: &ProtobufOutline, is_json: bool) -> Result<(), String> {
    for (of, field) in all_fields(outline) {
        let name = code(&format!("{}.{}", of.name, field.name));
        if field.form == ProtobufForm::Group {
            return Err(format!("{name} is a group"));
        }
        if is_json && matches!(&field.kind, ProtobufKind::Plain(name) if name == ANY) {
            let reason = format!(
                "{name} is a {} in JSON, whose fields nobody knows before",
                code(ANY)
            );
            return Err(reason);
        }
    }
    Ok(())
}

const ANY: &str = "google.protobuf.Any";

/// The extensions among the fields, and whose they are.
pub(super) fn extensions(outline: &ProtobufOutline) -> Vec<String> {
    let found = all_fields(outline).filter(|(_, field)| field.form == ProtobufForm::Extension);
    let name = |field: &ProtobufField| field.name.trim_matches(['[', ']']).to_owned();
    found
        .map(|(of, field)| format!("extension {} of {}", code(&name(field)), code(&of.name)))
        .collect()
}

fn all_fields(outline: &ProtobufOutline) -> impl Iterator<Item = (&ProtobufType, &ProtobufField)> {
    outline.types.iter().flat_map(|of| {
        let fields = match &of.content {
            ProtobufContent::Message(fields) => &fields[..],
            ProtobufContent::Enum(_) => &[],
        };
        fields.iter().map(move |field| (of, field))
    })
}

impl Maker<'_, '_> {
    /// The type at that position.
    pub(super) fn named(&mut self, position: usize) -> Made {
        let of = &self.outline.types[position];
        if let Some(made) = self.made.get(&of.name) {
            return made.clone();
        }
        let about = described(&of.comment, || format!("Protobuf type {}.", code(&of.name)));
        let words = words(&of.name);
        match &of.content {
            ProtobufContent::Enum(values) => {
                let slot = self.define(&words, true, about, Kind::Numbers(numbers(&words, values)));
                let enums = &mut self.ctx.ir.protobuf.enums;
                let table = enums.len();
                enums.push(Enum {
                    name: of.name.clone(),
                    values: values.clone(),
                });
                self.keep(of, Made { slot, table })
            }
            ProtobufContent::Message(fields) => {
                // The fields come later, since they may have the message again.
                let slot = self.define(&words, true, about, Kind::Struct(Struct::default()));
                let messages = &mut self.ctx.ir.protobuf.messages;
                let table = messages.len();
                messages.push(Descriptor::default());
                let made = self.keep(of, Made { slot, table });
                let (object, fields) = self.fields(fields, &words);
                if let Ty::Def(id) = made.slot.ty {
                    self.ctx.ir.defs[id].kind = Kind::Struct(object);
                }
                let name = of.name.clone();
                self.ctx.ir.protobuf.messages[table] = Descriptor { name, fields };
                made
            }
        }
    }

    fn keep(&mut self, of: &ProtobufType, made: Made) -> Made {
        self.made.insert(of.name.clone(), made.clone());
        made
    }

    /// The fields of a message; those of a `oneof` are one, where the first of them stands.
    fn fields(&mut self, fields: &[ProtobufField], message: &str) -> (Struct, Vec<Field>) {
        let (mut own, mut tables) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        let typed = |field: &&ProtobufField| field.form != ProtobufForm::Extension;
        for field in fields.iter().filter(typed) {
            let (slot, table) = match &field.oneof {
                None => self.field(field),
                Some(oneof) if seen.insert(oneof) => {
                    let choices = fields
                        .iter()
                        .filter(|field| field.oneof.as_ref() == Some(oneof));
                    self.oneof(oneof, choices.collect(), message)
                }
                Some(_) => continue,
            };
            own.push(ir::Field {
                wire: table.name.clone(),
                ident: String::new(),
                docs: match &field.oneof {
                    None => about(field),
                    Some(oneof) => vec![format!("One of the fields of {}.", code(oneof))],
                },
                required: table.shape != Shape::Optional,
                slot,
                hint: None,
            });
            tables.push(table);
        }
        if self.ctx.unknown == Unknown::Keep {
            own.push(unknown_fields());
        }
        let object = Struct {
            fields: own,
            closed: self.ctx.unknown == Unknown::Refuse,
            ..Struct::default()
        };
        (object, tables)
    }

    fn field(&mut self, field: &ProtobufField) -> (Slot, Field) {
        let (mut slot, kind) = self.kind(&field.kind);
        let shape = match &field.shape {
            ProtobufShape::List => {
                slot = Slot::new(Ty::List(Box::new(slot)));
                match field.form {
                    ProtobufForm::Packed => Shape::Packed,
                    _ => Shape::Repeated,
                }
            }
            ProtobufShape::Map(key) => {
                let (key, table) = self::key(key);
                let value = Box::new(slot);
                slot = Slot::new(match key {
                    Some(key) => Ty::Keyed(key, value),
                    None => Ty::Map(value),
                });
                Shape::Map(table)
            }
            ProtobufShape::Single if field.is_required => Shape::Required,
            ProtobufShape::Single if field.has_presence => Shape::Optional,
            ProtobufShape::Single => Shape::Implicit,
        };
        let given = match (shape, &slot.ty) {
            (Shape::Required | Shape::Optional, _) => None,
            (_, Ty::Native(Native::Nothing)) => Some(Given::Nothing),
            _ => Some(Given::OfType),
        };
        slot.given = given.map(Box::new);
        (slot, table(field, kind, shape))
    }

    fn kind(&mut self, kind: &ProtobufKind) -> (Slot, TableKind) {
        let position = match kind {
            ProtobufKind::Plain(name) => {
                let opaque = || {
                    (
                        Slot::new(Ty::Native(Native::Bytes)),
                        TableKind::Plain("Bytes"),
                    )
                };
                let (mut slot, kind) = plain(name).unwrap_or_else(opaque);
                if self.ctx.ir.is_exact {
                    in_64_bits(&mut slot);
                }
                return (slot, kind);
            }
            ProtobufKind::Type(position) => *position,
        };
        let made = self.named(position);
        let kind = match self.outline.types[position].content {
            ProtobufContent::Enum(_) => TableKind::Enum(made.table),
            ProtobufContent::Message(_) => TableKind::Message(made.table),
        };
        (made.slot, kind)
    }

    fn oneof(&mut self, name: &str, choices: Vec<&ProtobufField>, message: &str) -> (Slot, Field) {
        let docs = vec![format!(
            "One of the {} fields of {}.",
            choices.len(),
            code(name)
        )];
        let later = Kind::Alias(Slot::new(Ty::Json));
        let slot = self.define(&format!("{message} {name}"), false, docs, later);
        let (mut variants, mut fields) = (Vec::new(), Vec::new());
        for choice in &choices {
            let (slot, kind) = self.kind(&choice.kind);
            variants.push(UnionVariant {
                free_tag: None,
                hint: choice.name.clone(),
                ident: String::new(),
                docs: about(choice),
                slot,
            });
            fields.push(table(choice, kind, Shape::Required));
        }
        let names = choices.iter().map(|choice| choice.name.clone());
        if let Ty::Def(id) = slot.ty {
            self.ctx.ir.defs[id].kind = Kind::Union(Union {
                tag: Tag::Branch(names.collect()),
                variants,
            });
        }
        let table = Field {
            number: 0,
            name: name.to_owned(),
            json: String::new(),
            kind: TableKind::Oneof(fields),
            shape: Shape::Optional,
        };
        (slot, table)
    }

    fn define(&mut self, hint: &str, named: bool, docs: Docs, kind: Kind) -> Slot {
        let defs = &mut self.ctx.ir.defs;
        defs.push(Def {
            hint: hint.to_owned(),
            named,
            ident: String::new(),
            docs,
            kind,
            traits: Traits::default(),
            validates: false,
            checks: None,
        });
        Slot::new(Ty::Def(defs.len() - 1))
    }
}

fn table(field: &ProtobufField, kind: TableKind, shape: Shape) -> Field {
    Field {
        number: field.number,
        name: field.name.clone(),
        json: field.key.clone(),
        kind,
        shape,
    }
}

/// What the schema has not; it is called what no field can be.
fn unknown_fields() -> ir::Field {
    let mut slot = Slot::new(Ty::Native(Native::Protobuf("UnknownFields")));
    slot.given = Some(Box::new(Given::OfType));
    ir::Field {
        wire: "unknown fields".to_owned(),
        ident: String::new(),
        docs: vec![
            "Fields that the schema has not, as they came; they are written again.".to_owned(),
        ],
        required: true,
        slot,
        hint: None,
    }
}

/// The numbers of JSON values in Protobuf are floats, whatever those of JSON are.
fn in_64_bits(slot: &mut Slot) {
    if matches!(slot.ty, Ty::Json) {
        slot.ty = Ty::Native(Native::Value);
    }
    slot.inner_mut().into_iter().for_each(in_64_bits);
}

/// The type of keys, where they are no texts, and what the runtime is told of it.
fn key(name: &str) -> (Option<&'static str>, &'static str) {
    match plain(name) {
        Some((slot, TableKind::Plain(kind))) => match slot.ty {
            Ty::Int(name) => (Some(name), kind),
            Ty::Bool => (Some("bool"), kind),
            _ => (None, kind),
        },
        _ => (None, "String"),
    }
}
