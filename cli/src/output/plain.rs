//! Text for a terminal: whatever could steer it is shown instead of obeyed, and credentials of URLs are not shown.
use tidings_document::masked;

/// A name or message for one line: control characters and those that turn the direction of text become visible signs.
pub(crate) fn line(text: &str) -> String {
    masked(text).chars().map(visible).collect()
}

/// A rendered frame, whose line breaks and styles are ours: the control characters that its renderer lets through.
pub(crate) fn frame(text: &str) -> String {
    let ours = |c: char| matches!(c, '\n' | '\u{1b}');
    text.chars()
        .map(|c| if ours(c) { c } else { visible(c) })
        .collect()
}

fn visible(c: char) -> char {
    match c {
        // Unicode has a picture for each of the old ones.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown() {
        assert_eq!(
            line("a\u{1b}[2J\n\u{9b}m\u{202e}é"),
            "a␛[2J␊\u{fffd}m\u{fffd}é"
        );
        assert_eq!(line("http://me:secret@a"), "http://***@a");
        assert_eq!(frame("\u{1b}[1ma\n\u{9b}2J"), "\u{1b}[1ma\n\u{fffd}2J");
    }
}
