//! What became of schemas and their instances, and the figures of that.
use super::given::Schema;
use serde_json::Value;
use std::fmt;

/// What became of a schema.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Why there is no code; nothing where there is.
    pub(crate) complaint: String,
    /// Whether the code does not compile.
    pub(crate) broken: bool,
    pub(crate) notes: Vec<String>,
    /// What the code made of each instance: none where it does not compile.
    pub(crate) trips: Vec<Trip>,
    /// The same by code that holds messages to the whole of their schemas.
    pub(crate) full: Vec<Trip>,
    /// The keyword that each instance breaks first, as `tidings message check` has it.
    pub(crate) checked: Vec<Option<String>>,
}

/// An instance as it was written again, or why it was refused.
pub(crate) type Trip = Result<String, String>;

/// What an instance came to.
pub(crate) struct Verdict<'a> {
    pub(crate) payload: &'a str,
    pub(crate) valid: bool,
    /// Whether the generator told that the schema is not kept whole.
    pub(crate) told: bool,
    pub(crate) trip: Option<&'a Trip>,
    pub(crate) full: Option<&'a Trip>,
    pub(crate) checked: Option<Option<&'a str>>,
}

pub(crate) fn verdicts<'a>(schema: &'a Schema, outcome: &'a Outcome) -> Vec<Verdict<'a>> {
    let each = schema.instances.iter().enumerate();
    let each = each.map(|(index, (payload, valid))| Verdict {
        payload,
        valid: *valid,
        told: !outcome.notes.is_empty(),
        trip: outcome.trips.get(index),
        full: outcome.full.get(index),
        checked: outcome.checked.get(index).map(Option::as_deref),
    });
    each.collect()
}

impl Verdict<'_> {
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.trip, Some(Ok(_)))
    }

    pub(crate) fn is_read_in_full(&self) -> bool {
        matches!(self.full, Some(Ok(_)))
    }

    /// Whether it was written as it was read; `1` and `1.0` are one number.
    pub(crate) fn is_equal(&self) -> bool {
        let Some(Ok(written)) = self.trip else {
            return false;
        };
        let [before, after] = [self.payload, written].map(serde_json::from_str::<Value>);
        matches!((before, after), (Ok(before), Ok(after)) if is_same(&before, &after))
    }

    /// What is wrong, if anything is.
    pub(crate) fn wrong(&self) -> Option<String> {
        let payload = self.payload;
        match self.trip {
            None => Some(format!("no type: {payload}")),
            Some(Ok(_)) if !self.valid => Some(format!("taken: {payload}")),
            Some(Ok(written)) if !self.is_equal() => Some(format!(
                "{}changed: {payload} -> {written}",
                if self.told { "" } else { "silently " }
            )),
            Some(Err(reason)) if self.valid => Some(format!("refused: {payload}: {reason}")),
            _ => None,
        }
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || left
                    .as_f64()
                    .is_some_and(|number| right.as_f64() == Some(number))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let has = |(key, value)| right.get(key).is_some_and(|other| is_same(value, other));
            left.len() == right.len() && left.iter().all(has)
        }
        _ => left == right,
    }
}

/// How many of how many.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) passed: usize,
    pub(crate) total: usize,
}

impl Figure {
    pub(crate) fn percent(&self) -> f64 {
        self.passed as f64 * 100.0 / self.total as f64
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            passed,
            total,
        } = self;
        write!(f, "{name}: {passed}/{total} ({:.1} %)", self.percent())
    }
}
