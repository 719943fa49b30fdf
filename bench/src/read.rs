//! Reading and checking a document beside bare parsers over the same bytes, in turn, so that a change of the machine's speed
//! meets all of them.
use anyhow::Context;
use rustix::time::{ClockId, clock_gettime};
use saphyr_parser::{Parser, StrInput};
use std::{hint::black_box, path::Path};
use tidings_document::Settings;
use tidings_rules::Profile;

/// One line: the bytes, then the CPU seconds of reading and checking, of the events of saphyr-parser, and, for JSON, of
/// serde_json judging the text and making a value of it; middles of all rounds.
pub(crate) fn times(path: &Path, rounds: usize) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let passes: &[fn(&Path, &str) -> anyhow::Result<()>] = match is_json {
        true => &[whole, events, judged, value],
        false => &[whole, events],
    };
    let mut seconds = vec![Vec::new(); passes.len()];
    for _ in 0..rounds.max(1) {
        for (pass, seconds) in passes.iter().zip(&mut seconds) {
            let start = cpu_seconds();
            pass(path, &text)?;
            seconds.push(cpu_seconds() - start);
        }
    }
    let middles = seconds
        .into_iter()
        .map(|seconds| crate::median(seconds).to_string());
    let fields: Vec<String> = std::iter::once(text.len().to_string())
        .chain(middles)
        .collect();
    Ok(vec![fields.join("\t")])
}

/// What this thread has computed, whatever else the machine does meanwhile.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// All that `tidings validate` does between reading the file and printing.
fn whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let (document, mut found) =
        tidings_document::open_text(path, text.as_bytes().to_vec(), &Settings::default())?;
    let (api, more) = tidings_document::read(&document);
    found.extend(more);
    if let Some(api) = &api {
        found.extend(tidings_rules::check(api, Profile::Recommended));
    }
    found.sort_by_key(|found| (found.span, found.rule.id));
    black_box(found);
    Ok(())
}

fn events(_: &Path, text: &str) -> anyhow::Result<()> {
    let mut parser = Parser::new(StrInput::new(text));
    while let Some(event) = parser.next_event() {
        black_box(event?);
    }
    Ok(())
}

fn judged(_: &Path, text: &str) -> anyhow::Result<()> {
    black_box(serde_json::from_str::<serde::de::IgnoredAny>(text)?);
    Ok(())
}

fn value(_: &Path, text: &str) -> anyhow::Result<()> {
    black_box(serde_json::from_str::<serde_json::Value>(text)?);
    Ok(())
}
