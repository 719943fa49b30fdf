//! The places that runtime expressions name, as ways through the types that are made of a message.
use crate::{
    ir::{DefId, Field, Ir, KeyPart, Kind, MessageIdx, Native, Slot, Step, Ty},
    lower::message::header_of,
};
use tidings_document::{Node, escaped_token, nearest, unescaped_token};

pub(super) const PAYLOAD: &str = "$message.payload#";
const HEADER: &str = "$message.header#/";
const PARAMETER: &str = "$channel.parameters.";

/// What an expression names.
pub(super) enum Place<'a> {
    /// A JSON pointer.
    Payload(&'a str),
    Header(String),
    Parameter(&'a str),
}

impl<'a> Place<'a> {
    /// Reads an expression, or says what is wrong with it.
    pub(super) fn read(node: &'a Node) -> Result<Self, String> {
        let text = node.as_str().unwrap_or_default();
        if let Some(pointer) = text.strip_prefix(PAYLOAD)
            && (pointer.is_empty() || pointer.starts_with('/'))
        {
            return Ok(Self::Payload(pointer));
        }
        if let Some(name) = header_of(text) {
            return Ok(Self::Header(name));
        }
        if let Some(name) = text.strip_prefix(PARAMETER).filter(|name| !name.is_empty()) {
            return Ok(Self::Parameter(name));
        }
        Err(format!(
            "names no place of a key; write `{PAYLOAD}/…`, `{HEADER}…` or `{PARAMETER}…`"
        ))
    }
}

/// The pointer to a property.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", escaped_token(name))
}

/// That there is no such thing, and what may have been meant.
pub(super) fn missing<'n>(
    whose: &str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> String {
    let near = nearest(name, known);
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("{whose} has no {what} {}{near}", crate::docs::code(name))
}

/// A header of the message.
pub(super) fn header(ir: &Ir, message: MessageIdx, name: &str) -> Result<KeyPart, String> {
    let message = &ir.messages[message];
    let fields = message
        .headers
        .map_or(&[][..], |index| &ir.headers[index].fields);
    let whose = format!("message {}", crate::docs::code(&message.wire));
    let Some(index) = fields.iter().position(|field| field.wire == name) else {
        let names = fields.iter().map(|field| &*field.wire);
        return Err(missing(&whose, "header", name, names));
    };
    single(ir, &fields[index].slot)?;
    Ok(KeyPart::Header(index))
}

/// What stands at a pointer in the payload of the message.
pub(super) fn payload(ir: &Ir, message: MessageIdx, pointer: &str) -> Result<KeyPart, String> {
    let message = &ir.messages[message];
    let name = crate::docs::code(&message.wire);
    let Some(slot) = &message.payload else {
        return Err(format!("message {name} has no payload"));
    };
    if matches!(slot.ty, Ty::Bytes) {
        return Err(format!("the payload of message {name} stays bytes"));
    }
    let segments: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|step| unescaped_token(step).into_owned())
        .collect();
    let mut way = Way {
        ir,
        whose: format!("the payload of message {name}"),
        start: 0,
        steps: Vec::new(),
    };
    Ok(match way.follow(slot, &segments)? {
        true => KeyPart::Payload {
            options: way.start,
            steps: way.steps,
        },
        false => KeyPart::Within(pointer.to_owned()),
    })
}

/// A way from a payload to a value in it.
struct Way<'a> {
    ir: &'a Ir,
    whose: String,
    /// How often the payload itself may be absent.
    start: usize,
    steps: Vec<Step>,
}

impl Way<'_> {
    /// Whether fields lead to it all the way; else it is looked for in the value at run time.
    fn follow(&mut self, slot: &Slot, segments: &[String]) -> Result<bool, String> {
        let (slot, options) = plain(self.ir, slot);
        match self.steps.last_mut() {
            Some(step) => step.options += options,
            None => self.start += options,
        }
        let [first, rest @ ..] = segments else {
            return single(self.ir, slot).map(|()| true);
        };
        match &slot.ty {
            Ty::Def(id) => self.follow_definition(*id, first, rest, segments),
            Ty::Json | Ty::Map(_) | Ty::Keyed(..) | Ty::List(_) | Ty::Tuple(_) | Ty::Foreign(_) => {
                Ok(false)
            }
            _ => Err(self.no_property(first, &[])),
        }
    }

    fn follow_definition(
        &mut self,
        id: DefId,
        first: &str,
        rest: &[String],
        segments: &[String],
    ) -> Result<bool, String> {
        match &self.ir.defs[id].kind {
            Kind::Struct(object) => {
                let Some(field) = object.fields.iter().position(|field| field.wire == first) else {
                    // It may be among the properties without a field.
                    let extra = object.extra.as_ref();
                    let known = extra.is_some_and(|extra| extra.stated).then_some(false);
                    return known.ok_or_else(|| self.no_property(first, &object.fields));
                };
                let found = &object.fields[field];
                let options = usize::from(!found.required);
                self.steps.push(Step {
                    def: id,
                    field,
                    options,
                });
                self.follow(&found.slot, rest)
            }
            Kind::Union(union) => {
                let variants = union.variants.iter();
                let mut ways = variants.map(|variant| self.aside(&variant.slot, segments));
                let first = ways.next().unwrap_or(Ok(false));
                if ways.any(|way| way.is_ok()) {
                    Ok(false)
                } else {
                    first.map(|_| false)
                }
            }
            Kind::Wrapper(_) => Ok(false),
            _ => Err(self.no_property(first, &[])),
        }
    }

    /// Whether a way leads on from here, which is not taken.
    fn aside(&self, slot: &Slot, segments: &[String]) -> Result<bool, String> {
        let mut way = Way {
            ir: self.ir,
            whose: self.whose.clone(),
            start: 0,
            steps: Vec::new(),
        };
        way.follow(slot, segments)
    }

    fn no_property(&self, name: &str, fields: &[Field]) -> String {
        let names = fields.iter().map(|field| &*field.wire);
        missing(&self.whose, "property", name, names)
    }
}

/// The slot that an alias stands for, and how many options lie around it.
fn plain<'a>(ir: &'a Ir, mut slot: &'a Slot) -> (&'a Slot, usize) {
    let mut options = usize::from(slot.nullable);
    while let Ty::Def(id) = slot.ty
        && let Kind::Alias(meant) = &ir.defs[id].kind
    {
        slot = meant;
        options += usize::from(slot.nullable);
    }
    (slot, options)
}

/// Nothing where the slot holds one value, which can be a key.
fn single(ir: &Ir, slot: &Slot) -> Result<(), String> {
    let (slot, _) = plain(ir, slot);
    let parts = match &slot.ty {
        Ty::List(_) | Ty::Map(_) | Ty::Keyed(..) | Ty::Tuple(_) | Ty::Bytes => true,
        Ty::Native(native) => {
            let values = [
                Native::Float,
                Native::Double,
                Native::Decimal,
                Native::Time,
                Native::DateTime,
            ];
            !values.contains(native)
        }
        Ty::Def(id) => matches!(ir.defs[*id].kind, Kind::Struct(_) | Kind::Wrapper(_)),
        _ => false,
    };
    let reason = "names a list or an object; a key is a text, a number or a truth value";
    if parts {
        Err(reason.to_owned())
    } else {
        Ok(())
    }
}
