//! The last lines for people: what was found, and what was left out.
use super::{
    cause::{Cause, causes_of},
    plain,
};
use crate::input::{Checked, Unreadable};
use tidings_document::{Diagnostic, Severity};

/// One line a document, then one on all of them where there are several.
pub(super) fn lines(checked: &[Result<Checked, Unreadable>]) -> String {
    if let [Ok(checked)] = checked {
        return format!("{}{}\n", line(checked), left_out([checked]));
    }
    let each = checked.iter().map(|result| match result {
        Ok(checked) => line(checked) + "\n",
        Err(unreadable) => {
            let path = plain::line(&unreadable.path.display().to_string());
            format!("{path}: unreadable\n")
        }
    });
    let each: String = each.collect();
    match checked.len() {
        0 | 1 => each,
        _ => each + &total(checked) + "\n",
    }
}

/// Whether a document is valid, and what it holds or what is wrong.
pub(crate) fn line(checked: &Checked) -> String {
    let mut counts = Counts::default();
    counts.add(&causes_of(&checked.diagnostics));
    let (fixable, hidden) = (checked.fixable(), checked.suppressed.len());
    let more = [
        (fixable, format!("`--fix` mends {fixable}")),
        (hidden, format!("{hidden} ignored or known to the baseline")),
    ];
    let more = more.into_iter().filter(|(count, _)| *count > 0);
    let all: Vec<String> = counts.texts().chain(more.map(|(_, text)| text)).collect();
    let verdict = if checked.is_valid() {
        "valid"
    } else {
        "invalid"
    };
    let contents = checked
        .contents
        .iter()
        .map(|contents| format!(" ({contents})"));
    format!(
        "{}: {verdict}{}{}",
        plain::line(&checked.path.display().to_string()),
        contents.collect::<String>(),
        behind(": ", &all)
    )
}

/// What was found in all documents together.
fn total(checked: &[Result<Checked, Unreadable>]) -> String {
    let readable = || checked.iter().flatten();
    let mut counts = Counts::default();
    readable().for_each(|checked| counts.add(&causes_of(&checked.diagnostics)));
    let invalid = readable().filter(|checked| !checked.is_valid()).count();
    let unreadable = checked.iter().filter(|result| result.is_err()).count();
    let verdicts = [(invalid, "invalid"), (unreadable, "unreadable")];
    let verdicts = verdicts.iter().filter(|(count, _)| *count > 0);
    let verdicts: String = verdicts
        .map(|(count, name)| format!(", {count} {name}"))
        .collect();
    let all: Vec<String> = counts.texts().collect();
    format!(
        "{} documents{verdicts}{}{}",
        checked.len(),
        behind(": ", &all),
        left_out(readable())
    )
}

/// What the profile leaves out of what was looked for.
fn left_out<'c>(checked: impl IntoIterator<Item = &'c Checked>) -> String {
    let mut counts = Counts::default();
    for checked in checked {
        counts.add(&causes_of(&checked.left_out));
    }
    let all: Vec<String> = counts.texts().collect();
    match all.is_empty() {
        true => String::new(),
        false => format!(
            "; {} not shown, `--profile strict` shows them",
            all.join(" and ")
        ),
    }
}

fn behind(mark: &str, parts: &[String]) -> String {
    match parts.is_empty() {
        true => String::new(),
        false => format!("{mark}{}", parts.join(", ")),
    }
}

/// How many causes there are of each severity, and how many places they have.
#[derive(Default)]
struct Counts([(usize, usize); 3]);

const NAMES: [(Severity, &str); 3] = [
    (Severity::Error, "error"),
    (Severity::Warning, "warning"),
    (Severity::Info, "note"),
];

impl Counts {
    fn add(&mut self, causes: &[Cause<'_, Diagnostic>]) {
        for cause in causes {
            let at = NAMES.iter().position(|(of, _)| *of == cause.severity);
            if let Some((count, places)) = at.and_then(|at| self.0.get_mut(at)) {
                *count += 1;
                *places += cause.places();
            }
        }
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        let all = self.0.iter().zip(NAMES);
        let all = all.filter(|((count, _), _)| *count > 0);
        all.map(|((count, places), (_, name))| {
            let ending = if *count == 1 { "" } else { "s" };
            match places == count {
                true => format!("{count} {name}{ending}"),
                false => format!("{count} {name}{ending} in {places} places"),
            }
        })
    }
}
