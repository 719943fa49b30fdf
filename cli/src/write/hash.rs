//! What the content of a file is recognised by.
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// SHA-256 in hexadecimal digits. Line ends count as `\n`: a checkout may have changed them all.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => digest.update([line, b"\n"].concat()),
            None => digest.update(line),
        }
    }
    let mut out = String::new();
    for byte in digest.finalize() {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn line_ends_make_no_difference() {
        assert_eq!(hash(b"a\r\n\r\nb\r\n"), hash(b"a\n\nb\n"));
        assert_ne!(hash(b"a\rb"), hash(b"a\nb"));
    }
}
