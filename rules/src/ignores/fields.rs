//! Ignores in objects, for JSON too: `x-tidings-ignore: { RULE: reason }`, for the object and all that it holds.
use tidings_document::{Change, Diagnostic, Entry, Node, Object, Span};

use super::{Found, Ignore, MOST, rules, scope::Scope, walk};

const FIELD: &str = "x-tidings-ignore";

/// Reads the ignores of every object below a node.
pub(super) fn read(tree: &Node, found: &mut Found) {
    walk(tree, &mut |node, under| {
        let object = node.as_object();
        let field = object.and_then(|object| object.entry(FIELD));
        let is_room = found.ignores.len() + found.about.len() < MOST;
        if let Some(entry) = field.filter(|_| is_room) {
            let key = under.map(|entry| entry.key_span);
            match entry.value.as_object() {
                Some(rules) => found.ignores.extend(
                    rules
                        .iter()
                        .map(|rule| ignore(node, key, entry, rules, rule)),
                ),
                None => found.about.push(not_rules(entry)),
            }
        }
    });
}

fn ignore(node: &Node, key: Option<Span>, field: &Entry, rules: &Object, rule: &Entry) -> Ignore {
    let reason = rule.value.as_str().map(str::trim);
    let gone = if rules.len() == 1 { field } else { rule };
    Ignore {
        rule: rule.key.clone(),
        span: rule.key_span,
        reason: reason
            .filter(|reason| !reason.is_empty())
            .map(ToOwned::to_owned),
        scope: Some(Scope::object(node, key)),
        removal: Change::Entry(Span {
            end: gone.value.span.end,
            ..gone.key_span
        }),
    }
}

fn not_rules(entry: &Entry) -> Diagnostic {
    let message = format!("`{FIELD}` must be an object of rules with reasons");
    Diagnostic::new(&rules::INVALID, entry.key_span, message)
        .help(format!("write `{FIELD}: {{ RULE: reason }}`"))
}
