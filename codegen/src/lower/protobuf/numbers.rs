//! Enums: what their numbers are called.
use crate::ir::{Numbers, NumbersVariant};
use std::collections::HashSet;

/// The first name of each number; what all names begin with is left out where it is that of the enum.
pub(super) fn numbers(words: &str, values: &[(String, i32)]) -> Numbers {
    let own = words.rsplit(' ').next().unwrap_or(words);
    let letters = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let start = |name: &str| {
        let mut ends = name.match_indices('_').map(|(at, _)| at);
        let end = ends.find(|at| letters(&name[..*at]) == letters(own))?;
        let rest = &name[end + 1..];
        rest.starts_with(|first: char| first.is_ascii_alphabetic())
            .then_some(end + 1)
    };
    let all = values.iter().all(|(name, _)| start(name).is_some());
    let mut seen = HashSet::new();
    let first = values.iter().filter(|(_, number)| seen.insert(*number));
    let variants = first.map(|(name, number)| NumbersVariant {
        wire: name.clone(),
        number: *number,
        hint: name[start(name).filter(|_| all).unwrap_or(0)..].to_owned(),
        ident: String::new(),
    });
    Numbers {
        variants: variants.collect(),
        unknown: String::new(),
    }
}
