//! YAML text to nodes: the events of the parser with their places in bytes, scalars of the core schema, aliases expanded
//! within bounds, merge keys, every key once.
mod offsets;
mod padding;
mod scalar;
mod slip;
mod tabs;

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use crate::{Diagnostic, Entry, FileId, Limits, Node, Object, Span, Value, rules};
use offsets::Offsets;
use padding::Padding;
use tabs::Tabs;

/// The finding that ends the reading of a file.
pub(crate) type Stop = Box<Diagnostic>;

/// Characters that may be read again because of flow collections that end too far left.
const READ_AGAIN: usize = 64 << 20;

/// Reads YAML text into a tree; `base` is added to every place. An empty text gives no node.
pub(crate) fn parse(
    file: FileId,
    text: &str,
    base: u32,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, Stop> {
    let mut padding = Padding::default();
    let mut tabs = Tabs::default();
    let mut read_again = READ_AGAIN;
    let before = diagnostics.len();
    loop {
        let spaced = tabs.apply(text);
        let padded = padding.apply(&spaced);
        let mut builder = Builder {
            file,
            text,
            offsets: Offsets::new(&padded, text.len(), &padding, base),
            base,
            limits,
            tabs: &mut tabs,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
            expanded: 0,
            expanded_bytes: 0,
            diagnostics,
        };
        match builder.run(&padded) {
            Ok(()) => {
                let root = builder.root;
                if !tabs.settle() {
                    return Ok(root);
                }
            }
            Err(Failure::Stop(stop)) => return Err(stop),
            Err(Failure::Tab(stop)) => {
                if !tabs.find(text) {
                    return Err(stop);
                }
            }
            Err(Failure::Indentation(stop, flow)) => {
                read_again = read_again.saturating_sub(text.len());
                if read_again == 0 || !padding.widen(text, (flow - base) as usize) {
                    return Err(stop);
                }
            }
        }
        diagnostics.truncate(before);
    }
}

/// Why a text was not read to its end.
enum Failure {
    Stop(Stop),
    /// A line of the flow collection that begins there is indented too little: YAML forbids it, other parsers take it.
    Indentation(Stop, u32),
    /// A tab stands between a key and its value, which the parser does not take.
    Tab(Stop),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Findings of repeated keys in a file; one more says nothing new.
const MOST_REPEATED: usize = 10_000;

/// One finding for each repeated key.
pub(crate) fn report_repeated_keys(
    repeated: Vec<(Span, Entry)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let room = MOST_REPEATED.saturating_sub(diagnostics.len());
    for (first, entry) in repeated.into_iter().take(room) {
        let message = format!("the key `{}` occurs twice", entry.key);
        diagnostics.push(
            Diagnostic::new(&rules::KEY_DUPLICATE, entry.key_span, message)
                .related(first, "first here")
                .help("remove one of them or rename it"),
        );
    }
}

/// The finding for text nested deeper than is read.
pub(crate) fn too_deep(span: Span, limits: &Limits) -> Stop {
    let message = format!("nested deeper than {} levels", limits.depth);
    let found = Diagnostic::new(&rules::NESTING_TOO_DEEP, span, message);
    Box::new(found.help("give inner parts names of their own and refer to them with `$ref`"))
}

/// The finding for more values than are read.
pub(crate) fn too_large(span: Span, limits: &Limits) -> Stop {
    let message = format!("more than {} values in one file", limits.nodes);
    let found = Diagnostic::new(&rules::DOCUMENT_TOO_LARGE, span, message);
    Box::new(found.help("put parts into files of their own and refer to them with `$ref`"))
}

/// Length of all keys and texts in a value.
fn text_length(node: &Node) -> usize {
    match &node.value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_length).sum(),
        Value::Object(object) => object
            .iter()
            .map(|entry| entry.key.len() + text_length(&entry.value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

struct Builder<'t, 'd> {
    file: FileId,
    text: &'t str,
    offsets: Offsets<'t>,
    base: u32,
    limits: &'t Limits,
    tabs: &'d mut Tabs,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    expanded: usize,
    expanded_bytes: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// A collection whose end has not come yet.
struct Frame {
    span: Span,
    anchor: usize,
    /// `nodes` when it began.
    before: usize,
    /// Levels below it.
    height: usize,
    content: Content,
}

enum Content {
    Array(Vec<Node>),
    Object {
        entries: Vec<Entry>,
        key: Option<Key>,
        merges: Vec<Node>,
    },
}

struct Key {
    text: String,
    span: Span,
    merge: bool,
}

struct Anchor {
    node: Node,
    nodes: usize,
    /// Length of all text in it.
    bytes: usize,
    height: usize,
}

impl Builder<'_, '_> {
    fn run(&mut self, text: &str) -> Result<(), Failure> {
        let mut parser = Parser::new(StrInput::new(text));
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| self.failure(&error))?;
            let start = self.offsets.byte(span.start.index());
            let end = self.offsets.byte(span.end.index());
            self.event(event, self.span(start, end))?;
        }
        Ok(())
    }

    fn failure(&self, error: &ScanError) -> Failure {
        if error.info() == "recursion limit exceeded" {
            let at = self.offsets.byte(error.marker().index());
            return Failure::Stop(too_deep(self.span(at, at + 1), self.limits));
        }
        let stop = self.syntax(error);
        let is_flow = |frame: &&Frame| {
            let at = (frame.span.start - self.base) as usize;
            matches!(self.text.as_bytes().get(at), Some(b'{' | b'['))
        };
        match self.stack.iter().find(is_flow) {
            _ if error.info().starts_with("':' must be followed") => Failure::Tab(stop),
            Some(frame) if error.info().starts_with("invalid indentation") => {
                Failure::Indentation(stop, frame.span.start)
            }
            _ => Failure::Stop(stop),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second YAML document begins here";
                    return Err(self.error(span, message, "keep one document a file"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.scalar_span(span, style, text.is_empty());
                let place = |at: u32| (at - self.base) as usize;
                self.tabs.scalar(place(span.start), place(span.end));
                if self.awaits_key() {
                    self.key(text.into_owned(), style, span);
                } else {
                    let value = scalar::value(text, style, tag.as_deref());
                    self.count(1, span)?;
                    self.finish(Node { value, span }, anchor, 1, 0)?;
                }
            }
            Event::SequenceStart(anchor, _) => {
                self.open(span, anchor, Content::Array(Vec::new()))?;
            }
            Event::MappingStart(anchor, _) => {
                let content = Content::Object {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                };
                self.open(span, anchor, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, span: Span, anchor: usize, content: Content) -> Result<(), Stop> {
        if self.awaits_key() {
            let at = (span.start - self.base) as usize;
            let slip = slip::collection_as_key(self.text, at);
            return Err(Box::new(slip.report(self.file, self.base)));
        }
        if self.stack.len() >= self.limits.depth {
            return Err(too_deep(span, self.limits));
        }
        self.stack.push(Frame {
            span,
            anchor,
            before: self.nodes,
            height: 0,
            content,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let mut span = frame.span;
        if end.end > end.start {
            // The parser counts space and a comment behind the bracket in.
            let at = (end.start - self.base) as usize;
            let is_bracket = matches!(self.text.as_bytes().get(at), Some(b']' | b'}'));
            span.end = if is_bracket { end.start + 1 } else { end.end };
        }
        let value = match frame.content {
            Content::Array(mut items) => {
                items.shrink_to_fit();
                Value::Array(items)
            }
            Content::Object {
                entries, merges, ..
            } => {
                let entries = self.merged(entries, merges)?;
                let (object, repeated) = Object::new(entries);
                report_repeated_keys(repeated, self.diagnostics);
                Value::Object(object)
            }
        };
        self.count(1, span)?;
        let count = self.nodes - frame.before;
        self.finish(Node { value, span }, frame.anchor, count, frame.height)
    }

    /// Puts a whole node where it belongs.
    fn finish(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        height: usize,
    ) -> Result<(), Stop> {
        if anchor > 0 {
            let node = node.clone();
            let bytes = text_length(&node);
            self.count_expanded(nodes, bytes, node.span)?;
            self.anchors.insert(
                anchor,
                Anchor {
                    node,
                    nodes,
                    bytes,
                    height,
                },
            );
        }
        let place = node.span;
        self.place(node, place, height);
        Ok(())
    }

    fn place(&mut self, node: Node, place: Span, height: usize) {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.height = frame.height.max(height + 1);
        frame.span.end = frame.span.end.max(place.end);
        match &mut frame.content {
            Content::Array(items) => items.push(node),
            Content::Object {
                entries,
                key,
                merges,
            } => match key.take() {
                Some(key) if key.merge => merges.push(node),
                Some(Key {
                    text: key,
                    span: key_span,
                    ..
                }) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                None => {}
            },
        }
    }

    fn key(&mut self, text: String, style: ScalarStyle, span: Span) {
        let plain = style == ScalarStyle::Plain;
        let text = match text.as_str() {
            "" | "~" if plain => "null".to_owned(),
            _ => text,
        };
        let merge = plain && text == "<<";
        if let Some(Frame {
            span: whole,
            content: Content::Object { key, .. },
            ..
        }) = self.stack.last_mut()
        {
            whole.end = whole.end.max(span.end);
            *key = Some(Key { text, span, merge });
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                content: Content::Object { key: None, .. },
                ..
            })
        )
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(found) = self.anchors.get(&anchor) else {
            let message = "this alias stands inside the value that it names";
            return Err(self.error(span, message, "use `$ref` for recursive structures"));
        };
        let (nodes, bytes, height) = (found.nodes, found.bytes, found.height);
        if self.stack.len() + height > self.limits.depth {
            return Err(too_deep(span, self.limits));
        }
        self.count_expanded(nodes, bytes, span)?;
        let node = &self.anchors[&anchor].node;
        if self.awaits_key() {
            let Some(text) = node.as_str().map(ToOwned::to_owned) else {
                return Err(self.error(span, "a key must be text", "write the key itself here"));
            };
            self.key(text, ScalarStyle::DoubleQuoted, span);
            return Ok(());
        }
        let node = node.clone();
        self.count(nodes, span)?;
        self.place(node, span, height);
        Ok(())
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes > self.limits.nodes {
            return Err(too_large(span, self.limits));
        }
        Ok(())
    }

    fn count_expanded(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Stop> {
        self.expanded += nodes;
        self.expanded_bytes += bytes;
        let (values, text) = (self.limits.alias_nodes, self.limits.alias_bytes);
        let message = if self.expanded > values {
            format!("aliases stand for more than {values} values")
        } else if self.expanded_bytes > text {
            format!("aliases stand for more than {text} bytes of text")
        } else {
            return Ok(());
        };
        let found = Diagnostic::new(&rules::ALIAS_EXPANSION_TOO_LARGE, span, message)
            .help("use `$ref`, which copies nothing");
        Err(Box::new(found))
    }

    /// Entries with those of merge keys behind them; an own key wins, then the first source.
    fn merged(&mut self, mut entries: Vec<Entry>, merges: Vec<Node>) -> Result<Vec<Entry>, Stop> {
        if merges.is_empty() {
            return Ok(entries);
        }
        let mut known: std::collections::HashSet<String> =
            entries.iter().map(|entry| entry.key.clone()).collect();
        let sources = merges.into_iter().flat_map(|node| match node.value {
            Value::Array(items) => items,
            _ => vec![node],
        });
        for source in sources {
            let Value::Object(object) = source.value else {
                let message = format!("`<<` merges objects, not {}", source.kind());
                return Err(self.error(source.span, &message, "give it an alias of an object"));
            };
            for entry in object.into_entries() {
                if known.insert(entry.key.clone()) {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    /// A value that is not written gets the place of its key; blocks lose their trailing space.
    fn scalar_span(&self, span: Span, style: ScalarStyle, empty: bool) -> Span {
        if style == ScalarStyle::Plain && empty {
            return match self.stack.last() {
                Some(Frame {
                    content: Content::Object { key: Some(key), .. },
                    ..
                }) => key.span,
                _ => Span {
                    end: span.start,
                    ..span
                },
            };
        }
        let from = (span.start - self.base) as usize;
        let to = (span.end - self.base) as usize;
        let text = self.text.get(from..to).unwrap_or_default();
        self.span(span.start, span.start + text.trim_end().len() as u32)
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            file: self.file,
            start,
            end: end.max(start),
        }
    }

    fn error(&self, span: Span, message: &str, help: &str) -> Stop {
        Box::new(Diagnostic::new(&rules::SYNTAX_ERROR, span, message).help(help))
    }

    fn syntax(&self, error: &ScanError) -> Stop {
        let at = (self.offsets.byte(error.marker().index()) - self.base) as usize;
        let slip = slip::find(self.text, at, error.info(), self.bracket());
        Box::new(slip.report(self.file, self.base))
    }

    /// Where the innermost bracket stands that is still open.
    fn bracket(&self) -> Option<usize> {
        let starts = self.stack.iter().rev().map(|frame| frame.span.start);
        let mut starts = starts.map(|start| (start - self.base) as usize);
        starts.find(|at| matches!(self.text.as_bytes().get(*at), Some(b'{' | b'[')))
    }
}
