//! `casing`: a text is written in one of seven ways, perhaps in groups with a sign between them.
use super::{Check, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Casing {
    kind: Kind,
    digits: bool,
    separator: Option<Separator>,
}

#[derive(Debug, Clone)]
struct Separator {
    sign: Option<char>,
    allow_leading: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Flat,
    Camel,
    Pascal,
    Kebab,
    Cobol,
    Snake,
    Macro,
}

const KINDS: &[(&str, Kind)] = &[
    ("flat", Kind::Flat),
    ("camel", Kind::Camel),
    ("pascal", Kind::Pascal),
    ("kebab", Kind::Kebab),
    ("cobol", Kind::Cobol),
    ("snake", Kind::Snake),
    ("macro", Kind::Macro),
];

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&["type", "disallowDigits", "separator"])?;
    let node = options.required(object, "type")?;
    let kind = KINDS.iter().find(|(name, _)| Some(*name) == node.as_str());
    let Some((_, kind)) = kind else {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        let names = crate::ruleset::problems::list(&names);
        let message = format!("option `type` of `casing` is one of {names}");
        return options.error(node.span, message);
    };
    let digits = !options.switch(object, "disallowDigits")?;
    let separator = match object.get("separator") {
        None => None,
        Some(node) => Some(separator(options, node)?),
    };
    Some(Function::Casing(Casing {
        kind: *kind,
        digits,
        separator,
    }))
}

fn separator(options: &mut Options<'_, '_>, node: &tidings_document::Node) -> Option<Separator> {
    let Some(object) = node.as_object() else {
        return options.wrong(node, "separator", "an object with `char`");
    };
    for entry in object {
        let known = ["char", "allowLeading"];
        crate::ruleset::problems::known_key(
            entry.name(),
            &known,
            "part of `separator`",
            options.problems,
        );
    }
    let sign = object.get("char").and_then(|sign| sign.as_str());
    let Some(sign) = sign.filter(|sign| sign.encode_utf16().count() <= 1) else {
        return options.error(node.span, "`separator` needs `char`, one sign".to_owned());
    };
    Some(Separator {
        sign: sign.chars().next(),
        allow_leading: options.switch(object, "allowLeading")?,
    })
}

impl Casing {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(text) = check.text().filter(|text| !text.is_empty()) else {
            return;
        };
        if !self.fits(&text) {
            let name = KINDS.iter().find(|(_, kind)| *kind == self.kind);
            let name = name.map_or("", |(name, _)| name);
            check.report(format!("`{text}` is not in {name} case"));
        }
    }

    fn fits(&self, text: &str) -> bool {
        let Some(separator) = &self.separator else {
            return self.is_word(text, true);
        };
        let Some(sign) = separator.sign else {
            return self.is_word(text, true);
        };
        let rest = text.strip_prefix(sign).filter(|_| separator.allow_leading);
        if rest == Some("") || self.is_word(text, true) {
            return true;
        }
        let mut groups = rest.unwrap_or(text).split(sign).peekable();
        while let Some(group) = groups.next() {
            if !self.is_word(group, groups.peek().is_none()) {
                return false;
            }
        }
        true
    }

    /// Whether one group is in this case; only at the very end may a capital stand alone.
    fn is_word(&self, word: &str, is_last: bool) -> bool {
        let digit = |sign: char| self.digits && sign.is_ascii_digit();
        let small = |sign: char| sign.is_ascii_lowercase() || digit(sign);
        let capital = |sign: char| sign.is_ascii_uppercase() || digit(sign);
        let begins = |word: &str, fits: fn(&char) -> bool| {
            word.chars().next().is_some_and(|sign| fits(&sign))
        };
        let parts = |sign: char, all: &dyn Fn(char) -> bool| {
            let mut parts = word.split(sign);
            parts.all(|part| !part.is_empty() && part.chars().all(all))
        };
        let is_small = begins(word, char::is_ascii_lowercase);
        let is_capital = begins(word, char::is_ascii_uppercase);
        match self.kind {
            Kind::Flat => is_small && word.chars().all(small),
            Kind::Camel => is_small && self.has_humps(word, is_last),
            Kind::Pascal => is_capital && self.has_humps(word, is_last),
            Kind::Kebab => is_small && parts('-', &small),
            Kind::Snake => is_small && parts('_', &small),
            Kind::Cobol => is_capital && parts('-', &capital),
            Kind::Macro => is_capital && parts('_', &capital),
        }
    }

    /// Whether letters and digits follow the first letter, with no two capitals in a row.
    fn has_humps(&self, word: &str, is_last: bool) -> bool {
        let mut signs = word.chars().skip(1).peekable();
        while let Some(sign) = signs.next() {
            let follows = match signs.peek() {
                Some(next) => next.is_ascii_lowercase() || self.digits && next.is_ascii_digit(),
                None => is_last,
            };
            match sign {
                'a'..='z' => {}
                '0'..='9' if self.digits => {}
                'A'..='Z' if follows => {}
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, good: &[&str], bad: &[&str]) {
        let casing = Casing {
            kind,
            digits: true,
            separator: None,
        };
        for text in good {
            assert!(casing.fits(text), "{text} is in {kind:?} case");
        }
        for text in bad {
            assert!(!casing.fits(text), "{text} is not in {kind:?} case");
        }
    }

    #[test]
    fn each_kind_has_its_texts() {
        check(Kind::Flat, &["a", "ab1"], &["aB", "a-b", "1a", "é"]);
        check(
            Kind::Camel,
            &["a", "orderPlaced", "aB", "a1B2c", "order2"],
            &["OrderPlaced", "orderID", "order_id", "1a"],
        );
        check(
            Kind::Pascal,
            &["A", "OrderPlaced", "OrderX", "O2"],
            &["orderPlaced", "ORDer", "Order-Placed"],
        );
        check(
            Kind::Kebab,
            &["a", "a-b1"],
            &["a--b", "a-", "-a", "A-b", "a_b"],
        );
        check(Kind::Snake, &["a", "a_b1"], &["a__b", "a-b", "A_b"]);
        check(Kind::Cobol, &["A", "A-B1"], &["A--B", "a-B", "A_B"]);
        check(Kind::Macro, &["A", "A_B1"], &["A__B", "A-B", "a_B"]);
    }

    #[test]
    fn groups_may_have_a_sign_between_them() {
        let casing = |allow_leading| Casing {
            kind: Kind::Kebab,
            digits: false,
            separator: Some(Separator {
                sign: Some('/'),
                allow_leading,
            }),
        };
        assert!(casing(true).fits("/a-b/c") && casing(true).fits("/") && casing(true).fits("a/b"));
        assert!(!casing(true).fits("//a") && !casing(true).fits("a1/b"));
        assert!(casing(false).fits("a/b") && !casing(false).fits("/a"));
    }
}
