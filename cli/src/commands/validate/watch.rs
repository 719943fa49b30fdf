//! `validate --watch`: checks again when a file that was read changes, one that was missed appears, or the arguments lead to other documents.
//!
//! It looks at the files again and again instead of being told by the system: so it sees through renames, links, and folders that come
//! and go, and it works on network drives and in containers, where systems tell nothing.
use super::{Args, round};
use crate::{
    Outcome,
    input::{self, Asked, Known, Stamp},
    output::plain,
    quiet::settle,
};
use anyhow::bail;
use std::{
    io::Write,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

/// Time between two looks, unless looking itself takes long.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How much longer than a look the pause after it is.
const IDLE: u32 = 20;

/// Checks until the program is ended, or nobody reads its output any more.
pub(super) fn follow(args: &Args) -> anyhow::Result<Outcome> {
    if args.reads_stdin() {
        bail!(
            "`-` cannot be watched: standard input is read once; name files, folders or patterns"
        );
    }
    let mut known = Known::default();
    loop {
        let documents = input::documents(&args.files, &mut known);
        let seen = Seen {
            documents: names(&documents),
            asked: Asked::default(),
        };
        args.reading.start_again()?;
        if let Err(error) = round(args, documents) {
            if crate::is_closed_pipe(&error) {
                return Err(error);
            }
            let text = plain::line(&format!("{error:#}"));
            writeln!(anstream::stderr(), "error: {text}")?;
        }
        std::io::stdout().flush()?;
        let seen = Seen {
            asked: args.reading.take_asked(),
            ..seen
        };
        let count = seen.asked.values().flatten().count();
        say(&format!("{count} file(s) are watched"))?;
        let changed = seen.wait(args, &mut known);
        say(&format!("{} changed", changed.display()))?;
    }
}

/// One line between two checks, on standard error like all talk.
fn say(text: &str) -> std::io::Result<()> {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let time = time.unwrap_or_default().as_secs() % 86_400;
    writeln!(
        anstream::stderr(),
        "--- {:02}:{:02}:{:02} UTC: {}",
        time / 3600,
        time / 60 % 60,
        time % 60,
        plain::line(text)
    )
}

/// The documents that the arguments lead to, and the places where there are none.
type Names = Vec<Result<PathBuf, String>>;

fn names(documents: &[Result<PathBuf, input::Unreadable>]) -> Names {
    let name = |found: &Result<PathBuf, input::Unreadable>| match found {
        Ok(path) => Ok(path.clone()),
        Err(unreadable) => Err(unreadable.to_string()),
    };
    documents.iter().map(name).collect()
}

/// How things were when they were checked.
#[derive(PartialEq, Eq)]
struct Seen {
    documents: Names,
    asked: Asked,
}

impl Seen {
    /// Waits until something is different and then quiet again; gives one of the paths that differ.
    fn wait(&self, args: &Args, known: &mut Known) -> PathBuf {
        let mut pause = PAUSE;
        loop {
            thread::sleep(pause);
            let begin = Instant::now();
            let now = self.again(args, known);
            if let Some(changed) = self.difference(&now) {
                settle(now, || self.again(args, known));
                return relative(changed);
            }
            pause = (begin.elapsed() * IDLE).clamp(PAUSE, LONGEST_PAUSE);
        }
    }

    /// How the same things are now.
    fn again(&self, args: &Args, known: &mut Known) -> Self {
        let stamp = |path: &PathBuf| (path.clone(), Stamp::of(path));
        Self {
            documents: names(&input::documents(&args.files, known)),
            asked: self.asked.keys().map(stamp).collect(),
        }
    }

    fn difference(&self, now: &Self) -> Option<PathBuf> {
        let mut files = self.asked.iter();
        if let Some((path, _)) = files.find(|(path, stamp)| now.asked.get(*path) != Some(*stamp)) {
            return Some(path.clone());
        }
        if self.documents == now.documents {
            return None;
        }
        let only_in = |these: &Names, others: &Names| {
            let mut paths = these.iter().filter(|name| !others.contains(name)).flatten();
            paths.next().cloned()
        };
        let path = only_in(&now.documents, &self.documents);
        let path = path.or_else(|| only_in(&self.documents, &now.documents));
        Some(path.unwrap_or_else(|| "what the arguments lead to".into()))
    }
}

/// A path as short as it can be said from here.
fn relative(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(here) {
        Ok(below) => below.to_owned(),
        Err(_) => path,
    }
}
