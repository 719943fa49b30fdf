//! What the emitters print: every decision is taken, every type is a definition or built in. Identifiers are empty until
//! `names` fills them in.
mod check;
pub(crate) mod protobuf;

use crate::{custom::Custom, docs::Docs, validate::Validate};
pub(crate) use check::{ANY, Check, Checks, ChecksIdx, Properties};
use std::collections::BTreeMap;
use tidings_document::api::{OperationId, ServerId};

pub(crate) type DefId = usize;
pub(crate) type MessageIdx = usize;
pub(crate) type HeadersIdx = usize;
pub(crate) type ChannelIdx = usize;
pub(crate) type OperationIdx = usize;

/// Everything generated from one document.
#[derive(Debug, Default)]
pub(crate) struct Ir {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) docs: Docs,
    pub(crate) defs: Vec<Def>,
    /// What types do not say of their values; the first is nothing.
    pub(crate) checks: Vec<Checks>,
    pub(crate) headers: Vec<Headers>,
    pub(crate) messages: Vec<Message>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) servers: Vec<Server>,
    /// Names of the client, the service and so on.
    pub(crate) sides: Sides,
    /// What messages are held to when they are sent and read.
    pub(crate) validate: Validate,
    /// What was told of definitions.
    pub(crate) customs: BTreeMap<DefId, Custom>,
    /// What messages in Protobuf consist of.
    pub(crate) protobuf: protobuf::Tables,
    /// Whether what objects have is kept, be it named or not.
    pub(crate) is_whole: bool,
}

/// A named type of the document's schemas.
#[derive(Debug)]
pub(crate) struct Def {
    /// Words its name is made of.
    pub(crate) hint: String,
    /// Whether the document itself names it.
    pub(crate) named: bool,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) kind: Kind,
    pub(crate) traits: Traits,
    /// Whether it has a `validate` function.
    pub(crate) validates: bool,
    /// What is checked of the value as a whole.
    pub(crate) checks: Option<ChecksIdx>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Struct(Struct),
    Enum(Enum),
    /// Names of numbers.
    Numbers(Numbers),
    /// A text that is always the same.
    Const {
        wire: String,
        ident: String,
    },
    Union(Union),
    /// A scalar whose limits hold from its construction on.
    Newtype(Slot),
    /// Another name for a type.
    Alias(Slot),
    /// An alias that contains itself, and so must be a type of its own.
    Wrapper(Slot),
}

#[derive(Debug, Default)]
pub(crate) struct Struct {
    pub(crate) fields: Vec<Field>,
    /// Properties that have no field of their own.
    pub(crate) extra: Option<Extra>,
    /// Whether other properties are refused.
    pub(crate) closed: bool,
}

#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) ident: String,
    /// Whether the document says that there may be some, rather than nothing.
    pub(crate) stated: bool,
    pub(crate) slot: Slot,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) wire: String,
    /// The words of its name, where those are not the ones on the wire.
    pub(crate) hint: Option<String>,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) required: bool,
    pub(crate) slot: Slot,
}

/// The only value that a field may have, so that nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fixed {
    /// That of its type, which is the default.
    OfType,
    Number(Limit),
    Bool(bool),
}

impl Ir {
    /// Those of some messages that have examples.
    pub(crate) fn with_examples(&self, set: &Set) -> impl Iterator<Item = &Message> {
        let messages = set.messages.iter().map(|index| &self.messages[*index]);
        messages.filter(|message| !message.examples.is_empty())
    }
}

impl Field {
    pub(crate) fn fixed(&self, ir: &Ir) -> Option<Fixed> {
        self.slot.fixed(ir).filter(|_| self.required)
    }
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) variants: Vec<Variant>,
    /// Name of the variant for every other text.
    pub(crate) unknown: String,
    /// Whether the schema takes every other text.
    pub(crate) open: bool,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) wire: String,
    pub(crate) ident: String,
}

/// Numbers with names; others are read too.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) variants: Vec<NumbersVariant>,
    /// Name of the variant for every other number.
    pub(crate) unknown: String,
}

#[derive(Debug)]
pub(crate) struct NumbersVariant {
    /// The name in the schema.
    pub(crate) wire: String,
    pub(crate) number: i32,
    pub(crate) hint: String,
    pub(crate) ident: String,
}

#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) tag: Tag,
    pub(crate) variants: Vec<UnionVariant>,
}

/// How the variant of a union is found, one entry a variant.
#[derive(Debug)]
pub(crate) enum Tag {
    /// By the text or number of a property.
    Property {
        wire: String,
        values: Vec<Vec<TagValue>>,
    },
    /// By the JSON types; none are all that are left.
    Type(Vec<Vec<JsonType>>),
    /// By a property that only this variant has.
    Key(Vec<String>),
    /// By the name of its type, under which it is written.
    Branch(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagValue {
    Text(String),
    Integer(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JsonType {
    Bool,
    /// Apart from other numbers.
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// Where a value of a variant may have another tag than the variant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FreeTag {
    /// In the text of that field of its struct.
    Field(usize),
    /// In what is written of it: no field of its own holds it as a text.
    Written,
}

#[derive(Debug)]
pub(crate) struct UnionVariant {
    /// None where its type sees to the tag.
    pub(crate) free_tag: Option<FreeTag>,
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) slot: Slot,
}

/// A use of a type: with `null` or without, and with the limits that hold here.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) ty: Ty,
    pub(crate) nullable: bool,
    /// Whether a box breaks a cycle here.
    pub(crate) boxed: bool,
    pub(crate) rules: Option<Box<Rules>>,
    /// What a required field begins with where nobody says.
    pub(crate) given: Option<Box<Given>>,
}

impl Slot {
    pub(crate) fn new(ty: Ty) -> Self {
        Self {
            ty,
            nullable: false,
            boxed: false,
            rules: None,
            given: None,
        }
    }

    fn fixed(&self, ir: &Ir) -> Option<Fixed> {
        let rules = self.rules.as_deref();
        match (&self.ty, rules) {
            _ if self.nullable => None,
            (Ty::Bool, Some(rules)) => rules.constant.map(Fixed::Bool),
            (Ty::Int(_) | Ty::Float, Some(rules)) => match rules.one_of[..] {
                [only] => Some(Fixed::Number(only)),
                _ => None,
            },
            (Ty::Def(id), _) => match &ir.defs[*id].kind {
                Kind::Const { .. } => Some(Fixed::OfType),
                Kind::Alias(slot) => slot.fixed(ir),
                _ => None,
            },
            _ => None,
        }
    }

    /// The slots inside a built-in type.
    pub(crate) fn inner(&self) -> Vec<&Self> {
        match &self.ty {
            Ty::List(item) | Ty::Map(item) | Ty::Keyed(_, item) => vec![item],
            Ty::Tuple(items) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn inner_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.ty {
            Ty::List(item) | Ty::Map(item) | Ty::Keyed(_, item) => vec![item],
            Ty::Tuple(items) => items.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Uuid,
    /// With its offset and its digits, as JSON has it.
    DateTime,
    /// As JSON has it.
    Day,
    Base64,
    /// An instant alone.
    Timestamp,
    Date,
    Ipv4,
    Ipv6,
}

#[derive(Debug, Clone)]
pub(crate) enum Ty {
    Bool,
    /// An integer by the name of its Rust type.
    Int(&'static str),
    Float,
    Text(Format),
    /// Any JSON value.
    Json,
    /// A body that is not JSON.
    Bytes,
    /// What other languages of schemas have and JSON has not.
    Native(Native),
    List(Box<Slot>),
    Map(Box<Slot>),
    /// A map whose keys are of this type of Rust.
    Keyed(&'static str, Box<Slot>),
    Tuple(Vec<Slot>),
    Def(DefId),
    /// A type that somebody else has written, by its path.
    Foreign(String),
}

/// Types of the language or of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    Nothing,
    /// Floats that may be infinite.
    Float,
    Double,
    Bytes,
    Fixed(usize),
    Decimal,
    Time,
    DateTime,
    Duration,
    /// A type of the runtime for what Protobuf has.
    Protobuf(&'static str),
}

/// A value that a new one begins with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    Null,
    Nothing,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A list or a map with nothing in it.
    Empty,
    /// What its type begins with.
    OfType,
    /// A listed text, by its number.
    Variant(DefId, usize),
}

/// Limits that the type alone does not guarantee.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rules {
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) patterns: Vec<String>,
    /// A format of texts, by its name in the runtime.
    pub(crate) format: Option<&'static str>,
    pub(crate) minimum: Option<Limit>,
    pub(crate) maximum: Option<Limit>,
    pub(crate) exclusive_minimum: Option<Limit>,
    pub(crate) exclusive_maximum: Option<Limit>,
    pub(crate) multiple_of: Option<Limit>,
    /// The only values allowed.
    pub(crate) one_of: Vec<Limit>,
    /// The only truth value allowed.
    pub(crate) constant: Option<bool>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) unique_items: bool,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
    /// What its type does not say.
    pub(crate) checks: Option<ChecksIdx>,
}

impl Rules {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The rules, where there are any. Most values have none, and a slot with all of them is large.
    pub(crate) fn kept(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }
}

/// A number as a literal of the type it limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    Integer(i128),
    Float(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traits {
    pub(crate) eq: bool,
    pub(crate) copy: bool,
    pub(crate) default: bool,
}

/// The typed headers of a message.
#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) fields: Vec<Field>,
    pub(crate) traits: Traits,
    pub(crate) validates: bool,
}

#[derive(Debug)]
pub(crate) struct Message {
    /// Name on the wire.
    pub(crate) wire: String,
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) content_type: String,
    pub(crate) headers: Option<HeadersIdx>,
    pub(crate) payload: Option<Slot>,
    /// How the payload is written.
    pub(crate) codec: Codec,
    /// What it is held to as a whole.
    pub(crate) whole: Whole,
    /// Header that holds the correlation id.
    pub(crate) correlation: Option<String>,
    /// Property of the payload that holds it, by its name on the wire.
    pub(crate) correlation_property: Option<String>,
    /// Header that holds the address of the reply.
    pub(crate) reply_to: Option<String>,
    /// Whether it is an event and nothing else, so that values of a newer document are read.
    pub(crate) event: bool,
    /// What its key is made of, wherever it is sent.
    pub(crate) key: Key,
    /// Whether the document asks for it, rather than a correlation id implies it.
    pub(crate) key_is_stated: bool,
    pub(crate) traits: Traits,
    pub(crate) examples: Vec<Example>,
    /// What its examples are called, and their test.
    pub(crate) examples_ident: String,
    pub(crate) test: String,
}

/// An example of a message that is whole.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) headers: serde_json::Value,
    pub(crate) payload: Option<serde_json::Value>,
}

/// Schemas of a message, where it is held to the whole of them.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) payload: Option<serde_json::Value>,
    pub(crate) headers: Option<serde_json::Value>,
}

impl Whole {
    pub(crate) fn is_empty(&self) -> bool {
        self.payload.is_none() && self.headers.is_none()
    }
}

/// An encoding of payloads.
#[derive(Debug)]
pub(crate) enum Codec {
    Json,
    MessagePack,
    Cbor,
    Text,
    Avro(Avro),
    Protobuf(protobuf::Payload),
    /// None: the payload is the body.
    Bytes,
}

impl Message {
    /// The features of the runtime that it needs.
    pub(crate) fn features(&self) -> impl Iterator<Item = &'static str> {
        let whole = (!self.whole.is_empty()).then_some("validation");
        self.codec.feature().into_iter().chain(whole)
    }
}

impl Codec {
    /// The feature of the runtime that has it.
    fn feature(&self) -> Option<&'static str> {
        match self {
            Self::MessagePack => Some("message-pack"),
            Self::Cbor => Some("cbor"),
            Self::Avro(_) => Some("avro"),
            Self::Protobuf(_) => Some("protobuf"),
            Self::Json | Self::Text | Self::Bytes => None,
        }
    }
}

/// An Avro schema, and how values are framed.
#[derive(Debug)]
pub(crate) struct Avro {
    pub(crate) schema: serde_json::Value,
    pub(crate) framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Datum,
    SingleObject,
    Registry,
}

/// What a key is made of; nothing where there is none.
pub(crate) type Key = Vec<KeyPart>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPart {
    /// A value in the payload that fields lead to.
    Payload {
        /// How many options lie around the payload itself.
        options: usize,
        steps: Vec<Step>,
    },
    /// A value in the payload that no field leads to, by its JSON pointer.
    Within(String),
    /// A header, by the number of its field.
    Header(usize),
    /// A parameter of the channel's address, by its number.
    Parameter(usize),
    /// Always the same.
    Literal(String),
}

/// A field of a struct, and how many options lie around its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) def: DefId,
    pub(crate) field: usize,
    pub(crate) options: usize,
}

#[derive(Debug)]
pub(crate) struct Channel {
    /// Key in the document.
    pub(crate) key: String,
    pub(crate) ident: String,
    /// Name of the type for some of its channels, where its address has parameters.
    pub(crate) filter: String,
    pub(crate) docs: Docs,
    pub(crate) address: Address,
    pub(crate) publish_subscribe: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// What the bindings say of it, of its operations and of its messages; or null.
    pub(crate) bindings: serde_json::Value,
    /// The servers that have it; none is all.
    pub(crate) servers: Vec<ServerId>,
    pub(crate) needs: Needs,
}

impl Channel {
    /// Whether a server may have both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.servers, &other.servers);
        ours.is_empty() || theirs.is_empty() || ours.iter().any(|server| theirs.contains(server))
    }
}

/// What a channel needs of a transport, beside its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) groups: bool,
    pub(crate) key_order: bool,
    /// Replies that come by an address of the client's.
    pub(crate) replies: bool,
    pub(crate) wildcards: bool,
    pub(crate) delay_seconds: u64,
    pub(crate) header_bytes: usize,
    pub(crate) message_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Server {
    /// Key in the document.
    pub(crate) key: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) protocol: String,
    /// With its variables.
    pub(crate) url: String,
    pub(crate) variables: Vec<ServerVariable>,
    pub(crate) schemes: Vec<Scheme>,
    /// By protocol; or null.
    pub(crate) bindings: serde_json::Value,
}

#[derive(Debug)]
pub(crate) struct ServerVariable {
    pub(crate) wire: String,
    /// Name of the argument.
    pub(crate) field: String,
    pub(crate) default: Option<String>,
    /// The only values; none means any.
    pub(crate) allowed: Vec<String>,
}

/// A security scheme: its name and its type.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) name: String,
    pub(crate) kind: String,
}

#[derive(Debug)]
pub(crate) enum Address {
    /// Always the same.
    Fixed(String),
    /// Text and the parameters between it.
    Template {
        text: String,
        parts: Vec<AddressPart>,
    },
    /// Known only at run time.
    Dynamic,
}

#[derive(Debug)]
pub(crate) enum AddressPart {
    Text(String),
    Parameter(usize),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) wire: String,
    pub(crate) field: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    /// Allowed values; none means any.
    pub(crate) values: Vec<Variant>,
    /// Characters that other values must not hold: the address's separator and wildcards.
    pub(crate) forbidden: Vec<char>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    /// What it is made of.
    pub(crate) source: OperationId,
    pub(crate) key: String,
    pub(crate) style: Style,
    /// Whether the application receives; else it sends.
    pub(crate) receives: bool,
    pub(crate) channel: ChannelIdx,
    pub(crate) message: Set,
    pub(crate) reply: Option<Set>,
    /// Where replies go when a request names no address for them: the reply's channel, where its address is always the same.
    pub(crate) reply_channel: Option<ChannelIdx>,
    /// What it makes the key of each of its messages of, where those do not say themselves.
    pub(crate) keys: Vec<Key>,
    /// What is done about messages that could not be handled, in the words of the runtime's settings.
    pub(crate) policy: serde_json::Map<String, serde_json::Value>,
    pub(crate) docs: Docs,
    /// Name of its methods.
    pub(crate) method: String,
    /// Name of the one that adds its handler.
    pub(crate) register: String,
    /// Name of the one that listens to its events.
    pub(crate) subscribe: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// One request, one reply.
    Request,
    /// One message, no reply.
    OneWay,
    /// An event.
    Publish,
    /// One message, any number of replies.
    Gather,
}

/// One message, or several as an enum of that name.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) messages: Vec<MessageIdx>,
    /// Words the name of the enum is made of.
    pub(crate) hint: String,
    pub(crate) ident: String,
    /// The key of the operation whose enum of the same messages this one is another name of, and that enum's name.
    pub(crate) same: Option<(String, String)>,
    /// Names of the enum's variants.
    pub(crate) variants: Vec<String>,
    /// Which variants are so large that they are boxed.
    pub(crate) boxed: Vec<bool>,
}

#[derive(Debug, Default)]
pub(crate) struct Sides {
    pub(crate) stem: String,
    pub(crate) client: String,
    pub(crate) service: String,
    pub(crate) server: String,
    pub(crate) peer_client: String,
    pub(crate) peer_service: String,
    pub(crate) peer_server: String,
    /// Names of what sends examples to the services.
    pub(crate) contract: String,
    pub(crate) peer_contract: String,
}
