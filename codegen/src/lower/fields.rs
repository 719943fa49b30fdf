//! Objects with properties: their fields, and what is done with properties that have none.
use super::{
    Ctx,
    flat::{Additional, Flat, flatten},
};
use crate::{
    Unknown, docs,
    ir::{Extra, Field, Kind, Slot, Struct, Ty},
    note,
};

impl<'a> Ctx<'a> {
    pub(crate) fn structure(&mut self, flat: &Flat<'a>, hint: &str) -> Kind {
        let fields = self.fields(flat, hint);
        let slot = match &flat.additional {
            _ if !flat.patterned.is_empty() => {
                let message = "properties of `patternProperties` beside others stay JSON values";
                self.note(&note::TYPE_OPAQUE, flat.span, message);
                Some(Slot::new(Ty::Json))
            }
            Additional::Typed(key) => Some(self.slot(&key.clone(), &format!("{hint} extra"))),
            Additional::Open => Some(Slot::new(Ty::Json)),
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
                hint: self.name_of_field(name, key).map(str::to_owned),
                ident: String::new(),
                docs,
                required: flat.required.contains(name),
                slot,
            });
        }
        for name in &flat.required {
            if !flat.properties.contains_key(name) {
                let docs = vec![format!("Property {}.", docs::code(name))];
                fields.push(Field {
                    wire: (*name).to_owned(),
                    hint: None,
                    ident: String::new(),
                    docs,
                    required: true,
                    slot: Slot::new(Ty::Json),
                });
            }
        }
        fields
    }
}
