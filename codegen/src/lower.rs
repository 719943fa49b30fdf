//! Decides everything: from the document's model to the IR, so that the emitters have nothing left to choose.
mod avro;
mod binding;
mod channel;
mod check;
mod class;
mod codec;
mod custom;
mod example;
mod features;
mod fields;
mod flat;
mod graph;
mod key;
mod kinds;
mod listed;
mod merge;
mod message;
mod named;
mod need;
mod noted;
mod operation;
mod policy;
mod protobuf;
mod registry;
mod scalar;
mod server;
mod shape;
mod tag;
mod union;

use crate::{
    Numbers, Settings, Unknown,
    custom::Custom,
    docs,
    ir::{Checks, ChecksIdx, Ir, MessageIdx, Slot},
    note,
};
use flat::{Key, Part};
pub(crate) use graph::needs_check;
use std::collections::{HashMap, HashSet, VecDeque};
use tidings_document::{
    Diagnostic, Rule, Span,
    api::{self, Api, ChannelId, MessageId, Place, SchemaId},
};

/// Lowers a whole document.
pub(crate) fn lower(api: &Api<'_>, settings: &Settings) -> (Ir, Vec<Diagnostic>) {
    let mut ctx = Ctx::new(api, settings);
    ctx.customs = settings.customs.of(api);
    ctx.ir.validate = settings.validate;
    ctx.info(settings);
    ctx.operations(&settings.selection);
    ctx.events();
    if settings.selection.is_all() || settings.all_schemas {
        ctx.remaining_messages();
    }
    if api.operations.is_empty() || settings.all_schemas {
        ctx.library();
    }
    ctx.definitions();
    ctx.note_unused();
    tag::fix(&mut ctx.ir);
    graph::resolve(&mut ctx.ir);
    check::number(&mut ctx.ir);
    features::tell(&mut ctx.ir);
    ctx.keys();
    ctx.policies();
    ctx.servers();
    ctx.needs();
    if let Some(broker) = settings.broker {
        ctx.note_unable(broker);
    }
    (ctx.ir, ctx.notes)
}

/// What lowering carries along.
pub(crate) struct Ctx<'a> {
    pub(crate) api: &'a Api<'a>,
    /// What objects do with properties that the document does not name.
    unknown: Unknown,
    /// Whether there are tests, of examples.
    tests: bool,
    pub(crate) ir: Ir,
    pub(crate) notes: Vec<Diagnostic>,
    noted: HashSet<(&'static str, Span)>,
    /// Types of schemas that were met before.
    memo: HashMap<Key, Slot>,
    /// Schemas whose inline type is being made right now.
    busy: HashSet<Key>,
    /// Definitions that have a place but no content yet.
    queue: VecDeque<(usize, Key)>,
    /// Checks of schemas that were met before, and those that have a place but no content yet.
    checked: HashMap<SchemaId, ChecksIdx>,
    unchecked: VecDeque<(ChecksIdx, SchemaId)>,
    messages: HashMap<MessageId, MessageIdx>,
    channels: HashMap<ChannelId, usize>,
    headers: HashMap<SchemaId, usize>,
    /// What is told of types.
    customs: HashMap<SchemaId, Custom>,
    avro: avro::Schemas<'a>,
    protobuf: protobuf::Protobuf,
    /// What the operations were made of.
    sources: Vec<&'a api::Operation<'a>>,
}

impl<'a> Ctx<'a> {
    fn new(api: &'a Api<'a>, settings: &Settings) -> Self {
        Self {
            api,
            unknown: settings.unknown,
            tests: settings.tests,
            ir: Ir {
                checks: vec![Checks::default()],
                date_time: settings.date_time,
                is_exact: settings.numbers == Numbers::Exact,
                is_whole: settings.unknown != Unknown::Drop,
                ..Ir::default()
            },
            notes: Vec::new(),
            noted: HashSet::new(),
            memo: HashMap::new(),
            busy: HashSet::new(),
            queue: VecDeque::new(),
            checked: HashMap::new(),
            unchecked: VecDeque::new(),
            messages: HashMap::new(),
            channels: HashMap::new(),
            headers: HashMap::new(),
            customs: HashMap::new(),
            avro: avro::Schemas::default(),
            protobuf: protobuf::Protobuf::default(),
            sources: Vec::new(),
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

    /// The schemas of the components: where that is all there is, the document is one of types for others.
    fn library(&mut self) {
        for (id, schema) in (0..).map(SchemaId).zip(&self.api.schemas) {
            if schema.place == Place::Components {
                self.slot(
                    &vec![Part::whole(id)],
                    schema.name.as_deref().unwrap_or("schema"),
                );
            }
        }
    }

    /// Fills the definitions in until no new ones turn up.
    fn definitions(&mut self) {
        while let Some((def, key)) = self.queue.pop_front() {
            self.define(def, &key);
        }
        while let Some((checks, id)) = self.unchecked.pop_front() {
            self.fill_checks(checks, id);
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The types that are made of a document, in one text, and the ids of what is told.
    fn types(text: &str) -> (String, Vec<&'static str>) {
        let bytes = text.as_bytes().to_vec();
        let reading = tidings_document::Settings::default();
        let (document, _) =
            tidings_document::open_text(Path::new("types.yaml"), bytes, &reading).unwrap();
        let api = tidings_document::read(&document).0.unwrap();
        let (files, notes) = crate::generate(&api, &crate::Settings::default());
        let types = files.into_iter().find(|file| file.path == "src/types.rs");
        let ids = notes.iter().map(|note| note.rule.id).collect();
        (types.unwrap().text, ids)
    }

    #[test]
    fn a_document_without_operations_has_the_types_of_its_components() {
        let (types, _) = types(
            "asyncapi: 3.0.0
info: { title: Types, version: 1.0.0 }
components:
  messages: { Thing: { payload: { type: object, properties: { a: { type: string } } } } }
  schemas:
    Lone: { type: object, properties: { at: { type: string } } }
    Word: { allOf: [{ type: string }, { minLength: 2 }] }
",
        );
        for name in ["struct ThingPayload", "struct Lone", "struct Word"] {
            assert!(types.contains(name), "{name}: {types}");
        }
    }

    #[test]
    fn words_about_a_schema_make_no_type_of_their_own() {
        let (types, _) = types(
            "asyncapi: 3.0.0
info: { title: Types, version: 1.0.0 }
components:
  schemas:
    Sent:
      type: object
      properties:
        home: { description: where to, allOf: [{ $ref: '#/components/schemas/Address' }] }
        paint: { title: Paint, default: red, allOf: [{ $ref: '#/components/schemas/Colour' }] }
        near: { allOf: [{ $ref: '#/components/schemas/Address' }], required: [country] }
    Address: { type: object, properties: { street: { type: string } } }
    Colour: { type: string, enum: [red, green] }
",
        );
        for field in [
            "home: Option<Address>",
            "paint: Option<Colour>",
            "near: Option<SentNear>",
        ] {
            assert!(types.contains(field), "{field}: {types}");
        }
    }

    #[test]
    fn patterns_beside_properties_are_told_to_lose_their_type() {
        let (types, notes) = types(
            "asyncapi: 3.0.0
info: { title: Types, version: 1.0.0 }
components:
  schemas:
    Camera: { type: object, patternProperties: { '^[a-z]+$': { type: string } }, additionalProperties: false }
    Shadow:
      type: object
      properties: { id: { type: string } }
      patternProperties: { '^camera:': { $ref: '#/components/schemas/Camera' } }
",
        );
        assert!(types.contains("BTreeMap<String, String>"), "{types}");
        let opaque = notes.iter().filter(|id| **id == "type-opaque").count();
        assert_eq!(opaque, 1, "{notes:?}");
    }
}
