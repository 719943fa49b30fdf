//! JSON text to nodes. `serde_json` gives the verdict; the tree is then built from text known to be right, because it keeps
//! no places itself.
mod slip;

use crate::{
    Diagnostic, Entry, FileId, Limits, Node, Number, Object, Span, Value, rules,
    yaml::{Stop, report_repeated_keys},
};

/// Reads JSON text into a tree; `base` is added to every place.
pub(crate) fn parse(
    file: FileId,
    text: &str,
    base: u32,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Node, Stop> {
    check(file, text, base)?;
    let mut parser = Parser {
        file,
        text,
        at: 0,
        base,
        limits,
        nodes: 0,
        stack: Vec::new(),
        keys: Vec::new(),
        diagnostics,
    };
    parser.document()
}

/// Whether this is JSON, said by `serde_json`.
fn check(file: FileId, text: &str, base: u32) -> Result<(), Stop> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else {
        return Ok(());
    };
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text
            .match_indices('\n')
            .nth(line - 2)
            .map_or(0, |(at, _)| at + 1),
    };
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let at = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let message = error.to_string();
    let info = message.split(" at line ").next().unwrap_or_default();
    Err(Box::new(slip::find(text, at, info).report(file, base)))
}

/// Offsets fit: no file is larger than `u32::MAX`.
fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

struct Parser<'t, 'd> {
    file: FileId,
    text: &'t str,
    at: usize,
    base: u32,
    limits: &'t Limits,
    nodes: usize,
    /// Collections whose end has not come yet.
    stack: Vec<Frame>,
    /// Keys whose values have not come yet.
    keys: Vec<(String, Span)>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

enum Frame {
    Array(usize, Vec<Node>),
    Object(usize, Vec<Entry>),
}

impl Parser<'_, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            let begun = self.begin()?;
            if let Some(root) = self.finish(begun) {
                return Ok(root);
            }
            if matches!(self.stack.last(), Some(Frame::Object(..))) {
                let key = self.key();
                self.keys.push(key);
            }
        }
    }

    /// Reads a scalar, or the opening bracket of a collection.
    fn begin(&mut self) -> Result<Option<Node>, Stop> {
        self.skip_space();
        let start = self.at;
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(crate::yaml::too_large(self.span(start), self.limits));
        }
        let frame = match self.peek() {
            b'[' => Frame::Array(start, Vec::new()),
            b'{' => Frame::Object(start, Vec::new()),
            _ => return Ok(Some(self.scalar())),
        };
        self.at += 1;
        if self.stack.len() >= self.limits.depth {
            return Err(crate::yaml::too_deep(self.span(start), self.limits));
        }
        self.stack.push(frame);
        Ok(None)
    }

    /// Puts a value where it belongs and closes what ends behind it; gives the root when that is whole.
    fn finish(&mut self, mut done: Option<Node>) -> Option<Node> {
        loop {
            if let Some(node) = done.take() {
                match self.stack.last_mut() {
                    None => return Some(node),
                    Some(Frame::Array(_, items)) => items.push(node),
                    Some(Frame::Object(_, entries)) => {
                        entries.extend(self.keys.pop().map(|key| Entry {
                            key: key.0,
                            key_span: key.1,
                            value: node,
                        }))
                    }
                }
            }
            self.skip_space();
            match self.peek() {
                b']' | b'}' => {
                    self.at += 1;
                    done = self.stack.pop().map(|frame| self.close(frame));
                }
                b',' => {
                    self.at += 1;
                    self.skip_space();
                    return None;
                }
                _ => return None,
            }
        }
    }

    fn close(&mut self, frame: Frame) -> Node {
        match frame {
            Frame::Array(start, mut items) => {
                items.shrink_to_fit();
                Node {
                    value: Value::Array(items),
                    span: self.span(start),
                }
            }
            Frame::Object(start, entries) => {
                let (object, repeated) = Object::new(entries);
                report_repeated_keys(repeated, self.diagnostics);
                Node {
                    value: Value::Object(object),
                    span: self.span(start),
                }
            }
        }
    }

    fn key(&mut self) -> (String, Span) {
        let start = self.at;
        let text = self.string();
        let span = self.span(start);
        self.skip_space();
        self.at += 1;
        (text, span)
    }

    fn scalar(&mut self) -> Node {
        let start = self.at;
        let value = if self.peek() == b'"' {
            Value::String(self.string())
        } else {
            while !matches!(
                self.peek(),
                b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | 0
            ) {
                self.at += 1;
            }
            match &self.text[start..self.at] {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                number => self.number(start, number),
            }
        };
        Node {
            value,
            span: self.span(start),
        }
    }

    fn number(&mut self, start: usize, text: &str) -> Value {
        match serde_json::from_str(text) {
            Ok(nearest) => Value::Number(Number::new(nearest, text)),
            Err(_) => {
                let message = format!("the number `{text}` is out of range");
                self.not_held(start, message, "write a smaller one, or put it in quotes");
                Value::Null
            }
        }
    }

    /// What the check lets pass though no value can hold it.
    fn not_held(&mut self, start: usize, message: String, help: &str) {
        let found = Diagnostic::new(&rules::SYNTAX_ERROR, self.span(start), message);
        self.diagnostics.push(found.help(help));
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.peek() {
                b'"' | 0 => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        let quoted = &self.text[start..self.at];
        let plain = quoted.trim_matches('"');
        if !escaped {
            return plain.to_owned();
        }
        serde_json::from_str(quoted).unwrap_or_else(|_| {
            let message = "the text has one half of a pair of surrogates, which is no character";
            self.not_held(
                start,
                message.to_owned(),
                "write both halves, or the character itself",
            );
            plain.to_owned()
        })
    }

    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn span(&self, start: usize) -> Span {
        Span {
            file: self.file,
            start: self.base + to_u32(start),
            end: self.base + to_u32(self.at.max(start)),
        }
    }
}
