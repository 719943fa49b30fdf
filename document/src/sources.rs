//! The files of a document: their names, texts and trees; lines and columns are worked out when they are asked for.
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use elsa::sync::{FrozenMap, FrozenVec};

use crate::{FileId, Node, Span, Text, Url, credentials, named::Named, recognised::is_recognised};

/// The files that a document is made of, the root first.
#[derive(Debug, Default)]
pub struct Sources {
    files: FrozenVec<Box<File>>,
    /// Whether the texts of all files may be shown.
    pub(crate) trusted: bool,
}

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: Name,
    pub(crate) text: String,
    /// What was read; `None` when it could not be.
    pub(crate) root: Option<Node>,
    /// The reference that was met first and led here.
    pub(crate) via: Option<Span>,
    /// Where the file parts of its references lead.
    pub(crate) links: FrozenMap<String, Box<Link>>,
    /// Where the imports of its Protobuf texts lead.
    pub(crate) imports: FrozenMap<String, Box<Import>>,
    /// The names of its schemas.
    named: OnceLock<Named>,
    /// Whether some may have ids.
    has_ids: OnceLock<bool>,
    recognised: OnceLock<bool>,
    lines: OnceLock<Vec<u32>>,
    /// The text without credentials; `None` where it has none.
    shown: OnceLock<Option<String>>,
    /// Characters before every block of the text.
    characters: OnceLock<Vec<u32>>,
}

/// What a file is called, for people, for its own references and for itself. Of what was fetched, all paths are the URL.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    /// As it is shown: relative to where the root was named from.
    pub(crate) shown: PathBuf,
    /// Absolute, links not resolved: its references start from here.
    pub(crate) location: PathBuf,
    /// Where it really is, links resolved.
    pub(crate) canonical: PathBuf,
    /// The URL that led here: its references start from there instead, even when a copy on this machine was read.
    pub(crate) url: Option<Url>,
}

impl Name {
    /// Whether it came from another machine, and is no copy on this one.
    fn is_fetched(&self) -> bool {
        let url = self.url.as_ref();
        url.is_some_and(|url| self.canonical == Path::new(url.as_str()))
    }

    /// The ending that tells what a file holds.
    pub(crate) fn extension(&self) -> Option<&str> {
        let path = self
            .url
            .as_ref()
            .map_or(&*self.shown, |url| Path::new(url.path()));
        path.extension()?.to_str()
    }
}

/// Where a reference to another file leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    File(FileId),
    /// Not read because it lies elsewhere.
    Remote,
    /// Reported already.
    Broken,
}

/// Where an import of a Protobuf text leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Import {
    File(FileId),
    /// In none of these folders.
    Missing(Vec<String>),
    /// Not read, which is reported.
    Refused,
}

impl File {
    pub(crate) fn new(name: Name, text: String) -> Self {
        Self {
            name,
            text,
            root: None,
            via: None,
            links: FrozenMap::default(),
            imports: FrozenMap::default(),
            named: OnceLock::new(),
            has_ids: OnceLock::new(),
            recognised: OnceLock::new(),
            lines: OnceLock::new(),
            shown: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }
}

impl File {
    /// Whether it is text for people, such as a description.
    pub(crate) fn is_prose(&self) -> bool {
        matches!(self.name.extension(), Some("md" | "txt"))
    }

    /// Whether it holds what documents are made of.
    pub(crate) fn is_recognised(&self) -> bool {
        *self
            .recognised
            .get_or_init(|| is_recognised(self.root.as_ref(), &self.text, self.name.extension()))
    }
}

impl File {
    /// The pointer of the schema that a name stands for, in the schema with an id at a pointer; for the root, in any of the file.
    pub(crate) fn anchor(&self, schema: &str, name: &str) -> Option<&str> {
        self.named().anchor(schema, name)
    }

    /// The pointer of the schema that a reference in this file means by an id, or, without a file part, stands in.
    pub(crate) fn meant(&self, reference: Text<'_>) -> Option<&str> {
        let has_ids = self.has_ids.get_or_init(|| self.text.contains("$id"));
        has_ids.then(|| self.named().meant(reference)).flatten()
    }

    fn named(&self) -> &Named {
        let of_root = || self.root.as_ref().map(Named::of).unwrap_or_default();
        self.named.get_or_init(of_root)
    }
}

/// Bytes of a block; the fewer, the less is counted for one place.
const BLOCK: usize = 4096;

impl File {
    /// Characters that begin before an offset. Lines may be as long as files, so that counting starts at a block.
    fn characters_before(&self, offset: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let counts = self.characters.get_or_init(|| {
            let mut total = 0;
            let before = |block: &[u8]| {
                let count = total;
                total += count_characters(block);
                count
            };
            bytes.chunks(BLOCK).map(before).collect()
        });
        let block = (offset as usize / BLOCK).min(counts.len().saturating_sub(1));
        let rest = bytes.get(block * BLOCK..offset as usize);
        counts.get(block).copied().unwrap_or_default() + rest.map_or(0, count_characters)
    }
}

/// Characters that begin in some bytes of UTF-8.
fn count_characters(bytes: &[u8]) -> u32 {
    let begins = bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80);
    u32::try_from(begins.count()).unwrap_or(u32::MAX)
}

/// A place in a text as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Offset in bytes, from 0.
    pub offset: u32,
}

/// A span as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    /// The first character.
    pub start: Position,
    /// Behind the last character.
    pub end: Position,
}

impl Sources {
    pub(crate) fn push(&self, file: File) -> FileId {
        let id = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(Box::new(file));
        FileId(id)
    }

    pub(crate) fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The file's name, as it was given or as references name it from there.
    #[must_use]
    pub fn path(&self, id: FileId) -> &Path {
        self.file(id).map_or(Path::new(""), |file| &file.name.shown)
    }

    /// Whether a file stands for what a URL names, be it a copy on this machine.
    #[must_use]
    pub fn is_remote(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| file.name.url.is_some())
    }

    /// Where the file lies: absolute, links not resolved.
    #[must_use]
    pub fn location(&self, id: FileId) -> &Path {
        self.file(id)
            .map_or(Path::new(""), |file| &file.name.location)
    }

    /// Where the file really is on this machine: absolute, links resolved; `None` where it was fetched from another.
    #[must_use]
    pub fn file_path(&self, id: FileId) -> Option<&Path> {
        let name = &self.file(id)?.name;
        (!name.is_fetched()).then_some(&name.canonical)
    }

    /// Whether the text of a file may be shown: that of the root may, which somebody named, and that of files in the languages
    /// that documents are made of. A reference may lead to any other of this machine, with what is nobody's business in it: of
    /// those nothing becomes part of the document, but prose as a description.
    #[must_use]
    pub fn shows(&self, id: FileId) -> bool {
        let is_free = |file: &File| file.name.is_fetched() || file.is_recognised();
        id.0 == 0 || self.trusted || self.file(id).is_some_and(is_free)
    }

    /// The file's text. Bytes that are not UTF-8 (which is reported) are replaced.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.text)
    }

    /// The file's text as it may be shown: of the same length, with asterisks in the place of credentials.
    #[must_use]
    pub fn shown(&self, id: FileId) -> &str {
        let Some(file) = self.file(id) else {
            return "";
        };
        let shown = file
            .shown
            .get_or_init(|| credentials::without(&file.text, file.root.as_ref()));
        shown.as_deref().unwrap_or(&file.text)
    }

    /// The text at a span.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.file);
        text.get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The reference that led to a file; `None` for the root.
    #[must_use]
    pub fn via(&self, id: FileId) -> Option<Span> {
        self.file(id).and_then(|file| file.via)
    }

    /// Lines and columns of a span.
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        Range {
            start: self.position(span.file, span.start),
            end: self.position(span.file, span.end),
        }
    }

    fn position(&self, id: FileId, offset: u32) -> Position {
        let Some(file) = self.file(id) else {
            return Position {
                line: 1,
                column: 1,
                offset: 0,
            };
        };
        let text = &file.text;
        let starts = file.lines.get_or_init(|| line_starts(text));
        let whole = (offset as usize..text.len()).find(|at| text.is_char_boundary(*at));
        let offset = u32::try_from(whole.unwrap_or(text.len())).unwrap_or(u32::MAX);
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts[line - 1];
        let mark = u32::from(start == 0 && offset > 0 && text.starts_with('\u{feff}'));
        let before = file.characters_before(offset) - file.characters_before(start) - mark;
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: before + 1,
            offset,
        }
    }

    /// All files, the root first.
    pub fn iter(&self) -> impl Iterator<Item = FileId> + '_ {
        (0..self.len()).map(|at| FileId(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    /// Number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file; never so for a document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Offsets at which lines begin; a line ends with `\n`, `\r\n` or a lone `\r`.
fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(at, byte)| {
        **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
    });
    std::iter::once(0)
        .chain(ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)))
        .collect()
}
