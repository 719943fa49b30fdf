//! Addresses with parameters, and the values in an address that one of them gives.
use crate::{
    InvalidValue,
    violations::{Pointer, Violations},
};
use std::sync::OnceLock;

/// What parts the levels of an address; the first of these that a template has parts its own.
const SEPARATORS: [char; 3] = ['/', '.', ':'];

/// An address with `{parameters}`. Each stands for a text of at least one character within one level of the address.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    separator: Option<char>,
    levels: Vec<Vec<Piece>>,
    /// The names, each once, in order.
    names: Vec<String>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// By its place among the names.
    Parameter(usize),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Self {
        let separator = SEPARATORS.into_iter().find(|part| text.contains(*part));
        let mut template = Self {
            separator,
            levels: vec![Vec::new()],
            names: Vec::new(),
        };
        let mut rest = text;
        while let Some((before, name, after)) = placeholder(rest) {
            template.text(before);
            let known = template.names.iter().position(|known| known == name);
            let place = known.unwrap_or(template.names.len());
            if known.is_none() {
                template.names.push(name.to_owned());
            }
            template.piece(Piece::Parameter(place));
            rest = after;
        }
        template.text(rest);
        template
    }

    fn text(&mut self, text: &str) {
        for (at, level) in levels(self.separator, text).enumerate() {
            if at > 0 {
                self.levels.push(Vec::new());
            }
            if !level.is_empty() {
                self.piece(Piece::Text(level.to_owned()));
            }
        }
    }

    fn piece(&mut self, piece: Piece) {
        if let Some(level) = self.levels.last_mut() {
            level.push(piece);
        }
    }

    /// Whether it gives the address, and with which values, of which there are as many as names. Where two parameters share a level, the
    /// first is as short as can be.
    fn read<'a>(&self, address: &'a str, values: &mut [Option<&'a str>]) -> bool {
        let mut parts = levels(self.separator, address);
        let mut levels = self.levels.iter();
        levels.all(|level| parts.next().is_some_and(|part| fill(level, part, values)))
            && parts.next().is_none()
    }

    pub(crate) fn is_match(&self, address: &str) -> bool {
        self.read(address, &mut vec![None; self.names.len()])
    }
}

/// The template with the values that there are in place of their parameters.
pub(crate) fn filled<'a>(template: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, name, after)) = placeholder(rest) {
        text.push_str(before);
        match value(name) {
            Some(value) => text.push_str(value),
            None => text.extend(["{", name, "}"]),
        }
        rest = after;
    }
    text + rest
}

fn levels(separator: Option<char>, text: &str) -> impl Iterator<Item = &str> {
    text.split(move |c| Some(c) == separator)
}

/// Text before the first `{name}`, the name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    (!name.is_empty() && !name.contains('{')).then_some((before, name, after))
}

/// Finds the values of one level.
fn fill<'a>(mut pieces: &[Piece], mut rest: &'a str, values: &mut [Option<&'a str>]) -> bool {
    while let Some((piece, after)) = pieces.split_first() {
        let end = match piece {
            Piece::Text(text) => rest.starts_with(&**text).then_some(text.len()),
            Piece::Parameter(_) => end(after, rest),
        };
        let Some((value, behind)) = end.and_then(|end| rest.split_at_checked(end)) else {
            return false;
        };
        if let Piece::Parameter(place) = piece
            && let Some(known) = values.get_mut(*place)
            && known.replace(value).is_some_and(|known| known != value)
        {
            return false;
        }
        (pieces, rest) = (after, behind);
    }
    rest.is_empty()
}

/// Where a value ends that these pieces come behind: the last text stands at the end, others where they are found first.
fn end(after: &[Piece], rest: &str) -> Option<usize> {
    let first = rest.chars().next()?.len_utf8();
    let end = match after {
        [] => rest.len(),
        [Piece::Text(text)] => rest.len().checked_sub(text.len())?,
        [Piece::Text(text), ..] => first + rest.get(first..)?.find(&**text)?,
        [Piece::Parameter(_), ..] => first,
    };
    (end >= first).then_some(end)
}

/// The address of a document's channel, with parameters; read when it is first used.
#[derive(Debug)]
pub struct Address {
    text: &'static str,
    template: OnceLock<Template>,
}

impl Address {
    /// That text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            template: OnceLock::new(),
        }
    }

    /// The values of its parameters in an address that it gives, each once, in its order.
    ///
    /// # Errors
    /// When it does not give the address.
    pub fn parameters<'a, const N: usize>(
        &self,
        address: &'a str,
    ) -> Result<[&'a str; N], InvalidValue> {
        let template = self.template.get_or_init(|| Template::parse(self.text));
        let mut values = [None; N];
        if template.names.len() == N && template.read(address, &mut values) {
            return Ok(values.map(Option::unwrap_or_default));
        }
        let mut violations = Violations::new();
        violations.push(&Pointer::ROOT, format!("is no address of `{}`", self.text));
        Err(InvalidValue::new("address", violations))
    }
}

/// The text of a parameter, which keeps to its part of the address.
///
/// # Errors
/// When it is empty, or has spaces or characters that have a meaning there.
pub fn parameter(
    name: &'static str,
    text: &str,
    forbidden: &[char],
) -> Result<String, InvalidValue> {
    let is_out = |c: char| c.is_whitespace() || c.is_control() || forbidden.contains(&c);
    if !text.is_empty() && !text.contains(is_out) {
        return Ok(text.to_owned());
    }
    let list: Vec<_> = forbidden.iter().map(char::to_string).collect();
    let list = list.join("`, `");
    let reason = format!("is empty, or holds a space or one of `{list}`");
    let mut violations = Violations::new();
    violations.push(&Pointer::ROOT, reason);
    Err(InvalidValue::new(name, violations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, address: &str) -> Option<String> {
        let template = Template::parse(template);
        let mut values = vec![None; template.names.len()];
        let matches = template.read(address, &mut values);
        assert_eq!(template.is_match(address), matches);
        let values: Option<Vec<&str>> = values.into_iter().collect();
        matches.then(|| values.map(|values| values.join(" ")))?
    }

    #[test]
    fn parameters_are_found_in_their_addresses() {
        for (template, address, found) in [
            ("orders.{region}.placed", "orders.eu.placed", Some("eu")),
            ("orders.{region}.placed", "orders.eu.west.placed", None),
            ("orders.{region}.placed", "orders..placed", None),
            ("orders.{region}.placed", "orders.eu.placed.more", None),
            ("orders.{region}.placed", "orders.eu", None),
            ("a/{x}/b/{y}", "a/1/b/2.5", Some("1 2.5")),
            ("a/{x}-{y}/b", "a/1-2-3/b", Some("1 2-3")),
            ("a/{x}-{y}-z", "a/1-2-z", Some("1 2")),
            ("a/{x}-z", "a/1-z-z", Some("1-z")),
            ("a/{x}-z", "a/-z", None),
            ("a.{x}{y}", "a.\u{e4}bc", Some("\u{e4} bc")),
            ("a.{x}{y}", "a.b", None),
            ("{x}.{x}", "1.1", Some("1")),
            ("{x}.{x}", "1.2", None),
            ("{x.y}.z", "1.z", Some("1")),
            ("{x}", "a.b/c", Some("a.b/c")),
            ("plain", "plain", Some("")),
            ("a.{}", "a.{}", Some("")),
            ("a.{x", "a.{x", Some("")),
            ("", "", Some("")),
        ] {
            assert_eq!(
                values(template, address).as_deref(),
                found,
                "{template} {address}"
            );
        }
    }

    #[test]
    fn values_are_given_one_by_one_or_refused() {
        static ADDRESS: Address = Address::new("a/{x}/{y}");
        assert_eq!(ADDRESS.parameters("a/1/2"), Ok(["1", "2"]));
        let refused = ADDRESS.parameters::<2>("b/1/2").unwrap_err().to_string();
        assert!(
            refused.contains("is no address of `a/{x}/{y}`"),
            "{refused}"
        );
        assert!(ADDRESS.parameters::<1>("a/1/2").is_err());
    }

    #[test]
    fn some_parameters_of_an_address_are_filled_in() {
        let value = |name: &str| (name == "x").then_some("{y}");
        assert_eq!(filled("a.{x}.{y}.b", value), "a.{y}.{y}.b");
        assert_eq!(filled("a.{x.y}", value), "a.{x.y}");
    }

    #[test]
    fn parameters_keep_to_their_part_of_the_address() {
        assert_eq!(parameter("x", "a-b", &['.']).as_deref(), Ok("a-b"));
        for text in ["", "a.b", "a b", "a\tb", "\u{7f}"] {
            let refused = parameter("x", text, &['.', '*']).unwrap_err();
            let reason = "`x`: is empty, or holds a space or one of `.`, `*`";
            assert_eq!(refused.to_string(), reason);
        }
    }
}
