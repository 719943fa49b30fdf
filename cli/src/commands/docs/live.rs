//! `--serve`: pages that are made again whenever a file that they were made from changes.
pub(super) use super::serve::Pages;
use super::serve::Served;
use crate::{
    Outcome,
    input::{self, Asked, Known, Reading, Stamp},
    output::plain,
    quiet::settle,
};
use std::{io::Write, path::PathBuf, thread, time::Duration};
use tidings_html::notice;

/// Time between two looks at the files.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes pages, shows them, and waits for a change, without end.
pub(super) fn serve(
    reading: &Reading,
    arguments: &[PathBuf],
    port: u16,
    make: &dyn Fn() -> anyhow::Result<Pages>,
) -> anyhow::Result<Outcome> {
    let (served, port) = Served::start(port)?;
    say(&format!(
        "http://127.0.0.1:{port}/ shows what the files say; end it with Ctrl-C"
    ))?;
    let mut known = Known::default();
    loop {
        let documents = documents(arguments, &mut known);
        reading.start_again()?;
        let pages = make().unwrap_or_else(|error| {
            let text = plain::line(&format!("{error:#}"));
            let notice = notice("This cannot be shown", &[text]);
            Pages::from([("/".to_owned(), notice)])
        });
        served.show(pages);
        let asked = reading.take_asked();
        let changed = wait(&Seen { documents, asked }, arguments, &mut known);
        say(&format!("{changed} changed"))?;
    }
}

fn say(text: &str) -> std::io::Result<()> {
    writeln!(anstream::stderr(), "{}", plain::line(text))
}

/// The documents that the arguments lead to.
fn documents(arguments: &[PathBuf], known: &mut Known) -> Vec<PathBuf> {
    let found = input::documents(arguments, known);
    found.into_iter().flatten().collect()
}

/// How things were when pages were made of them.
#[derive(PartialEq, Eq)]
struct Seen {
    documents: Vec<PathBuf>,
    asked: Asked,
}

impl Seen {
    /// How the same things are now.
    fn again(&self, arguments: &[PathBuf], known: &mut Known) -> Self {
        let stamp = |path: &PathBuf| (path.clone(), Stamp::of(path));
        Self {
            documents: documents(arguments, known),
            asked: self.asked.keys().map(stamp).collect(),
        }
    }
}

/// Waits until something is different and then quiet again; says what.
fn wait(seen: &Seen, arguments: &[PathBuf], known: &mut Known) -> String {
    loop {
        thread::sleep(PAUSE);
        let now = seen.again(arguments, known);
        if now == *seen {
            continue;
        }
        let mut files = now.asked.iter();
        let changed = files.find(|(path, stamp)| seen.asked.get(*path) != Some(*stamp));
        let changed = changed.map(|(path, _)| path.display().to_string());
        settle(now, || seen.again(arguments, known));
        return changed.unwrap_or_else(|| "what the arguments lead to".to_owned());
    }
}
