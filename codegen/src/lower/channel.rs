//! Channels: the address with its parameters, and how messages are shared among receivers.
use super::Ctx;
use crate::{
    docs,
    ir::{Address, AddressPart, Channel, ChannelIdx, Needs, Parameter, Variant},
};
use tidings_document::api::{self, Action, ChannelId, Delivery};

impl Ctx<'_> {
    /// The channel of that id, made where it was not met before.
    pub(crate) fn channel(&mut self, id: ChannelId) -> ChannelIdx {
        if let Some(index) = self.channels.get(&id) {
            return *index;
        }
        let channel = &self.api[id];
        let about = &channel.about;
        let (address, parameters) = match channel.address {
            Some(text) => address(text.value, channel),
            None => (Address::Dynamic, Vec::new()),
        };
        let index = self.ir.channels.len();
        let described = about
            .description
            .or(about.summary)
            .or(about.title)
            .map(|text| docs::markdown(text.value));
        let head = match channel.address {
            Some(text) => format!("Channel {}.", docs::code(text.value)),
            None => format!(
                "Channel {}, whose address is known only at run time.",
                docs::code(channel.key.value)
            ),
        };
        self.ir.channels.push(Channel {
            key: channel.key.value.to_owned(),
            ident: String::new(),
            filter: String::new(),
            docs: docs::join([vec![head], described.unwrap_or_default()]),
            address,
            publish_subscribe: self.publish_subscribe(id),
            parameters,
            bindings: self.bindings(id),
            servers: channel
                .servers
                .iter()
                .filter_map(|(_, server)| *server)
                .collect(),
            needs: Needs::default(),
        });
        self.channels.insert(id, index);
        index
    }

    /// By what the document says; else what the application only sends is for all who care, and so are replies that all come
    /// by one channel, where each of those who asked has to hear its own.
    fn publish_subscribe(&self, id: ChannelId) -> bool {
        let events = || {
            self.api.operations.iter().any(|operation| {
                operation.channel == Some(id)
                    && operation.action == Action::Send
                    && operation.reply.is_none()
            })
        };
        match self.api[id].delivery() {
            Some(stated) => stated == Delivery::PublishSubscribe,
            None => events() || self.is_for_replies(id),
        }
    }

    /// Whether replies, and nothing else, come by the channel.
    fn is_for_replies(&self, id: ChannelId) -> bool {
        let operations = &self.api.operations;
        let is_asked = operations
            .iter()
            .any(|operation| operation.channel == Some(id));
        let mut replies = operations
            .iter()
            .filter_map(|operation| operation.reply.as_ref());
        !is_asked && self.has_fixed_address(id) && replies.any(|reply| reply.channel == Some(id))
    }

    /// Whether the address is known, and without parameters.
    pub(crate) fn has_fixed_address(&self, id: ChannelId) -> bool {
        self.api[id]
            .address
            .is_some_and(|text| placeholder(text.value).is_none())
    }

    /// Whether the document itself says that a channel is publish-subscribe.
    pub(crate) fn is_stated_publish_subscribe(&self, id: ChannelId) -> bool {
        self.api[id].delivery() == Some(Delivery::PublishSubscribe)
    }
}

fn address(text: &str, channel: &api::Channel<'_>) -> (Address, Vec<Parameter>) {
    let mut parts = Vec::new();
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut rest = text;
    while let Some((before, name, after)) = placeholder(rest) {
        parts.push(AddressPart::Text(before.to_owned()));
        let known = parameters
            .iter()
            .position(|parameter| parameter.wire == name);
        parts.push(AddressPart::Parameter(known.unwrap_or(parameters.len())));
        if known.is_none() {
            parameters.push(parameter(name, channel));
        }
        rest = after;
    }
    parts.push(AddressPart::Text(rest.to_owned()));
    parts.retain(|part| !matches!(part, AddressPart::Text(text) if text.is_empty()));
    if parameters.is_empty() {
        return (Address::Fixed(text.to_owned()), parameters);
    }
    (
        Address::Template {
            text: text.to_owned(),
            parts,
        },
        parameters,
    )
}

/// Text before the first `{name}`, the name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    (!name.is_empty() && !name.contains('{')).then_some((before, name, after))
}

fn parameter(name: &str, channel: &api::Channel<'_>) -> Parameter {
    let known = channel
        .parameters
        .iter()
        .find(|parameter| parameter.name.value == name);
    let described = known
        .and_then(|parameter| parameter.description)
        .map(|text| docs::markdown(text.value));
    let mut values: Vec<Variant> = Vec::new();
    for value in known.iter().flat_map(|parameter| &parameter.values) {
        if !values.iter().any(|known| known.wire == value.value) {
            values.push(Variant {
                wire: value.value.to_owned(),
                ident: String::new(),
            });
        }
    }
    let fallback = || {
        vec![format!(
            "Parameter {} of channel {}.",
            docs::code(name),
            docs::code(channel.key.value)
        )]
    };
    Parameter {
        wire: name.to_owned(),
        field: String::new(),
        ident: String::new(),
        docs: described
            .filter(|text| !text.is_empty())
            .unwrap_or_else(fallback),
        values,
        forbidden: forbidden(channel),
    }
}

/// Wildcards of the brokers and of templates, and what separates the parts of this address.
fn forbidden(channel: &api::Channel<'_>) -> Vec<char> {
    let address = channel.address.map_or("", |text| text.value);
    let separator = ['/', '.', ':']
        .into_iter()
        .find(|separator| address.contains(*separator));
    let wildcards = ['*', '#', '+', '>', '{', '}'];
    wildcards.into_iter().chain(separator).collect()
}
