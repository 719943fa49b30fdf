//! Text as it may be shown: in one line, of which no part steers a terminal.
use std::fmt::Display;

/// With a blank for what steers.
pub(crate) fn plain(text: &dyn Display) -> String {
    let sign = |c: char| if steers(c) { ' ' } else { c };
    text.to_string().chars().map(sign).collect()
}

/// Controls, and what turns text round, ends lines or is never seen.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers() {
        assert_eq!(
            plain(&"a\x1b[2J\n\u{9b}\u{202e}é\u{200f}\u{2028}\u{e0041}b"),
            "a [2J   é   b"
        );
    }
}
