//! What a file and the environment tell of each key, as text with its place. The environment counts more.
use super::{
    keys::{KEYS, Key, PREFIX},
    problem::{Place, Problem},
};
use std::{collections::BTreeMap, ffi::OsString, path::Path};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The variable that names the file.
pub(crate) const FILE: &str = "TIDINGS_RELAY_CONFIG";

/// The values of keys, and what is wrong with what tells them.
#[derive(Default)]
pub(crate) struct Told {
    values: BTreeMap<&'static str, (String, Place)>,
    pub(crate) problems: Vec<Problem>,
    /// Whether what the file tells is not known, so that nothing can be said to be missing.
    pub(crate) is_unread: bool,
}

impl Told {
    pub(crate) fn get(&self, name: &str) -> Option<&(String, Place)> {
        self.values.get(name)
    }

    /// What was made of all that was told, or what is wrong, in the order of the text.
    pub(crate) fn all<T>(mut self, made: Option<T>) -> Result<T, Vec<Problem>> {
        made.filter(|_| self.problems.is_empty()).ok_or_else(|| {
            self.problems
                .sort_by(|one, other| one.place().cmp(other.place()));
            self.problems
        })
    }

    /// Takes the text of a file.
    pub(crate) fn file(&mut self, file: &Path, text: &str) {
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let place = Place::of(file, text, &error.span().unwrap_or_default());
            let message = error.message().replace('\n', ", ");
            self.problems.push(Problem::new(place, message));
        }
        self.is_unread = !errors.is_empty();
        let root = if errors.is_empty() { Some(root) } else { None };
        for (name, value) in root.iter().flat_map(|root| root.get_ref()) {
            let place = Place::of(file, text, &name.span());
            match (is_table(name.get_ref()), value.get_ref().as_table()) {
                (true, Some(table)) => self.table(file, text, name.get_ref(), table),
                (true, None) => {
                    let message = format!("`{}` must be a table", name.get_ref());
                    let help = format!("write `[{}]` above its keys", name.get_ref());
                    self.problems.push(Problem::new(place, message).help(help));
                }
                (false, _) => self.unknown(place, name.get_ref(), KEYS.iter().map(Key::table)),
            }
        }
    }

    fn table(&mut self, file: &Path, text: &str, table: &str, values: &DeTable<'_>) {
        for (name, value) in values {
            let place = Place::of(file, text, &name.span());
            let known = KEYS.iter().filter(|key| key.table() == table);
            let key: &str = name.get_ref();
            match known.clone().find(|known| known.key() == key) {
                Some(key) if key.is_secret => {
                    let message = format!("`{}` is a secret, and no part of this file", key.name);
                    let help = format!(
                        "set `{}`, or name a file that holds it by `{}-file`",
                        key.variable(),
                        key.key()
                    );
                    self.problems.push(Problem::new(place, message).help(help));
                }
                Some(key) => match as_text(value) {
                    Some(told) => {
                        let place = Place::of(file, text, &value.span());
                        self.values.insert(key.name, (told, place));
                    }
                    None => {
                        let message = format!("`{}` must be text or a number", key.name);
                        let place = Place::of(file, text, &value.span());
                        self.problems.push(Problem::new(place, message));
                    }
                },
                None => self.unknown(place, key, known.map(Key::key)),
            }
        }
    }

    /// Takes what of an environment is meant for the relay. What is empty says nothing.
    pub(crate) fn environment(
        &mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) {
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let place = Place::Variable(name.to_owned());
            let key = KEYS.iter().find(|key| key.variable() == name);
            match (key, value.into_string()) {
                (_, Ok(value)) if value.is_empty() || name == FILE => {}
                (Some(key), Ok(value)) => drop(self.values.insert(key.name, (value, place))),
                (Some(_), Err(_)) => self
                    .problems
                    .push(Problem::new(place, "it is no UTF-8 text")),
                (None, _) => {
                    let variables: Vec<_> = KEYS.iter().map(Key::variable).collect();
                    self.unknown(place, name, variables.iter().map(|name| &**name));
                }
            }
        }
    }

    fn unknown<'a>(
        &mut self,
        place: Place,
        name: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) {
        let message = match place {
            Place::Variable(_) => "nothing of that name is read".to_owned(),
            _ => format!("unknown key `{name}`"),
        };
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if matches!(place, Place::Variable(_)) => {
                "`tidings-relay --help` lists what is".to_owned()
            }
            None => {
                let mut known: Vec<_> = known.collect();
                known.dedup();
                format!("there are `{}`", known.join("`, `"))
            }
        };
        self.problems.push(Problem::new(place, message).help(help));
    }
}

fn is_table(name: &str) -> bool {
    KEYS.iter().any(|key| key.table() == name)
}

fn as_text(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(word) => Some(word.to_string()),
        _ => None,
    }
}

/// The known name that is most like another, where one is.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = known.map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
    let best = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(alike, _)| *alike > 0.7)
        .map(|(_, known)| known)
}
