//! Files to messages: each is parsed, then linked after those that it imports.
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use miette::Diagnostic;
use prost_reflect::DescriptorPool;
use protox::file::{File, FileResolver, GoogleFileResolver};

use super::{ProtobufError, ProtobufFile, ProtobufSchema, model, nesting, root};

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
            return Err(ProtobufError::new(at, Some(import.range.clone()), message));
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
            let message = match import.file {
                _ if !is_new => format!("`{path}` is imported twice"),
                None if !is_googles(path) => format!("import `{path}` was not found"),
                _ => continue,
            };
            errors.push(ProtobufError::new(*at, Some(import.range.clone()), message));
        }
    }
    errors
}

/// Whether the compiler brings a file along.
fn is_googles(path: &str) -> bool {
    path.starts_with("google/protobuf/") && GoogleFileResolver::new().open_file(path).is_ok()
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
        if path.is_some_and(|path| import.file.is_some() || !is_googles(path)) {
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
        return Err(vec![ProtobufError::new(at, None, message)]);
    }
    for (path, import) in descriptor.dependency.iter_mut().zip(&files[at].imports) {
        match import.file {
            Some(target) => *path = name(target),
            None => google(pool, path).map_err(|error| reasons(&error, files, at))?,
        }
    }
    pool.add_file_descriptor_proto(descriptor)
        .map_err(|error| reasons(&error.with_source_code(&text), files, at))
}

/// Adds one of Google's own files, with what it imports: none of them leads far.
fn google(pool: &mut DescriptorPool, path: &str) -> Result<(), protox::Error> {
    if pool.get_file_by_name(path).is_some() {
        return Ok(());
    }
    let file = GoogleFileResolver::new().open_file(path)?;
    for path in &file.file_descriptor_proto().dependency {
        google(pool, path)?;
    }
    pool.add_file_descriptor_proto(file.into())
        .map_err(protox::Error::new)
}

/// What the compiler says, in our words.
fn reasons(error: &dyn Diagnostic, files: &[ProtobufFile<'_>], at: usize) -> Vec<ProtobufError> {
    let more = error.related().into_iter().flatten();
    std::iter::once(error)
        .chain(more)
        .map(|error| ProtobufError {
            file: at,
            range: place(error, files[at].text),
            message: worded(&error.to_string(), files),
            help: error.help().map(|help| worded(&help.to_string(), files)),
        })
        .collect()
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
