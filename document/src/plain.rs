//! Text for a terminal: whatever could steer it, or turn text round, is shown instead of obeyed.
use crate::credentials::masked;

/// A name or message for one line, without credentials of URLs.
#[must_use]
pub fn plain_line(text: &str) -> String {
    masked(text).chars().map(visible).collect()
}

/// What is shown of a character.
#[must_use]
pub fn visible(c: char) -> char {
    match c {
        // Unicode has a picture for each of the old ones.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // The newer ones; marks, embeddings and isolates that turn text round; ends of lines and paragraphs; what is never seen.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{2028}'..='\u{2029}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::plain_line;

    #[test]
    fn what_could_steer_a_terminal_is_shown() {
        assert_eq!(
            plain_line("a\u{1b}[2J\n\u{9b}m\u{202e}é\u{200f}\u{e0041}"),
            "a␛[2J␊\u{fffd}m\u{fffd}é\u{fffd}\u{fffd}"
        );
        assert_eq!(plain_line("http://me:secret@a"), "http://***@a");
    }
}
