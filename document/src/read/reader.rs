//! What all readers share: the lists that grow, identities, and the small objects that are the same everywhere.
use std::collections::{HashMap, VecDeque};

use super::{
    discriminator::{Found, Heirs, heirs},
    fields::{Fields, entries_of, items_of},
    shape::is_extension,
};
use crate::{
    Diagnostic, Document, FileId, Node, Span, Text,
    api::{
        About, Api, Binding, Contact, Extensions, ExternalDocs, Info, License, MessageId, Place,
        ProtoId, SchemaFormat, SchemaId, SecuritySchemeId, Tag, Version,
    },
    document::address,
    union,
};

pub(crate) struct Reader<'a, 'd> {
    pub(crate) document: &'a Document,
    pub(crate) api: Api<'a>,
    pub(crate) diagnostics: &'d mut Vec<Diagnostic>,
    /// Objects by the address of the node that defines them; root entries also by that of the entry.
    pub(crate) servers: HashMap<usize, u32>,
    pub(crate) channels: HashMap<usize, u32>,
    pub(crate) operations: HashMap<usize, u32>,
    pub(crate) messages: HashMap<usize, MessageId>,
    pub(crate) schemas: HashMap<usize, SchemaId>,
    pub(crate) schemes: HashMap<usize, SecuritySchemeId>,
    pub(crate) protos: HashMap<usize, ProtoId>,
    /// What builds on schemas, by file; filled where a discriminator asks for it.
    heirs: HashMap<FileId, Heirs<'a>>,
    /// Schemas that have an id and still wait to be read.
    pub(crate) waiting: VecDeque<(SchemaId, SchemaFormat)>,
}

/// A node with where it is defined, references followed.
#[derive(Debug, Clone)]
pub(crate) struct Defined<'a> {
    pub(crate) node: &'a Node,
    pub(crate) key: Text<'a>,
    pub(crate) place: Place,
    pub(crate) pointer: String,
}

impl<'a, 'd> Reader<'a, 'd> {
    pub(crate) fn new(
        document: &'a Document,
        version: Version,
        root: &'a Node,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        let components = root
            .get("components")
            .and_then(|node| document.follow(node));
        let text = |name: &str| document.follow_text(root.get(name)?);
        let nothing = Text {
            value: "",
            span: root.span,
        };
        let api = Api {
            version,
            document,
            node: root,
            id: text("id"),
            info: Info {
                span: root.span,
                title: nothing,
                version: nothing,
                description: None,
                terms_of_service: None,
                contact: None,
                license: None,
                tags: Vec::new(),
                external_docs: None,
                extensions: Extensions::default(),
            },
            default_content_type: text("defaultContentType"),
            servers: Vec::new(),
            channels: Vec::new(),
            operations: Vec::new(),
            messages: Vec::new(),
            schemas: Vec::new(),
            heirs: HashMap::new(),
            other_schemas: Vec::new(),
            protos: Vec::new(),
            security_schemes: Vec::new(),
            right_elsewhere: Vec::new(),
            components,
            extensions: Extensions::default(),
        };
        let mut reader = Self {
            document,
            api,
            diagnostics,
            servers: HashMap::new(),
            channels: HashMap::new(),
            operations: HashMap::new(),
            messages: HashMap::new(),
            schemas: HashMap::new(),
            schemes: HashMap::new(),
            protos: HashMap::new(),
            heirs: HashMap::new(),
            waiting: VecDeque::new(),
        };
        reader.info(root);
        reader
    }

    pub(crate) fn finish(mut self) -> Api<'a> {
        let api = &mut self.api;
        api.heirs = union::heirs(&api.schemas);
        // Large documents: the room to grow is up to half of all.
        api.channels.shrink_to_fit();
        api.operations.shrink_to_fit();
        api.messages.shrink_to_fit();
        api.schemas.shrink_to_fit();
        self.api
    }

    /// The schemas of a file that have one in their `allOf`, which is named by the address of its node.
    pub(super) fn heirs_in(&mut self, file: FileId, base: usize) -> Vec<Found<'a>> {
        let document = self.document;
        let in_file = self.heirs.entry(file);
        let in_file = in_file.or_insert_with(|| heirs(document, file));
        in_file.get(&base).cloned().unwrap_or_default()
    }

    /// The value of a field, references followed.
    pub(crate) fn get(&self, fields: &Fields<'a>, name: &str) -> Option<&'a Node> {
        fields.get(name).and_then(|node| self.document.follow(node))
    }

    /// The text of a field.
    pub(crate) fn text(&self, fields: &Fields<'a>, name: &str) -> Option<Text<'a>> {
        let node = fields.get(name)?;
        self.document.follow_text(node)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, fields: &Fields<'a>, name: &str) -> Vec<Text<'a>> {
        let items = items_of(self.get(fields, name));
        items.iter().filter_map(Node::text).collect()
    }

    /// The entries of a field that holds a map.
    pub(crate) fn map(&self, fields: &Fields<'a>, name: &str) -> Vec<(Text<'a>, &'a Node)> {
        entries_of(self.get(fields, name))
    }

    /// The entries of a map of `components`.
    pub(crate) fn component(&self, name: &str) -> Vec<(Text<'a>, &'a Node)> {
        let fields = Fields::One(self.api.components.and_then(Node::as_object));
        self.map(&fields, name)
    }

    /// One entry of a map of `components`.
    pub(crate) fn component_named(&self, map: &str, name: &str) -> Option<&'a Node> {
        let map = self.api.components?.get(map)?;
        self.document.follow(map)?.get(name)
    }

    /// An empty text at a place, for what is missing.
    pub(crate) fn nothing(&self, span: Span) -> Text<'a> {
        Text { value: "", span }
    }

    /// Where a node is defined: where its chain of references ends, or right here. `None` for a chain that does not end.
    pub(crate) fn defined(
        &self,
        node: &'a Node,
        key: Text<'a>,
        place: Place,
        pointer: &str,
    ) -> Option<Defined<'a>> {
        if node.reference().is_none() {
            return Some(Defined {
                node,
                key,
                place,
                pointer: pointer.to_owned(),
            });
        }
        let resolved = self.document.resolve(node);
        if resolved.end != crate::End::Found {
            return None;
        }
        let pointer = resolved.pointer.unwrap_or_default();
        let place = match place {
            Place::Root => Place::Root,
            _ if pointer.starts_with("/components/") => Place::Components,
            _ => Place::Inline,
        };
        Some(Defined {
            node: resolved.node,
            key: resolved.key.unwrap_or(key),
            place,
            pointer,
        })
    }

    /// The first node on a chain of references that a list knows; else the chain's end.
    pub(crate) fn first_known(
        &self,
        mut node: &'a Node,
        known: &HashMap<usize, u32>,
    ) -> Result<u32, Option<&'a Node>> {
        for _ in 0..32 {
            if let Some(id) = known.get(&address(node)) {
                return Ok(*id);
            }
            let Some(reference) = node.reference() else {
                return Err(Some(node));
            };
            match self.document.target(reference) {
                Ok(target) => node = target.node,
                Err(_) => return Err(None),
            }
        }
        Err(None)
    }

    fn info(&mut self, root: &'a Node) {
        let root = Fields::of(root);
        self.api.extensions = self.extensions(&root);
        if self.api.version.is_v2() {
            self.api.info.tags = self.tags(&root);
        }
        let Some(node) = self.get(&root, "info") else {
            return;
        };
        let fields = Fields::of(node);
        let nothing = self.nothing(node.span);
        let describing = if self.api.version.is_v2() {
            &root
        } else {
            &fields
        };
        self.api.info = Info {
            span: node.span,
            title: self.text(&fields, "title").unwrap_or(nothing),
            version: self.text(&fields, "version").unwrap_or(nothing),
            description: self.text(&fields, "description"),
            terms_of_service: self.text(&fields, "termsOfService"),
            contact: self.get(&fields, "contact").map(|node| {
                let fields = Fields::of(node);
                Contact {
                    span: node.span,
                    name: self.text(&fields, "name"),
                    url: self.text(&fields, "url"),
                    email: self.text(&fields, "email"),
                }
            }),
            license: self.get(&fields, "license").map(|node| {
                let fields = Fields::of(node);
                License {
                    span: node.span,
                    name: self.text(&fields, "name"),
                    url: self.text(&fields, "url"),
                }
            }),
            tags: self.tags(describing),
            external_docs: self.external_docs(describing),
            extensions: self.extensions(&fields),
        };
    }

    /// What several kinds of object have in common.
    pub(crate) fn about(&self, fields: &Fields<'a>) -> About<'a> {
        About {
            title: self.text(fields, "title"),
            summary: self.text(fields, "summary"),
            description: self.text(fields, "description"),
            tags: self.tags(fields),
            external_docs: self.external_docs(fields),
            bindings: self.bindings(fields),
            extensions: self.extensions(fields),
        }
    }

    fn tags(&self, fields: &Fields<'a>) -> Vec<Tag<'a>> {
        let items = items_of(self.get(fields, "tags"));
        let tags = items.iter().filter_map(|item| self.document.follow(item));
        tags.filter(|node| node.as_object().is_some())
            .map(|node| {
                let fields = Fields::of(node);
                Tag {
                    node,
                    name: self
                        .text(&fields, "name")
                        .unwrap_or(self.nothing(node.span)),
                    description: self.text(&fields, "description"),
                    external_docs: self.external_docs(&fields),
                }
            })
            .collect()
    }

    pub(crate) fn external_docs(&self, fields: &Fields<'a>) -> Option<ExternalDocs<'a>> {
        let node = self.get(fields, "externalDocs")?;
        let fields = Fields::of(node);
        Some(ExternalDocs {
            span: node.span,
            url: self.text(&fields, "url"),
            description: self.text(&fields, "description"),
        })
    }

    fn bindings(&self, fields: &Fields<'a>) -> Vec<Binding<'a>> {
        self.map(fields, "bindings")
            .into_iter()
            .filter(|(protocol, _)| !is_extension(protocol.value))
            .filter_map(|(protocol, node)| {
                let node = self.document.follow(node)?;
                Some(Binding { protocol, node })
            })
            .collect()
    }

    pub(crate) fn extensions(&self, fields: &Fields<'a>) -> Extensions<'a> {
        let all = fields.all().into_iter();
        Extensions(all.filter(|(key, _)| key.value.starts_with("x-")).collect())
    }
}

/// Adds one step to a pointer.
pub(crate) fn below(pointer: &str, token: &str) -> String {
    let mut pointer = pointer.to_owned();
    crate::pointer::push_token(&mut pointer, token);
    pointer
}
