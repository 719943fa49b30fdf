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

#[cfg(test)]
mod tests {
    use crate::{Key, Kind, Others, key, parse, required};
    use std::path::Path;

    fn upper(name: &str) -> Result<(), (String, String)> {
        match name.chars().all(char::is_uppercase) {
            true => Ok(()),
            false => Err((format!("`{name}` is small"), "write it large".to_owned())),
        }
    }

    static INNER: &[Key] = &[
        required(key("name", Kind::Text, "")),
        key("more", Kind::Texts, ""),
    ];

    /// A key of each kind.
    static ALL: &[Key] = &[
        key("word", Kind::Word(&["often", "never"]), ""),
        key("text", Kind::Text, ""),
        key("flag", Kind::Flag, ""),
        key("texts", Kind::Texts, ""),
        key("patterns", Kind::Patterns, ""),
        key("hosts", Kind::Hosts, ""),
        key("map", Kind::Map, ""),
        key("words", Kind::Words(upper, &["on", "off"]), ""),
        key("under", Kind::Under(upper, INNER), ""),
        key("table", Kind::Table(INNER), ""),
        key("tables", Kind::Tables(INNER), ""),
    ];

    /// What is said of a text, without the file's name.
    fn told(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let root = parse(Path::new("t"), text, ALL, Others::Wrong, &mut problems);
        assert_eq!(root.is_none(), !problems.is_empty());
        let lines = problems.iter().map(ToString::to_string);
        lines
            .map(|line| line.trim_start_matches("t:").to_owned())
            .collect()
    }

    #[test]
    fn what_is_as_the_keys_say_is_taken() {
        let text = "word = 'never'\ntext = ''\nflag = false\ntexts = []\npatterns = ['a*', '**/b']\nhosts = ['a.example']\n\
                    map = { 'https://a.example/' = 'a' }\nwords = { A = 'on' }\nunder = { A = { name = 'x', more = ['y'] } }\n\
                    table = { name = 'x' }\n[[tables]]\nname = 'x'\n[[tables]]\nname = 'y'\n";
        assert_eq!(told(text), [""; 0]);
    }

    #[test]
    fn what_is_of_another_kind_is_refused_at_its_place() {
        for (text, expected) in [
            (
                "word = 'ofter'",
                "1:8: `word` may not be `ofter`; did you mean `often`?",
            ),
            (
                "word = 'x'",
                "1:8: `word` may not be `x`; it may be `often`, `never`",
            ),
            ("word = 1", "1:8: `word` must be text"),
            ("text = 1", "1:8: `text` must be text"),
            ("flag = 'x'", "1:8: `flag` must be `true` or `false`"),
            ("texts = 'x'", "1:9: `texts` must be a list of texts"),
            ("texts = ['x', 1]", "1:15: `texts` must be text"),
            ("patterns = []", "1:12: `patterns` names no file"),
            ("patterns = [1]", "1:13: `patterns` must be text"),
            ("hosts = [1]", "1:10: `hosts` must be text"),
            ("map = 1", "1:7: `map` must be a table"),
            (
                "map = { 'https://a.example/' = 1 }",
                "1:32: `https://a.example/` must be text",
            ),
            ("words = 1", "1:9: `words` must be a table"),
            ("words = { a = 'on' }", "1:11: `a` is small; write it large"),
            (
                "words = { A = 'offf' }",
                "1:15: `A` may not be `offf`; did you mean `off`?",
            ),
            ("under = { A = 1 }", "1:15: `A` must be a table"),
            ("under = { A = {} }", "1:15: `name` is missing"),
            (
                "under = { a = { name = 'x' } }",
                "1:11: `a` is small; write it large",
            ),
            ("table = []", "1:9: `table` must be a table"),
            ("table = { more = [] }", "1:9: `name` is missing"),
            (
                "table = { name = 'x', mor = [] }",
                "1:23: unknown key `mor`; did you mean `more`?",
            ),
            (
                "tables = 1",
                "1:10: `tables` must be a list of tables; write `[[tables]]`",
            ),
            ("tables = [1]", "1:11: `tables` must be a table"),
            ("tables = [{ more = [] }]", "1:11: `name` is missing"),
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_within_a_text_is_told() {
        for (text, expected) in [
            ("patterns = ['a', '***']", "1:18: this is not a pattern: "),
            ("hosts = ['a.example', 'a b']", "1:23: this is no host; "),
            ("map = { 'a b' = '' }", "1:9: the URL "),
            ("x = 1", "1:1: unknown key `x`; there are `word`, `text`, "),
        ] {
            let told = told(text);
            assert!(
                told.len() == 1 && told[0].starts_with(expected),
                "{text}: {told:?}"
            );
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_in_the_order_of_the_text() {
        let told = told("y = 1\nflag = 1\n[table]\nmore = 1\n");
        let places: Vec<_> = told.iter().map(|line| &line[..3]).collect();
        assert_eq!(places, ["1:1", "2:8", "3:1", "4:8"], "{told:?}");
    }
}
