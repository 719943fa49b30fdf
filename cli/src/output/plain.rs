//! Text for a terminal: whatever could steer it, or turn text round, is shown instead of obeyed, and credentials of URLs are not
//! shown.
use tidings_document::masked;

/// A name or message for one line.
pub(crate) fn line(text: &str) -> String {
    masked(text).chars().map(visible).collect()
}

/// A line of a source, with the tabs that it is indented by and the end of line that it came with.
pub(crate) fn code(line: &str) -> String {
    let content = line.trim_end_matches(['\r', '\n']);
    let shown = content
        .chars()
        .map(|c| if c == '\t' { c } else { visible(c) });
    shown.chain(line[content.len()..].chars()).collect()
}

/// A text of several lines.
pub(crate) fn lines(text: &str) -> String {
    let shown = text.chars();
    shown
        .map(|c| if c == '\n' { c } else { visible(c) })
        .collect()
}

/// A rendered frame, whose line breaks and styles are ours: the characters that its renderer lets through.
pub(crate) fn frame(text: &str) -> String {
    let ours = |c: char| matches!(c, '\n' | '\u{1b}');
    text.chars()
        .map(|c| if ours(c) { c } else { visible(c) })
        .collect()
}

/// Whether a character does nothing but show itself.
pub(crate) fn is_plain(c: char) -> bool {
    visible(c) == c
}

/// What is shown of a character.
pub(crate) fn visible(c: char) -> char {
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
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown() {
        assert_eq!(
            line("a\u{1b}[2J\n\u{9b}m\u{202e}é\u{200f}\u{e0041}"),
            "a␛[2J␊\u{fffd}m\u{fffd}é\u{fffd}\u{fffd}"
        );
        assert_eq!(line("http://me:secret@a"), "http://***@a");
        assert_eq!(frame("\u{1b}[1ma\n\u{9b}2J"), "\u{1b}[1ma\n\u{fffd}2J");
        assert_eq!(lines("a\nb\u{1b}"), "a\nb␛");
    }

    #[test]
    fn lines_of_sources_keep_their_tabs_and_ends() {
        assert_eq!(code("\ta\rb\u{1b}\r\n"), "\ta␍b␛\r\n");
    }
}
