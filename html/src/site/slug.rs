//! Names of files from titles: they lead to no other folder, are no two the same wherever case makes no difference, and are none that
//! a site or a system has for itself.
use std::collections::BTreeSet;

/// Letters of a name at most, without the number that tells it from another.
const LONGEST: usize = 60;

/// Names that pages around those of documents have.
const OWN: [&str; 4] = ["index", "llms", "landscape", "changes"];

/// Names that stand for devices on one system, whatever their ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The names given out so far.
#[derive(Debug, Default)]
pub struct Slugs {
    taken: BTreeSet<String>,
}

impl Slugs {
    /// A name for what has a title, or else another name.
    pub fn claim(&mut self, title: &str, otherwise: &str) -> String {
        let names = [title, otherwise].into_iter().map(slug);
        let base = names.into_iter().find(|name| !name.is_empty());
        let base = base.unwrap_or_else(|| "document".to_owned());
        let mut name = base.clone();
        let mut number = 1;
        while !self.is_free(&name) {
            number += 1;
            name = format!("{base}-{number}");
        }
        self.taken.insert(name.clone());
        name
    }

    fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name) && !OWN.contains(&name) && !is_device(name)
    }
}

fn is_device(name: &str) -> bool {
    let numbered = ["com", "lpt"].iter().any(|start| {
        let rest = name.strip_prefix(start);
        rest.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    });
    numbered || DEVICES.contains(&name)
}

/// Small letters, digits and single hyphens between them.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            letter if letter.is_ascii_alphanumeric() => out.push(letter.to_ascii_lowercase()),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
        if out.len() >= LONGEST {
            break;
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        let mut slugs = Slugs::default();
        for (title, otherwise, expected) in [
            ("Order Service", "", "order-service"),
            ("../../etc/passwd", "", "etc-passwd"),
            ("C:\\x\0y", "", "c-x-y"),
            (".hidden", "", "hidden"),
            ("订单", "orders", "orders"),
            ("订单", "订单", "document"),
            ("", "", "document-2"),
            ("index", "", "index-2"),
            ("LLMs", "", "llms-2"),
            ("NUL", "", "nul-2"),
            ("com1", "", "com1-2"),
            ("lpt9", "", "lpt9-2"),
            ("com10", "", "com10"),
            ("comx", "", "comx"),
            ("con", "", "con-2"),
            ("a--b-", "", "a-b"),
        ] {
            assert_eq!(slugs.claim(title, otherwise), expected, "{title}");
        }
        assert_eq!(slugs.claim(&"x".repeat(5000), "").len(), LONGEST);
    }

    #[test]
    fn no_two_are_the_same() {
        let mut slugs = Slugs::default();
        let titles = ["a", "A", "a-2", "a!", "a 2", "a-2-2", "A 2 2"];
        let names: BTreeSet<_> = titles.iter().map(|title| slugs.claim(title, "")).collect();
        assert_eq!(names.len(), titles.len());
    }
}
