//! `tidings-relay outbox`: the messages that can never be published, listed, put back and dropped.
use crate::{
    args::{Chosen, Command, Listed},
    plain::plain,
};
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};
use tidings::Error;
use tidings_outbox::{Parked, Store};

/// Messages that are read, or decided on, at a time.
const PAGE: usize = 1000;

/// Why it could not be done, or not all of it.
pub(crate) enum Trouble {
    /// The database does not do it.
    Store(Error),
    /// Nobody said that it may be done.
    Unasked,
    /// Nobody can be told what was done.
    Print(io::Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Print(error)
    }
}

/// Whether all that was named was there.
pub(crate) async fn run(store: &dyn Store, command: &Command) -> Result<bool, Trouble> {
    match command {
        Command::List(listed) => list(store, listed).await.map(|()| true),
        Command::Replay(chosen) => decide(store, chosen, Decision::Replay).await,
        Command::Drop(chosen) => decide(store, chosen, Decision::Drop).await,
    }
}

/// A parked message as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: i64,
    parked_at: String,
    channel: &'a str,
    message_id: &'a str,
    reason: &'a str,
}

impl<'a> Shown<'a> {
    fn new(parked: &'a Parked) -> Self {
        let time = jiff::Timestamp::from_millisecond(parked.parked_ms);
        Self {
            id: parked.id,
            parked_at: time.map(|time| time.to_string()).unwrap_or_default(),
            channel: &parked.channel,
            message_id: &parked.message_id,
            reason: &parked.reason,
        }
    }

    /// In one line.
    fn line(&self) -> String {
        let parts = [self.channel, self.message_id, self.reason];
        let [channel, message_id, reason] = parts.map(|part| plain(&part));
        let Self { id, parked_at, .. } = self;
        format!("{id}  {parked_at}  {channel}  {message_id}  {reason}")
    }
}

async fn list(store: &dyn Store, listed: &Listed) -> Result<(), Trouble> {
    let mut out = anstream::stdout();
    let mut count = 0_usize;
    let mut pages = Pages::new();
    while let Some(page) = pages.next(store, listed.channel.as_deref()).await? {
        for parked in &page {
            let shown = Shown::new(parked);
            if listed.json {
                let before = if count == 0 { "[\n  " } else { ",\n  " };
                let object = serde_json::to_string(&shown).map_err(io::Error::other)?;
                write!(out, "{before}{object}")?;
            } else {
                writeln!(out, "{}", shown.line())?;
            }
            count += 1;
        }
    }
    match (listed.json, count) {
        (true, 0) => writeln!(out, "[]")?,
        (true, _) => writeln!(out, "\n]")?,
        (false, 0) => writeln!(anstream::stderr(), "nothing is parked")?,
        (false, _) => {}
    }
    Ok(())
}

/// What is done with messages.
#[derive(Clone, Copy)]
enum Decision {
    Replay,
    Drop,
}

impl Decision {
    fn question(self) -> &'static str {
        match self {
            Self::Replay => "be put back into the outbox",
            Self::Drop => "be dropped for ever",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Replay => "put back",
            Self::Drop => "dropped",
        }
    }
}

/// What was done.
#[derive(Serialize)]
struct Done {
    done: usize,
    missing: usize,
}

async fn decide(store: &dyn Store, chosen: &Chosen, decision: Decision) -> Result<bool, Trouble> {
    let ids = chosen_ids(store, chosen).await?;
    if !ids.is_empty() && !chosen.yes && !asked(ids.len(), decision)? {
        return Err(Trouble::Unasked);
    }
    let mut done = 0;
    for ids in ids.chunks(PAGE) {
        done += match decision {
            Decision::Replay => store.replay(ids).await?,
            Decision::Drop => store.discard(ids).await?,
        };
    }
    let missing = ids.len().saturating_sub(done);
    let mut out = anstream::stdout();
    if chosen.json {
        let told = serde_json::to_string(&Done { done, missing }).map_err(io::Error::other)?;
        writeln!(out, "{told}")?;
    } else {
        writeln!(out, "{} {}", messages(done), decision.done())?;
    }
    // Of all that was parked, some may have been decided on by somebody else meanwhile.
    let is_all = missing == 0 || chosen.all;
    if !is_all && !chosen.json {
        writeln!(
            anstream::stderr(),
            "error: {} not parked; `tidings outbox list` shows those that are",
            if missing == 1 {
                "1 id is".to_owned()
            } else {
                format!("{missing} ids are")
            }
        )?;
    }
    Ok(is_all)
}

fn messages(count: usize) -> String {
    match count {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

async fn chosen_ids(store: &dyn Store, chosen: &Chosen) -> Result<Vec<i64>, Trouble> {
    let mut ids = chosen.ids.clone();
    if chosen.all {
        let mut pages = Pages::new();
        while let Some(page) = pages.next(store, chosen.channel.as_deref()).await? {
            ids.extend(page.iter().map(|parked| parked.id));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Asks whoever sits there; where nobody does, nobody agrees.
fn asked(count: usize, decision: Decision) -> io::Result<bool> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(false);
    }
    let mut err = anstream::stderr();
    write!(
        err,
        "{} will {}; go on? [y/N] ",
        messages(count),
        decision.question()
    )?;
    err.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Parked messages, page by page.
struct Pages {
    above: i64,
}

impl Pages {
    /// From the first, whose number may be any that somebody wrote.
    fn new() -> Self {
        Self { above: i64::MIN }
    }

    /// The next of a channel, or of all; none after the last.
    async fn next(
        &mut self,
        store: &dyn Store,
        channel: Option<&str>,
    ) -> Result<Option<Vec<Parked>>, Error> {
        let mut page = store.parked(self.above, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.above = last.id;
        page.retain(|parked| channel.is_none_or(|channel| parked.channel == channel));
        Ok(Some(page))
    }
}
