//! Says on stderr, once, that what goes wrong is told to nobody.
use std::{
    io::{Write, stderr},
    sync::Once,
};

/// Something goes wrong that a `tracing` subscriber would want to know.
pub(crate) fn tell() {
    static ONCE: Once = Once::new();
    if tracing::dispatcher::has_been_set() {
        return;
    }
    ONCE.call_once(|| {
        let line = "tidings: messages fail and nobody is told why; install a `tracing` subscriber to see it";
        // Where there is no stderr there is nobody to tell.
        writeln!(stderr(), "{line}").ok();
    });
}
