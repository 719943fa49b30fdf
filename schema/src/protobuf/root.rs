//! Which message of a file is the payload's.
use std::collections::HashSet;

use prost_reflect::{FileDescriptor, MessageDescriptor};

use super::model::MessageId;
use super::{ProtobufError, users};

/// Marks the message that is the payload, in the comment in front of it.
pub(super) const MARK: &str = "@RootNode";

/// A message of the file that payloads are described in.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    id: MessageId,
    /// Full name.
    name: String,
    is_marked: bool,
    /// Whether it stands inside another one.
    is_nested: bool,
    /// Whether a message that it does not need in turn has a field of it.
    is_used: bool,
}

/// The messages of a file; `id` knows them by their full names.
pub(super) fn candidates(
    file: &FileDescriptor,
    id: impl Fn(&str) -> Option<MessageId>,
) -> Vec<Candidate> {
    let marked = marked(file);
    let mut found = Vec::new();
    let mut waiting: Vec<MessageDescriptor> = file.messages().collect();
    waiting.reverse();
    let unused = users::unused(file);
    while let Some(message) = waiting.pop() {
        if message.is_map_entry() {
            continue;
        }
        let name = message.full_name().to_owned();
        found.extend(id(&name).map(|id| Candidate {
            id,
            is_marked: marked.contains(&message.path()),
            is_nested: message.parent_message().is_some(),
            is_used: !unused.contains(&name),
            name,
        }));
        let mut inner: Vec<_> = message.child_messages().collect();
        inner.reverse();
        waiting.extend(inner);
    }
    found
}

/// Paths of what has the mark in a comment in front of it.
fn marked(file: &FileDescriptor) -> HashSet<&[i32]> {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let places = info.map_or(&[][..], |info| &info.location);
    let has_mark = |text: &String| text.contains(MARK);
    let places = places.iter().filter(|place| {
        place.leading_comments.iter().any(has_mark)
            || place.leading_detached_comments.iter().any(has_mark)
    });
    places.map(|place| place.path.as_slice()).collect()
}

/// The one that is meant.
pub(super) fn choose(candidates: &[Candidate], names: &[&str]) -> Result<MessageId, ProtobufError> {
    let marked: Vec<_> = candidates.iter().filter(|one| one.is_marked).collect();
    match marked[..] {
        [one] => return Ok(one.id),
        [] => {}
        _ => {
            let message = format!(
                "several messages are marked with `{MARK}`: {}",
                list(&marked)
            );
            return Err(error(message, "leave the mark at one of them"));
        }
    }
    let top: Vec<_> = candidates.iter().filter(|one| !one.is_nested).collect();
    if let Some(one) = only_named(&top, |name| names.contains(&name)) {
        return Ok(one.id);
    }
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    if let Some(one) = only_named(&top, |name| folded.contains(&fold(name))) {
        return Ok(one.id);
    }
    let unused: Vec<_> = top.iter().copied().filter(|one| !one.is_used).collect();
    match (&unused[..], &top[..]) {
        ([one], _) => Ok(one.id),
        (_, []) => Err(error(
            "there is no message in the schema".to_owned(),
            "define the payload with `message Name { … }`",
        )),
        ([], all) => Err(unclear(all)),
        (several, _) => Err(unclear(several)),
    }
}

/// The only one whose name, short or full, fits.
fn only_named<'c>(top: &[&'c Candidate], fits: impl Fn(&str) -> bool) -> Option<&'c Candidate> {
    let short = |one: &&&Candidate| one.name.rsplit('.').next().is_some_and(&fits);
    let mut named = top.iter().filter(|one| fits(&one.name) || short(one));
    named.next().filter(|_| named.next().is_none()).copied()
}

/// A name as its case and its separators leave it: `user-created` and `UserCreated` are one.
fn fold(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn unclear(candidates: &[&Candidate]) -> ProtobufError {
    error(
        format!(
            "the payload may be any of the messages {}",
            list(candidates)
        ),
        "mark the one that is meant by a comment `// @RootNode` in front of it, or name it like the AsyncAPI message",
    )
}

fn error(message: String, help: &str) -> ProtobufError {
    ProtobufError::new(0, None, message).help(help)
}

/// Messages that are named at most.
const SHOWN: usize = 8;

fn list(candidates: &[&Candidate]) -> String {
    let shown = candidates.iter().take(SHOWN);
    let names: Vec<_> = shown.map(|one| format!("`{}`", one.name)).collect();
    match candidates.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names.join(", ")),
    }
}
