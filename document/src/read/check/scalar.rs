//! Compares values that hold no others, and says what is wrong with them.
use super::{Check, types};
use crate::{
    Diagnostic, Node, Value,
    read::{format, mend, shape::Kind},
    rules, suggest,
};

impl Check<'_, '_> {
    pub(super) fn scalar(&mut self, node: &Node, kind: Kind, name: &str) {
        match (kind, &node.value) {
            (Kind::Text | Kind::TextOrNull, Value::Number(_)) => {
                self.mismatch(node, name, expected(kind));
                let written = self.document.sources().slice(node.span);
                if let Some(found) = self.diagnostics.last_mut() {
                    found.fix = mend::in_quotes(node, written);
                }
            }
            (Kind::TextOrNull, Value::Null)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Number, Value::Number(_)) => {}
            (Kind::Text | Kind::TextOrNull, Value::String(_)) => {}
            (Kind::Uri, Value::String(text)) if !format::is_uri(text) => {
                self.format(
                    node,
                    name,
                    text,
                    "a URI",
                    "write it whole, such as `https://example.com/docs`",
                );
            }
            (Kind::Email, Value::String(text)) if !format::is_email(text) => {
                self.format(
                    node,
                    name,
                    text,
                    "a mail address",
                    "write it like `name@example.com`",
                );
            }
            (Kind::Location, Value::String(text)) if !format::is_location(text) => {
                self.location(node, text)
            }
            (Kind::Uri | Kind::Email | Kind::Location, Value::String(_)) => {}
            (Kind::Word(words), Value::String(text)) => {
                if !words.contains(&text.as_str()) {
                    self.word(node, name, text, words);
                }
            }
            (Kind::Positive, Value::Number(number)) => {
                if number.as_f64().is_some_and(|number| number <= 0.0) {
                    self.range(node, name, "above 0");
                }
            }
            (Kind::Count, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                if number < 0.0 {
                    self.range(node, name, "0 or more");
                } else if number.fract() != 0.0 {
                    self.mismatch(node, name, "an integer");
                }
            }
            (Kind::Integer(least, most), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                if number.fract() != 0.0 {
                    self.mismatch(node, name, "an integer");
                } else if !(least == i64::MIN || number >= least as f64)
                    || !(most == i64::MAX || number <= most as f64)
                {
                    self.range(node, name, &bounds(least, most));
                }
            }
            (Kind::Choice(choice), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                if !choice.iter().any(|known| *known as f64 == number) {
                    let known: Vec<_> = choice.iter().map(i64::to_string).collect();
                    self.choice(node, name, &known);
                }
            }
            (Kind::Length(least, most), Value::String(text)) => {
                let length = text.chars().count();
                if length < least || length > most {
                    self.range(node, name, &format!("{least} to {most} characters long"));
                }
            }
            (Kind::Form(form), Value::String(text)) => {
                if !(form.fits)(text) {
                    self.format(node, name, text, form.name, form.help);
                }
            }
            _ => self.mismatch(node, name, expected(kind)),
        }
    }

    fn format(&mut self, node: &Node, name: &str, text: &str, expected: &str, help: &str) {
        let message = format!("`{name}` must be {expected}, which `{text}` is not");
        let found = Diagnostic::new(&rules::FORMAT_MISMATCH, node.span, message);
        self.diagnostics.push(found.help(help));
    }

    fn location(&mut self, node: &Node, text: &str) {
        let message = format!("`{text}` is no runtime expression");
        let found = Diagnostic::new(&rules::RUNTIME_EXPRESSION_INVALID, node.span, message);
        let found = found.fix(mend::location(node, text));
        self.diagnostics
            .push(found.help("write `$message.header#/NAME` or `$message.payload#/NAME`"));
    }

    pub(super) fn word(&mut self, node: &Node, name: &str, text: &str, words: &[&str]) {
        let message = format!("`{name}` may not be `{text}`");
        let found = Diagnostic::new(&rules::ENUM_MISMATCH, node.span, message);
        let near = suggest::nearest(text, words.iter().copied());
        let found = found.fix(mend::misspelt_word(node, text, words));
        let is_avro = name == "type" && matches!(text, "record" | "enum" | "map" | "fixed");
        let is_schema = name == "type" && words.contains(&"integer");
        let other = types::meant(text).filter(|_| is_schema);
        self.diagnostics.push(found.help(match near {
            _ if is_avro => "Avro needs its `schemaFormat`, `application/vnd.apache.avro;version=1.9.0`, and stands in payloads".to_owned(),
            _ if other.is_some() => format!("write `{}`", other.unwrap_or_default()),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it may be `{}`", words.join("`, `")),
        }));
    }

    fn choice(&mut self, node: &Node, name: &str, known: &[String]) {
        let written = self.document.sources().slice(node.span);
        let message = format!("`{name}` may not be `{written}`");
        self.diagnostics.push(
            Diagnostic::new(&rules::ENUM_MISMATCH, node.span, message)
                .help(format!("it may be `{}`", known.join("`, `"))),
        );
    }

    fn range(&mut self, node: &Node, name: &str, allowed: &str) {
        let message = format!("`{name}` must be {allowed}");
        let found = Diagnostic::new(&rules::VALUE_OUT_OF_RANGE, node.span, message);
        self.diagnostics
            .push(found.help("change it, or leave it out"));
    }
}

fn bounds(least: i64, most: i64) -> String {
    match (least, most) {
        (_, i64::MAX) => format!("{least} or more"),
        (i64::MIN, _) => format!("{most} or less"),
        _ => format!("{least} to {most}"),
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text
        | Kind::Uri
        | Kind::Email
        | Kind::Location
        | Kind::Word(_)
        | Kind::Length(..)
        | Kind::Form(_) => "text",
        Kind::TextOrNull => "text or null",
        Kind::Bool => "`true` or `false`",
        Kind::Number | Kind::Positive => "a number",
        Kind::Count | Kind::Integer(..) | Kind::Choice(_) => "an integer",
        _ => "something else",
    }
}
