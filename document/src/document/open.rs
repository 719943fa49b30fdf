//! Opens a document: reads the root file, then the files it refers to.
use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Document, link};
use crate::{
    Diagnostic, FileId, Limits, Node, Settings, Sources, Span, Value, json,
    loader::reason,
    roots::Roots,
    rules,
    sources::{File, Name},
    yaml,
};

/// Why a document could not even be opened.
#[derive(Debug, thiserror::Error)]
#[error("`{}` {reason}", path.display())]
#[non_exhaustive]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, a fragment that follows its name.
    pub reason: String,
    /// The error of the system; no source, because `reason` says it already.
    pub cause: io::Error,
}

impl OpenError {
    /// A root document that could not be read for a reason of the system's.
    #[must_use]
    pub fn new(path: &Path, cause: io::Error, limits: &Limits) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason(&cause, limits),
            cause,
        }
    }
}

/// Reads a document from a file, with the files that it refers to.
///
/// # Errors
/// When the root file itself cannot be read: missing, a folder, no permission, too large. Whatever is wrong with its
/// content is a diagnostic.
pub fn open(path: &Path, settings: &Settings) -> Result<(Document, Vec<Diagnostic>), OpenError> {
    let (name, bytes) = named(path, settings)?;
    Ok(read_all(name, bytes, settings))
}

/// Reads one file as a tree and follows none of its references: for files that are no AsyncAPI documents. Others are
/// added with [`Document::include`]. The texts of all of them may be shown.
///
/// # Errors
/// As [`open()`].
pub fn open_alone(
    path: &Path,
    settings: &Settings,
) -> Result<(Document, Vec<Diagnostic>), OpenError> {
    let (name, bytes) = named(path, settings)?;
    let mut document = Document::default();
    document.sources.trusted = true;
    let mut diagnostics = Vec::new();
    add_file(
        &document.sources,
        name,
        bytes,
        None,
        &settings.limits,
        &mut diagnostics,
    );
    Ok((document, diagnostics))
}

/// What a file is called and what it holds.
fn named(path: &Path, settings: &Settings) -> Result<(Name, Vec<u8>), OpenError> {
    let error = |source| OpenError::new(path, source, &settings.limits);
    let canonical = settings.loader.canonical(path).map_err(error)?;
    let bytes = settings
        .loader
        .read(&canonical, settings.limits.file_bytes)
        .map_err(error)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = settings.loader.canonical(folder).map_err(error)?;
    let name = Name {
        shown: path.to_owned(),
        location: folder.join(path.file_name().unwrap_or_default()),
        canonical,
        url: None,
    };
    Ok((name, bytes))
}

/// Reads a document from text under a name. References are followed from the working folder.
///
/// # Errors
/// When there is no working folder, or the text is too large.
pub fn open_text(
    name: &Path,
    text: Vec<u8>,
    settings: &Settings,
) -> Result<(Document, Vec<Diagnostic>), OpenError> {
    let error = |source| OpenError::new(name, source, &settings.limits);
    if text.len() as u64 > settings.limits.file_bytes {
        return Err(error(io::ErrorKind::FileTooLarge.into()));
    }
    let folder = settings.loader.canonical(Path::new(".")).map_err(error)?;
    let location = folder.join(name);
    let name = Name {
        shown: name.to_owned(),
        canonical: location.clone(),
        location,
        url: None,
    };
    Ok(read_all(name, text, settings))
}

fn read_all(name: Name, bytes: Vec<u8>, settings: &Settings) -> (Document, Vec<Diagnostic>) {
    let document = Document::default();
    let mut diagnostics = Vec::new();
    let roots = Roots::of(&name, settings);
    add_file(
        &document.sources,
        name,
        bytes,
        None,
        &settings.limits,
        &mut diagnostics,
    );
    link::link(&document, &roots, settings, &mut diagnostics);
    diagnostics.sort_by_key(|found| found.span);
    explain_way(&document, &mut diagnostics);
    (document, diagnostics)
}

/// References that are told of the way to a file; chains of files may be as long as there are files.
const LONGEST_WAY: usize = 10;

/// Adds to findings in other files how they were reached.
pub(crate) fn explain_way(document: &Document, diagnostics: &mut [Diagnostic]) {
    for found in diagnostics {
        let mut file = found.span.file;
        for _ in 0..LONGEST_WAY {
            let Some(via) = document.sources.via(file) else {
                break;
            };
            found.related.push(crate::Related {
                span: via,
                message: format!(
                    "`{}` is referred to here",
                    document.sources.path(file).display()
                ),
            });
            file = via.file;
        }
    }
}

/// Parses a file and adds it.
pub(super) fn add_file(
    sources: &Sources,
    name: Name,
    bytes: Vec<u8>,
    via: Option<Span>,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> FileId {
    let id = FileId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
    let (text, bad) = decode(id, bytes);
    let mut file = File::new(name, text);
    file.via = via;
    if let Some(bad) = bad {
        diagnostics.push(bad);
    } else {
        match parse(id, &file, limits, diagnostics) {
            Ok(Some(root)) => file.root = Some(root),
            Ok(None) => {
                let span = Span {
                    file: id,
                    start: 0,
                    end: 0,
                };
                let found = Diagnostic::new(&rules::DOCUMENT_EMPTY, span, "the file is empty");
                diagnostics.push(found.help("write what belongs into it, or save it again"));
            }
            Err(stop) => diagnostics.push(*stop),
        }
    }
    sources.push(file)
}

/// The text, and what is wrong with its encoding.
fn decode(id: FileId, bytes: Vec<u8>) -> (String, Option<Diagnostic>) {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let found = |at: usize, width: u32, message: String| {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span {
            file: id,
            start,
            end: start + width,
        };
        let found = Diagnostic::new(&rules::SYNTAX_ERROR, span, message);
        Some(found.help("save the file as UTF-8 text"))
    };
    match String::from_utf8(bytes) {
        Ok(text) => {
            let zero = text.find('\0');
            let bad = zero
                .and_then(|at| found(at, 1, format!("binary data: a zero byte at offset {at}")));
            (text, bad)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = if utf16 {
                "this is UTF-16 text".to_owned()
            } else {
                format!(
                    "not UTF-8: byte 0x{:02x} at offset {at}",
                    error.as_bytes()[at]
                )
            };
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            // The bad bytes are shown as one replacement character.
            (text, found(at, '\u{fffd}'.len_utf8() as u32, message))
        }
    }
}

fn parse(
    id: FileId,
    file: &File,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, yaml::Stop> {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let base = u32::try_from(file.text.len() - text.len()).unwrap_or_default();
    let whole = Span {
        file: id,
        start: base,
        end: base + u32::try_from(text.len()).unwrap_or_default(),
    };
    match kind(file, text) {
        Kind::Text => Ok(Some(Node {
            value: Value::String(text.to_owned()),
            span: whole,
        })),
        Kind::Json => json::parse(id, text, base, limits, diagnostics).map(Some),
        Kind::Yaml => yaml::parse(id, text, base, limits, diagnostics),
    }
}

enum Kind {
    Yaml,
    Json,
    Text,
}

/// JSON by its name, or because it is JSON whatever its name: YAML's parser would read it more slowly and less exactly.
fn kind(file: &File, text: &str) -> Kind {
    match file
        .name
        .extension()
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("json" | "avsc" | "jsonschema") => Kind::Json,
        Some("proto" | "md" | "txt" | "xsd") => Kind::Text,
        _ if text.trim_start().starts_with('{')
            && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() =>
        {
            Kind::Json
        }
        _ => Kind::Yaml,
    }
}
