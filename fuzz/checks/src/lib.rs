//! What must hold of any bytes, beyond that nothing panics: one function a fuzz target, each panics where it does not hold.
//!
//! Several texts in one input stand apart by the byte 0xFF, which no UTF-8 has.

mod message;
mod multicast;
mod places;
mod protobuf;
mod read;
mod resolve;
mod socket;
mod yaml;

pub use message::message_check;
pub use multicast::{multicast_frame, multicast_stream};
pub use protobuf::protobuf;
pub use read::read;
pub use resolve::resolve;
pub use socket::{socket_frame, socket_session};
pub use yaml::yaml;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tidings_document::{Diagnostic, Document, Limits, MemoryLoader, Settings, open};

/// Between two texts of an input.
const BETWEEN: u8 = 0xff;

/// Reads the first of some files in memory, within bounds that suit many small inputs.
fn open_files(files: &BTreeMap<&str, &[u8]>, first: &str) -> Option<(Document, Vec<Diagnostic>)> {
    let files = files.iter().map(|(name, bytes)| (*name, bytes.to_vec()));
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files)),
        limits: Limits {
            nodes: 20_000,
            alias_nodes: 10_000,
            alias_bytes: 1 << 20,
            ..Limits::default()
        },
        ..Settings::default()
    };
    open(Path::new(first), &settings).ok()
}

fn open_one(name: &str, bytes: &[u8]) -> Option<(Document, Vec<Diagnostic>)> {
    open_files(&BTreeMap::from([(name, bytes)]), name)
}
