//! A page as lines that can be read: its texts with their ids, where links lead, and what is open. Pictures are left out.
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

const LINES: [&str; 21] = [
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "ul", "tr", "dt", "dd", "div", "pre", "summary",
    "caption", "table", "section", "article", "title", "details",
];
const LEFT_OUT: [&str; 3] = ["svg", "style", "script"];

pub(crate) fn outline(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut text, mut hidden) = (String::new(), 0);
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                hidden += usize::from(LEFT_OUT.contains(&&*name));
                if hidden == 0 {
                    text += &started(&name, &tag);
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                hidden -= usize::from(LEFT_OUT.contains(&&*name));
            }
            Token::String(string) if hidden == 0 => text += &String::from_utf8_lossy(&string),
            _ => {}
        }
    }
    let lines = text.lines().map(str::trim_end);
    let lines: Vec<_> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n") + "\n"
}

/// What stands in the place of a tag.
fn started(name: &str, tag: &StartTag<()>) -> String {
    let mut text = String::new();
    if LINES.contains(&name) {
        text.push('\n');
    }
    if name.len() == 2 && name.starts_with('h') && name != "hr" {
        text += &format!("{name} ");
    }
    if matches!(name, "td" | "th") {
        text += "| ";
    }
    for (name, mark) in [
        ("id", "#"),
        ("href", ">"),
        ("data-side", "side "),
        ("open", "open"),
    ] {
        if let Some(value) = tag.attributes.get(name.as_bytes()) {
            let value = String::from_utf8_lossy(value);
            text += &format!(
                "[{mark}{}] ",
                value.trim_start_matches(['#', '>'].as_slice())
            );
        }
    }
    text
}
