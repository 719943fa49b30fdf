//! `alphabetical`: keys, items, or a value in each item stand in alphabetical order.
use std::cmp::Ordering;

use tidings_document::{Node, Value};

use super::{Check, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Alphabetical {
    /// The key whose values are compared.
    keyed_by: Option<String>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let mut keyed_by = None;
    if options.given.is_some()
        && let Some(node) = options.object(&["keyedBy"])?.get("keyedBy")
    {
        keyed_by = Some(node.as_str().map(str::to_owned));
        if keyed_by == Some(None) {
            return options.wrong(node, "keyedBy", "a string");
        }
    }
    Some(Function::Alphabetical(Alphabetical {
        keyed_by: keyed_by.flatten(),
    }))
}

/// What is compared.
#[derive(Clone, Copy)]
enum Item<'a> {
    Text(&'a str),
    Number(f64),
}

impl Alphabetical {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(node) = check.node() else { return };
        let (keys, items) = match &node.value {
            Value::Object(object) => (
                object.iter().map(|entry| entry.key.clone()).collect(),
                self.of_object(object),
            ),
            Value::Array(list) => (
                (0..list.len()).map(|at| at.to_string()).collect(),
                self.of_list(check, list),
            ),
            _ => return,
        };
        let keys: Vec<String> = keys;
        if keys.len() < 2 {
            return;
        }
        let Some(items) = items else {
            return check.demand(false, "hold numbers and texts to be put in order");
        };
        let Some(at) = first_unsorted(&items) else {
            return;
        };
        let message = format!("`{}` belongs behind `{}`", items[at], items[at + 1]);
        match &self.keyed_by {
            Some(_) => check.report(message),
            None => {
                if let Some(frame) = check.walk.child(check.target.frame, &keys[at]) {
                    check.report_at(frame, message);
                }
            }
        }
    }

    fn of_object<'a>(&self, object: &'a tidings_document::Object) -> Option<Vec<Item<'a>>> {
        // Keys have no keys to be put in order by.
        let keys = object.iter().map(|entry| Item::Text(&entry.key));
        self.keyed_by.is_none().then(|| keys.collect())
    }

    fn of_list<'a>(&self, check: &Check<'_, 'a>, list: &'a [Node]) -> Option<Vec<Item<'a>>> {
        let value = |item: &'a Node| {
            let item = check.walk.follow_only(item);
            match &self.keyed_by {
                Some(key) => item.get(key).map(|node| check.walk.follow_only(node)),
                None => Some(item),
            }
        };
        let item = |node: &'a Node| match &value(node)?.value {
            Value::String(text) => Some(Item::Text(text)),
            Value::Number(number) => number.as_f64().map(Item::Number),
            _ => None,
        };
        list.iter().map(item).collect()
    }
}

impl std::fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

fn first_unsorted(items: &[Item<'_>]) -> Option<usize> {
    items
        .windows(2)
        .position(|pair| compare(pair[0], pair[1]) == Ordering::Greater)
}

/// Numbers by value, a difference below 1 not counting; texts as a dictionary has them; others are not compared.
fn compare(a: Item<'_>, b: Item<'_>) -> Ordering {
    let by_value = |a: f64, b: f64| {
        if a - b >= 1.0 {
            Ordering::Greater
        } else {
            Ordering::Less
        }
    };
    match (a, b) {
        (Item::Number(a), Item::Number(b)) => by_value(a, b),
        (Item::Number(a), Item::Text(b)) => {
            b.trim().parse().map_or(Ordering::Equal, |b| by_value(a, b))
        }
        (Item::Text(a), Item::Text(b)) => dictionary(a, b),
        (Item::Text(_), Item::Number(_)) => Ordering::Equal,
    }
}

/// The order of a dictionary, nearly that of the Unicode collation: signs, digits, letters; small before capital only where all
/// else is equal.
fn dictionary(a: &str, b: &str) -> Ordering {
    let fold = |text: &str| -> Vec<(u8, u32)> {
        text.chars()
            .flat_map(char::to_lowercase)
            .map(rank)
            .collect()
    };
    let capitals = |text: &str| -> Vec<bool> { text.chars().map(char::is_uppercase).collect() };
    fold(a)
        .cmp(&fold(b))
        .then_with(|| capitals(a).cmp(&capitals(b)))
        .then_with(|| a.cmp(b))
}

/// Signs in the order that dictionaries have them.
const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

fn rank(sign: char) -> (u8, u32) {
    if let Some(at) = SIGNS.chars().position(|known| known == sign) {
        return (1, at as u32);
    }
    match sign {
        _ if sign.is_whitespace() => (0, 0),
        '0'..='9' => (2, sign.into()),
        _ => (3, sign.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_a_dictionary_does() {
        let sorted = [
            " a", "_a", "-a", "$a", "1", "2", "a", "A", "ab", "aB", "B", "b1", "é",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(dictionary(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn numbers_are_compared_by_value() {
        let number = Item::Number;
        assert_eq!(compare(number(10.0), number(9.0)), Ordering::Greater);
        assert_eq!(compare(number(2.5), number(2.0)), Ordering::Less);
        assert_eq!(
            compare(Item::Text("2"), Item::Text("10")),
            Ordering::Greater
        );
        assert_eq!(compare(Item::Text("b"), number(1.0)), Ordering::Equal);
        assert_eq!(compare(number(3.0), Item::Text(" 2 ")), Ordering::Greater);
        assert_eq!(compare(number(1.0), Item::Text("2")), Ordering::Less);
        assert_eq!(compare(number(1.0), Item::Text("b")), Ordering::Equal);
        assert_eq!(compare(number(3.0), number(2.0)), Ordering::Greater);
    }
}
