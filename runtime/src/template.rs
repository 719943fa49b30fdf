//! Addresses with parameters, and the values in an address that one of them gives.
use crate::{
    InvalidValue,
    violations::{Pointer, Violations},
};

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

    /// The values in an address, by the order of the names; none where the address is another's. Where two parameters share a
    /// level, the first is as short as can be.
    pub(crate) fn values<'a>(&self, address: &'a str) -> Option<Vec<&'a str>> {
        let mut values = vec![None; self.names.len()];
        let mut parts = levels(self.separator, address);
        for level in &self.levels {
            fill(level, parts.next()?, &mut values).then_some(())?;
        }
        parts.next().is_none().then_some(())?;
        values.into_iter().collect()
    }

    pub(crate) fn is_match(&self, address: &str) -> bool {
        self.values(address).is_some()
    }
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

/// The values of the parameters in an address that a template gives, each once, in the order of the template.
///
/// # Errors
/// When the template does not give the address.
pub fn parameters<'a, const N: usize>(
    template: &str,
    address: &'a str,
) -> Result<[&'a str; N], InvalidValue> {
    let values = Template::parse(template).values(address);
    let values = values.and_then(|values| values.try_into().ok());
    values.ok_or_else(|| {
        let mut violations = Violations::new();
        violations.push(&Pointer::ROOT, format!("is no address of `{template}`"));
        InvalidValue::new("address", violations)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, address: &str) -> Option<String> {
        let template = Template::parse(template);
        template.values(address).map(|values| values.join(" "))
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
        let found: Result<[&str; 2], _> = parameters("a/{x}/{y}", "a/1/2");
        assert_eq!(found, Ok(["1", "2"]));
        let refused: Result<[&str; 2], _> = parameters("a/{x}/{y}", "b/1/2");
        let reason = refused
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(reason.contains("is no address of `a/{x}/{y}`"), "{reason}");
    }
}
