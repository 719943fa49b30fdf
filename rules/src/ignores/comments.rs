//! Ignores in comments of YAML: `# tidings-ignore RULE[, RULE]: reason`, `# tidings-ignore-file RULE: reason`.
use tidings_document::{Change, Diagnostic, FileId, Node, Sources, Span, Value};

use super::{
    Found, Ignore, MARK, MOST, rest_of_line, rules,
    scope::{Parts, Scope, next_content},
    span, walk,
};

/// A file whose comments are read.
struct Reader<'t> {
    sources: &'t Sources,
    file: FileId,
    text: &'t str,
    tree: &'t Node,
    /// Its entries and items, once they are asked for.
    parts: Option<Parts>,
    /// Where the first line with content begins.
    top: usize,
    /// The last comment whose content was looked for, and where that begins: those between them are above the same.
    content: Option<(usize, usize)>,
}

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
    let mut reader = Reader {
        sources,
        file,
        text: sources.text(file),
        tree,
        parts: None,
        top: top(sources.text(file)),
        content: None,
    };
    for ((sign, mark), _) in starts.into_iter().zip(inside).filter(|(_, inside)| !inside) {
        if found.ignores.len() + found.about.len() >= MOST {
            break;
        }
        reader.comment(sign, mark, found);
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

impl Reader<'_> {
    /// Reads one comment.
    fn comment(&mut self, sign: usize, mark: usize, found: &mut Found) {
        let (text, file) = (self.text, self.file);
        let mut at = mark + MARK.len();
        let for_file = text[at..].starts_with("-file");
        at += if for_file { "-file".len() } else { 0 };
        let body = rest_of_line(self.sources, file, at);
        let whole = span(file, sign, at + body.trim_end().len());
        let (list, reason) = body.split_once(':').unwrap_or((body, ""));
        let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
        let ids = ids(list, at);
        if ids.is_empty() {
            let name = &text[mark..at];
            let message = format!("`{name}` names no rule");
            let invalid = Diagnostic::new(&rules::INVALID, whole, message);
            found
                .about
                .push(invalid.help(format!("write `# {name} RULE: reason`")));
        }
        let scope = self.scope(sign, for_file);
        for (number, (id, start)) in ids.iter().enumerate().take(MOST) {
            found.ignores.push(Ignore {
                rule: (*id).to_owned(),
                span: span(file, *start, start + id.len()),
                reason: reason.map(ToOwned::to_owned),
                scope: scope.clone(),
                removal: removal(text, whole, &ids, number),
            });
        }
    }

    /// Where a comment applies; nowhere when it is for the file and does not stand at its top.
    fn scope(&mut self, sign: usize, for_file: bool) -> Option<Scope> {
        if for_file {
            return (sign < self.top).then(|| Scope::file(self.file));
        }
        let line = self.text[..sign].rfind('\n').map_or(0, |at| at + 1);
        if !self.text[line..sign].trim().is_empty() {
            return Some(Scope::line(self.sources, self.file, sign));
        }
        let content = match self.content {
            Some((last, content)) if last <= sign && sign < content => content,
            _ => next_content(self.text, sign),
        };
        self.content = Some((sign, content));
        let tree = self.tree;
        let parts = self.parts.get_or_insert_with(|| Parts::new(tree));
        Some(Scope::entry(self.sources, parts, self.file, content))
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

/// Where the first line begins that is more than a comment or a directive.
fn top(text: &str) -> usize {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches('\u{feff}').trim();
        if !content.is_empty() && !content.starts_with(['#', '%']) && content != "---" {
            break;
        }
        start += line.len();
    }
    start
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
