//! Slips between brackets: a comma that is missing, a bracket that is not closed, one that closes nothing.
use super::line::{Line, colons};
use crate::slip::{Slip, character};

/// What is wrong where the parser stopped inside of the bracket at `open`.
pub(super) fn find(text: &str, at: usize, open: usize) -> Slip {
    let bracket = &text[open..=open];
    let closing = if bracket == "{" { "}" } else { "]" };
    let (line, opening) = (Line::at(text, at), Line::at(text, open));
    let is_below = line.start > open && line.indent() <= opening.indent();
    if at >= text.trim_end().len() || (is_below && line.key().is_some()) {
        let message = format!("the bracket `{bracket}` opens here and is not closed");
        let help = format!("write `{closing}` where it ends");
        return Slip::new(open..open + 1, message, help);
    }
    let next = &text[character(text, at)];
    if matches!(next, "}" | "]") && next != closing {
        let message = format!("`{next}` does not close the bracket `{bracket}`");
        let help = format!("write `{closing}`");
        return Slip::new(at..at + 1, message, help).related(open..open + 1, "opened here");
    }
    let inside = &text[open + 1..at];
    let message = match next {
        ":" if colons(inside).next().is_some() => {
            "a `,` is missing before the second key, or quotes around a value with `: ` in it"
        }
        _ => "a `,` is missing between two entries",
    };
    let help = "put a `,` between the entries, and text with `,`, `: ` or brackets in quotes";
    Slip::new(character(text, at), message, help).related(open..open + 1, "the bracket opens here")
}

/// A bracket that closes nothing.
pub(super) fn closes_nothing(text: &str, at: usize) -> Slip {
    let range = character(text, at);
    let message = format!("the bracket `{}` closes nothing", &text[range.clone()]);
    Slip::new(
        range,
        message,
        "remove it, or write the bracket that opens before it",
    )
}
