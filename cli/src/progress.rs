//! What a long run is at, in one line on the terminal that is gone before anything else is printed.
use crate::output::plain;
use std::{
    io::{IsTerminal, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long a run may take before anything is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line is painted.
const PACE: Duration = Duration::from_millis(200);

/// Columns of the line: no terminal is narrower, and a line that breaks cannot be taken back.
const WIDTH: usize = 79;

/// The line; it is painted where standard error is a terminal, and costs nothing where it is not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    finished: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What is at work, the innermost last.
    works: Vec<(u64, String)>,
    /// Number of the next work.
    next: u64,
    /// Whether a line stands on the terminal.
    painted: bool,
    painting: bool,
}

/// Work that goes on; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Work<'p> {
    shared: &'p Shared,
    number: u64,
}

impl Progress {
    /// Shows what is at work from now on.
    pub(crate) fn show(&self, text: String) -> Work<'_> {
        let mut state = self.shared.state();
        let number = state.next;
        state.next += 1;
        state.works.push((number, text));
        if !state.painting && is_wanted() {
            state.painting = true;
            let shared = self.shared.clone();
            thread::spawn(move || paint(&shared));
        }
        Work {
            shared: &self.shared,
            number,
        }
    }
}

impl Work<'_> {
    /// Shows something else of the same work.
    pub(crate) fn update(&self, text: String) {
        let mut state = self.shared.state();
        let mut works = state.works.iter_mut();
        if let Some(work) = works.find(|(number, _)| *number == self.number) {
            work.1 = text;
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.works.retain(|(number, _)| *number != self.number);
        if state.works.is_empty() {
            if std::mem::take(&mut state.painted) {
                write("");
            }
            self.shared.finished.notify_all();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody looks at standard error who can see the line go.
fn is_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|name| name != "dumb")
}

/// Paints until all work has ended.
fn paint(shared: &Shared) {
    let start = Instant::now();
    let mut state = shared.state();
    while !state.works.is_empty() {
        let waited = shared.finished.wait_timeout(state, PACE);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let time = start.elapsed();
        if let Some((_, text)) = state.works.last().filter(|_| time >= PATIENCE) {
            write(&line(text, time));
            state.painted = true;
        }
    }
    state.painting = false;
}

/// One line without colours, the end of the text in it: names of files differ there.
fn line(text: &str, time: Duration) -> String {
    let text = plain::line(text);
    let time = format!(" ({} s)", time.as_secs());
    let room = WIDTH - time.len();
    let length = text.chars().count();
    if length <= room {
        return text + &time;
    }
    let rest: String = text.chars().skip(length - room + 1).collect();
    format!("…{rest}{time}")
}

/// Replaces the line. Nothing depends on it, so that it may fail.
fn write(text: &str) {
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\u{1b}[2K{text}");
    let _ = terminal.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_the_work_said_last() {
        let progress = Progress::default();
        let first = progress.show("reading".to_owned());
        let second = progress.show("fetching".to_owned());
        first.update("checking".to_owned());
        let shown = |progress: &Progress| {
            let state = progress.shared.state();
            let texts = state.works.iter().map(|(_, text)| text.clone());
            texts.collect::<Vec<_>>()
        };
        assert_eq!(shown(&progress), ["checking", "fetching"]);
        drop(first);
        assert_eq!(shown(&progress), ["fetching"]);
        drop(second);
        assert!(shown(&progress).is_empty());
    }

    #[test]
    fn the_line_fits_and_steers_nothing() {
        let time = Duration::from_millis(2900);
        assert_eq!(line("reading\u{1b}[2J a", time), "reading␛[2J a (2 s)");
        let long = line(&format!("{}end", "é".repeat(200)), time);
        assert_eq!(long.chars().count(), WIDTH);
        assert!(long.starts_with('…') && long.ends_with("end (2 s)"));
    }
}
