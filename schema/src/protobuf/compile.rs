//! Files to messages: each is parsed, then linked after those that it imports.
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use miette::Diagnostic;
use prost_reflect::DescriptorPool;
use protox::file::File;

use super::{ProtobufError, ProtobufFile, ProtobufSchema, builtin, help, model, nesting, root};

/// How deep brackets of a file may nest; the compiler itself allows 32 levels of messages.
const MAX_NESTING: usize = 100;
/// Errors that are told at most: what is wrong so often is wrong in one place.
const MOST: usize = 100;

pub(super) fn compile(files: &[ProtobufFile<'_>]) -> Result<ProtobufSchema, Vec<ProtobufError>> {
    let order = order(files).map_err(|error| vec![error])?;
    let mut errors = bad_imports(files, &order);
    if errors.len() >= MOST {
        errors.truncate(MOST);
        return Err(errors);
    }
    let mut parsed = Vec::new();
    for at in order {
        match parse(files, at) {
            Ok(file) => parsed.push((at, file)),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        errors.truncate(MOST);
        return Err(errors);
    }
    let mut pool = DescriptorPool::new();
    for (at, file) in parsed {
        link(&mut pool, files, at, file)?;
    }
    let model = model::model(&pool);
    let file = pool.get_file_by_name(&name(0));
    let candidates =
        file.map(|file| root::candidates(&file, |name| model.names.get(name).copied()));
    Ok(ProtobufSchema {
        candidates: candidates.unwrap_or_default(),
        model: Arc::new(model),
    })
}

/// What a file is called among the others: paths that several folders know under several names are one file.
fn name(at: usize) -> String {
    format!("file{at}.proto")
}

/// Positions of the files that the first one needs, each after those that it imports.
fn order(files: &[ProtobufFile<'_>]) -> Result<Vec<usize>, ProtobufError> {
    let mut order = Vec::new();
    let mut done = HashSet::new();
    let mut way: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some((at, next)) = way.last_mut() {
        let Some(file) = files.get(*at) else {
            way.pop();
            continue;
        };
        let Some(import) = file.imports.get(*next) else {
            done.insert(*at);
            order.push(*at);
            way.pop();
            continue;
        };
        *next += 1;
        let (at, target) = (*at, import.file);
        let Some(target) = target.filter(|target| !done.contains(target)) else {
            continue;
        };
        if way.iter().any(|(open, _)| *open == target) {
            let path = file.text.get(import.range.clone()).unwrap_or_default();
            let message = format!("import of `{path}` leads back to a file that imports this one");
            let error = ProtobufError::new(at, Some(import.range.clone()), message);
            return Err(error.help("move what both need into a file that imports neither"));
        }
        way.push((target, 0));
    }
    Ok(order)
}

/// Imports that lead nowhere, or stand there twice.
fn bad_imports(files: &[ProtobufFile<'_>], order: &[usize]) -> Vec<ProtobufError> {
    let mut errors = Vec::new();
    for at in order {
        let file = &files[*at];
        let (mut paths, mut targets) = (HashSet::new(), HashSet::new());
        for import in &file.imports {
            let path = file.text.get(import.range.clone()).unwrap_or_default();
            let is_new = paths.insert(path) && import.file.is_none_or(|file| targets.insert(file));
            let error = |message| ProtobufError::new(*at, Some(import.range.clone()), message);
            if !is_new {
                let error = error(format!("`{path}` is imported twice"));
                errors.push(error.help("leave one of them out"));
            } else if import.file.is_none() && !builtin::has(path) {
                errors.push(error(format!("import `{path}` was not found")));
            }
        }
    }
    errors
}

/// Parses one file, every path of an import replaced by one that any folder could have: which file it leads to is known.
fn parse(files: &[ProtobufFile<'_>], at: usize) -> Result<File, Vec<ProtobufError>> {
    let file = &files[at];
    if let Some(place) = nesting::beyond(file.text, MAX_NESTING) {
        let message = format!("brackets are nested deeper than `{MAX_NESTING}` levels");
        return Err(vec![ProtobufError::new(at, Some(place), message)]);
    }
    let mut text = file.text.to_owned();
    for import in &file.imports {
        let path = text.get(import.range.clone());
        if path.is_some_and(|path| import.file.is_some() || !builtin::has(path)) {
            text.replace_range(import.range.clone(), &"x".repeat(import.range.len()));
        }
    }
    File::from_source(&name(at), &text).map_err(|error| reasons(&error, files, at))
}

fn link(
    pool: &mut DescriptorPool,
    files: &[ProtobufFile<'_>],
    at: usize,
    file: File,
) -> Result<(), Vec<ProtobufError>> {
    let text = file.source().unwrap_or_default().to_owned();
    let mut descriptor = prost_types::FileDescriptorProto::from(file);
    if descriptor.dependency.len() != files[at].imports.len() {
        let message = "an import is not written as one plain string";
        let error = ProtobufError::new(at, None, message);
        return Err(vec![
            error.help("write it as `import \"path/of/file.proto\";`"),
        ]);
    }
    for (path, import) in descriptor.dependency.iter_mut().zip(&files[at].imports) {
        match import.file {
            Some(target) => *path = name(target),
            None => bring(pool, path).map_err(|error| reasons(&error, files, at))?,
        }
    }
    pool.add_file_descriptor_proto(descriptor)
        .map_err(|error| reasons(&error.with_source_code(&text), files, at))
}

/// Adds a file that comes along, with what it imports: none of them leads far.
fn bring(pool: &mut DescriptorPool, path: &str) -> Result<(), protox::Error> {
    if pool.get_file_by_name(path).is_some() {
        return Ok(());
    }
    let file = builtin::open(path)?;
    for path in &file.file_descriptor_proto().dependency {
        bring(pool, path)?;
    }
    pool.add_file_descriptor_proto(file.into())
        .map_err(protox::Error::new)
}

/// What the compiler says, in our words, once a place: what it says there again follows from the first.
fn reasons(error: &dyn Diagnostic, files: &[ProtobufFile<'_>], at: usize) -> Vec<ProtobufError> {
    let more = error.related().into_iter().flatten();
    let all = std::iter::once(error).chain(more);
    let mut found: Vec<_> = all.map(|error| reason(error, files, at)).collect();
    // The first of two names is told of as a name that is there twice.
    found.sort_by_key(|error| error.message.starts_with("camel-case"));
    let mut starts = HashSet::new();
    found.retain(|error| {
        error
            .range
            .as_ref()
            .is_none_or(|range| starts.insert(range.start))
    });
    found
}

fn reason(error: &dyn Diagnostic, files: &[ProtobufFile<'_>], at: usize) -> ProtobufError {
    let text = files[at].text;
    let message = worded(&error.to_string(), files);
    let message = help::undefined_name(&message).unwrap_or(message);
    let help = error.help().map(|help| worded(&help.to_string(), files));
    let is_end = message.ends_with("reached end of file");
    ProtobufError {
        file: at,
        range: place(error, text).or_else(|| is_end.then(|| end(text))),
        help: help::of(&message).or(help),
        message,
    }
}

/// The last character.
fn end(text: &str) -> Range<usize> {
    let text = text.trim_end();
    let length = text.chars().next_back().map_or(0, char::len_utf8);
    text.len() - length..text.len()
}

/// Where the fault is: of two places the one that contradicts the first.
fn place(error: &dyn Diagnostic, text: &str) -> Option<Range<usize>> {
    let labels: Vec<_> = error.labels()?.collect();
    let is_found = |label: &&miette::LabeledSpan| {
        label
            .label()
            .is_some_and(|text| text.contains("found") || text.contains("again"))
    };
    let label = labels.iter().find(is_found).or(labels.last())?;
    let start = label.offset().min(text.len());
    Some(start..(start + label.len()).min(text.len()))
}

/// The compiler quotes with apostrophes, and knows files by names of ours.
fn worded(text: &str, files: &[ProtobufFile<'_>]) -> String {
    let mut text = text.replace('\'', "`");
    for (at, file) in files.iter().enumerate().rev() {
        let known = name(at);
        if text.contains(&known) {
            text = text.replace(&known, &file.name);
        }
    }
    text
}
