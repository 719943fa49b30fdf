//! `generate rust --watch`: generates again when a file changes that the document was read from.
use super::{Args, once};
use crate::{Outcome, output::plain, quiet::changed};
use anyhow::bail;
use std::{io::Write, path::Path};

/// Generates until the program is ended.
pub(super) fn follow(args: &Args) -> anyhow::Result<Outcome> {
    let is_stream = |path: &Path| path == Path::new("-");
    if is_stream(&args.document) || args.output.as_deref().is_some_and(is_stream) {
        bail!("`-` cannot be watched: name files");
    }
    loop {
        args.reading.start_again()?;
        if let Err(error) = once(args) {
            say(&format!("error: {error:#}"))?;
        }
        let asked = args.reading.take_asked();
        let count = asked.values().flatten().count();
        say(&format!("{count} file(s) are watched"))?;
        let path = changed(&asked);
        say(&format!("{} changed", path.display()))?;
    }
}

fn say(text: &str) -> std::io::Result<()> {
    writeln!(anstream::stderr(), "{}", plain::line(text))
}
