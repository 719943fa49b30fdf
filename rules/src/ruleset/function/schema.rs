//! `schema`: a value keeps a JSON Schema that the ruleset holds.
use std::sync::Arc;

use serde_json::Value as Json;
use tidings_document::{Node, Value};
use tidings_schema::{Dialect, MAX_DEPTH, Schema, Validator, Violation};

use super::{Check, Found, Function, options::Options};
use crate::{
    places::{at_pointer, segments},
    ruleset::path::Walk,
};

/// A compiled schema.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    validator: Arc<Validator>,
    all: bool,
}

/// Names of dialects that options may give, and texts by which `$schema` tells them.
const DIALECTS: &[(&str, &str, Dialect)] = &[
    ("draft4", "draft-04", Dialect::Draft4),
    ("draft6", "draft-06", Dialect::Draft6),
    ("draft7", "draft-07", Dialect::Draft7),
    ("draft2019-09", "2019-09", Dialect::Draft201909),
    ("draft2020-12", "2020-12", Dialect::Draft202012),
];

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&["schema", "dialect", "allErrors"])?;
    let node = options.required(object, "schema")?;
    if node.as_object().is_none() {
        return options.wrong(node, "schema", "a JSON Schema");
    }
    let stated = match object.get("dialect") {
        None => None,
        Some(node) => dialect(options, node)?,
    };
    let all = options.switch(object, "allErrors")?;
    let detected = node
        .get("$schema")
        .and_then(Node::as_str)
        .and_then(|schema| {
            let mut dialects = DIALECTS.iter();
            dialects.find(|(_, part, _)| schema.contains(part))
        });
    let detected = detected.map_or(Dialect::Draft7, |(.., dialect)| *dialect);
    let schema = Schema::new(node.to_json(), stated.unwrap_or(detected));
    match Validator::compile(&schema) {
        Ok(validator) => Some(Function::Schema(Checked {
            validator: Arc::new(validator),
            all,
        })),
        Err(errors) => {
            for error in errors {
                let span = at_pointer(node, &error.pointer, false);
                options.error::<()>(span, error.message);
            }
            None
        }
    }
}

/// The dialect that an option names; `auto` is none.
fn dialect(options: &mut Options<'_, '_>, node: &Node) -> Option<Option<Dialect>> {
    let name = node.as_str().unwrap_or_default();
    if name == "auto" {
        return Some(None);
    }
    match DIALECTS.iter().find(|(known, ..)| *known == name) {
        Some((.., dialect)) => Some(Some(*dialect)),
        None => {
            let names: Vec<_> = std::iter::once("auto")
                .chain(DIALECTS.iter().map(|(name, ..)| *name))
                .collect();
            let names = crate::ruleset::problems::list(&names);
            let message = format!("option `dialect` of `schema` is one of {names}");
            options.error(node.span, message)
        }
    }
}

impl Checked {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let value = match &check.target.value {
            Found::Missing => return check.demand(false, "exist"),
            Found::Key(key) => Json::from(key.as_ref()),
            Found::Index(at) => Json::from(*at),
            Found::Node(node) => Expander::new(check.walk).expand(node),
        };
        // A value that was not put together whole says nothing; that is told once for the rule.
        if check.walk.is_spent() {
            return;
        }
        let mut found = self.validator.validate(&value);
        if !self.all {
            // The first in the eyes of other validators is mostly the outermost.
            let first = found.iter().min_by_key(|found| depth(found)).cloned();
            found = first.into_iter().collect();
        }
        for violation in found {
            if check.node().is_none() {
                check.report(violation.message);
                continue;
            }
            let frame = place(check, &violation);
            check.report_at(frame, violation.message);
        }
    }
}

fn depth(violation: &Violation) -> usize {
    violation.instance.matches('/').count()
}

/// The place of a violation, or the innermost one on the way there.
fn place(check: &mut Check<'_, '_>, violation: &Violation) -> u32 {
    let mut frame = check.target.frame;
    for step in segments(&violation.instance) {
        match check.walk.child(frame, &step) {
            Some(child) => frame = child,
            None => break,
        }
    }
    frame
}

/// Values that references of one value may stand for, all together.
const MOST: usize = 200_000;

/// Puts what references lead to in their place; in circles, and beyond the bounds, they stay.
struct Expander<'w, 'a> {
    walk: &'w Walk<'a>,
    inside: Vec<*const Node>,
    /// Whether a reference led here.
    is_expanded: bool,
    left: usize,
}

impl<'w, 'a> Expander<'w, 'a> {
    fn new(walk: &'w Walk<'a>) -> Self {
        Self {
            walk,
            inside: Vec::new(),
            is_expanded: false,
            left: MOST,
        }
    }

    fn expand(&mut self, raw: &'a Node) -> Json {
        let followed = self.walk.follow_only(raw);
        let is_circle = self.inside.contains(&std::ptr::from_ref(followed));
        let is_expanded = self.is_expanded || !std::ptr::eq(raw, followed);
        let stays = is_circle || self.left == 0 || (is_expanded && !self.walk.may_expand());
        let node = if stays { raw } else { followed };
        let before = std::mem::replace(&mut self.is_expanded, is_expanded);
        self.left = self.left.saturating_sub(1);
        // What is too deep for the validator needs no more than one level beyond.
        if self.inside.len() > MAX_DEPTH {
            self.is_expanded = before;
            return Json::Null;
        }
        self.inside.push(std::ptr::from_ref(node));
        let value = match &node.value {
            Value::Array(items) => {
                Json::Array(items.iter().map(|item| self.expand(item)).collect())
            }
            Value::Object(object) => Json::Object(
                object
                    .iter()
                    .map(|entry| (entry.key.clone(), self.expand(&entry.value)))
                    .collect(),
            ),
            _ => node.to_json(),
        };
        self.inside.pop();
        self.is_expanded = before;
        value
    }
}
