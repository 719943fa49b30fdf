//! Types of Avro schemas as definitions and slots.
use super::{
    given::given,
    schema::{Field, Logical, Named, Schema, Type, branch_name},
};
use crate::{
    docs::{self, Docs},
    ir::{
        self, Def, Enum, Format, Kind, Native, Slot, Struct, Tag, Traits, Ty, Union, UnionVariant,
        Variant,
    },
    lower::{Ctx, named::singular},
};
use std::collections::HashMap;

/// Makes the types of one schema.
pub(super) struct Maker<'m, 'c, 'a> {
    pub(super) ctx: &'m mut Ctx<'c>,
    pub(super) schema: &'a Schema,
    /// What names became.
    pub(super) slots: HashMap<String, Slot>,
}

impl Maker<'_, '_, '_> {
    /// The type; `hint` names it where the schema does not.
    pub(super) fn slot(&mut self, kind: &Type, hint: &str) -> Slot {
        match kind {
            Type::Primitive(name, logical) => Slot::new(primitive(name, *logical)),
            Type::Named(name) => self.named(name),
            Type::Array(item) => {
                let item = self.slot(item, &singular(hint));
                Slot::new(Ty::List(Box::new(item)))
            }
            Type::Map(value) => {
                let value = self.slot(value, &format!("{hint} value"));
                Slot::new(Ty::Map(Box::new(value)))
            }
            Type::Union(branches) => self.union(branches, hint),
        }
    }

    fn named(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return slot.clone();
        }
        let schema = self.schema;
        let Some(named) = schema.names.get(name) else {
            let is_exact = self.ctx.ir.is_exact;
            return Slot::new(if is_exact {
                Ty::Native(Native::Value)
            } else {
                Ty::Json
            });
        };
        let words = name.rsplit('.').next().unwrap_or(name);
        let doc = match named {
            Named::Record(doc, _) | Named::Enum(doc, _) => doc.as_deref(),
            Named::Fixed(..) => None,
        };
        let about = described(doc, || format!("Avro type {}.", docs::code(name)));
        let slot = match named {
            Named::Fixed(size, logical) => match logical.and_then(meaning) {
                Some(ty) => Slot::new(ty),
                None => {
                    let fixed = Slot::new(Ty::Native(Native::Fixed(*size)));
                    self.define(words, true, about, Kind::Alias(fixed))
                }
            },
            Named::Enum(_, symbols) => self.define(words, true, about, enumeration(symbols)),
            // The fields come later, since they may have the record again.
            Named::Record(..) => self.define(words, true, about, Kind::Struct(Struct::default())),
        };
        self.slots.insert(name.to_owned(), slot.clone());
        if let (Named::Record(_, fields), Ty::Def(id)) = (named, &slot.ty) {
            let fields = fields
                .iter()
                .map(|field| self.field(field, words))
                .collect();
            let object = Struct {
                fields,
                ..Struct::default()
            };
            self.ctx.ir.defs[*id].kind = Kind::Struct(object);
        }
        slot
    }

    fn field(&mut self, field: &Field, record: &str) -> ir::Field {
        let mut slot = self.slot(&field.kind, &format!("{record} {}", field.name));
        let default = field.default.as_ref();
        slot.given = given(&self.schema.names, &field.kind, &slot, default).map(Box::new);
        ir::Field {
            wire: field.name.clone(),
            hint: None,
            ident: String::new(),
            docs: described(field.doc.as_deref(), || {
                format!("Field {}.", docs::code(&field.name))
            }),
            required: true,
            slot,
        }
    }

    fn union(&mut self, branches: &[Type], hint: &str) -> Slot {
        let is_null = |branch: &&Type| matches!(branch, Type::Primitive("null", _));
        let nullable = branches.iter().any(|branch| is_null(&branch));
        let others: Vec<_> = branches.iter().filter(|branch| !is_null(branch)).collect();
        let slot = match others[..] {
            [] => return Slot::new(Ty::Native(Native::Nothing)),
            [only] => self.slot(only, hint),
            _ => {
                let about = format!("One of the {} types of {}.", others.len(), docs::code(hint));
                let slot = self.define(hint, false, vec![about], Kind::Alias(Slot::new(Ty::Json)));
                let union = self.branches(&others, hint);
                if let Ty::Def(id) = slot.ty {
                    self.ctx.ir.defs[id].kind = Kind::Union(union);
                }
                slot
            }
        };
        Slot { nullable, ..slot }
    }

    fn branches(&mut self, branches: &[&Type], hint: &str) -> Union {
        let name = |branch: &Type| branch_name(branch).unwrap_or_default().to_owned();
        let variants = branches.iter().map(|branch| UnionVariant {
            free_tag: None,
            hint: words(branch).to_owned(),
            ident: String::new(),
            docs: vec![format!("Of the type {}.", docs::code(&name(branch)))],
            slot: self.slot(branch, &format!("{hint} {}", words(branch))),
        });
        Union {
            variants: variants.collect(),
            tag: Tag::Branch(branches.iter().map(|branch| name(branch)).collect()),
        }
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

/// What a branch is called among the others.
fn words(branch: &Type) -> &str {
    match branch {
        Type::Primitive(_, Some(logical)) => match logical {
            Logical::Uuid => "uuid",
            Logical::Date => "date",
            Logical::Time => "time",
            Logical::Timestamp => "timestamp",
            Logical::Local => "local",
            Logical::Decimal => "decimal",
            Logical::Duration => "duration",
        },
        _ => {
            let name = branch_name(branch).unwrap_or_default();
            name.rsplit('.').next().unwrap_or(name)
        }
    }
}

fn described(doc: Option<&str>, otherwise: impl FnOnce() -> String) -> Docs {
    let text = doc.map(docs::markdown).unwrap_or_default();
    match text.is_empty() {
        true => vec![otherwise()],
        false => text,
    }
}

fn enumeration(symbols: &[String]) -> Kind {
    let variant = |wire: &String| Variant {
        wire: wire.clone(),
        ident: String::new(),
    };
    Kind::Enum(Enum {
        variants: symbols.iter().map(variant).collect(),
        unknown: String::new(),
        open: false,
    })
}

fn primitive(name: &str, logical: Option<Logical>) -> Ty {
    if let Some(ty) = logical.and_then(meaning) {
        return ty;
    }
    match name {
        "boolean" => Ty::Bool,
        "int" => Ty::Int("i32"),
        "long" => Ty::Int("i64"),
        "float" => Ty::Native(Native::Float),
        "double" => Ty::Native(Native::Double),
        "bytes" => Ty::Native(Native::Bytes),
        "string" => Ty::Text(Format::Plain),
        _ => Ty::Native(Native::Nothing),
    }
}

fn meaning(logical: Logical) -> Option<Ty> {
    Some(match logical {
        Logical::Uuid => Ty::Text(Format::Uuid),
        Logical::Date => Ty::Text(Format::Date),
        Logical::Timestamp => Ty::Text(Format::Timestamp),
        Logical::Time => Ty::Native(Native::Time),
        Logical::Local => Ty::Native(Native::DateTime),
        Logical::Decimal => Ty::Native(Native::Decimal),
        Logical::Duration => Ty::Native(Native::Duration),
    })
}
