//! Which documents the arguments name: files as they are, folders with what they hold, patterns with what matches.
use super::{Stamp, Unreadable};
use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

/// How much of a file is looked at for its `asyncapi` key.
const NEAR_THE_TOP: u64 = 64 << 10;

/// Which files of folders are documents, so that looking again reads only what changed.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<PathBuf, (Stamp, bool)>);

/// The documents in the order of the arguments, each once; what leads to none stays in its place with the reason.
pub(crate) fn documents(
    arguments: &[PathBuf],
    known: &mut Known,
) -> Vec<Result<PathBuf, Unreadable>> {
    let mut found = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            folder(argument, known, &mut found);
        } else if is_pattern(argument) && !argument.exists() {
            matches(argument, &mut found);
        } else {
            found.push(Ok(argument.clone()));
        }
    }
    let mut seen = HashSet::new();
    found.retain(|entry| match entry {
        Ok(path) => seen.insert(without_dots(path)),
        Err(_) => true,
    });
    found
}

/// The path without the parts that mean nothing.
fn without_dots(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

fn is_pattern(argument: &Path) -> bool {
    argument
        .to_str()
        .is_some_and(|text| text.contains(['*', '?', '[']))
}

/// What a pattern stands for; as in a shell, names that begin with a dot must be asked for.
fn matches(pattern: &Path, found: &mut Vec<Result<PathBuf, Unreadable>>) {
    let before = found.len();
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    match glob::glob_with(&pattern.to_string_lossy(), options) {
        Err(error) => found.push(Err(Unreadable::because(
            pattern,
            format!("is not a pattern: {error}"),
        ))),
        Ok(paths) => found.extend(paths.filter_map(|path| match path {
            Ok(path) => path.is_file().then_some(Ok(path)),
            Err(error) => {
                let path = error.path().to_owned();
                Some(Err(Unreadable::new(&path, error.into())))
            }
        })),
    }
    if found.len() == before {
        found.push(Err(Unreadable::because(pattern, "matches no file")));
    }
}

fn folder(root: &Path, known: &mut Known, found: &mut Vec<Result<PathBuf, Unreadable>>) {
    let before = found.len();
    walk(root, known, found);
    if found.len() == before {
        let reason = "is a folder without AsyncAPI documents (`.yaml`, `.yml` or `.json` with an `asyncapi` key)";
        found.push(Err(Unreadable::because(root, reason)));
    }
}

/// Documents below a folder, in the order of their names; links to folders are not followed.
fn walk(folder: &Path, known: &mut Known, found: &mut Vec<Result<PathBuf, Unreadable>>) {
    let entries = fs::read_dir(folder).and_then(|entries| {
        let mut entries: Vec<_> = entries.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        Ok(entries)
    });
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(Err(Unreadable::new(folder, error))),
    };
    for entry in entries {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !is_left_out(&path) {
                walk(&path, known, found);
            }
        } else if has_ending(&path) && path.is_file() {
            match known.is_document(&path) {
                Ok(true) => found.push(Ok(path)),
                Ok(false) => {}
                Err(error) => found.push(Err(Unreadable::new(&path, error))),
            }
        }
    }
}

/// Folders that hold no documents of the user's own.
fn is_left_out(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name == "node_modules" || name.as_encoded_bytes().starts_with(b".")
}

fn has_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

impl Known {
    fn is_document(&mut self, path: &Path) -> io::Result<bool> {
        let Some(stamp) = Stamp::of(path) else {
            return is_document(path);
        };
        if let Some((seen, answer)) = self.0.get(path)
            && *seen == stamp
        {
            return Ok(*answer);
        }
        let answer = is_document(path)?;
        self.0.insert(path.to_owned(), (stamp, answer));
        Ok(answer)
    }
}

fn is_document(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    fs::File::open(path)?
        .take(NEAR_THE_TOP)
        .read_to_end(&mut start)?;
    Ok(has_key(&String::from_utf8_lossy(&start)))
}

/// Whether a text has the key `asyncapi` at its top level.
fn has_key(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return has_json_key(text.as_bytes());
    }
    text.lines().any(|line| {
        ["asyncapi", "\"asyncapi\"", "'asyncapi'"]
            .iter()
            .filter_map(|key| line.strip_prefix(key))
            .any(|rest| rest.trim_start().starts_with(':'))
    })
}

fn has_json_key(text: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(text, at + 1);
                let rest = text.get(end + 1..).unwrap_or_default().trim_ascii_start();
                if depth == 1 && &text[at + 1..end] == b"asyncapi" && rest.starts_with(b":") {
                    return true;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where the closing quotation mark stands, or the end of the text.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::has_key;

    #[test]
    fn a_document_has_the_key_at_its_top_level() {
        for text in [
            "asyncapi: 3.0.0",
            "# ours\n\"asyncapi\" : 3.0.0",
            "---\n'asyncapi': 3.0.0",
            "\u{feff}{\"info\": {\"title\": \"\\\"{\"}, \"asyncapi\"\n: \"3.0.0\"}",
        ] {
            assert!(has_key(text), "{text}");
        }
        for text in [
            "",
            "openapi: 3.0.0",
            "x:\n  asyncapi: 3.0.0",
            "asyncapis: 1",
            "{\"scripts\": {\"asyncapi\": \"x\"}, \"name\": \"asyncapi\"}",
            "{\"asyncapi\\",
            "{\"asyncapi",
        ] {
            assert!(!has_key(text), "{text}");
        }
    }
}
