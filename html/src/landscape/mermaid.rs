//! A landscape as a flow chart of Mermaid.
use std::fmt::Write;

use super::{Landscape, short};
use crate::{OTHER_MARK, hidden};

/// The text of the chart.
pub(super) fn text(landscape: &Landscape<'_>) -> String {
    let mut out = format!("%% {OTHER_MARK}\nflowchart LR\n");
    let mut line = |text: String| {
        out.push_str("  ");
        out.push_str(&text);
        out.push('\n');
    };
    for (number, found) in landscape.applications.iter().enumerate() {
        line(format!("a{number}[\"{}\"]", label(&found.title)));
    }
    for (number, place) in landscape.places.iter().enumerate() {
        line(format!("c{number}([\"{}\"])", label(place.address)));
        for user in &place.users {
            let (application, used) = (user.application, user.used);
            let arrow = if used.is_reply { "-.->" } else { "-->" };
            let names: Vec<_> = used.messages.iter().map(|m| m.name.as_str()).collect();
            let names = label(&short(&names).join(", "));
            let names = match names.is_empty() {
                true => names,
                false => format!("|\"{names}\"|"),
            };
            line(match used.sends {
                true => format!("a{application} {arrow}{names} c{number}"),
                false => format!("c{number} {arrow}{names} a{application}"),
            });
        }
    }
    out
}

/// A text between quotation marks: what could mean something is written by its number.
fn label(text: &str) -> String {
    let mut out = String::new();
    // At the beginning, marks behind digits or nothing would make a list.
    let mut leads = true;
    let text: Vec<_> = text.split_whitespace().collect();
    for letter in hidden::shown(text.join(" ")).chars() {
        let is_plain = match letter {
            ' ' | '/' | '_' | ',' => true,
            '-' | '.' => !leads,
            letter => letter.is_alphanumeric(),
        };
        leads &= letter.is_ascii_digit();
        match is_plain {
            true => out.push(letter),
            false => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn long_numbers_take_time_as_they_grow() {
        crate::growth::is_even(300, |size| {
            let _ = label(&"1".repeat(size));
        });
    }

    #[test]
    fn labels_hold_nothing_that_means_something() {
        assert_eq!(label("orders/{id}\n x"), "orders/#123;id#125; x");
        assert_eq!(label("\"]<script>"), "#34;#93;#60;script#62;");
        assert_eq!(label("- a-b"), "#45; a-b");
        assert_eq!(label("1. a.b"), "1#46; a.b");
        // By its number it would be in the picture, and turn round what follows.
        assert_eq!(label("größe\u{202e}"), "größe#10214;U#43;202E#10215;");
    }
}
