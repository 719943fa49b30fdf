//! How a defect is mended where that is certain: changes of the text that keep its formatting and its comments.
use crate::{Sources, Span, credentials, host_credentials, masked};

/// A way to mend a finding that cannot be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is done, in a few words.
    pub title: String,
    /// All of it; a part alone is no mend.
    pub changes: Vec<Change>,
}

/// A change of a file, told without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other text in the place of what stands there.
    Text(Span, String),
    /// Another key or value in the place of what stands there; quotes stay as they are.
    Scalar(Span, String),
    /// One item of a list less.
    Item(Span),
    /// One entry of an object less; the span is that from its key to the end of its value.
    Entry(Span),
}

/// A change of a file as its text sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is taken out.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

impl Fix {
    /// A fix of one change.
    pub fn new(title: impl Into<String>, change: Change) -> Self {
        Self {
            title: masked(&title.into()).into_owned(),
            changes: vec![change],
        }
    }

    /// Whether what is written carries credentials, which no report may show.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Text(_, text) | Change::Scalar(_, text) => {
                !credentials(text).is_empty() || host_credentials(text).is_some()
            }
            Change::Item(_) | Change::Entry(_) => false,
        })
    }

    /// The changes as edits of the texts; `None` where one of them cannot be made without harm, such as to a value with an anchor.
    #[must_use]
    pub fn edits(&self, sources: &Sources) -> Option<Vec<Edit>> {
        self.changes
            .iter()
            .map(|change| change.edit(sources))
            .collect()
    }
}

impl Change {
    fn edit(&self, sources: &Sources) -> Option<Edit> {
        let (Self::Text(span, _) | Self::Scalar(span, _) | Self::Item(span) | Self::Entry(span)) =
            *self;
        let text = sources.text(span.file);
        let (start, end) = (span.start as usize, span.end as usize);
        let written = text.get(start..end)?;
        if has_anchor(&text[..start]) {
            return None;
        }
        let (range, text) = match self {
            Self::Text(_, new) => (start..end, new.clone()),
            Self::Scalar(_, new) => (start..end, scalar(written, new)?),
            Self::Item(_) => (
                flow(text, start, end).or_else(|| lines(text, start, end, "-"))?,
                String::new(),
            ),
            Self::Entry(_) => (
                flow(text, start, end).or_else(|| lines(text, start, end, ""))?,
                String::new(),
            ),
        };
        let offset = |at| u32::try_from(at).ok();
        Some(Edit {
            span: Span {
                file: span.file,
                start: offset(range.start)?,
                end: offset(range.end)?,
            },
            text,
        })
    }
}

/// A text with some edits made. Those that overlap an earlier one are left out.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    edits.dedup();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let Some(before) = text.get(from..start).filter(|_| start <= end) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&edit.text);
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Whether what follows has an anchor: other places may stand for it.
fn has_anchor(before: &str) -> bool {
    let token = before.trim_end().rsplit([' ', '\t', '\n', '[', '{', ',']);
    token
        .take(1)
        .any(|token| token.starts_with('&') && token.len() > 1)
}

/// A value written like the one in whose place it comes.
fn scalar(written: &str, new: &str) -> Option<String> {
    let unfit = |part: char| matches!(part, '"' | '\'' | '\\') || part.is_control();
    if new.contains(unfit) || written.contains('\n') {
        return None;
    }
    let quote = written
        .chars()
        .next()
        .filter(|first| "\"'".contains(*first));
    match quote {
        Some(quote) if written.len() > 1 && written.ends_with(quote) => {
            Some(format!("{quote}{new}{quote}"))
        }
        Some(_) => None,
        None if is_plain(new) => Some(new.to_owned()),
        None => Some(format!("'{new}'")),
    }
}

/// Whether YAML reads a text without quotes as that text.
fn is_plain(text: &str) -> bool {
    let word = |part: char| part.is_ascii_alphanumeric() || "_-./".contains(part);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(word)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str())
}

/// The range to take out of a list or object in brackets, with the comma that belongs to it.
fn flow(text: &str, start: usize, end: usize) -> Option<std::ops::Range<usize>> {
    let before = text[..start].trim_end();
    let rest = text[end..].trim_start();
    let (follows, opens) = (before.ends_with(','), before.ends_with(['[', '{']));
    let (goes_on, closes) = (rest.starts_with(','), rest.starts_with([']', '}']));
    if follows && (goes_on || closes) {
        Some(before.len() - 1..end)
    } else if opens && goes_on {
        Some(start..text.len() - rest[1..].trim_start().len())
    } else if opens && closes {
        Some(start..end)
    } else {
        None
    }
}

/// The lines of an item or entry of a block, where it has them for itself; its own comment goes with it.
fn lines(text: &str, start: usize, end: usize, mark: &str) -> Option<std::ops::Range<usize>> {
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    if text[first..start].trim() != mark || text[first..start].ends_with('-') {
        return None;
    }
    let last = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let rest = &text[end..last];
    let is_comment = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    (rest.trim().is_empty() || is_comment).then_some(first..last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, open_text};
    use std::path::Path;

    #[track_caller]
    fn check(text: &str, marked: &str, change: fn(Span) -> Change, expected: Option<&str>) {
        let opened = open_text(Path::new("a.yaml"), text.into(), &Default::default());
        let (document, _) = opened.expect("text");
        let start = text.find(marked).expect("it is there");
        let span = Span {
            file: FileId(0),
            start: u32::try_from(start).expect("short"),
            end: u32::try_from(start + marked.len()).expect("short"),
        };
        let edits = Fix::new("", change(span)).edits(document.sources());
        let changed = edits.map(|edits| apply(text, &edits));
        assert_eq!(changed.as_deref(), expected, "{text}");
    }

    #[test]
    fn items_go_with_their_comma_dash_or_lines() {
        for (text, expected) in [
            ("a: [x, Z, y]", "a: [x, y]"),
            ("a: [x, Z]", "a: [x]"),
            ("a: [Z, x]", "a: [x]"),
            ("a: [Z]", "a: []"),
            ("a: [ Z ,\n x]", "a: [ x]"),
            ("[\n  x,\n  Z\n]", "[\n  x\n]"),
            ("[\n  Z,\n  x\n]", "[\n  x\n]"),
            ("a:\n  - x\n  - Z # why\n  - y\n", "a:\n  - x\n  - y\n"),
            ("a:\r\n- x\r\n- Z\r\n- y", "a:\r\n- x\r\n- y"),
            ("a:\n- x\n- Z", "a:\n- x\n"),
        ] {
            check(text, "Z", Change::Item, Some(expected));
        }
        for text in [
            "- &z Z\n- x",
            "- - Z\n- x",
            "a: [x, # y\n Z]",
            "a: Z",
            "-\n  Z",
        ] {
            check(text, "Z", Change::Item, None);
        }
        let block = "- name: Z\n  x: 1\n# next\n- name: y\n";
        check(
            block,
            "name: Z\n  x: 1",
            Change::Item,
            Some("# next\n- name: y\n"),
        );
    }

    #[test]
    fn entries_go_with_their_comma_or_lines() {
        for (text, expected) in [
            ("{a: 1, Z: 1}", "{a: 1}"),
            (
                "{\"b\": {\n  Z: 1,\n  \"a\": 2\n}}",
                "{\"b\": {\n  \"a\": 2\n}}",
            ),
            ("a:\n  Z: 1\n  b: 2\n", "a:\n  b: 2\n"),
        ] {
            check(text, "Z: 1", Change::Entry, Some(expected));
        }
        check("- Z: 1\n  b: 2\n", "Z: 1", Change::Entry, None);
    }

    #[test]
    fn scalars_keep_their_quotes() {
        let change = |span| Change::Scalar(span, "new".to_owned());
        for (text, marked, expected) in [
            ("a: old # x", "old", "a: new # x"),
            ("a: 'old'", "'old'", "a: 'new'"),
            ("{\"old\": 1}", "\"old\"", "{\"new\": 1}"),
        ] {
            check(text, marked, change, Some(expected));
        }
        check("a: &x old\nb: *x", "old", change, None);
        let quoted = |span| Change::Scalar(span, "#/a".to_owned());
        check("a: old", "old", quoted, Some("a: '#/a'"));
        let unfit = |span| Change::Scalar(span, "it's".to_owned());
        check("a: old", "old", unfit, None);
        check("a: 'old text'", "'old", change, None);
        check("a: old\n  text", "old\n  text", change, None);
        check("a: &x\told", "old", change, None);
        for (new, expected) in [
            ("a-b_c.d/E9", "a: a-b_c.d/E9"),
            ("9a", "a: '9a'"),
            ("a b", "a: 'a b'"),
            ("No", "a: 'No'"),
            ("", "a: ''"),
        ] {
            let (document, _) =
                open_text(Path::new("a.yaml"), b"a: old".to_vec(), &Default::default())
                    .expect("text");
            let span = Span {
                file: FileId(0),
                start: 3,
                end: 6,
            };
            let edits =
                Fix::new("", Change::Scalar(span, new.to_owned())).edits(document.sources());
            assert_eq!(apply("a: old", &edits.expect("edits")), expected);
        }
    }

    #[test]
    fn edits_that_overlap_or_run_backwards_are_left_out() {
        let edit = |start, end, text: &str| Edit {
            span: Span {
                file: FileId(0),
                start,
                end,
            },
            text: text.to_owned(),
        };
        let edits = [
            edit(3, 5, "Y"),
            edit(0, 2, "X"),
            edit(0, 2, "X"),
            edit(1, 4, "no"),
            edit(6, 5, "no"),
            edit(5, 5, "Z"),
        ];
        assert_eq!(apply("abcdefg", &edits), "XcYZfg");
        assert_eq!(apply("é", &[edit(1, 2, "no")]), "é");
        assert_eq!(apply("a", &[]), "a");
    }

    #[test]
    fn what_is_written_may_carry_credentials() {
        let span = Span {
            file: FileId(0),
            start: 0,
            end: 0,
        };
        let has = |change| Fix::new("", change).has_credentials();
        assert!(has(Change::Text(span, "http://me:secret@a".to_owned())));
        assert!(has(Change::Scalar(span, "me:secret@a".to_owned())));
        assert!(!has(Change::Scalar(span, "a".to_owned())));
        assert!(!has(Change::Item(span)) && !has(Change::Entry(span)));
        assert_eq!(
            Fix::new("`me:secret@a`", Change::Item(span)).title,
            "`***@a`"
        );
    }
}
