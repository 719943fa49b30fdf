//! Streams of small messages for `message check --stream`, and how fast serde_json is over the same bytes.
use anyhow::Context;
use serde_json::{Value as Json, json};
use std::{
    io::{BufRead, Write},
    path::Path,
};

/// Writes messages of about so many bytes that fit the schemas of the documents made here; their bytes.
pub(crate) fn write(bytes: usize, count: usize, path: &Path) -> anyhow::Result<Vec<String>> {
    let file = std::fs::File::create(path)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut out = std::io::BufWriter::new(file);
    let bare = message(0, "").len();
    let note = "x".repeat(bytes.saturating_sub(bare + r#","note":"""#.len()));
    let mut total = 0;
    for at in 0..count {
        let line = message(at % 10_000, &note);
        total += line.len() + 1;
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(vec![total.to_string()])
}

fn message(lumens: usize, note: &str) -> String {
    let mut message = json!({ "lumens": lumens, "sentAt": "2024-02-29T12:00:00Z", "state": "on" });
    if !note.is_empty() {
        message["note"] = note.into();
    }
    message.to_string()
}

/// Makes a value of each line with serde_json; how many there were.
pub(crate) fn parse(path: &Path) -> anyhow::Result<Vec<String>> {
    let file = std::fs::File::open(path);
    let file = file.with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut reader = std::io::BufReader::with_capacity(256 << 10, file);
    let (mut line, mut count) = (Vec::new(), 0_usize);
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::hint::black_box(serde_json::from_slice::<Json>(&line)?);
        line.clear();
        count += 1;
    }
    Ok(vec![count.to_string()])
}
