//! Runs the rules of a ruleset over a document: every path, every part that is asked for, every function.
use std::{borrow::Cow, collections::HashSet};

use tidings_document::{Diagnostic, Node, Rule, Severity, Value};

use super::{
    definition::{Definition, Field, Then},
    effective::{Active, Applied, Own},
    function::{Check, Found, Hit, Target, shown},
    kept::{self, About},
    message::Values,
    path::{Key, Match, Path, Walk},
};

impl Applied<'_> {
    /// What the ruleset's own rules find.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        run(self)
    }
}

/// What all rules find, without repetitions.
fn run(applied: &Applied<'_>) -> Vec<Diagnostic> {
    let Some(root) = applied.document.root() else {
        return Vec::new();
    };
    let mut resolved = Walk::new(applied.document, root, true);
    let mut plain = Walk::new(applied.document, root, false);
    let mut found = Vec::new();
    for (name, active) in &applied.set {
        let Some((own, severity)) = to_run(active, applied) else {
            continue;
        };
        let is_resolved = own.definition.resolved.unwrap_or(true);
        let walk = if is_resolved {
            &mut resolved
        } else {
            &mut plain
        };
        walk.restart();
        let mut one = One {
            rule: about(name, own, severity),
            definition: &own.definition,
            severity,
            walk,
            found: &mut found,
        };
        one.run(own, applied);
    }
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert((found.rule.id, found.span, found.message.clone())));
    found.retain_mut(|found| match applied.severity_there(found) {
        Some(Some(severity)) => {
            found.severity = severity;
            true
        }
        Some(None) => false,
        None => applied
            .set
            .get(found.rule.id)
            .is_some_and(|active| active.severity.is_some()),
    });
    found.sort_by(|a, b| (a.span, a.rule.id).cmp(&(b.span, b.rule.id)));
    found
}

/// A rule that is on and for such documents, with its severity; what is off but for some places has any.
fn to_run<'a>(active: &'a Active, applied: &Applied<'_>) -> Option<(&'a Own, Severity)> {
    let own = active.own.as_ref().filter(|_| active.is_on)?;
    let fits = match (&own.formats, applied.version) {
        (None, _) => true,
        (Some(formats), Some(version)) => formats.hold(version),
        (Some(_), None) => false,
    };
    fits.then(|| (own, active.severity.unwrap_or(Severity::Info)))
}

fn about(name: &str, own: &Own, severity: Severity) -> &'static Rule {
    kept::rule(&About {
        id: name,
        severity,
        description: own
            .definition
            .description
            .as_deref()
            .filter(|description| !description.trim().is_empty())
            .unwrap_or(name),
        url: own.url.as_deref(),
    })
}

/// One rule on its way.
struct One<'r, 'a> {
    rule: &'static Rule,
    definition: &'r Definition,
    severity: Severity,
    walk: &'r mut Walk<'a>,
    found: &'r mut Vec<Diagnostic>,
}

/// Findings of one rule after which it ends: what is wrong so often is wrong in one place.
const MOST: usize = 10_000;

impl<'a> One<'_, 'a> {
    fn run(&mut self, own: &Own, applied: &Applied<'_>) {
        // Documents of no version have none of the targets that are for some.
        let version = Some(applied.version.unwrap_or_default());
        let limit = self.found.len() + MOST;
        for given in &self.definition.given {
            let paths = own.aliases.expand(given, version).unwrap_or_default();
            for path in paths.iter().filter_map(|path| Path::parse(path).ok()) {
                for place in self.walk.select(&path, self.walk.root()) {
                    if self.found.len() >= limit {
                        return;
                    }
                    for then in self.definition.then.iter() {
                        self.then(then, place);
                    }
                }
            }
        }
        if self.walk.is_spent() {
            let message = format!(
                "rule `{}` was not checked to its end: it reaches too many places",
                self.rule.id
            );
            let root = self.walk.frame(self.walk.root()).span;
            self.found.push(Diagnostic::new(self.rule, root, message));
        }
    }

    fn then(&mut self, then: &Then, place: Match) {
        let mut hits = Vec::new();
        for target in targets(self.walk, place, then.field.as_ref()) {
            then.function.check(&mut Check {
                walk: self.walk,
                target: &target,
                hits: &mut hits,
            });
        }
        for hit in hits {
            let found = self.finding(&hit);
            self.found.push(found);
        }
    }

    fn finding(&self, hit: &Hit) -> Diagnostic {
        let frame = self.walk.frame(hit.frame);
        let span = if hit.is_key {
            frame.key_span
        } else {
            frame.span
        };
        let description = self.definition.description.as_deref();
        let message = match (&self.definition.message, description) {
            (Some(message), _) => {
                let pointer = self.walk.document().pointer_at(span);
                message.filled(&Values {
                    property: &property(&pointer, &hit.missing),
                    error: &hit.message,
                    path: &format!("#{pointer}"),
                    value: &value(frame.node),
                    description: description.unwrap_or_default(),
                })
            }
            (None, Some(description)) => description.to_owned(),
            (None, None) => hit.message.clone(),
        };
        let says_error = message.contains(&hit.message);
        let mut found = Diagnostic::new(self.rule, span, message);
        found.severity = self.severity;
        if says_error {
            found
        } else {
            found.help(hit.message.clone())
        }
    }
}

/// The last key of a pointer, with the keys behind it that are missing.
fn property(pointer: &str, missing: &[String]) -> String {
    let last = crate::places::segments(pointer).last();
    let keys = last.as_ref().into_iter().chain(missing);
    let keys: Vec<_> = keys.map(String::as_str).collect();
    keys.join(".")
}

/// A value inside a message: text without quotes.
fn value(node: &Node) -> Cow<'_, str> {
    match &node.value {
        Value::String(text) => Cow::Borrowed(text),
        _ => Cow::Owned(shown(node)),
    }
}

/// The parts of a matched value that a function is applied to.
fn targets<'a>(walk: &mut Walk<'a>, place: Match, field: Option<&Field>) -> Vec<Target<'a>> {
    let frame = walk.frame(place.frame);
    let of = |value| Target {
        frame: place.frame,
        missing: Vec::new(),
        value,
    };
    let whole = if place.is_key {
        of(key(frame.key))
    } else {
        of(Found::Node(frame.node))
    };
    let is_object = !place.is_key && matches!(frame.node.value, Value::Object(_) | Value::Array(_));
    let Some(field) = field.filter(|_| is_object) else {
        return vec![whole];
    };
    let found = match field {
        Field::Keys => keys(walk, place.frame),
        Field::Path(path) => {
            let matches = walk.select(path, place.frame).into_iter();
            matches.map(|found| below(walk, found)).collect()
        }
        Field::Names(whole, names) => vec![named(walk, place.frame, whole, names)],
    };
    if found.is_empty() {
        return vec![of(Found::Missing)];
    }
    found
}

fn below<'a>(walk: &Walk<'a>, found: Match) -> Target<'a> {
    let frame = walk.frame(found.frame);
    Target {
        frame: found.frame,
        missing: Vec::new(),
        value: if found.is_key {
            key(frame.key)
        } else {
            Found::Node(frame.node)
        },
    }
}

fn key<'a>(key: Option<Key<'a>>) -> Found<'a> {
    match key {
        Some(Key::Name(name)) => Found::Key(Cow::Borrowed(name.value)),
        Some(Key::Item(at)) => Found::Index(at),
        None => Found::Missing,
    }
}

fn keys<'a>(walk: &mut Walk<'a>, frame: u32) -> Vec<Target<'a>> {
    let names: Vec<Cow<'a, str>> = match &walk.frame(frame).node.value {
        Value::Object(object) => object
            .iter()
            .map(|entry| Cow::Borrowed(entry.key.as_str()))
            .collect(),
        Value::Array(items) => (0..items.len())
            .map(|at| Cow::Owned(at.to_string()))
            .collect(),
        _ => Vec::new(),
    };
    let target = |name: Cow<'a, str>| {
        walk.child(frame, &name).map(|frame| Target {
            frame,
            missing: Vec::new(),
            value: Found::Key(name),
        })
    };
    names.into_iter().filter_map(target).collect()
}

fn named<'a>(walk: &mut Walk<'a>, frame: u32, whole: &str, names: &[String]) -> Target<'a> {
    let mut at = frame;
    if let Some(direct) = walk.child(frame, whole) {
        let value = Found::Node(walk.frame(direct).node);
        return Target {
            frame: direct,
            missing: Vec::new(),
            value,
        };
    }
    for (index, name) in names.iter().enumerate() {
        match walk.child(at, name) {
            Some(child) => at = child,
            None => {
                return Target {
                    frame: at,
                    missing: names[index..].to_vec(),
                    value: Found::Missing,
                };
            }
        }
    }
    Target {
        frame: at,
        missing: Vec::new(),
        value: Found::Node(walk.frame(at).node),
    }
}
