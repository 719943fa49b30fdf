//! What a message consists of, for readers: its fields with their comments, and the types that these lead to, each once.
use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

use super::ProtobufValidator;
use super::model::{Field, Kind, MessageId, Model, Shape};

/// The types of a message, itself first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtobufOutline {
    /// Each once, however many fields have it.
    pub types: Vec<ProtobufType>,
}

/// A message or an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtobufType {
    /// Full name.
    pub name: String,
    /// What its comment says.
    pub comment: String,
    /// What is in it.
    pub content: ProtobufContent,
}

/// What is in a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtobufContent {
    /// The fields of a message.
    Message(Vec<ProtobufField>),
    /// The names of an enum, with their numbers.
    Enum(Vec<(String, i32)>),
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtobufField {
    /// Name in the text.
    pub name: String,
    /// Name in JSON.
    pub key: String,
    /// Number in binary.
    pub number: u32,
    /// What its values are.
    pub kind: ProtobufKind,
    /// How many there are.
    pub shape: ProtobufShape,
    /// The `oneof` that it is a part of.
    pub oneof: Option<String>,
    /// Whether it must be set.
    pub is_required: bool,
    /// Whether it is told from one with the value that it begins with when it is not set.
    pub has_presence: bool,
    /// How its values stand in binary.
    pub form: ProtobufForm,
    /// Whether it should be used no more.
    pub is_deprecated: bool,
    /// Its value where it is not set, if the text says so.
    pub default: Option<String>,
    /// What its comment says.
    pub comment: String,
}

/// How the values of a field stand in binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtobufForm {
    /// Each by itself.
    Plain,
    /// All of a list together.
    Packed,
    /// Between two tags.
    Group,
    /// As those of what another message adds to this one.
    Extension,
}

/// What the values of a field are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtobufKind {
    /// What has no fields of its own, such as `string` and `google.protobuf.Timestamp`.
    Plain(String),
    /// A message or an enum, by its position among the types.
    Type(usize),
}

/// How many values a field has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtobufShape {
    /// One.
    Single,
    /// Any number.
    List,
    /// One for each key, which is of this type.
    Map(String),
}

pub(super) fn outline(schema: &ProtobufValidator) -> ProtobufOutline {
    let mut outline = Outline {
        model: &schema.model,
        comments: HashMap::new(),
        known: HashMap::new(),
        waiting: Vec::new(),
    };
    outline.position(Kind::Message(schema.root));
    let mut types = Vec::new();
    while let Some(kind) = outline.waiting.get(types.len()) {
        types.push(outline.described(*kind));
    }
    ProtobufOutline { types }
}

struct Outline<'m> {
    model: &'m Model,
    /// Those of each file that was needed, by its name.
    comments: HashMap<String, Comments>,
    /// Positions of the types that were met, by their names.
    known: HashMap<&'m str, usize>,
    /// The same types in their order.
    waiting: Vec<Kind>,
}

impl<'m> Outline<'m> {
    fn position(&mut self, kind: Kind) -> usize {
        let next = self.waiting.len();
        let position = *self.known.entry(kind.name(self.model)).or_insert(next);
        if position == next {
            self.waiting.push(kind);
        }
        position
    }

    fn described(&mut self, kind: Kind) -> ProtobufType {
        let name = kind.name(self.model);
        let pool = &self.model.pool;
        match kind {
            Kind::Message(id) | Kind::Group(id) => {
                let found = pool.get_message_by_name(name);
                let found = found.map(|found| (found.parent_file(), found.path().to_vec()));
                ProtobufType {
                    name: name.to_owned(),
                    comment: self.comment(found),
                    content: ProtobufContent::Message(self.fields(id)),
                }
            }
            _ => {
                let found = pool.get_enum_by_name(name);
                // In the order of the text.
                let values = found.iter();
                let values = values.flat_map(|found| &found.enum_descriptor_proto().value);
                let values = values.map(|value| (value.name().to_owned(), value.number()));
                let values = values.collect();
                let found = found.map(|found| (found.parent_file(), found.path().to_vec()));
                ProtobufType {
                    name: name.to_owned(),
                    comment: self.comment(found),
                    content: ProtobufContent::Enum(values),
                }
            }
        }
    }

    fn fields(&mut self, id: MessageId) -> Vec<ProtobufField> {
        let message = &self.model.messages[id];
        let fields = message.fields.iter();
        fields
            .map(|field| {
                let (kind, shape) = self.kind(field);
                let written = written(&self.model.pool, &message.name, field);
                let place = written.as_ref().map(|written| written.place.clone());
                ProtobufField {
                    name: written
                        .as_ref()
                        .map_or(&field.key, |written| &written.name)
                        .clone(),
                    key: field.key.clone(),
                    number: field.number,
                    kind,
                    shape,
                    oneof: field.oneof.map(|oneof| message.oneofs[oneof].clone()),
                    is_required: field.is_required,
                    has_presence: written.as_ref().is_some_and(|field| field.has_presence),
                    form: form(field, written.as_ref()),
                    is_deprecated: written.as_ref().is_some_and(|field| field.is_deprecated),
                    comment: self.comment(place),
                    default: written.and_then(|written| written.default),
                }
            })
            .collect()
    }

    fn kind(&mut self, field: &Field) -> (ProtobufKind, ProtobufShape) {
        let entry = match (field.shape, field.kind) {
            (Shape::Map, Kind::Message(entry)) => Some(&self.model.messages[entry].fields[..]),
            _ => None,
        };
        if let Some([key, value]) = entry {
            let key = key.kind.name(self.model).to_owned();
            return (self.plain_or_type(value.kind), ProtobufShape::Map(key));
        }
        let shape = match field.shape {
            Shape::List => ProtobufShape::List,
            Shape::Single | Shape::Map => ProtobufShape::Single,
        };
        (self.plain_or_type(field.kind), shape)
    }

    fn plain_or_type(&mut self, kind: Kind) -> ProtobufKind {
        let has_fields = match kind {
            Kind::Message(id) | Kind::Group(id) => self.model.messages[id].known.is_none(),
            Kind::Enum(id) => !self.model.enums[id].is_null(),
            _ => false,
        };
        match has_fields {
            true => ProtobufKind::Type(self.position(kind)),
            false => ProtobufKind::Plain(kind.name(self.model).to_owned()),
        }
    }

    fn comment(&mut self, place: Option<Place>) -> String {
        let Some((file, path)) = place else {
            return String::new();
        };
        let known = self.comments.entry(file.name().to_owned());
        let comments = known.or_insert_with(|| comments(&file));
        comments.get(&path).cloned().unwrap_or_default()
    }
}

/// A file, and the way to something in it.
type Place = (FileDescriptor, Vec<i32>);

/// What the text says of a field beside its type.
struct Written {
    name: String,
    place: Place,
    has_presence: bool,
    is_packed: bool,
    is_deprecated: bool,
    default: Option<String>,
}

/// Nothing for what another message adds to this one.
fn written(pool: &DescriptorPool, message: &str, field: &Field) -> Option<Written> {
    let message = pool.get_message_by_name(message)?;
    let field = message.get_field(field.number)?;
    let text = field.field_descriptor_proto();
    let options = text.options.as_ref();
    let packed = options.and_then(|options| options.packed);
    Some(Written {
        name: field.name().to_owned(),
        place: (message.parent_file(), field.path().to_vec()),
        has_presence: field.supports_presence(),
        // The library looks before it has read the options.
        is_packed: packed.unwrap_or_else(|| field.is_packed()),
        is_deprecated: options.is_some_and(|options| options.deprecated()),
        default: text.default_value.clone(),
    })
}

fn form(field: &Field, written: Option<&Written>) -> ProtobufForm {
    match (field.kind, written) {
        (_, None) => ProtobufForm::Extension,
        (Kind::Group(_), _) => ProtobufForm::Group,
        (_, Some(written)) if written.is_packed => ProtobufForm::Packed,
        _ => ProtobufForm::Plain,
    }
}

/// Texts by the way to what they are about.
type Comments = HashMap<Vec<i32>, String>;

/// The comments in front of or behind all that a file defines.
fn comments(file: &FileDescriptor) -> Comments {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let places = info.map_or(&[][..], |info| &info.location);
    let told = places.iter().filter_map(|place| {
        let comments = [&place.leading_comments, &place.trailing_comments];
        let mut texts = comments.into_iter().flatten().map(|text| plain(text));
        let text = texts.find(|text| !text.is_empty())?;
        Some((place.path.clone(), text))
    });
    told.collect()
}

/// A comment without what only its author sees, and without what is said to the compiler.
fn plain(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.trim());
    let lines = lines.map(|line| line.trim_start_matches("* ").trim_end_matches("*"));
    let lines: Vec<&str> = lines
        .filter(|line| !line.starts_with(super::root::MARK))
        .collect();
    lines.join("\n").trim().to_owned()
}
