//! Compares a TOML table with the keys that are known, and reports all that differs.
use crate::{
    keys::{Key, Kind},
    problem::Problem,
};
use std::{ops::Range, path::Path};
use tidings_document::{Host, Mapping, nearest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value and its place.
type Value<'i> = Spanned<DeValue<'i>>;

/// Gathers what is wrong.
pub(crate) struct Check<'t> {
    pub(crate) file: &'t Path,
    pub(crate) text: &'t str,
    pub(crate) problems: &'t mut Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, range: &Range<usize>, message: String, help: Option<String>) {
        let problem = Problem::at(self.file, self.text, range, message);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// Compares a table; `range` is where it stands.
    pub(crate) fn table(&mut self, table: &DeTable<'_>, keys: &[Key], range: &Range<usize>) {
        for (name, value) in table {
            let name_text: &str = name.get_ref();
            match keys.iter().find(|key| key.name == name_text) {
                Some(key) => self.value(key, value),
                None => {
                    let names = || keys.iter().map(|key| key.name);
                    let help = match nearest(name_text, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are `{}`", names().collect::<Vec<_>>().join("`, `")),
                    };
                    let message = format!("unknown key `{name_text}`");
                    self.report(&name.span(), message, Some(help));
                }
            }
        }
        for key in keys.iter().filter(|key| key.required) {
            if !table.contains_key(key.name) {
                self.report(range, format!("`{}` is missing", key.name), None);
            }
        }
    }

    /// Compares what stands under a key.
    pub(crate) fn value(&mut self, key: &Key, value: &Value<'_>) {
        match key.kind {
            Kind::Word(words) => self.word(key.name, value, words),
            Kind::Text => {
                self.text(key.name, value);
            }
            Kind::Flag if value.get_ref().as_bool().is_none() => {
                self.mismatch(key.name, value, "`true` or `false`", None);
            }
            Kind::Flag => {}
            Kind::Texts => self.texts(key.name, value),
            Kind::Patterns => self.patterns(key.name, value),
            Kind::Hosts => self.hosts(key.name, value),
            Kind::Map => {
                for (url, path) in self.inner(key.name, value).into_iter().flatten() {
                    self.text(url.get_ref(), path);
                    if let Err(error) = Mapping::new(url.get_ref(), "") {
                        self.report(&url.span(), format!("the URL {error}"), None);
                    }
                }
            }
            Kind::Words(judge, words) => {
                for (name, value) in self.inner(key.name, value).into_iter().flatten() {
                    if let Err((message, help)) = judge(name.get_ref()) {
                        self.report(&name.span(), message, Some(help));
                    }
                    self.word(name.get_ref(), value, words);
                }
            }
            Kind::Under(judge, keys) => {
                for (name, value) in self.inner(key.name, value).into_iter().flatten() {
                    if let Err((message, help)) = judge(name.get_ref()) {
                        self.report(&name.span(), message, Some(help));
                    }
                    if let Some(table) = self.inner(name.get_ref(), value) {
                        self.table(table, keys, &value.span());
                    }
                }
            }
            Kind::Table(keys) => {
                if let Some(table) = self.inner(key.name, value) {
                    self.table(table, keys, &value.span());
                }
            }
            Kind::Tables(keys) => match value.get_ref().as_array() {
                Some(items) => {
                    for item in items {
                        if let Some(table) = self.inner(key.name, item) {
                            self.table(table, keys, &item.span());
                        }
                    }
                }
                None => {
                    let help = format!("write `[[{}]]`", key.name);
                    self.mismatch(key.name, value, "a list of tables", Some(help));
                }
            },
        }
    }

    fn inner<'v, 'i>(&mut self, name: &str, value: &'v Value<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.mismatch(name, value, "a table", None);
        }
        table
    }

    fn text<'v>(&mut self, name: &str, value: &'v Value<'_>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.mismatch(name, value, "text", None);
        }
        text
    }

    fn texts(&mut self, name: &str, value: &Value<'_>) {
        let Some(items) = value.get_ref().as_array() else {
            return self.mismatch(name, value, "a list of texts", None);
        };
        for item in items {
            self.text(name, item);
        }
    }

    fn hosts(&mut self, name: &str, value: &Value<'_>) {
        self.texts(name, value);
        for item in value.get_ref().as_array().into_iter().flatten() {
            let host = item.get_ref().as_str().map(str::parse::<Host>);
            if let Some(Err(help)) = host {
                self.report(&item.span(), "this is no host".to_owned(), Some(help));
            }
        }
    }

    fn patterns(&mut self, name: &str, value: &Value<'_>) {
        self.texts(name, value);
        let items = value.get_ref().as_array();
        if items.is_some_and(|items| items.is_empty()) {
            self.report(&value.span(), format!("`{name}` names no file"), None);
        }
        for item in items.into_iter().flatten() {
            let pattern = item.get_ref().as_str().map(glob::Pattern::new);
            if let Some(Err(error)) = pattern {
                let message = format!("this is not a pattern: {}", error.msg);
                self.report(&item.span(), message, None);
            }
        }
    }

    fn word(&mut self, name: &str, value: &Value<'_>, words: &[&str]) {
        let Some(text) = self.text(name, value) else {
            return;
        };
        if !words.contains(&text) {
            let help = match nearest(text, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it may be `{}`", words.join("`, `")),
            };
            let message = format!("`{name}` may not be `{text}`");
            self.report(&value.span(), message, Some(help));
        }
    }

    fn mismatch(&mut self, name: &str, value: &Value<'_>, expected: &str, help: Option<String>) {
        let message = format!("`{name}` must be {expected}");
        self.report(&value.span(), message, help);
    }
}
