//! What the emitters print: every decision is taken, every type is a definition or built in. Identifiers are empty until
//! `names` fills them in.
mod channel;
mod check;
mod definition;
mod fixed;
mod message;
mod operation;
pub(crate) mod protobuf;
mod slot;

use crate::{custom::Custom, date_times::DateTimes, docs::Docs, validate::Validate};
pub(crate) use channel::{
    Address, AddressPart, Channel, Needs, Parameter, Scheme, Server, ServerVariable,
};
pub(crate) use check::{ANY, Check, Checks, ChecksIdx, Properties};
pub(crate) use definition::{
    Def, Enum, Extra, Field, FreeTag, JsonType, Kind, Numbers, NumbersVariant, Struct, Tag,
    TagValue, Union, UnionVariant, Variant,
};
pub(crate) use fixed::Fixed;
pub(crate) use message::{
    Avro, Codec, Example, Framing, Headers, Key, KeyPart, Message, Step, Whole,
};
pub(crate) use operation::{Operation, Set, Sides, Style};
pub(crate) use slot::{Format, Given, Limit, Native, Rules, Slot, Traits, Ty};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Features of the runtime that the code needs.
    pub(crate) features: BTreeSet<&'static str>,
    /// What was told of definitions.
    pub(crate) customs: BTreeMap<DefId, Custom>,
    /// What messages in Protobuf consist of.
    pub(crate) protobuf: protobuf::Tables,
    /// What a `date-time` is, where it is no text.
    pub(crate) date_time: DateTimes,
    /// Whether numbers are as they are written.
    pub(crate) is_exact: bool,
    /// Whether what objects have is kept, be it named or not.
    pub(crate) is_whole: bool,
}

impl Ir {
    /// Those of some messages that have examples.
    pub(crate) fn with_examples(&self, set: &Set) -> impl Iterator<Item = &Message> {
        let messages = set.messages.iter().map(|index| &self.messages[*index]);
        messages.filter(|message| !message.examples.is_empty())
    }
}
