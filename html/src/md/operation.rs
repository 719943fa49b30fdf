//! Operations: the sentence from both sides, where, and the messages.
use std::collections::HashSet;

use tidings_document::api::{self, MessageId, MessageUse, OperationId, Place};

use super::{
    Md,
    escape::{block, code, inline, letters, no_code},
};
use crate::{
    connect,
    style::Style,
    view::{
        channel, message,
        operation::{
            self,
            place::servers,
            sentence::{Piece, sentence},
        },
        verb,
    },
};

/// How many messages of an operation are named before it only says how many more there are.
const NAMED: usize = 6;

impl Md<'_, '_> {
    /// One line for each operation.
    pub(super) fn overview(&mut self) {
        let ctx = self.ctx;
        if ctx.api.operations.is_empty() {
            return;
        }
        self.out.heading(2, "At a glance");
        let styles = Style::ALL.into_iter();
        for id in styles.flat_map(|style| crate::plan::operations_of(&ctx.plan.styles, style)) {
            let found = &ctx.api[id];
            let channel = match found.channel {
                Some(channel) => code(&channel::label(ctx, &ctx.api[channel])),
                None => "a channel that is not resolved".to_owned(),
            };
            let mut line = format!(
                "{}: {} {} on {channel}",
                inline(&operation::title(ctx, found)),
                verb(found.action),
                self.names(&ctx.api.messages_of(found)),
            );
            if let Some(reply) = &found.reply {
                let names = self.names(&ctx.api.messages_of_reply(reply));
                line += &format!(", reply {names}");
            }
            self.out.item(0, &line);
        }
    }

    fn names(&self, list: &[MessageUse<'_>]) -> String {
        let names = list.iter().take(NAMED).map(|used| self.name_of(used));
        let mut names: Vec<_> = names.collect();
        if list.len() > NAMED {
            names.push(format!("{} more", list.len() - NAMED));
        }
        match names.is_empty() {
            true => "a message".to_owned(),
            false => names.join(" or "),
        }
    }

    fn name_of(&self, used: &MessageUse<'_>) -> String {
        match used.message {
            Some(id) => inline(message::title(&self.ctx.api[id])),
            None => format!("{} (not resolved)", inline(used.key.value)),
        }
    }

    pub(super) fn operation(&mut self, id: OperationId) {
        let ctx = self.ctx;
        let found = &ctx.api[id];
        let style = ctx.plan.styles[id.0 as usize];
        let title = operation::title(ctx, found);
        self.out.heading(3, &inline(&title));
        let mut facts = vec![format!("**{}**", verb(found.action))];
        if found.key.value != title {
            facts.push(format!("operation {}", code(found.key.value)));
        }
        if found.place == Place::Components {
            facts.push("only defined in components".to_owned());
        }
        self.out.paragraph(&facts.join(", "));
        let sentence = sentence(ctx, found, style, &self.title);
        let sides = [&sentence.own, &sentence.other].map(|side| words(side));
        self.out.paragraph(&sides.join(" "));
        self.about(&found.about);
        if let Some(channel) = found.channel.map(|id| &ctx.api[id]) {
            let label = code(&channel::label(ctx, channel));
            self.out.item(0, &format!("channel {label}"));
            self.only_on(channel);
        }
        let mut whole = HashSet::new();
        let reply = found.reply.as_ref();
        if let Some(address) = reply.and_then(|reply| reply.address.as_ref()) {
            let line = format!(
                "reply goes to the address in {}",
                code(address.location.value)
            );
            self.out.described(0, &line, address.description);
        }
        if let Some(channel) = reply.and_then(|reply| reply.channel) {
            let label = code(&channel::label(ctx, &ctx.api[channel]));
            self.out.item(0, &format!("reply goes to {label}"));
        }
        self.security(&found.security);
        self.terminal(found);
        self.rust(id);
        let role = if reply.is_some() {
            "Request"
        } else {
            "Message"
        };
        self.messages(id, role, &ctx.api.messages_of(found), &mut whole);
        if let Some(reply) = reply {
            self.messages(id, "Reply", &ctx.api.messages_of_reply(reply), &mut whole);
        }
    }

    /// What a reader may run to meet an operation.
    fn terminal(&mut self, found: &api::Operation<'_>) {
        let channel = found.channel.map(|id| &self.ctx.api[id]);
        let servers = channel.map(|channel| servers(self.ctx, channel));
        let tools = connect::tools(self.ctx.api, found, &servers.unwrap_or_default());
        if !tools.is_empty() {
            self.out.paragraph("From a terminal:");
        }
        for tool in tools {
            self.out.block(0, &block("sh", &tool.command));
        }
    }

    /// The same in a program.
    fn rust(&mut self, id: OperationId) {
        if let Some(rust) = self.ctx.calls.get(&id) {
            let line = "In Rust, with the crate that `tidings generate rust` makes:";
            self.out.paragraph(line);
            self.out.block(0, &block("rust", rust.trim_end()));
        }
    }

    /// Each message is shown whole at one operation, and named at the others.
    fn messages(
        &mut self,
        operation: OperationId,
        role: &str,
        list: &[MessageUse<'_>],
        whole: &mut HashSet<MessageId>,
    ) {
        for used in list {
            let home = used
                .message
                .and_then(|id| self.ctx.plan.message_home[id.0 as usize]);
            match used.message {
                Some(id) if home == Some(operation) && whole.insert(id) => {
                    self.message(id, role, 4);
                }
                _ => {
                    let other = home.filter(|home| *home != operation);
                    let shown = other.map(|home| {
                        let title = operation::title(self.ctx, &self.ctx.api[home]);
                        format!(", shown at {}", inline(&title))
                    });
                    let shown = shown.unwrap_or_default();
                    let line = format!("**{role}: {}**{shown}", self.name_of(used));
                    self.out.paragraph(&line);
                }
            }
        }
    }
}

/// A sentence with its emphasis.
fn words(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece.kind {
            "strong" => out += &format!("**{}**", inline(&piece.text)),
            "code" => out += &code(&piece.text),
            _ => letters(&piece.text, &mut out),
        }
    }
    no_code(out.trim())
}
