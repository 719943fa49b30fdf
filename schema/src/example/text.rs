//! Texts for examples: by pattern, by format, or just words.
use regex_syntax::hir::{Class, Hir, HirKind};

use super::random::Random;

/// How long a text made by a pattern may get.
const MAX_LENGTH: usize = 10_000;

const WORDS: [&str; 12] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jade",
    "kelp", "lotus",
];

/// A word.
pub(crate) fn word(random: &mut Random) -> String {
    WORDS[random.index(WORDS.len())].to_owned()
}

/// A text that matches a pattern; repetitions go on for up to `stretch` times more than they must.
pub(super) fn matching(pattern: &str, random: &mut Random, stretch: u64) -> Option<String> {
    let pattern = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&pattern, random, stretch, &mut text)?;
    Some(text)
}

fn write(pattern: &Hir, random: &mut Random, stretch: u64, text: &mut String) -> Option<()> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(letter(class, random)?),
        HirKind::Capture(capture) => write(&capture.sub, random, stretch, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, random, stretch, text)?;
            }
        }
        HirKind::Alternation(parts) => {
            let part = &parts[random.index(parts.len())];
            write(part, random, stretch, text)?;
        }
        HirKind::Repetition(repetition) => {
            let room = repetition
                .max
                .map_or(u64::MAX, |max| u64::from(max - repetition.min));
            let count =
                u64::from(repetition.min) + random.below(room.min(stretch).saturating_add(1));
            for _ in 0..count {
                write(&repetition.sub, random, stretch, text)?;
                if text.is_empty() {
                    break;
                }
            }
        }
    }
    (text.len() <= MAX_LENGTH).then_some(())
}

/// A letter of a class, a plain one where there is any.
fn letter(class: &Class, random: &mut Random) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|range| (u32::from(range.start()), u32::from(range.end())))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|range| (u32::from(range.start()), u32::from(range.end())))
            .collect(),
    };
    let within = |first: char, last: char| -> Vec<(u32, u32)> {
        let clipped = ranges
            .iter()
            .map(|(start, end)| ((*start).max(u32::from(first)), (*end).min(u32::from(last))));
        clipped.filter(|(start, end)| start <= end).collect()
    };
    let plain = [('a', 'z'), ('A', 'Z'), ('0', '9'), ('!', '~'), (' ', '~')];
    let mut choices: Vec<_> = plain[..3]
        .iter()
        .flat_map(|(first, last)| within(*first, *last))
        .collect();
    for (first, last) in &plain[3..] {
        if choices.is_empty() {
            choices = within(*first, *last);
        }
    }
    if choices.is_empty() {
        choices = ranges;
    }
    let (start, end) = *choices.get(random.index(choices.len()))?;
    let code = u64::from(start) + random.below(u64::from(end - start) + 1);
    char::from_u32(u32::try_from(code).ok()?).or(char::from_u32(start))
}

/// A text in a format; `None` for one that is not known.
pub(crate) fn in_format(format: &str, random: &mut Random) -> Option<String> {
    let two = |random: &mut Random, from: u64, count: u64| from + random.below(count);
    Some(match format {
        "date-time" | "date" | "time" => {
            let date = format!("2025-{:02}-{:02}", two(random, 1, 12), two(random, 1, 28));
            let (hour, minute, second) =
                (two(random, 0, 24), two(random, 0, 60), two(random, 0, 60));
            let time = format!("{hour:02}:{minute:02}:{second:02}Z");
            match format {
                "date" => date,
                "time" => time,
                _ => format!("{date}T{time}"),
            }
        }
        "duration" => format!("PT{}M", two(random, 1, 59)),
        "uuid" => {
            let (a, b) = (random.next(), random.next());
            format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                a >> 32,
                a >> 16 & 0xffff,
                a & 0xfff,
                b >> 52,
                b & 0xffff_ffff_ffff
            )
        }
        "email" | "idn-email" => format!("{}@example.com", word(random)),
        "uri" | "url" | "iri" => format!("https://example.com/{}", word(random)),
        "uri-reference" | "iri-reference" | "uri-template" | "json-pointer" => {
            format!("/{}", word(random))
        }
        "relative-json-pointer" => format!("0/{}", word(random)),
        "hostname" | "idn-hostname" => format!("{}.example.com", word(random)),
        "ipv4" => format!("192.0.2.{}", two(random, 1, 254)),
        "ipv6" => format!("2001:db8::{:x}", two(random, 1, 0xfffe)),
        "regex" => format!("^{}$", word(random)),
        // Base64 of three bytes each.
        "byte" => word(random).chars().take(4).collect(),
        _ => return None,
    })
}
