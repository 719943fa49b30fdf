//! Messages: what they are, their payload and headers, and examples.
use serde_json::Value;
use tidings_document::{
    Node,
    api::{self, MessageId},
};

use super::{
    Md,
    escape::{block, code, inline},
    prose::prose,
};
use crate::{
    plan::Part,
    view::{example, message},
};

impl<'a> Md<'_, 'a> {
    /// A message under a heading of this level.
    pub(super) fn message(&mut self, id: MessageId, role: &str, level: usize) {
        let ctx = self.ctx;
        let found = &ctx.api[id];
        let title = inline(message::title(found));
        let role = match role {
            "" => String::new(),
            role => format!("{role}: "),
        };
        self.out.heading(level, &format!("{role}{title}"));
        self.identity(found);
        self.about(&found.about);
        if let Some(correlation) = &found.correlation_id {
            let line = format!("Correlated by {}", code(correlation.location.value));
            self.out.paragraph(&line);
            self.out.prose(correlation.description);
        }
        let payload = found.payload.as_ref();
        if payload.is_none() {
            self.out
                .paragraph("The document says nothing of its payload.");
        }
        if let Some(payload) = payload {
            self.out.paragraph("**Payload**");
            match payload.schema {
                Some(schema) => self.trees().part(schema, id, Part::Payload),
                None if message::is_lost(payload) => {
                    let lost = payload.node.reference().map_or("", |text| text.value);
                    let line = format!("any, **not resolved** {}", code(lost));
                    self.out.item(0, &line);
                }
                None => self.source(0, payload.node),
            }
        }
        if let Some(headers) = found.headers {
            self.out.paragraph("**Headers**");
            self.trees().part(headers, id, Part::Headers);
        }
        self.examples(found);
    }

    fn identity(&mut self, found: &api::Message<'_>) {
        let name = found.display_name();
        let format = found
            .payload
            .as_ref()
            .and_then(|payload| payload.format_text);
        let id = found.message_id.map(|id| id.value);
        let facts = [
            ("", self.ctx.api.content_type_of(found)),
            (
                "name ",
                Some(name).filter(|name| *name != message::title(found)),
            ),
            ("id ", id.filter(|id| *id != name)),
            ("schema in ", format.map(|format| format.value)),
        ];
        let facts = facts.iter();
        let facts = facts.filter_map(|(label, text)| Some(format!("{label}{}", code((*text)?))));
        let facts: Vec<_> = facts.collect();
        if !facts.is_empty() {
            self.out.paragraph(&facts.join(", "));
        }
    }

    /// A schema in another language, as it is written.
    pub(super) fn source(&mut self, depth: usize, node: &Node) {
        let (language, text) = match node.as_str() {
            Some(text) => ("", text.to_owned()),
            None => ("json", pretty(&node.to_json())),
        };
        self.out.block(depth, &block(language, &text));
    }

    /// The document's own examples, or else one that follows from the schema.
    fn examples(&mut self, found: &api::Message<'a>) {
        for (number, example) in (1..).zip(&found.examples) {
            let name = example::name(example, number, found.examples.len());
            self.out.paragraph(&format!("**{}**", inline(&name)));
            if let Some(summary) = example.summary {
                self.out.block(0, &prose(summary.value));
            }
            for fault in example::faults(self.ctx, example) {
                let line = format!("This example breaks its schema: {}", inline(fault));
                self.out.paragraph(&line);
            }
            for (label, node) in [("Headers", example.headers), ("Payload", example.payload)] {
                if let Some(node) = node {
                    self.out.paragraph(&format!("{label}:"));
                    self.json(&node.to_json());
                }
            }
        }
        let made = match found.examples.is_empty() {
            true => example::of_message(self.ctx, found),
            false => Vec::new(),
        };
        for value in made {
            self.out.paragraph("**Example**, generated");
            self.json(&value);
        }
    }

    fn json(&mut self, value: &Value) {
        self.out.block(0, &block("json", &pretty(value)));
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
