//! Follows paths through a document, through its references where rules ask for that, and remembers the way to every place.
use std::{cell::Cell, collections::HashSet, fmt::Write};

use tidings_document::{Document, End, Node, Span, Text, Value};

use super::{Path, Pick, Step};

/// Places that one rule may visit: twice as many as a file may have values. Tests need not wait for so many.
const MOST: usize = if cfg!(test) { 50_000 } else { 1_000_000 };

/// A walk through one document: every place that was reached, with the way to it.
#[derive(Debug)]
pub(in crate::ruleset) struct Walk<'a> {
    document: &'a Document,
    /// Whether references are followed.
    resolved: bool,
    frames: Vec<Frame<'a>>,
    left: usize,
    /// Values that references may still stand for where one rule looks at whole values.
    expandable: Cell<usize>,
}

/// A place on the way.
#[derive(Debug, Clone, Copy)]
pub(in crate::ruleset) struct Frame<'a> {
    pub(in crate::ruleset) parent: Option<u32>,
    pub(in crate::ruleset) key: Option<Key<'a>>,
    /// What stands there, references followed.
    pub(in crate::ruleset) node: &'a Node,
    /// Where findings about it are shown: its key in the file where it really stands, or the value itself.
    pub(in crate::ruleset) span: Span,
    /// Where findings about its key are shown.
    pub(in crate::ruleset) key_span: Span,
}

/// The last step of the way to a place.
#[derive(Debug, Clone, Copy)]
pub(in crate::ruleset) enum Key<'a> {
    Name(Text<'a>),
    Item(usize),
}

/// What a path leads to: the value at a place, or its key.
#[derive(Debug, Clone, Copy)]
pub(in crate::ruleset) struct Match {
    pub(in crate::ruleset) frame: u32,
    pub(in crate::ruleset) is_key: bool,
}

impl<'a> Walk<'a> {
    /// A walk that has not left the root.
    pub(in crate::ruleset) fn new(document: &'a Document, root: &'a Node, resolved: bool) -> Self {
        let mut walk = Self {
            document,
            resolved,
            frames: Vec::new(),
            left: MOST,
            expandable: Cell::new(MOST),
        };
        let (node, span) = walk.follow(root, None);
        walk.frames.push(Frame {
            parent: None,
            key: None,
            node,
            span,
            key_span: root.span,
        });
        walk
    }

    pub(in crate::ruleset) fn document(&self) -> &'a Document {
        self.document
    }

    pub(in crate::ruleset) fn root(&self) -> u32 {
        0
    }

    pub(in crate::ruleset) fn frame(&self, frame: u32) -> Frame<'a> {
        self.frames[frame as usize]
    }

    /// Whether the walk ended before its time because it visited too much.
    pub(in crate::ruleset) fn is_spent(&self) -> bool {
        self.left == 0 || self.expandable.get() == 0
    }

    /// Whether one more value may be put in the place of a reference.
    pub(in crate::ruleset) fn may_expand(&self) -> bool {
        let left = self.expandable.get().saturating_sub(1);
        self.expandable.replace(left) > 0
    }

    /// Forgets every place but the root: for the next rule.
    pub(in crate::ruleset) fn restart(&mut self) {
        self.frames.truncate(1);
        self.left = MOST;
        self.expandable.set(MOST);
    }

    /// Where a path leads from a place.
    pub(in crate::ruleset) fn select(&mut self, path: &Path, from: u32) -> Vec<Match> {
        let mut reached = vec![Match {
            frame: from,
            is_key: false,
        }];
        for step in &path.steps {
            reached = self.step(step, &reached);
        }
        reached
    }

    fn step(&mut self, step: &Step, from: &[Match]) -> Vec<Match> {
        if let Pick::Key = step.pick {
            let keyed = from.iter().map(|found| Match {
                is_key: true,
                ..*found
            });
            return keyed
                .filter(|found| self.frame(found.frame).key.is_some())
                .collect();
        }
        let mut out = Vec::new();
        // Within one step the same object is the same, by whatever way it was reached: this ends circles too.
        let mut seen = HashSet::new();
        for found in from.iter().filter(|found| !found.is_key) {
            if step.deep {
                self.deep(&step.pick, found.frame, &mut seen, &mut out);
            } else {
                self.pick(&step.pick, found.frame, &mut out);
            }
        }
        out
    }

    fn deep(
        &mut self,
        pick: &Pick,
        from: u32,
        seen: &mut HashSet<*const Node>,
        out: &mut Vec<Match>,
    ) {
        let mut todo = vec![from];
        while let Some(frame) = todo.pop() {
            let node = self.frame(frame).node;
            if !is_container(node) || !seen.insert(std::ptr::from_ref(node)) {
                continue;
            }
            self.pick(pick, frame, out);
            let below = self.children(frame);
            todo.extend(below.rev());
        }
    }

    fn pick(&mut self, pick: &Pick, frame: u32, out: &mut Vec<Match>) {
        let value = |frame| Match {
            frame,
            is_key: false,
        };
        match pick {
            Pick::Names(names) => {
                for name in names {
                    out.extend(self.child(frame, name).map(value));
                }
            }
            Pick::All => out.extend(self.children(frame).map(value)),
            Pick::Slice { from, to, step } => {
                let items = self.frame(frame).node.as_array().map_or(0, <[_]>::len);
                for at in slice(items, *from, *to).step_by(*step) {
                    out.extend(self.child(frame, &at.to_string()).map(value));
                }
            }
            Pick::Filter(expression) => {
                let fitting = self.children(frame);
                let fitting = fitting.filter(|child| self.holds(expression, *child));
                out.extend(fitting.map(value));
            }
            Pick::Itself => out.push(value(frame)),
            Pick::Parent => out.extend(self.frame(frame).parent.map(value)),
            Pick::Key => {}
        }
    }

    /// The places right below one.
    fn children(&mut self, frame: u32) -> std::ops::Range<u32> {
        let start = self.next();
        match &self.frame(frame).node.value {
            Value::Object(object) => {
                for entry in object {
                    self.add(frame, Key::Name(entry.name()), &entry.value);
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.add(frame, Key::Item(at), item);
                }
            }
            _ => {}
        }
        start..self.next()
    }

    /// The place under a key or index.
    pub(in crate::ruleset) fn child(&mut self, frame: u32, name: &str) -> Option<u32> {
        let (key, node) = match &self.frame(frame).node.value {
            Value::Object(object) => {
                let entry = object.entry(name)?;
                (Key::Name(entry.name()), &entry.value)
            }
            Value::Array(items) => {
                let at = name.parse().ok()?;
                (Key::Item(at), items.get(at)?)
            }
            _ => return None,
        };
        self.add(frame, key, node)
    }

    fn add(&mut self, parent: u32, key: Key<'a>, raw: &'a Node) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let own = match key {
            Key::Name(name) => Some(name.span),
            Key::Item(_) => None,
        };
        let (node, span) = self.follow(raw, own);
        let at = self.next();
        self.frames.push(Frame {
            parent: Some(parent),
            key: Some(key),
            node,
            span,
            key_span: own.unwrap_or(raw.span),
        });
        Some(at)
    }

    fn next(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// The node that a reference leads to in the end, and the place of findings about it.
    fn follow(&self, raw: &'a Node, key: Option<Span>) -> (&'a Node, Span) {
        let place = |node: &Node, key: Option<Span>| {
            key.filter(|_| is_container(node)).unwrap_or(node.span)
        };
        if self.resolved && raw.reference().is_some() {
            let target = self.document.resolve(raw);
            if target.end == End::Found {
                let key = target.key.map(|key| key.span);
                return (target.node, place(target.node, key));
            }
        }
        (raw, place(raw, key))
    }

    /// What a node holds under a key, without a place of its own: for filters.
    pub(super) fn value_at(&self, node: &'a Node, name: &str) -> Option<&'a Node> {
        let found = match &node.value {
            Value::Object(object) => object.get(name)?,
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
        Some(self.follow(found, None).0)
    }

    /// The node with every reference followed, as far as a schema can be compiled or checked.
    pub(in crate::ruleset) fn follow_only(&self, node: &'a Node) -> &'a Node {
        self.follow(node, None).0
    }

    /// The way to a place as `$['a'][0]`.
    pub(super) fn shown(&self, frame: u32) -> String {
        let mut keys = Vec::new();
        let mut at = Some(frame);
        while let Some(frame) = at.map(|at| self.frame(at)) {
            keys.extend(frame.key);
            at = frame.parent;
        }
        let mut out = "$".to_owned();
        for key in keys.iter().rev() {
            // Writing to a text cannot fail.
            let _ = match key {
                Key::Name(name) => write!(out, "['{}']", name.value),
                Key::Item(at) => write!(out, "[{at}]"),
            };
        }
        out
    }
}

pub(in crate::ruleset) fn is_container(node: &Node) -> bool {
    matches!(node.value, Value::Object(_) | Value::Array(_))
}

/// The indices from one to before another; negative ones count from the end.
fn slice(items: usize, from: i64, to: Option<i64>) -> std::ops::Range<usize> {
    let bound = |at: i64| match usize::try_from(at) {
        Ok(at) => at.min(items),
        Err(_) => items.saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    bound(from)..to.map_or(items, bound)
}
