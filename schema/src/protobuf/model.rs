//! What values are compared with: messages and enums by position, fields by name and by number.
use std::collections::HashMap;

use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, ExtensionDescriptor, FieldDescriptor,
    Kind as Described, MessageDescriptor, Syntax,
};

use super::known::Known;

/// Position in [`Model::messages`].
pub(super) type MessageId = usize;

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    /// Messages by their full names.
    pub(super) names: HashMap<String, MessageId>,
    /// What it was made of, which has the comments.
    pub(super) pool: DescriptorPool,
}

#[derive(Debug)]
pub(super) struct Message {
    /// Full name.
    pub(super) name: String,
    /// How JSON shows it, where that is not an object with its fields.
    pub(super) known: Option<Known>,
    pub(super) fields: Vec<Field>,
    /// Names of the `oneof`s.
    pub(super) oneofs: Vec<String>,
    /// Fields by the keys that JSON may have for them.
    pub(super) keys: HashMap<String, usize>,
    pub(super) numbers: HashMap<u32, usize>,
    /// Fields that must be set.
    pub(super) required: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// Full name.
    pub(super) full_name: String,
    pub(super) number: u32,
    /// Name as JSON has it.
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
    /// Position of the `oneof` that it is a part of.
    pub(super) oneof: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Single,
    List,
    /// Its kind is the message of an entry.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Double,
    Float,
    /// Whole numbers: how they are encoded, whether they may be negative, and their width.
    Whole(Wire, bool, u8),
    Bool,
    String,
    Bytes,
    Enum(usize),
    Message(MessageId),
    /// A message between two tags.
    Group(MessageId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Varint,
    Zigzag,
    Fixed,
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) values: Vec<(String, i32)>,
    /// Whether numbers without a name are refused, as proto2 does.
    pub(super) is_closed: bool,
}

impl Enum {
    pub(super) fn is_null(&self) -> bool {
        self.name == "google.protobuf.NullValue"
    }

    pub(super) fn has_number(&self, number: i32) -> bool {
        self.values.iter().any(|(_, known)| *known == number)
    }
}

impl Kind {
    /// The name that the schema has for it.
    pub(super) fn name(self, model: &Model) -> &str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Whole(wire, signed, width) => whole_name(wire, signed, width),
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Enum(id) => &model.enums[id].name,
            Self::Message(id) | Self::Group(id) => &model.messages[id].name,
        }
    }
}

fn whole_name(wire: Wire, signed: bool, width: u8) -> &'static str {
    match (wire, signed, width) {
        (Wire::Varint, true, 32) => "int32",
        (Wire::Varint, true, _) => "int64",
        (Wire::Varint, false, 32) => "uint32",
        (Wire::Varint, false, _) => "uint64",
        (Wire::Zigzag, _, 32) => "sint32",
        (Wire::Zigzag, ..) => "sint64",
        (Wire::Fixed, true, 32) => "sfixed32",
        (Wire::Fixed, true, _) => "sfixed64",
        (Wire::Fixed, false, 32) => "fixed32",
        (Wire::Fixed, false, _) => "fixed64",
    }
}

/// Everything that a pool defines.
pub(super) fn model(pool: &DescriptorPool) -> Model {
    let mut reader = Reader::default();
    reader.model.pool = pool.clone();
    for (id, message) in pool.all_messages().enumerate() {
        reader
            .model
            .names
            .insert(message.full_name().to_owned(), id);
    }
    for (id, kind) in pool.all_enums().enumerate() {
        reader.enums.insert(kind.full_name().to_owned(), id);
        reader.model.enums.push(enumeration(&kind));
    }
    for message in pool.all_messages() {
        let message = reader.message(&message);
        reader.model.messages.push(message);
    }
    reader.model
}

#[derive(Default)]
struct Reader {
    model: Model,
    enums: HashMap<String, usize>,
}

impl Reader {
    fn message(&self, message: &MessageDescriptor) -> Message {
        let oneofs: Vec<_> = message
            .oneofs()
            .filter(|oneof| !oneof.is_synthetic())
            .collect();
        let mut read = Message {
            name: message.full_name().to_owned(),
            known: Known::of(message.full_name()),
            fields: Vec::new(),
            oneofs: oneofs.iter().map(|oneof| oneof.name().to_owned()).collect(),
            keys: HashMap::new(),
            numbers: HashMap::new(),
            required: Vec::new(),
        };
        for field in message.fields() {
            let oneof = field.containing_oneof();
            let position = oneof.and_then(|of| oneofs.iter().position(|known| *known == of));
            let at = read.fields.len();
            read.keys.insert(field.name().to_owned(), at);
            read.keys.insert(field.json_name().to_owned(), at);
            read.numbers.insert(field.number(), at);
            read.fields.push(self.field(&field, position));
        }
        for extension in message.extensions() {
            let at = read.fields.len();
            read.keys.insert(extension.json_name().to_owned(), at);
            read.numbers.insert(extension.number(), at);
            read.fields.push(self.extension(&extension));
        }
        let fields = read.fields.iter().enumerate();
        let required = fields.filter(|(_, field)| field.is_required);
        read.required = required.map(|(at, _)| at).collect();
        read
    }

    fn field(&self, field: &FieldDescriptor, oneof: Option<usize>) -> Field {
        Field {
            full_name: field.full_name().to_owned(),
            number: field.number(),
            key: field.json_name().to_owned(),
            kind: self.kind(&field.kind(), field.is_group()),
            shape: shape(field.is_map(), field.is_list()),
            is_required: field.cardinality() == Cardinality::Required,
            oneof,
        }
    }

    fn extension(&self, field: &ExtensionDescriptor) -> Field {
        Field {
            full_name: field.full_name().to_owned(),
            number: field.number(),
            key: field.json_name().to_owned(),
            kind: self.kind(&field.kind(), field.is_group()),
            shape: shape(field.is_map(), field.is_list()),
            is_required: false,
            oneof: None,
        }
    }

    fn kind(&self, kind: &Described, is_group: bool) -> Kind {
        match kind {
            Described::Double => Kind::Double,
            Described::Float => Kind::Float,
            Described::Int32 => Kind::Whole(Wire::Varint, true, 32),
            Described::Int64 => Kind::Whole(Wire::Varint, true, 64),
            Described::Uint32 => Kind::Whole(Wire::Varint, false, 32),
            Described::Uint64 => Kind::Whole(Wire::Varint, false, 64),
            Described::Sint32 => Kind::Whole(Wire::Zigzag, true, 32),
            Described::Sint64 => Kind::Whole(Wire::Zigzag, true, 64),
            Described::Fixed32 => Kind::Whole(Wire::Fixed, false, 32),
            Described::Fixed64 => Kind::Whole(Wire::Fixed, false, 64),
            Described::Sfixed32 => Kind::Whole(Wire::Fixed, true, 32),
            Described::Sfixed64 => Kind::Whole(Wire::Fixed, true, 64),
            Described::Bool => Kind::Bool,
            Described::String => Kind::String,
            Described::Bytes => Kind::Bytes,
            Described::Enum(of) => Kind::Enum(self.enums[of.full_name()]),
            Described::Message(of) if is_group => Kind::Group(self.model.names[of.full_name()]),
            Described::Message(of) => Kind::Message(self.model.names[of.full_name()]),
        }
    }
}

fn shape(is_map: bool, is_list: bool) -> Shape {
    match (is_map, is_list) {
        (true, _) => Shape::Map,
        (false, true) => Shape::List,
        (false, false) => Shape::Single,
    }
}

fn enumeration(kind: &EnumDescriptor) -> Enum {
    let values = kind.values();
    Enum {
        name: kind.full_name().to_owned(),
        values: values
            .map(|value| (value.name().to_owned(), value.number()))
            .collect(),
        is_closed: kind.parent_file().syntax() == Syntax::Proto2,
    }
}
