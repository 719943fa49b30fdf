//! One rule of a ruleset, as it is written.
use std::sync::Arc;

use tidings_document::{Diagnostic, Node, Object, Severity, Text, Value};

use super::{
    aliases::Aliases,
    formats::Formats,
    function::{self, Function},
    message::Message,
    names,
    path::Path,
    problems::{
        RULESET_FUNCTION_UNSUPPORTED, doubtful, invalid, known_key, one_or_many, switch, text,
        unknown, wrong_type,
    },
};

/// What one file says about one name.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// On or off.
    Switch(bool),
    /// Another severity; `None` is off.
    Severity(Option<Severity>),
    /// The rule itself.
    Rule(Arc<Definition>),
}

/// A rule with those of its parts that are written.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) given: Vec<String>,
    pub(super) then: Arc<[Then]>,
    /// `None` is off.
    pub(super) severity: Option<Option<Severity>>,
    pub(super) message: Option<Message>,
    pub(super) description: Option<String>,
    pub(super) url: Option<String>,
    pub(super) formats: Option<Formats>,
    pub(super) recommended: Option<bool>,
    pub(super) resolved: Option<bool>,
}

/// A function, and the part of a matched value that it is applied to.
#[derive(Debug, Clone)]
pub(super) struct Then {
    pub(super) field: Option<Field>,
    pub(super) function: Function,
}

/// A part of a value.
#[derive(Debug, Clone)]
pub(super) enum Field {
    /// `@key`: each of its keys.
    Keys,
    /// What a path leads to.
    Path(Path),
    /// What stands under these keys, one below the other; and under the whole text as one key, where there is one.
    Names(String, Vec<String>),
}

const KEYS: &[&str] = &[
    "description",
    "documentationUrl",
    "extensions",
    "formats",
    "given",
    "message",
    "recommended",
    "resolved",
    "severity",
    "tags",
    "then",
    "type",
];

/// What stands around a rule.
pub(super) struct Around<'r> {
    pub(super) aliases: &'r Aliases,
    /// Functions that the ruleset says it has, in JavaScript.
    pub(super) scripts: &'r [String],
}

/// Reads what stands under a rule's name.
pub(super) fn entry(
    name: Text<'_>,
    node: &Node,
    around: &Around<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Entry> {
    match &node.value {
        Value::Bool(value) => Some(Entry::Switch(*value)),
        Value::Object(object) => rule(name, object, around, problems),
        _ => severity(node, problems).map(Entry::Severity),
    }
}

/// Severities by name and by number.
const SEVERITIES: &[(&str, Option<Severity>)] = &[
    ("error", Some(Severity::Error)),
    ("warn", Some(Severity::Warning)),
    ("info", Some(Severity::Info)),
    // There is nothing below `info` here.
    ("hint", Some(Severity::Info)),
    ("off", None),
];

/// Reads a severity; `None` inside is off.
pub(super) fn severity(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Option<Severity>> {
    let by_name = |name: &str| SEVERITIES.iter().find(|(known, _)| *known == name);
    let found = match &node.value {
        Value::String(name) => by_name(name),
        Value::Number(number) => match number.as_i64() {
            Some(-1) => by_name("off"),
            Some(at) => usize::try_from(at)
                .ok()
                .and_then(|at| SEVERITIES[..4].get(at)),
            None => None,
        },
        _ => None,
    };
    if let Some((_, severity)) = found {
        return Some(*severity);
    }
    let names = SEVERITIES.iter().map(|(name, _)| *name);
    problems.push(match node.text() {
        Some(text) if text.value == "warning" => {
            unknown(text, ["warn"], "severity").help("did you mean `warn`?")
        }
        Some(text) => {
            let found = unknown(text, names, "severity");
            let help = "there are `error`, `warn`, `info`, `hint`, `off` and 0 to 3";
            match found.help {
                Some(_) => found,
                None => found.help(help),
            }
        }
        None => wrong_type(
            node,
            "a rule",
            "an object, a severity (`error`, `warn`, `info`, `hint`, `off`, 0 to 3), `true` or `false`",
        ),
    });
    None
}

fn rule(
    name: Text<'_>,
    object: &Object,
    around: &Around<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Entry> {
    for entry in object {
        known_key(entry.name(), KEYS, "part of a rule", problems);
    }
    let missing: Vec<_> = ["given", "then"]
        .into_iter()
        .filter(|key| object.get(key).is_none())
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "rule `{}` has no `{}`",
            name.value,
            missing.join("` and no `")
        );
        let found = invalid(name.span, message);
        problems
            .push(found.help("a rule is an object with `given` and `then`, or only a severity"));
        return None;
    }
    let stated = |key, problems: &mut Vec<Diagnostic>| {
        text(object, key, problems).map(|text| text.value.to_owned())
    };
    let message = text(object, "message", problems);
    let definition = Definition {
        given: given(object.get("given")?, around.aliases, problems),
        then: thens(name, object.get("then")?, around, problems).into(),
        severity: object
            .get("severity")
            .and_then(|node| severity(node, problems)),
        message: message.map(|message| Message::read(message, problems)),
        description: stated("description", problems),
        url: stated("documentationUrl", problems),
        formats: object
            .get("formats")
            .map(|node| Formats::read(node, problems)),
        recommended: switch(object, "recommended", problems),
        resolved: switch(object, "resolved", problems),
    };
    Some(Entry::Rule(Arc::new(definition)))
}

/// The paths of a rule that can be followed.
fn given(node: &Node, aliases: &Aliases, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut found = Vec::new();
    for item in one_or_many(node) {
        let Some(text) = item.text() else {
            problems.push(wrong_type(item, "`given`", "a JSONPath, or a list of them"));
            continue;
        };
        if aliases.check(text, problems) {
            found.push(text.value.to_owned());
        }
    }
    found
}

fn thens(
    name: Text<'_>,
    node: &Node,
    around: &Around<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Then> {
    let mut found = Vec::new();
    for item in one_or_many(node) {
        match item.as_object() {
            Some(object) => found.extend(then(name, item, object, around, problems)),
            None => problems.push(wrong_type(item, "`then`", "an object, or a list of them")),
        }
    }
    found
}

fn then(
    name: Text<'_>,
    node: &Node,
    object: &Object,
    around: &Around<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Then> {
    for entry in object {
        if !["field", "function", "functionOptions"].contains(&entry.key.as_str()) {
            let message = format!("`{}` means nothing in `then`", entry.key);
            problems.push(doubtful(entry.key_span, message));
        }
    }
    let field = match text(object, "field", problems) {
        Some(text) => Some(field(text, problems)?),
        None => None,
    };
    let Some(function) = text(object, "function", problems) else {
        if object.get("function").is_none() {
            let message = format!("a `then` of rule `{}` has no `function`", name.value);
            problems.push(invalid(node.span, message));
        }
        return None;
    };
    if !function::names().any(|known| known == function.value) {
        problems.push(no_function(name, function, around.scripts));
        return None;
    }
    let function = Function::read(function, object.get("functionOptions"), problems)?;
    Some(Then { field, function })
}

/// Why a function cannot be called.
fn no_function(rule: Text<'_>, function: Text<'_>, scripts: &[String]) -> Diagnostic {
    let name = function.value;
    let unsupported = |what| {
        let message = format!(
            "rule `{}` calls `{name}`, {what}: that call is left out",
            rule.value
        );
        Diagnostic::new(&RULESET_FUNCTION_UNSUPPORTED, function.span, message)
    };
    if let Some(instead) = names::instead_of(name) {
        let help =
            format!("the rules of our own for this are {instead}; switch them by these names");
        return unsupported("a function of Spectral's own rulesets").help(help);
    }
    if scripts.iter().any(|script| script == name) {
        return unsupported("a function in JavaScript")
            .help("say it with the core functions, such as `pattern` or `schema`");
    }
    let found = unknown(function, function::names(), "function");
    match found.help {
        Some(_) => found,
        None => unsupported("which is no core function").help(format!(
            "there are {}",
            function::names().collect::<Vec<_>>().join(", ")
        )),
    }
}

fn field(text: Text<'_>, problems: &mut Vec<Diagnostic>) -> Option<Field> {
    if text.value == "@key" {
        return Some(Field::Keys);
    }
    // `$ref` is a key, `$.ref` a path.
    let path = text.value.strip_prefix('$');
    if !path.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '^', '~'])) {
        let names = text.value.replace('[', ".").replace([']', '\'', '"'], "");
        let names = names.split('.').map(str::to_owned).collect();
        return Some(Field::Names(text.value.to_owned(), names));
    }
    match Path::parse(text.value) {
        Ok(path) => Some(Field::Path(path)),
        Err(fault) => {
            problems.push(super::aliases::fault(text, text.value, &fault));
            None
        }
    }
}

impl Definition {
    /// This rule with what a later definition of the same name says instead.
    pub(super) fn overridden_by(&self, later: &Self) -> Self {
        Self {
            given: later.given.clone(),
            then: later.then.clone(),
            severity: later.severity.or(self.severity),
            message: later.message.clone().or_else(|| self.message.clone()),
            description: later
                .description
                .clone()
                .or_else(|| self.description.clone()),
            url: later.url.clone().or_else(|| self.url.clone()),
            formats: later.formats.clone().or_else(|| self.formats.clone()),
            recommended: later.recommended.or(self.recommended),
            resolved: later.resolved.or(self.resolved),
        }
    }
}
