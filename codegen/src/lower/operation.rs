//! Operations: their interaction style, and the messages that go both ways.
use super::{Ctx, message::header_of};
use crate::{
    Selection, docs,
    ir::{Operation, Set, Style},
    note,
};
use std::collections::HashSet;
use tidings_document::api::{self, Action, MessageUse, OperationId, Place};

impl<'a> Ctx<'a> {
    pub(crate) fn operations(&mut self, selection: &Selection) {
        let api = self.api;
        for (id, operation) in (0..).map(OperationId).zip(&api.operations) {
            let is_chosen = selection.takes(operation.key.value);
            if operation.place == Place::Root && is_chosen {
                self.operation(id, operation);
            }
        }
    }

    /// Which messages are events, and neither asked for nor answers.
    pub(crate) fn events(&mut self) {
        let uses = self.ir.operations.iter().flat_map(|operation| {
            let published = operation.style == Style::Publish;
            let sent = operation.message.messages.iter();
            let replies = operation.reply.iter().flat_map(|reply| &reply.messages);
            let sent = sent.map(move |message| (*message, published));
            sent.chain(replies.map(|message| (*message, false)))
        });
        let uses: Vec<_> = uses.collect();
        for (index, message) in self.ir.messages.iter_mut().enumerate() {
            let mut own = uses.iter().filter(|(of, _)| *of == index).peekable();
            message.event = own.peek().is_some() && own.all(|(_, published)| *published);
        }
    }

    fn operation(&mut self, source: OperationId, operation: &'a api::Operation<'a>) {
        let span = Some(operation.key.span);
        let key = operation.key.value;
        let messages = self.known(&self.api.messages_of(operation));
        let Some(id) = operation.channel.filter(|_| !messages.is_empty()) else {
            let lacks = if operation.channel.is_none() {
                "channel"
            } else {
                "message"
            };
            self.note(
                &note::OPERATION_SKIPPED,
                span,
                format!("operation `{key}` has no {lacks}, nothing is generated for it"),
            );
            return;
        };
        let replies = operation
            .reply
            .as_ref()
            .map(|reply| self.known(&self.api.messages_of_reply(reply)))
            .unwrap_or_default();
        if operation.reply.is_some() && replies.is_empty() {
            self.note(
                &note::OPERATION_SKIPPED,
                span,
                format!(
                    "the reply of operation `{key}` has no message, so it is generated without"
                ),
            );
        }
        let receives = operation.action == Action::Receive;
        let gathers = operation.about.extensions.get("x-tidings-gather").is_some()
            || (!receives && self.is_stated_publish_subscribe(id));
        let style = match (receives, replies.is_empty()) {
            (_, false) if gathers => Style::Gather,
            (_, false) => Style::Request,
            (true, true) => Style::OneWay,
            (false, true) => Style::Publish,
        };
        let reply_to = operation
            .reply
            .as_ref()
            .and_then(|reply| reply.address.as_ref());
        if let Some(header) = reply_to.and_then(|address| header_of(address.location.value)) {
            messages
                .iter()
                .for_each(|message| self.ir.messages[*message].reply_to = Some(header.clone()));
        }
        let words = self.words(operation, &messages);
        let channel = self.channel(id);
        let reply_channel = operation.reply.as_ref().and_then(|reply| reply.channel);
        let reply_channel = reply_channel
            .filter(|id| !replies.is_empty() && self.has_fixed_address(*id))
            .map(|id| self.channel(id));
        let stem = event_stem(&words);
        self.sources.push(operation);
        self.ir.operations.push(Operation {
            source,
            key: words.clone(),
            style,
            receives,
            channel,
            reply: (!replies.is_empty()).then(|| set(replies, format!("{words} reply"))),
            reply_channel,
            keys: Vec::new(),
            policy: serde_json::Map::new(),
            message: set(messages, set_name(style, &words, &stem)),
            docs: self.operation_docs(operation),
            method: String::new(),
            register: String::new(),
            subscribe: format!("subscribe to {stem}"),
        });
    }

    /// The messages that exist, each once.
    fn known(&mut self, uses: &[MessageUse<'_>]) -> Vec<usize> {
        let (mut messages, mut known) = (Vec::new(), HashSet::new());
        for id in uses.iter().filter_map(|message| message.message) {
            let index = self.message(id);
            if known.insert(index) {
                messages.push(index);
            }
        }
        messages
    }

    /// The operation's key; where version 2 gives it none, what it does with which message or channel.
    fn words(&self, operation: &api::Operation<'_>, messages: &[usize]) -> String {
        if !self.api.version.is_v2() || operation.operation_id.is_some() {
            return operation.key.value.to_owned();
        }
        let action = if operation.action == Action::Send {
            "send"
        } else {
            "receive"
        };
        let object = match messages {
            [only] => self.ir.messages[*only].hint.as_str(),
            _ => operation
                .channel
                .map_or("messages", |id| self.api[id].key.value),
        };
        format!("{action} {object}")
    }

    fn operation_docs(&self, operation: &api::Operation<'_>) -> docs::Docs {
        let about = &operation.about;
        let text = [about.summary, about.description]
            .into_iter()
            .flatten()
            .map(|text| docs::markdown(text.value));
        let text = docs::join(text);
        let title = || {
            about
                .title
                .map(|title| docs::paragraph(title.value))
                .unwrap_or_default()
        };
        let text = if text.is_empty() { title() } else { text };
        docs::join([
            text,
            vec![format!("Operation {}.", docs::code(operation.key.value))],
        ])
    }
}

fn set(messages: Vec<usize>, hint: String) -> Set {
    Set {
        messages,
        hint,
        ident: String::new(),
        same: None,
        variants: Vec::new(),
        boxed: Vec::new(),
    }
}

/// What the operation sends, without the word that says so.
fn event_stem(words: &str) -> String {
    let lower = words.to_ascii_lowercase();
    let verb = ["publish", "send", "emit"]
        .iter()
        .find(|verb| lower.starts_with(**verb) && lower.len() > verb.len());
    verb.map_or(words, |verb| &words[verb.len()..]).to_owned()
}

fn set_name(style: Style, words: &str, stem: &str) -> String {
    match style {
        Style::Request | Style::Gather => format!("{words} request"),
        Style::OneWay => format!("{words} command"),
        Style::Publish => {
            let event = stem
                .len()
                .checked_sub(6)
                .and_then(|at| stem.get(at..))
                .filter(|end| end.eq_ignore_ascii_case("events"));
            event.map_or_else(
                || format!("{stem} event"),
                |_| stem[..stem.len() - 1].to_owned(),
            )
        }
    }
}
