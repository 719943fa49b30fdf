//! Where in a text something does not fit its type. A union reads its branch from a value that it has looked at, so that the way
//! into the branch is kept here, for whoever looks for the place.
use crate::violations::escape;
use serde_path_to_error::{Path, Segment};
use std::cell::RefCell;

thread_local! {
    /// The way below the union that could not be read; nothing where nobody looks for a place.
    static BELOW: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What the work gives, and the way below the outermost union that it failed in.
pub(crate) fn looking<T>(work: impl FnOnce() -> T) -> (T, String) {
    let before = BELOW.replace(Some(String::new()));
    let done = work();
    (done, BELOW.replace(before).unwrap_or_default())
}

/// Whether somebody looks for a place.
pub(crate) fn is_looked_for() -> bool {
    BELOW.with_borrow(Option::is_some)
}

/// A union failed at this place of its branch, or below it.
pub(crate) fn failed(path: &Path) {
    BELOW.with_borrow_mut(|below| {
        if let Some(below) = below {
            below.insert_str(0, &pointer(path));
        }
    });
}

/// The JSON pointer of a path.
pub(crate) fn pointer(path: &Path) -> String {
    path.iter().map(segment).collect()
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        // Names of Rust variants are no part of the JSON.
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    }
}
