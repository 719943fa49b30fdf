//! How wide a text will be. The reader's font is unknown, so the estimate is that of a wide one.

/// Width of a text in pixels at a font size.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let thousandths: i64 = text.chars().map(|shown| i64::from(letter(shown))).sum();
    i32::try_from(thousandths * i64::from(size) / 1000).unwrap_or(i32::MAX)
}

const THINNEST: i32 = 290;

fn letter(letter: char) -> i32 {
    match letter {
        'i' | 'l' | 'j' | '\'' | '|' => THINNEST,
        'f' | 't' | 'r' | ' ' | '.' | ',' | ':' | ';' | '!' | '(' | ')' | '[' | ']' | '/' | '-' => {
            400
        }
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 990,
        'A'..='Z' | '&' | '#' | '<' | '>' | '=' | '+' | '~' => 760,
        '\u{20}'..='\u{7e}' => 640,
        '\u{1100}'.. => 1100,
        _ => 680,
    }
}

/// The text, with its middle left out if it is wider than allowed: both ends of an address matter.
pub(super) fn fit(text: &str, size: i32, limit: i32) -> String {
    if width(text, size) <= limit {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    // No more of them have room, however thin they are; each turn below looks at all that are kept.
    let most = limit.max(0) * 1000 / (THINNEST * size.max(1)) + 2;
    let mut kept = letters.len().min(usize::try_from(most).unwrap_or(0));
    loop {
        kept = kept.saturating_sub(1);
        let front: String = letters[..kept.div_ceil(2)].iter().collect();
        let back: String = letters[letters.len() - kept / 2..].iter().collect();
        let short = format!("{}…{}", front.trim_end(), back.trim_start());
        if kept == 0 || width(&short, size) <= limit {
            return short;
        }
    }
}

/// The text in lines at its spaces, at most so many; the last one shortened if there is more.
pub(super) fn wrap(text: &str, size: i32, limit: i32, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let full = wrapped.len() == lines;
        let Some(line) = wrapped.last_mut() else {
            break;
        };
        if line.is_empty() {
            line.push_str(word);
        } else if full || width(&format!("{line} {word}"), size) <= limit {
            line.extend([" ", word]);
        } else {
            wrapped.push(word.to_owned());
        }
    }
    wrapped.iter().map(|line| fit(line, size, limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_loses_its_middle() {
        let short = fit(
            "smartylighting.streetlights.1.0.action.{id}.turn.on",
            13,
            200,
        );
        assert!(short.starts_with("smarty") && short.ends_with("turn.on") && short.contains('…'));
        assert!(width(&short, 13) <= 200);
        assert_eq!(fit("short", 13, 200), "short");
    }

    #[test]
    fn letters_have_the_widths_of_a_wide_font() {
        for (letters, expected) in [
            ("ilj'|", 290),
            ("ftr .,:;!()[]/-", 400),
            ("az09_*{}?", 640),
            ("éßЖ", 680),
            ("AZ&#<>=+~", 760),
            ("mwMW@%…—", 990),
            ("\u{1100}漢", 1100),
        ] {
            for letter in letters.chars() {
                assert_eq!(width(&letter.to_string(), 1000), expected, "{letter:?}");
            }
        }
        assert_eq!(width("aaa", 10), 19);
    }

    #[test]
    fn both_ends_are_kept_without_the_spaces_at_the_gap() {
        assert_eq!(fit("abcdefghij", 10, 54), "abcdefghij");
        assert_eq!(fit("abcdefghij", 10, 40), "abc…ij");
        assert_eq!(fit("ab cd ef gh", 10, 40), "ab…gh");
        assert_eq!(fit(&"i".repeat(5000), 10, 100).chars().count(), 32);
        assert_eq!(fit("xy", 13, -1), "…");
    }

    #[test]
    fn lines_end_at_spaces_and_the_last_has_the_rest() {
        assert_eq!(wrap("one two three", 13, 70, 3), ["one two", "three"]);
        assert_eq!(wrap("one two three", 13, 500, 3), ["one two three"]);
        assert_eq!(wrap(" a  b ", 13, 70, 1), ["a b"]);
        assert_eq!(wrap("", 13, 70, 2), [""]);
        assert_eq!(wrap("one two three", 13, 40, 2), ["one", "tw…e"]);
    }

    #[test]
    fn wrapping_keeps_within_the_lines() {
        let lines = wrap("one two three four five six seven", 13, 70, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, 13) <= 70));
    }

    #[test]
    fn long_texts_take_time_as_they_grow() {
        crate::growth::is_even(100, |size| {
            let _ = fit(&"x".repeat(size), 13, 300);
        });
        crate::growth::is_even(200, |size| {
            let _ = wrap(&"x ".repeat(size), 13, 300, 2);
        });
    }

    #[test]
    fn the_width_of_a_huge_text_is_a_number() {
        assert_eq!(width(&"W".repeat(3_000_000), 15), 44_550_000);
    }

    #[test]
    fn a_huge_word_ends() {
        assert!(fit(&"x".repeat(5000), 13, 100).chars().count() < 20);
        assert_eq!(fit("xy", 13, 0), "…");
    }
}
