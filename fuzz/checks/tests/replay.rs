//! All seeds, and all that fuzzing found before it was mended.
use std::{fs, path::Path};

use tidings_fuzz_checks::{
    message_check, multicast_frame, multicast_stream, protobuf, read, resolve, socket_frame,
    socket_session, yaml,
};

/// Runs a check on every file of a target's folders.
fn replay(target: &str, check: fn(&[u8])) {
    let mut files = 0;
    for kind in ["seeds", "findings"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(kind);
        let entries = fs::read_dir(folder.join(target)).into_iter().flatten();
        for entry in entries.flatten() {
            check(&fs::read(entry.path()).expect("it was just listed"));
            files += 1;
        }
    }
    assert!(files > 0, "no files for {target}");
}

#[test]
fn trees_of_what_was_found_hold() {
    replay("yaml", yaml);
}

#[test]
fn references_of_what_was_found_hold() {
    replay("resolve", resolve);
}

#[test]
fn documents_that_were_found_hold() {
    replay("read", read);
}

#[test]
fn messages_that_were_found_hold() {
    replay("message_check", message_check);
}

#[test]
fn frames_that_were_found_hold() {
    replay("socket_frame", socket_frame);
}

#[test]
fn sessions_that_were_found_hold() {
    replay("socket_session", socket_session);
}

#[test]
fn datagrams_that_were_found_hold() {
    replay("multicast_frame", multicast_frame);
}

#[test]
fn streams_that_were_found_hold() {
    replay("multicast_stream", multicast_stream);
}

#[test]
fn payloads_that_were_found_hold() {
    replay("protobuf", protobuf);
}
