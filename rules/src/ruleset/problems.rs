//! What is wrong with a ruleset itself: the rules for that, and how it is worded.
use tidings_document::{Diagnostic, Node, Object, Profile, Rule, Severity, Span, Text, nearest};

/// `ruleset-invalid`
pub static RULESET_INVALID: Rule = Rule {
    id: "ruleset-invalid",
    severity: Severity::Error,
    since: "0.1.0",
    profile: Profile::Official,
    codes: &[],
    summary: "a ruleset says something that cannot be understood",
    docs: r#"A file given with `--ruleset` has a key, a name, a path or an option that means nothing. The rest of it is checked all the same,
but the run counts as incomplete. What only looks like a mistake is a warning and does not count.

```yaml bad
rules:
  operation-has-summary:
    given: $.operations[*]
    then: { field: summary, function: truhty }
```

```yaml good
rules:
  operation-has-summary:
    given: $.operations[*]
    then: { field: summary, function: truthy }
```
"#,
};

/// `ruleset-function-unsupported`
pub static RULESET_FUNCTION_UNSUPPORTED: Rule = Rule {
    id: "ruleset-function-unsupported",
    severity: Severity::Error,
    since: "0.1.0",
    profile: Profile::Official,
    codes: &[],
    summary: "a ruleset calls a function that is written in JavaScript",
    docs: r#"No JavaScript is run. What calls the function is left out, all else is checked, and the run counts as incomplete. Say the same with the core functions (`alphabetical`, `casing`, `defined`, `enumeration`, `falsy`, `length`, `or`, `pattern`, `schema`, `truthy`, `typedEnum`,
`undefined`, `unreferencedReusableObject`, `xor`), or switch the rule off. For the functions of `spectral:asyncapi` there are rules of our own, which
the finding names.

```yaml bad
functions: [unique-names]
rules:
  message-names-unique:
    given: $.components.messages
    then: { function: unique-names }
```

```yaml good
rules:
  message-names-camel-case:
    given: $.components.messages
    then: { field: '@key', function: casing, functionOptions: { type: camel } }
```
"#,
};

/// A mistake.
pub(super) fn invalid(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&RULESET_INVALID, span, message)
}

/// What works but hardly means what it says.
pub(super) fn doubtful(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..invalid(span, message)
    }
}

/// Names as messages list them.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Reports a name that is not known, with the nearest one that is.
pub(super) fn unknown<'n>(
    name: Text<'_>,
    known: impl IntoIterator<Item = &'n str>,
    what: &str,
) -> Diagnostic {
    let found = invalid(name.span, format!("`{}` is no {what}", name.value));
    match nearest(name.value, known) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found,
    }
}

/// Reports a key that is not known.
pub(super) fn known_key(key: Text<'_>, known: &[&str], what: &str, problems: &mut Vec<Diagnostic>) {
    if known.contains(&key.value) || key.value.starts_with("x-") {
        return;
    }
    let found = unknown(key, known.iter().copied(), what);
    problems.push(match &found.help {
        Some(_) => found,
        None => found.help(format!("there are {}", list(known))),
    });
}

/// A value of the wrong type.
pub(super) fn wrong_type(node: &Node, what: &str, expected: &str) -> Diagnostic {
    let message = format!("{what} is {expected}, not {}", node.kind());
    invalid(node.span, message)
}

/// The text under a key; anything else there is reported.
pub(super) fn text<'n>(
    object: &'n Object,
    key: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Text<'n>> {
    let node = object.get(key)?;
    if node.as_str().is_none() {
        problems.push(wrong_type(node, &format!("`{key}`"), "a string"));
    }
    node.text()
}

/// `true` or `false` under a key; anything else there is reported.
pub(super) fn switch(object: &Object, key: &str, problems: &mut Vec<Diagnostic>) -> Option<bool> {
    let node = object.get(key)?;
    if let tidings_document::Value::Bool(value) = node.value {
        return Some(value);
    }
    problems.push(wrong_type(node, &format!("`{key}`"), "`true` or `false`"));
    None
}

/// One value or a list of values.
pub(super) fn one_or_many(node: &Node) -> &[Node] {
    node.as_array().unwrap_or(std::slice::from_ref(node))
}
