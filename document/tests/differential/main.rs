//! Mutated documents, judged by us and by the official meta-schemas in the folder that `TIDINGS_OFFICIAL_SCHEMAS` names:
//! no verdict may differ but for the reasons listed in `known.rs`. `TIDINGS_DOCUMENTS` says how many (20,000),
//! `TIDINGS_SEED` runs one and shows all about it.
mod bases;
mod known;
mod mutate;
mod official;
mod ours;
mod pointer;
mod random;

use std::{
    collections::BTreeMap,
    env,
    fmt::{self, Display},
    io::Write,
    path::PathBuf,
    thread,
    time::Instant,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use bases::Bases;
use known::DIFFERENCES;
use mutate::{Mutant, mutant};
use official::Official;
use pointer::parent;

/// Mutants of a full run.
const DOCUMENTS: u64 = 20_000;

/// Differences that are shown.
const SHOWN: usize = 40;

fn main() {
    let schemas = env::var_os("TIDINGS_OFFICIAL_SCHEMAS").map(PathBuf::from);
    let trial = match schemas {
        Some(folder) => Trial::test("differential", move || run(&Official::load(&folder)?)),
        None => Trial::ignorable_test("differential", || {
            Ok(Completion::ignored_with(
                "TIDINGS_OFFICIAL_SCHEMAS is not set",
            ))
        }),
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

/// What a judge says is wrong.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(pointer: &str, message: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.pointer, self.message)
    }
}

/// A mutant and what both judges say.
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) mutant: Mutant,
    pub(crate) ours: Vec<Finding>,
    pub(crate) official: Vec<Finding>,
}

impl Case {
    /// `None` where the official judge has no answer.
    fn new(bases: &Bases, official: &Official, seed: u64) -> Option<Self> {
        Self::of(mutant(bases, seed), official, seed)
    }

    fn of(mutant: Mutant, official: &Official, seed: u64) -> Option<Self> {
        let expected = official.judge(&mutant.document, &mutant.pointer)?;
        let ours = match seed % 8 {
            0 => ours::judge(ours::yaml(&mutant.document), "yaml"),
            _ => ours::judge(mutant.document.to_string(), "json"),
        };
        Some(Self {
            seed,
            mutant,
            ours,
            official: expected,
        })
    }

    fn differs(&self) -> bool {
        self.ours.is_empty() != self.official.is_empty()
    }

    /// Whether one of the findings is at the mutated place, or just around it.
    fn is_near(&self, findings: &[Finding]) -> bool {
        let place = &self.mutant.pointer;
        findings.iter().any(|found| {
            found.pointer == parent(place) || found.pointer.starts_with(place.as_str())
        })
    }

    fn shown(&self, most: usize) -> String {
        let mut text = format!(
            "TIDINGS_SEED={} {} {} at {}\n  of {}\n",
            self.seed,
            self.mutant.document["asyncapi"],
            self.mutant.what,
            self.mutant.pointer,
            self.mutant.base,
        );
        let value = self.mutant.document.pointer(&self.mutant.pointer);
        let value = value.map(ToString::to_string).unwrap_or_default();
        let end = value.floor_char_boundary(200);
        text.push_str(&format!("  now      {}\n", &value[..end]));
        for (who, findings) in [("ours", &self.ours), ("official", &self.official)] {
            for found in findings.iter().take(most) {
                text.push_str(&format!("  {who:8} {found}\n"));
            }
        }
        text
    }
}

#[derive(Default)]
struct Outcome {
    judged: usize,
    agreed: usize,
    both_invalid: usize,
    ours_near: usize,
    official_near: usize,
    both_near: usize,
    explained: Vec<usize>,
    unexplained: Vec<Case>,
}

impl Outcome {
    fn add(&mut self, case: Case) {
        self.judged += 1;
        if case.differs() {
            match known::explained(&case) {
                Some(at) => self.explained.push(at),
                None => self.unexplained.push(case),
            }
            return;
        }
        self.agreed += 1;
        if !case.ours.is_empty() {
            let (ours, official) = (case.is_near(&case.ours), case.is_near(&case.official));
            self.both_invalid += 1;
            self.ours_near += usize::from(ours);
            self.official_near += usize::from(official);
            self.both_near += usize::from(ours && official);
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.judged += other.judged;
        self.agreed += other.agreed;
        self.both_invalid += other.both_invalid;
        self.ours_near += other.ours_near;
        self.official_near += other.official_near;
        self.both_near += other.both_near;
        self.explained.extend(other.explained);
        self.unexplained.extend(other.unexplained);
        self
    }
}

fn run(official: &Official) -> Result<(), Failed> {
    let started = Instant::now();
    let bases = Bases::collect(official);
    if let Some(seed) = number("TIDINGS_SEED")? {
        let case = Case::new(&bases, official, seed).ok_or("no official verdict")?;
        say(&format!("{}\n{}", case.mutant.document, case.shown(50)))?;
        return match case.differs() && known::explained(&case).is_none() {
            true => Err("the verdicts differ".into()),
            false => Ok(()),
        };
    }
    let documents = number("TIDINGS_DOCUMENTS")?.unwrap_or(DOCUMENTS);
    say(&format!(
        "{} base documents, {} kinds of object, seeds 0 to {documents}, {:.0?} so far",
        bases.all.len(),
        bases.kinds.len(),
        started.elapsed()
    ))?;
    let outcome = judge_all(&bases, official, documents);
    report(&bases, &outcome)?;
    examples(official)
}

fn number(variable: &str) -> Result<Option<u64>, Failed> {
    match env::var(variable) {
        Ok(text) => Ok(Some(text.parse()?)),
        Err(_) => Ok(None),
    }
}

fn judge_all(bases: &Bases, official: &Official, documents: u64) -> Outcome {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let part = |first: u64| {
        let mut outcome = Outcome::default();
        for seed in (first..documents).step_by(threads as usize) {
            if let Some(case) = Case::new(bases, official, seed) {
                outcome.add(case);
            }
        }
        outcome
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || part(first)))
            .collect();
        let parts = parts.into_iter().map(|part| part.join());
        parts
            .map(|part| part.expect("a judge panics on no document"))
            .fold(Outcome::default(), Outcome::and)
    })
}

/// The list of known differences is exact: each still makes its own example differ.
fn examples(official: &Official) -> Result<(), Failed> {
    for (at, known) in DIFFERENCES.iter().enumerate() {
        let mutant = Mutant {
            base: known.name.to_owned(),
            document: serde_json::from_str(known.example)?,
            what: "an example",
            pointer: String::new(),
        };
        let case = Case::of(mutant, official, 1).ok_or("no official verdict")?;
        if !case.differs() || known::explained(&case) != Some(at) {
            return Err(format!("no known difference any more: {}", case.shown(5)).into());
        }
    }
    Ok(())
}

fn report(bases: &Bases, outcome: &Outcome) -> Result<(), Failed> {
    let mut text = String::new();
    for differing in bases.differing.iter().take(SHOWN) {
        text.push_str(&format!("unmutated: {differing}\n"));
    }
    for (at, known) in DIFFERENCES.iter().enumerate() {
        let times = outcome.explained.iter().filter(|seen| **seen == at).count();
        text.push_str(&format!("{times:5} {}: {}\n", known.name, known.clause));
    }
    let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in &outcome.unexplained {
        let findings = if case.ours.is_empty() {
            &case.official
        } else {
            &case.ours
        };
        let first = findings.first().map(|found| found.message.clone());
        groups
            .entry(first.unwrap_or_default())
            .or_default()
            .push(case);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|cases| std::cmp::Reverse(cases.len()));
    for cases in groups.iter().take(SHOWN) {
        text.push_str(&format!("{} times: {}", cases.len(), cases[0].shown(4)));
    }
    let percent = |part: usize, of: usize| part as f64 * 100.0 / of.max(1) as f64;
    text.push_str(&format!(
        "places, where both find errors: {} documents; near the mutation ours {:.1} %, official {:.1} %, both {:.1} %\n",
        outcome.both_invalid,
        percent(outcome.ours_near, outcome.both_invalid),
        percent(outcome.official_near, outcome.both_invalid),
        percent(outcome.both_near, outcome.both_invalid),
    ));
    let fine = outcome.judged - outcome.unexplained.len();
    text.push_str(&format!(
        "verdicts: {} equal, {} differ for a known reason\ndifferential: {fine}/{} ({:.2} %)\n",
        outcome.agreed,
        outcome.explained.len(),
        outcome.judged,
        percent(fine, outcome.judged),
    ));
    say(&text)?;
    if !outcome.unexplained.is_empty() {
        return Err(format!("{} unexplained differences", outcome.unexplained.len()).into());
    }
    Ok(())
}

fn say(text: &str) -> Result<(), Failed> {
    Ok(writeln!(std::io::stderr(), "{text}")?)
}
