//! Ignores in comments of YAML: `# tidings-ignore RULE[, RULE]: reason`, `# tidings-ignore-file RULE: reason`.
use tidings_document::{Change, Diagnostic, FileId, Node, Sources, Span, Value};

use super::{Found, Ignore, MARK, rest_of_line, rules, scope::Scope, span, walk};

/// Reads the comments of a file that hold one of the marks.
pub(super) fn read(
    sources: &Sources,
    file: FileId,
    tree: &Node,
    marks: &[usize],
    found: &mut Found,
) {
    let starts: Vec<(usize, usize)> = marks
        .iter()
        .filter_map(|mark| Some((sign(sources.text(file), *mark)?, *mark)))
        .collect();
    if starts.is_empty() {
        return;
    }
    let inside = in_scalars(sources, tree, &starts);
    for ((sign, mark), _) in starts.into_iter().zip(inside).filter(|(_, inside)| !inside) {
        comment(sources, file, tree, sign, mark, found);
    }
}

/// Where the `#` stands that a mark follows.
fn sign(text: &str, mark: usize) -> Option<usize> {
    let before = text[..mark].trim_end_matches([' ', '\t']);
    let sign = before.strip_suffix('#')?;
    let begins = sign.is_empty() || sign.ends_with(|last: char| last.is_whitespace());
    let behind = &text[mark + MARK.len()..];
    let behind = behind.strip_prefix("-file").unwrap_or(behind);
    let ends = !behind.starts_with(|next: char| next.is_alphanumeric() || "-_".contains(next));
    (begins && ends).then_some(sign.len())
}

/// For every place whether it is inside a text. The first line of a block has only its sign, which a comment may follow.
fn in_scalars(sources: &Sources, tree: &Node, places: &[(usize, usize)]) -> Vec<bool> {
    let mut inside = vec![false; places.len()];
    let mut mark = |scalar: Span| {
        let (mut start, end) = (scalar.start as usize, scalar.end as usize);
        let first = places.partition_point(|(at, _)| *at < start);
        let last = places.partition_point(|(at, _)| *at < end);
        if first >= last {
            return;
        }
        let text = sources.slice(scalar);
        if text.starts_with(['|', '>']) {
            start += text.find('\n').unwrap_or(text.len());
        }
        for at in first..last {
            inside[at] |= places[at].0 >= start;
        }
    };
    walk(tree, &mut |node, entry| {
        if let Some(entry) = entry {
            mark(entry.key_span);
        }
        if let Value::String(_) = node.value {
            mark(node.span);
        }
    });
    inside
}

/// Reads one comment.
fn comment(
    sources: &Sources,
    file: FileId,
    tree: &Node,
    sign: usize,
    mark: usize,
    found: &mut Found,
) {
    let text = sources.text(file);
    let mut at = mark + MARK.len();
    let line = rest_of_line(sources, file, at);
    let for_file = line.starts_with("-file");
    at += if for_file { "-file".len() } else { 0 };
    let body = rest_of_line(sources, file, at);
    let whole = span(file, sign, at + body.trim_end().len());
    let (list, reason) = match body.split_once(':') {
        Some((list, reason)) => (
            list,
            Some(reason.trim()).filter(|reason| !reason.is_empty()),
        ),
        None => (body, None),
    };
    let ids = ids(list, at);
    if ids.is_empty() {
        let name = &text[mark..at];
        let invalid = Diagnostic::new(&rules::INVALID, whole, format!("`{name}` names no rule"));
        found
            .about
            .push(invalid.help(format!("write `# {name} RULE: reason`")));
    }
    let own_line = text[..sign].rfind('\n').map_or(0, |at| at + 1);
    let is_alone = text[own_line..sign].trim().is_empty();
    for (number, (id, start)) in ids.iter().enumerate() {
        let scope = match (for_file, is_alone) {
            (true, _) => is_top(&text[..own_line]).then(|| Scope::file(file)),
            (false, true) => Some(Scope::below(sources, file, tree, sign)),
            (false, false) => Some(Scope::line(sources, file, sign)),
        };
        found.ignores.push(Ignore {
            rule: (*id).to_owned(),
            span: span(file, *start, start + id.len()),
            reason: reason.map(ToOwned::to_owned),
            scope,
            removal: removal(text, whole, &ids, number),
        });
    }
}

/// The rules of a list, each with its place.
fn ids(list: &str, start: usize) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let mut at = start;
    for part in list.split([',', ' ', '\t']) {
        if !part.is_empty() {
            found.push((part, at));
        }
        at += part.len() + 1;
    }
    found
}

/// Whether nothing but comments and directives stands there.
fn is_top(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with(['#', '%']) || line == "---")
}

/// The comment without one of its rules, or the text without the comment: with its line, where that holds nothing else.
fn removal(text: &str, whole: Span, ids: &[(&str, usize)], number: usize) -> Change {
    let (id, start) = ids[number];
    if let Some((_, next)) = ids.get(number + 1) {
        return Change::Text(span(whole.file, start, *next), String::new());
    }
    if let Some((before, at)) = number.checked_sub(1).map(|last| ids[last]) {
        let change = span(whole.file, at + before.len(), start + id.len());
        return Change::Text(change, String::new());
    }
    let (sign, end) = (whole.start as usize, whole.end as usize);
    let before = &text[..sign];
    let kept = before.trim_end_matches([' ', '\t']);
    let (from, to) = if kept.is_empty() || kept.ends_with('\n') {
        let line = text[end..].find('\n');
        (kept.len(), line.map_or(text.len(), |at| end + at + 1))
    } else {
        (kept.len(), end)
    };
    Change::Text(span(whole.file, from, to), String::new())
}
