//! Streams of payloads, one JSON text a line: each is parsed, judged and forgotten.
use anyhow::Context;
use serde::Serialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use super::{
    any::{AnyOf, Verdict},
    report::{Findings, invalid, only},
};
use crate::output::{
    Format,
    json::{self, Tool},
    plain,
};

/// Bytes read at once.
const BUFFER: usize = 256 << 10;

/// How a stream is checked.
pub(crate) struct Settings<'a> {
    pub(crate) messages: &'a AnyOf<'a, 'a>,
    /// The messages' names.
    pub(crate) names: &'a [&'a str],
    pub(crate) format: Format,
    /// The longest line that is read, in bytes.
    pub(crate) max_line: usize,
}

/// One invalid line, as JSON.
#[derive(Serialize)]
struct LineReport<'a> {
    path: &'a str,
    line: u64,
    /// The message that it is closest to.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(flatten)]
    findings: &'a Findings,
}

/// The end of a stream, as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    path: &'a str,
    /// The message, where it is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    messages: u64,
    valid: Vec<Valid<'a>>,
    invalid: u64,
    tool: Tool,
}

/// How many lines fit a message.
#[derive(Serialize)]
struct Valid<'a> {
    message: &'a str,
    count: u64,
}

/// What became of the lines.
struct Counts {
    messages: u64,
    /// By message.
    valid: Vec<u64>,
    invalid: u64,
}

/// Checks one stream and prints what is found on the way. Whether all of it is valid.
///
/// # Errors
/// When it cannot be read, or the result cannot be written.
pub(crate) fn check(path: &Path, settings: &Settings<'_>) -> anyhow::Result<bool> {
    let shown = path.display().to_string();
    // Not `anstream`'s: nothing is coloured, and each of its writes would go out at once.
    let out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    if path == Path::new("-") {
        let reader = BufReader::with_capacity(BUFFER, io::stdin().lock());
        return run(reader, out, &shown, settings);
    }
    let file = File::open(path).with_context(|| format!("cannot read `{shown}`"))?;
    run(
        BufReader::with_capacity(BUFFER, file),
        out,
        &shown,
        settings,
    )
}

fn run<R: Read>(
    mut reader: BufReader<R>,
    mut out: impl Write,
    path: &str,
    settings: &Settings<'_>,
) -> anyhow::Result<bool> {
    let (mut line, mut number) = (Vec::new(), 0);
    let mut counts = Counts {
        messages: 0,
        valid: vec![0; settings.names.len()],
        invalid: 0,
    };
    loop {
        if !reader.buffer().contains(&b'\n') {
            // The next line may be long in coming.
            out.flush()?;
        }
        let length = next(&mut reader, &mut line, settings.max_line)
            .with_context(|| format!("cannot read `{path}`"));
        let length = match length {
            Ok(Some(length)) => length,
            Ok(None) => break,
            Err(error) => {
                out.flush()?;
                return Err(error);
            }
        };
        number += 1;
        let text = if number == 1 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)
        } else {
            &line
        };
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        counts.messages += 1;
        match judge(text, length, settings) {
            Ok(message) => counts.valid[message] += 1,
            Err((message, findings)) => {
                counts.invalid += 1;
                print_line(&mut out, path, number, (message, &findings), settings)?;
            }
        }
    }
    print_summary(&mut out, path, &counts, settings)?;
    out.flush()?;
    Ok(counts.invalid == 0)
}

/// The next line and its full length, of which no more is kept than may be and one byte; `None` at the end.
fn next(reader: &mut impl BufRead, line: &mut Vec<u8>, max: usize) -> io::Result<Option<u64>> {
    line.clear();
    let limit = (max as u64).saturating_add(2);
    let mut length = reader.by_ref().take(limit).read_until(b'\n', line)? as u64;
    if length == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && length == limit {
        length += skip_line(reader)?;
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
        length -= 1;
    }
    Ok(Some(length))
}

/// Passes over the rest of a line; how many bytes it had.
fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(buffer.len(), |end| end + 1);
        skipped += end.unwrap_or(count) as u64;
        reader.consume(count);
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

/// The message that a line fits, or else the closest, if that can be said, and what is wrong.
fn judge(
    text: &[u8],
    length: u64,
    settings: &Settings<'_>,
) -> Result<usize, (Option<usize>, Findings)> {
    let mut findings = Findings::default();
    let max = settings.max_line;
    if length > max as u64 {
        findings.error = Some(format!(
            "the line has `{length}` bytes, more than `{max}`; allow more with `--max-line`"
        ));
        return Err((None, findings));
    }
    match settings.messages.check(text, None) {
        Verdict::Valid(message) => Ok(message),
        Verdict::Invalid(message, violations) => {
            findings.violations = violations.into_iter().map(Into::into).collect();
            Err((Some(message), findings))
        }
        Verdict::NotJson(error) => {
            // Its line is always the first of this text.
            let (reason, column) = (error.to_string(), error.column());
            let reason = reason.split(" at line ").next().unwrap_or_default();
            findings.error = Some(format!("not JSON: {reason} at column {column}"));
            Err((None, findings))
        }
    }
}

fn print_line(
    out: &mut impl Write,
    path: &str,
    line: u64,
    (message, findings): (Option<usize>, &Findings),
    settings: &Settings<'_>,
) -> io::Result<()> {
    let names = settings.names;
    let message = message.map(|message| names[message]).or(only(names));
    match settings.format {
        Format::Text => {
            let heading = format!("{path}:{line}: {}", invalid(message, names));
            writeln!(out, "{}", plain::line(&heading))?;
            findings.print(out)
        }
        Format::Json => {
            let report = LineReport {
                path,
                line,
                message,
                findings,
            };
            out.write_all(json::line(&report)?.as_bytes())
        }
    }
}

fn print_summary(
    out: &mut impl Write,
    path: &str,
    counts: &Counts,
    settings: &Settings<'_>,
) -> io::Result<()> {
    let Counts {
        messages, invalid, ..
    } = *counts;
    let only = only(settings.names);
    let valid = settings.names.iter().zip(&counts.valid);
    // Of several, those that no line fits would be in the way.
    let valid = valid.filter(|(_, count)| only.is_some() || **count > 0);
    match settings.format {
        Format::Text => {
            let plural = if messages == 1 { "" } else { "s" };
            let valid = valid.map(|(message, count)| format!(" {count} valid {message},"));
            let valid: String = valid.collect();
            let line = format!("{path}: {messages} message{plural},{valid} {invalid} invalid");
            writeln!(out, "{}", plain::line(&line))
        }
        Format::Json => {
            let valid = valid.map(|(message, count)| Valid {
                message,
                count: *count,
            });
            let summary = Summary {
                path,
                message: only,
                messages,
                valid: valid.collect(),
                invalid,
                tool: Tool::THIS,
            };
            out.write_all(json::line(&summary)?.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_longer_than_allowed_are_passed_over() {
        let mut reader = BufReader::with_capacity(4, &b"ab\r\nabcdefghijklm\n\nabc\nabcd"[..]);
        let mut line = Vec::new();
        let mut lines = Vec::new();
        while let Some(length) = next(&mut reader, &mut line, 3).expect("memory is read") {
            lines.push((String::from_utf8_lossy(&line).into_owned(), length));
        }
        let expected = [("ab", 2), ("abcde", 13), ("", 0), ("abc", 3), ("abcd", 4)];
        let expected = expected.map(|(text, length)| (text.to_owned(), length));
        assert_eq!(lines, expected);
    }
}
