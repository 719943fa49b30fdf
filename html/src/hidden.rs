//! Characters that nobody sees, and that make a text seem another one: pages, Markdown and graphs show them.

/// The page with something to see in the place of each.
pub(crate) fn shown(page: String) -> String {
    if !page.contains(is_hidden) {
        return page;
    }
    let mut shown = String::with_capacity(page.len());
    for letter in page.chars() {
        match is_hidden(letter) {
            true => push(letter, &mut shown),
            false => shown.push(letter),
        }
    }
    shown
}

/// Adds something to see for a character: its number, or a picture.
pub(crate) fn push(letter: char, out: &mut String) {
    match letter.is_control() {
        true => out.push(picture(letter)),
        false => out.push_str(&format!("\u{27e6}U+{:04X}\u{27e7}", u32::from(letter))),
    }
}

/// Whether HTML forbids a character that a document may have in escapes, or it steers the terminal which a page is printed on,
/// turns text round, or is not seen at all. The joiners are left: scripts and pictures are written with them.
pub(crate) fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\r' | '\t' => false,
        ' '..='~' => false,
        // Letters that are there to fill a place.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}'
        | '\u{ffa0}' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => {
            true
        }
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        letter => letter.is_control(),
    }
}

/// Unicode has a picture for each of the old controls.
fn picture(letter: char) -> char {
    match letter {
        '\u{7f}' => '\u{2421}',
        letter => char::from_u32(0x2400 + u32::from(letter))
            .filter(|_| letter < ' ')
            .unwrap_or('\u{fffd}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_text_round_is_told() {
        assert_eq!(shown("a\u{3164}".to_owned()), "a\u{27e6}U+3164\u{27e7}");
        let text = "a\u{202e}b\u{200b}c\u{1}d\u{7f}\u{85}\n";
        let expected = "a\u{27e6}U+202E\u{27e7}b\u{27e6}U+200B\u{27e7}c\u{2401}d\u{2421}\u{fffd}\n";
        assert_eq!(shown(text.to_owned()), expected);
    }

    #[test]
    fn letters_are_hidden_or_not() {
        for letter in [
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{17b5}',
            '\u{2800}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200e}',
            '\u{200f}',
            '\u{feff}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{206f}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{e0000}',
            '\u{e007f}',
            '\0',
            '\u{1f}',
            '\u{7f}',
            '\u{80}',
            '\u{9f}',
        ] {
            assert!(is_hidden(letter), "{letter:?}");
        }
        for letter in [
            '\n',
            '\r',
            '\t',
            ' ',
            '~',
            '\u{a0}',
            '\u{200c}',
            '\u{200d}',
            '\u{2027}',
            '\u{202f}',
            '\u{205f}',
            '\u{2070}',
            '\u{fff8}',
            '\u{fffc}',
            '\u{e0080}',
        ] {
            assert!(!is_hidden(letter), "{letter:?}");
        }
        let mut told = String::new();
        for letter in ['\0', '\u{1f}', '\u{7f}', '\u{9f}', '\u{ad}'] {
            push(letter, &mut told);
        }
        assert_eq!(
            told,
            "\u{2400}\u{241f}\u{2421}\u{fffd}\u{27e6}U+00AD\u{27e7}"
        );
    }

    #[test]
    fn what_scripts_are_written_with_stays() {
        for text in ["שלום", "می\u{200c}خواهم", "👩\u{200d}💻", "größe"] {
            assert_eq!(shown(text.to_owned()), text);
        }
    }
}
