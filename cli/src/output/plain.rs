//! Text of several lines for a terminal: whatever could steer it, or turn text round, is shown instead of obeyed.
pub(crate) use tidings_document::{plain_line as line, visible};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown() {
        assert_eq!(frame("\u{1b}[1ma\n\u{9b}2J"), "\u{1b}[1ma\n\u{fffd}2J");
        assert_eq!(lines("a\nb\u{1b}"), "a\nb␛");
    }

    #[test]
    fn lines_of_sources_keep_their_tabs_and_ends() {
        assert_eq!(code("\ta\rb\u{1b}\r\n"), "\ta␍b␛\r\n");
    }
}
