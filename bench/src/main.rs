//! `tidings-bench`: what `dev/bench` needs and a shell cannot do. Results are lines of fields between tabs.
mod document;
mod messages;
mod read;
mod yaml;

use anyhow::{Context, bail};
use std::path::Path;

const USAGE: &str = "usage:
  tidings-bench document channels|bytes COUNT FILE   writes a document, YAML or JSON by the file's name
  tidings-bench messages BYTES COUNT FILE            writes messages of about so many bytes, one a line
  tidings-bench read FILE [ROUNDS]                   times reading and checking beside bare parsers
  tidings-bench values FILE                          makes values of the lines of a file, nothing else";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let lines = match args[..] {
        ["document", "channels", count, file] => {
            let document = document::of_channels(number(count)?);
            document::write(&document, Path::new(file))?
        }
        ["document", "bytes", count, file] => {
            document::write_of_bytes(number(count)?, Path::new(file))?
        }
        ["messages", bytes, count, file] => {
            messages::write(number(bytes)?, number(count)?, Path::new(file))?
        }
        ["read", file] => read::times(Path::new(file), 15)?,
        ["read", file, rounds] => read::times(Path::new(file), number(rounds)?)?,
        ["values", file] => messages::parse(Path::new(file))?,
        _ => bail!(USAGE),
    };
    print(&lines)
}

fn number(text: &str) -> anyhow::Result<usize> {
    text.parse()
        .with_context(|| format!("`{text}` is no number"))
}

fn print(lines: &[String]) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(())
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
