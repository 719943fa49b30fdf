//! Decides everything: from the document's model to the IR, so that the emitters have nothing left to choose.
mod channel;
mod flat;
mod graph;
mod message;
mod operation;
mod scalar;
mod shape;
mod union;

use crate::{
    Settings, docs,
    ir::{Ir, MessageIdx, Slot},
    note,
};
use flat::Key;
pub(crate) use graph::needs_check;
use std::collections::{HashMap, HashSet, VecDeque};
use tidings_document::{
    Diagnostic, Rule, Span,
    api::{Api, ChannelId, MessageId, SchemaId},
};

/// Lowers a whole document.
pub(crate) fn lower(api: &Api<'_>, settings: &Settings) -> (Ir, Vec<Diagnostic>) {
    let mut ctx = Ctx::new(api);
    ctx.info(settings);
    ctx.operations();
    ctx.remaining_messages();
    ctx.definitions();
    graph::resolve(&mut ctx.ir);
    (ctx.ir, ctx.notes)
}

/// What lowering carries along.
pub(crate) struct Ctx<'a> {
    pub(crate) api: &'a Api<'a>,
    pub(crate) ir: Ir,
    pub(crate) notes: Vec<Diagnostic>,
    noted: HashSet<(&'static str, Span)>,
    /// Types of schemas that were met before.
    memo: HashMap<Key, Slot>,
    /// Schemas whose inline type is being made right now.
    busy: HashSet<Key>,
    /// Definitions that have a place but no content yet.
    queue: VecDeque<(usize, Key)>,
    messages: HashMap<MessageId, MessageIdx>,
    channels: HashMap<ChannelId, usize>,
    headers: HashMap<SchemaId, usize>,
}

impl<'a> Ctx<'a> {
    fn new(api: &'a Api<'a>) -> Self {
        Self {
            api,
            ir: Ir::default(),
            notes: Vec::new(),
            noted: HashSet::new(),
            memo: HashMap::new(),
            busy: HashSet::new(),
            queue: VecDeque::new(),
            messages: HashMap::new(),
            channels: HashMap::new(),
            headers: HashMap::new(),
        }
    }

    fn info(&mut self, settings: &Settings) {
        let info = &self.api.info;
        let title = if info.title.is_empty() {
            "Api"
        } else {
            info.title.value
        };
        title.clone_into(&mut self.ir.title);
        info.version.value.clone_into(&mut self.ir.version);
        self.ir.docs = info
            .description
            .map_or_else(docs::Docs::new, |text| docs::markdown(text.value));
        self.ir.sides.stem = settings
            .service
            .clone()
            .unwrap_or_else(|| stem(title).to_owned());
    }

    /// Messages of no operation still become types: those of components and channels, for code that routes by hand.
    fn remaining_messages(&mut self) {
        for index in 0..self.api.messages.len() {
            let Ok(index) = u32::try_from(index) else {
                return;
            };
            self.message(MessageId(index));
        }
    }

    /// Fills the definitions in until no new ones turn up.
    fn definitions(&mut self) {
        while let Some((def, key)) = self.queue.pop_front() {
            self.define(def, &key);
        }
    }

    /// Reports once a place.
    pub(crate) fn note(
        &mut self,
        rule: &'static Rule,
        span: Option<Span>,
        message: impl Into<String>,
    ) {
        let span = span.unwrap_or(self.api.node.span);
        if self.noted.insert((rule.id, span)) {
            self.notes
                .push(note::diagnostic(rule, span, message.into()));
        }
    }
}

/// The title without a last word that says no more than that it is an application.
fn stem(title: &str) -> &str {
    const ENDINGS: [&str; 7] = [
        " service",
        " api",
        " server",
        " application",
        " asyncapi",
        " app",
        " apis",
    ];
    let lower = title.to_ascii_lowercase();
    let end = ENDINGS
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .map_or(title.len(), str::len);
    let stem = title[..end].trim_end();
    if stem.is_empty() { title } else { stem }
}
