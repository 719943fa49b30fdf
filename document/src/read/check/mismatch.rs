//! A value of the wrong type: what it should be, and how to write what was probably meant.
use super::{Check, types};
use crate::{
    Change, Diagnostic, Fix, Node, Object, Span, Value, pointer::unescaped_token, read::mend, rules,
};

/// Characters of a value that are shown in a help.
const SHOWN: usize = 80;

impl Check<'_, '_> {
    pub(super) fn mismatch(&mut self, node: &Node, name: &str, expected: &str) {
        let message = match (&node.value, self.written(node)) {
            (Value::Null, None) => format!("`{name}` must be {expected}, but has no value"),
            (Value::Null, Some(null)) => format!("`{name}` must be {expected}, not `{null}`"),
            _ => format!("`{name}` must be {expected}, not {}", in_words(node)),
        };
        let mut found = Diagnostic::new(&rules::TYPE_MISMATCH, self.head(node), message);
        if matches!(node.value, Value::Null) {
            let (help, fix) = self.no_value(node, name, expected);
            found = found.help(help).fix(fix);
        } else if let Some(property) = openapi_discriminator(node, name) {
            let fix = mend::plain_discriminator(self.document, node, property);
            found = found.help(discriminator(node, property)).fix(fix);
        } else {
            found = found.help(self.meant(node, name, expected));
        }
        self.diagnostics.push(found);
    }

    /// A value as it is written, where that is short; an empty one has the place of its key.
    fn written(&self, node: &Node) -> Option<&str> {
        let text = self.document.sources().slice(node.span);
        let is_null = matches!(node.value, Value::Null);
        let is_word = matches!(text, "null" | "~" | "Null" | "NULL");
        let is_value = !is_null || (is_word && !self.is_key(node));
        (is_value && text.len() <= SHOWN && !text.contains(['\n', '`'])).then_some(text)
    }

    /// Whether the place is that of a key, which may be such a word itself.
    fn is_key(&self, node: &Node) -> bool {
        let text = self.document.sources().text(node.span.file);
        let rest = text.get(node.span.end as usize..).unwrap_or_default();
        rest.trim_start_matches(['"', '\'', ' ']).starts_with(':')
    }

    /// What to write where nothing stands, or `null`. What YAML takes for a comment or a name may be meant as the value.
    fn no_value(&self, node: &Node, name: &str, expected: &str) -> (String, Option<Fix>) {
        if let Some(null) = self.written(node) {
            if name == "type" {
                let help = "the type of null is a word in quotes: `'null'`".to_owned();
                return (help, mend::in_quotes(node, "null"));
            }
            return match expected.starts_with("text") || expected == "an Avro schema" {
                true => (
                    format!("put the word in quotes if it is meant: `'{null}'`"),
                    None,
                ),
                false => (sample(name, expected), None),
            };
        }
        let Some((span, hidden)) = self.behind_key(node) else {
            return (sample(name, expected), None);
        };
        let what = match hidden.chars().next() {
            Some('#') => "`#` begins a comment",
            Some('&') => "`&` gives a value a name",
            _ => "`!` begins a tag",
        };
        let text = format!("'{}'", hidden.replace('\'', "''"));
        let help = format!("{what}: put the value in quotes, `{text}`");
        let is_reference = name == "$ref" && hidden.starts_with("#/");
        let change = Change::Text(span, format!(" {text}"));
        let title = format!("put `{hidden}` in quotes");
        (help, is_reference.then(|| Fix::new(title, change)))
    }

    /// What stands behind the colon of an entry without value, with its place and the space before it.
    fn behind_key(&self, node: &Node) -> Option<(Span, &str)> {
        let text = self.document.sources().text(node.span.file);
        let rest = text.get(node.span.end as usize..)?.lines().next()?;
        let colon = rest.find(':').filter(|at| rest[..*at].trim().is_empty())?;
        let hidden = rest[colon + 1..].trim();
        let begins = hidden.starts_with("#/") || hidden.starts_with(['&', '!']);
        let is_short = hidden.len() <= SHOWN && !hidden.contains('`');
        let start = node.span.end + u32::try_from(colon + 1).ok()?;
        let end = node.span.end + u32::try_from(rest.trim_end().len()).ok()?;
        (begins && is_short).then_some((
            Span {
                start,
                end,
                ..node.span
            },
            hidden,
        ))
    }

    /// How to write a value that is of another type.
    fn meant(&self, node: &Node, name: &str, expected: &str) -> String {
        let written = self.written(node);
        if let Some(help) = is_object(expected).then(|| missing_space(node)).flatten() {
            return help;
        }
        match (expected, &node.value) {
            ("a list", Value::Bool(_)) if name == "required" => self.required_within(node),
            ("a list", Value::Object(object)) => dashes(object),
            ("a list", Value::String(text)) => format!("write it as a list: `{}`", listed(text)),
            ("a list", _) => match written {
                Some(text) => format!("write it as a list: `[{text}]`"),
                None => sample(name, expected),
            },
            ("`true` or `false`", Value::String(text)) => truth(text),
            ("a number" | "an integer", Value::String(text)) if text.parse::<f64>().is_ok() => {
                format!("write it without quotes: `{}`", clipped(text))
            }
            _ if expected.starts_with("text") => match written {
                Some(text) if matches!(node.value, Value::Number(_) | Value::Bool(_)) => {
                    format!("put it in quotes: `\"{text}\"`")
                }
                Some(text) => format!("put it in quotes if it is text: `\"{}\"`", escaped(text)),
                None => "write one text, in quotes if need be".to_owned(),
            },
            ("a schema", _) if types::schema(node).is_some() => {
                let meant = types::schema(node).unwrap_or_default();
                format!("write a schema: `{meant}`")
            }
            ("a message", Value::Array(_)) if name == "message" => {
                "write the messages as alternatives: `message: {oneOf: […]}`".to_owned()
            }
            (_, Value::Array(items)) if is_object(expected) => keyed(items),
            (_, Value::String(text)) if is_object(expected) && is_pointer(text) => {
                format!("a reference is written `$ref: '{}'`", clipped(text))
            }
            _ => sample(name, expected),
        }
    }

    /// Where a property says that it is required itself.
    fn required_within(&self, node: &Node) -> String {
        let pointer = self.document.pointer_at(node.span);
        let mut steps = pointer.rsplit('/').skip(1);
        let name = steps.next().filter(|_| steps.next() == Some("properties"));
        let name = name.map_or("NAME".to_owned(), |name| {
            unescaped_token(clipped(name)).into_owned()
        });
        format!(
            "the schema of the object lists what is required: `required: [{name}]` beside its `properties`"
        )
    }
}

/// The property that a discriminator names as OpenAPI has it, in the place of one as AsyncAPI has it.
fn openapi_discriminator<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let property = node.get("propertyName")?;
    let is_one = name == "discriminator" && property.as_str().is_some();
    is_one.then_some(property)
}

fn discriminator(node: &Node, property: &Node) -> String {
    let property = clipped(property.as_str().unwrap_or_default());
    let plain = format!("write `discriminator: {property}`");
    match node.get("mapping") {
        None => plain,
        Some(_) => format!(
            "{plain}, and a `const` for `{property}` in each alternative; a `mapping` counts where the payload has \
             `schemaFormat: application/vnd.oai.openapi;version=3.0.3`"
        ),
    }
}

/// Whether an object is expected, by the name of its kind or as such.
fn is_object(expected: &str) -> bool {
    let scalar = [
        "text",
        "text or null",
        "`true` or `false`",
        "a number",
        "an integer",
    ];
    !scalar.contains(&expected) && !matches!(expected, "a list" | "something else")
}

/// What to write where `title:x` stands in the place of an object, or as the item of a list there: the space behind the colon is
/// missing.
pub(crate) fn missing_space(node: &Node) -> Option<String> {
    let (text, is_item) = match &node.value {
        Value::Array(items) => (items.first()?.as_str()?, true),
        _ => (node.as_str()?, false),
    };
    let (key, value) = text.lines().next()?.split_once(':')?;
    let is_scheme = ["file", "http", "https", "mailto", "urn"].contains(&key);
    let is_word = |part: char| part.is_ascii_alphanumeric() || "$-_".contains(part);
    let is_key = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$');
    let fits = is_key && !is_scheme && key.chars().all(is_word) && !value.is_empty();
    let (key, value) = (clipped(key), clipped(value));
    fits.then(|| match is_item {
        true => {
            format!("write it without the dash, and a space behind the colon: `{key}: {value}`")
        }
        false => format!("write a space behind the colon: `{key}: {value}`"),
    })
}

fn is_pointer(text: &str) -> bool {
    let is_file = [".yaml", ".yml", ".json", ".avsc"]
        .iter()
        .any(|ending| text.ends_with(ending));
    !text.contains(' ') && (text.starts_with("#/") || text.contains(".yaml#/") || is_file)
}

/// What a value of a type looks like.
fn sample(name: &str, expected: &str) -> String {
    match expected {
        "text" | "text or null" => format!("write a text behind `{name}:`, or leave it out"),
        "a list" => "write its items below it, each behind `- `, or `[]` for none".to_owned(),
        "`true` or `false`" => "write `true` or `false`".to_owned(),
        "a number" | "an integer" => "write it in digits, such as `10`".to_owned(),
        _ => "write its entries below it, indented deeper: `KEY: VALUE`".to_owned(),
    }
}

/// A list in the place of a map, as the map that it should be.
fn keyed(items: &[Node]) -> String {
    let Some(first) = items.first() else {
        return "write `{}` for none".to_owned();
    };
    let text = |key| first.get(key).and_then(Node::as_str);
    if let Some(reference) = first.reference() {
        let key = reference
            .value
            .rsplit(['/', '#'])
            .next()
            .unwrap_or_default();
        let key = key
            .split('.')
            .next()
            .filter(|key| !key.is_empty())
            .unwrap_or("KEY");
        return format!(
            "write each item behind a key of its own, without `- `: `{}: {{$ref: '{}'}}`",
            clipped(key),
            clipped(reference.value)
        );
    }
    let single = first.as_object().filter(|object| object.len() == 1);
    let nested = single.and_then(|object| object.iter().next());
    let nested = nested.filter(|entry| entry.value.as_object().is_some());
    let key = nested.map(|entry| entry.key.as_str());
    let key = key.or(text("name")).or(text("messageId")).unwrap_or("KEY");
    format!(
        "write each item behind a key of its own, without `- `: `{}: {{…}}`",
        clipped(key)
    )
}

/// A map in the place of a list; a dash without a space is part of the key.
fn dashes(object: &Object) -> String {
    let first = object.iter().next().map(|entry| entry.key.as_str());
    match first.and_then(|key| key.strip_prefix('-')) {
        Some(key) => format!("write a space behind the dash: `- {}: …`", clipped(key)),
        None if first == Some("$ref") => "write each reference as an item: `- $ref: …`".to_owned(),
        None => "write a list: each item begins with `- `".to_owned(),
    }
}

/// A text as the list that it seems to be.
fn listed(text: &str) -> String {
    let plain = |item: &str| {
        let fits = |part: char| part.is_alphanumeric() || "_-./ ".contains(part);
        let is_text = item.starts_with(char::is_alphabetic) && item.chars().all(fits);
        if is_text {
            item.to_owned()
        } else {
            format!("'{}'", item.replace('\'', "''"))
        }
    };
    let items: Vec<_> = clipped(text).split(',').map(str::trim).map(plain).collect();
    format!("[{}]", items.join(", "))
}

fn truth(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "true" | "y" => "write `true`, without quotes".to_owned(),
        "no" | "off" | "false" | "n" => "write `false`, without quotes".to_owned(),
        _ => "write `true` or `false`".to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN)]
}

/// What a value is, with its article.
pub(crate) fn in_words(node: &Node) -> &'static str {
    match node.kind() {
        "array" => "a list",
        "object" => "an object",
        "boolean" => "a boolean",
        "number" => "a number",
        "null" => "empty",
        _ => "text",
    }
}
