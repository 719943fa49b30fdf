//! Where files lie seen from the root of the repository, as services show them; columns as editors count; pointers as keys and indexes.
use super::range::{Position, Range};
use std::path::{Component, Path, PathBuf};
use tidings_document::{FileId, Node, Sources, Span, Value, unescaped_token};

/// Variables of CI services with the folder of the repository: of GitHub Actions, and of GitLab.
const REPOSITORY: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// The folder that names of files start from.
pub(super) struct Base {
    current: PathBuf,
    root: PathBuf,
}

impl Base {
    /// The root of the repository where a CI service tells it and we are below it, else the working folder.
    pub(super) fn find() -> Self {
        let current = std::env::current_dir().unwrap_or_default();
        let root = REPOSITORY
            .iter()
            .filter_map(|name| Path::new(&std::env::var_os(name)?).canonicalize().ok())
            .find(|root| current.starts_with(root))
            .unwrap_or_else(|| current.clone());
        Self { current, root }
    }

    /// A file seen from there, with `/` between its parts; an absolute path when it is not below. A URL stays as it is.
    pub(super) fn location(&self, path: &Path) -> String {
        if let Some(url) = url(path) {
            return url.to_owned();
        }
        let path = normal(&self.current.join(path));
        let path = path.strip_prefix(&self.root).unwrap_or(&path);
        let text = path.display().to_string();
        if std::path::MAIN_SEPARATOR == '/' {
            text
        } else {
            text.replace(std::path::MAIN_SEPARATOR, "/")
        }
    }
}

/// The name of a file that was fetched.
fn url(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    (text.starts_with("http://") || text.starts_with("https://")).then_some(text)
}

/// The path without `.` and, as far as its own text tells, without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        let inside = matches!(out.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if inside => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// Lines and columns of one document's places.
pub(super) struct Places<'a> {
    sources: &'a Sources,
    /// Line and offset of every character of two UTF-16 units, a list for each file.
    wide: Vec<Vec<(u32, u32)>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let wide = sources.iter().map(|file| wide(sources, file)).collect();
        Self { sources, wide }
    }

    pub(super) fn range(&self, span: Span) -> Range {
        let range = self.sources.range(span);
        Range {
            start: self.position(span.file, range.start),
            end: self.position(span.file, range.end),
        }
    }

    fn position(&self, file: FileId, at: tidings_document::Position) -> Position {
        let wide = self
            .wide
            .get(file.0 as usize)
            .map_or(&[][..], Vec::as_slice);
        let line = wide.partition_point(|(line, _)| *line < at.line);
        let behind = wide.partition_point(|(_, offset)| *offset < at.offset);
        let more = u32::try_from(behind.saturating_sub(line)).unwrap_or_default();
        Position {
            line: at.line,
            column: at.column,
            offset: at.offset,
            utf16: at.column.saturating_sub(1) + more,
        }
    }
}

fn wide(sources: &Sources, file: FileId) -> Vec<(u32, u32)> {
    let bytes = sources.text(file).bytes().enumerate();
    bytes
        .filter(|(_, byte)| *byte >= 0xf0)
        .filter_map(|(at, _)| u32::try_from(at).ok())
        .map(|start| {
            let span = Span {
                file,
                start,
                end: start,
            };
            (sources.range(span).start.line, start)
        })
        .collect()
}

/// A location as URI reference: relative, or of a file when it is absolute. A URL stays as it is.
pub(super) fn uri(location: &str) -> String {
    if let Some(url) = url(Path::new(location)) {
        return url.to_owned();
    }
    let mut out = String::new();
    if location.starts_with('/') {
        out.push_str("file://");
    } else if Path::new(location).is_absolute() {
        out.push_str("file:///");
    }
    for byte in location.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A step of a JSON pointer.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Step {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(usize),
}

/// The steps of a pointer through a tree. Without the tree, what looks like an index is one.
pub(super) fn steps(pointer: &str, root: Option<&Node>) -> Vec<Step> {
    let mut node = root;
    let mut out = Vec::new();
    for token in pointer.split('/').skip(1) {
        let key = unescaped_token(token).into_owned();
        let index = key.parse().ok();
        let into_object = node.is_some_and(|node| matches!(node.value, Value::Object(_)));
        node = node.and_then(|node| match &node.value {
            Value::Array(items) => items.get(index?),
            _ => node.get(&key),
        });
        out.push(match index {
            Some(index) if !into_object => Step::Index(index),
            _ => Step::Key(key),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_and_escaped() {
        assert_eq!(uri("a b/ü:1.yaml"), "a%20b/%C3%BC%3A1.yaml");
        assert_eq!(uri("/tmp/x.yaml"), "file:///tmp/x.yaml");
        let fetched = "https://example.com/a%20b.json?v=1";
        assert_eq!(Base::find().location(Path::new(fetched)), fetched);
        assert_eq!(uri(fetched), fetched);
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal(Path::new("./a/../b/./c")), Path::new("b/c"));
        assert_eq!(normal(Path::new("../a")), Path::new("../a"));
    }

    #[test]
    fn columns_count_utf16_units_from_the_start_of_the_line() {
        let text = "🎉: 1\n🎉é🎉: 2\n";
        let settings = tidings_document::Settings::default();
        let (document, _) =
            tidings_document::open_text(Path::new("x"), text.into(), &settings).expect("read");
        let start = u32::try_from(text.rfind(':').expect("there")).expect("small");
        let file = FileId(0);
        let end = start + 1;
        let range = Places::new(document.sources()).range(Span { file, start, end });
        assert_eq!((range.start.line, range.start.column), (2, 4));
        assert_eq!((range.start.utf16, range.end.utf16), (5, 6));
    }

    #[test]
    fn pointers_are_keys_and_indexes() {
        assert_eq!(
            steps("/a~1b/0/~0", None),
            [
                Step::Key("a/b".to_owned()),
                Step::Index(0),
                Step::Key("~".to_owned())
            ]
        );
    }
}
