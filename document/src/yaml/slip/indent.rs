//! Lines whose indentation fits nothing above them.
use super::{
    colon::{begins_text, text_not_indented},
    line::{Line, lines_before},
};
use crate::slip::Slip;

/// Fields of the root: none of them has slipped out of another.
const ROOT: &[&str] = &[
    "asyncapi",
    "id",
    "info",
    "servers",
    "defaultContentType",
    "channels",
    "operations",
    "components",
    "tags",
    "externalDocs",
];

/// A column in which entries above may go on.
struct Level<'t> {
    column: usize,
    line: Line<'t>,
    is_item: bool,
}

/// What is wrong with the line in which the parser stopped.
pub(super) fn find(text: &str, at: usize) -> Option<Slip> {
    let line = Line::at(text, at);
    let column = line.indent();
    if at > line.start + line.entry() {
        return None;
    }
    let levels = levels(text, line.start);
    let parent = levels.iter().find(|level| level.column < column);
    if let Some(parent) = parent.filter(|parent| begins_text(&parent.line)) {
        return Some(text_not_indented(&line, &parent.line));
    }
    if let Some(slip) = slipped(text, &line, &levels) {
        return Some(slip);
    }
    let items = levels.iter().find(|level| level.is_item);
    let fitting = levels.iter().find(|level| level.column == column);
    match (line.is_item(), items, fitting) {
        (true, Some(items), _) => Some(unlike(&line, items)),
        (true, None, _) => Some(mixed(&line, "a list item stands among keys")),
        (false, _, Some(level)) if level.is_item => {
            Some(mixed(&line, "a key stands among list items"))
        }
        _ => {
            let distance = |level: &&Level<'_>| level.column.abs_diff(column);
            Some(unlike(&line, levels.iter().min_by_key(distance)?))
        }
    }
}

/// The columns of entries that enclose a place, the innermost first.
fn levels(text: &str, start: usize) -> Vec<Level<'_>> {
    let mut levels = Vec::new();
    let mut least = usize::MAX;
    for line in lines_before(text, start) {
        for (column, is_item) in [(line.entry(), false), (line.indent(), line.is_item())] {
            if column < least {
                least = column;
                levels.push(Level {
                    column,
                    line,
                    is_item,
                });
            }
        }
        if least == 0 {
            break;
        }
    }
    levels
}

/// An entry some lines before that has slipped out of the object to which the line belongs.
fn slipped(text: &str, line: &Line<'_>, levels: &[Level<'_>]) -> Option<Slip> {
    let column = line.indent();
    let outer = levels.iter().find(|level| level.column < column)?;
    let fits = levels.iter().any(|level| level.column == column);
    let name = outer.line.key()?;
    if fits || ROOT.contains(&name) || name.starts_with("x-") {
        return None;
    }
    let before = self::levels(text, outer.line.start);
    let beside = before.iter().find(|level| level.column <= column)?;
    if beside.column != column || beside.is_item != line.is_item() {
        return None;
    }
    let message = format!(
        "`{name}` is indented by {} and ends the object in which `{}` above and `{}` below stand",
        outer.column,
        beside.line.name(),
        line.name()
    );
    let help = format!("indent it by {column} as they are, with the lines that belong to it");
    let slip = Slip::new(outer.line.range(), message, help);
    Some(slip.related(line.range(), "this line fits nothing any more"))
}

fn unlike(line: &Line<'_>, level: &Level<'_>) -> Slip {
    let (own, column) = (line.indent(), level.column);
    let message = match own == column {
        true => format!(
            "`{}` stands where the entries above have ended",
            line.name()
        ),
        false => format!(
            "`{}` is indented by {own}, which fits nothing above",
            line.name()
        ),
    };
    let help = format!("indent it by {column} as `{}` is", level.line.name());
    Slip::new(line.range(), message, help).related(level.line.range(), "to this it may belong")
}

fn mixed(line: &Line<'_>, message: &str) -> Slip {
    let help = "begin each with `- ` for a list, or none for an object";
    Slip::new(line.range(), message, help)
}
