//! A landscape as a graph of Graphviz.
use super::{Landscape, short};
use crate::{OTHER_MARK, hidden};

/// The text of the graph.
pub(super) fn text(landscape: &Landscape<'_>) -> String {
    let mut out =
        format!("// {OTHER_MARK}\ndigraph landscape {{\n  rankdir=LR\n  node [shape=box]\n");
    let mut line = |text: String| {
        out.push_str("  ");
        out.push_str(&text);
        out.push('\n');
    };
    for (number, found) in landscape.applications.iter().enumerate() {
        line(format!(
            "a{number} [label={}, style=bold]",
            quoted(&found.title)
        ));
    }
    for (number, place) in landscape.places.iter().enumerate() {
        let label = quoted(place.address);
        line(format!("c{number} [label={label}, style=rounded]"));
        for user in &place.users {
            let (application, used) = (user.application, user.used);
            let ends = match used.sends {
                true => format!("a{application} -> c{number}"),
                false => format!("c{number} -> a{application}"),
            };
            let names: Vec<_> = used.messages.iter().map(|m| m.name.as_str()).collect();
            let label = quoted(&short(&names).join(", "));
            let style = if used.is_reply { ", style=dashed" } else { "" };
            line(format!("{ends} [label={label}{style}]"));
        }
    }
    out + "}\n"
}

/// A text that is nothing but its letters.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    let text: Vec<_> = text.split_whitespace().collect();
    for letter in hidden::shown(text.join(" ")).chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            // It would begin the name of a letter.
            '&' => out.push_str("&amp;"),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotation_marks_and_escapes_stand_for_themselves() {
        assert_eq!(quoted("a \"b\\N\n<c> &lt;"), r#""a \"b\\N <c> &amp;lt;""#);
    }

    #[test]
    fn letters_that_nobody_sees_are_told() {
        assert_eq!(quoted("a\u{202e}b\u{7}"), "\"a⟦U+202E⟧b␇\"");
    }
}
