//! What channels need of a transport, as far as the document says.
use super::Ctx;
use crate::{
    broker::Broker,
    ir::{Channel, ChannelIdx, MessageIdx, Needs, Operation},
    note,
};
use serde_json::Value as Json;
use tidings_document::api::ChannelId;

impl Ctx<'_> {
    /// Finds the needs of all channels, once keys and bindings are known.
    pub(crate) fn needs(&mut self) {
        for index in 0..self.ir.channels.len() {
            self.ir.channels[index].needs = self.needs_of(index);
        }
    }

    fn needs_of(&self, index: ChannelIdx) -> Needs {
        let channel = &self.ir.channels[index];
        let operations = self.ir.operations.iter();
        let operations = operations.filter(|operation| operation.channel == index);
        let mut needs = Needs {
            groups: channel.publish_subscribe && has_group(&channel.bindings),
            delay_seconds: delay(&channel.bindings),
            message_bytes: message_bytes(&channel.bindings),
            ..Needs::default()
        };
        for operation in operations {
            let messages = &operation.message.messages;
            let headers = messages.iter().map(|message| self.header_bytes(*message));
            needs.header_bytes = headers.fold(needs.header_bytes, usize::max);
            needs.key_order |= self.has_keys(operation);
            needs.replies |= operation.reply.is_some() && operation.reply_channel.is_none();
            needs.wildcards |= operation.receives && is_open(channel);
        }
        needs
    }

    fn has_keys(&self, operation: &Operation) -> bool {
        let mut messages = operation.message.messages.iter();
        let own = messages.any(|message| self.ir.messages[*message].key_is_stated);
        own || operation.keys.iter().any(|key| !key.is_empty())
    }

    /// The least that the headers of a message take: names and one character each.
    fn header_bytes(&self, message: MessageIdx) -> usize {
        let headers = self.ir.messages[message].headers;
        let fields = headers.map_or(&[][..], |index| &self.ir.headers[index].fields);
        let required = fields.iter().filter(|field| field.required);
        required.map(|field| field.wire.len() + 1).sum()
    }

    /// Says which channels a broker cannot carry.
    pub(crate) fn note_unable(&mut self, broker: &Broker) {
        let mut channels: Vec<(ChannelIdx, ChannelId)> = self
            .channels
            .iter()
            .map(|(id, index)| (*index, *id))
            .collect();
        channels.sort_unstable();
        for (index, id) in channels {
            let channel = &self.ir.channels[index];
            let missing = broker.missing(channel.publish_subscribe, &channel.needs);
            if !missing.is_empty() {
                let key = self.api[id].key;
                let reason = format!(
                    "{} has no {}, which channel {} needs",
                    broker.name,
                    missing.join(", "),
                    crate::docs::code(key.value)
                );
                self.note(&note::BROKER_UNABLE, Some(key.span), reason);
            }
        }
    }
}

/// Whether nothing lists the channels of the address, so that only a wildcard is all of them.
fn is_open(channel: &Channel) -> bool {
    channel
        .parameters
        .iter()
        .any(|parameter| parameter.values.is_empty())
}

fn has_group(bindings: &Json) -> bool {
    let operations = bindings["operations"].as_object().into_iter().flatten();
    operations
        .into_iter()
        .any(|(_, operation)| !operation["kafka"]["groupId"].is_null())
}

fn delay(bindings: &Json) -> u64 {
    bindings["own"]["sqs"]["queue"]["deliveryDelay"]
        .as_u64()
        .unwrap_or(0)
}

/// Where a binding bounds them; what is smaller than that fits too.
fn message_bytes(bindings: &Json) -> usize {
    let own = &bindings["own"];
    let bounds = [
        &own["ibmmq"]["maxMsgLength"],
        &own["kafka"]["topicConfiguration"]["max.message.bytes"],
    ];
    let bytes = bounds.into_iter().filter_map(Json::as_u64).max();
    bytes.map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}
