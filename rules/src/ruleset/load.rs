//! Reads rulesets with the files that they extend; every mistake is a finding at its place.
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use tidings_document::{
    Diagnostic, Document, FileId, Node, Object, OpenError, Settings, Severity, Text, open_alone,
    open_text,
};

use super::{
    aliases::Aliases,
    definition::{self, Around, Entry},
    file::{Base, Extended, File, Layer, Named, Override, Which},
    formats::Formats,
    overrides,
    problems::{invalid, known_key, one_or_many, text, wrong_type},
};

const KEYS: &[&str] = &[
    "aliases",
    "description",
    "documentationUrl",
    "except",
    "extends",
    "formats",
    "functions",
    "functionsDir",
    "overrides",
    "parserOptions",
    "rules",
];

/// Endings of rulesets that are programs.
const SCRIPTS: &[&str] = &["js", "mjs", "cjs", "ts", "mts", "cts"];

/// Reads a ruleset from a file, and tells what is wrong with it.
pub(super) fn read(
    path: &Path,
    settings: &Settings,
) -> Result<(Document, File, Vec<Diagnostic>), OpenError> {
    if is_script(path) {
        let unsupported = std::io::ErrorKind::Unsupported.into();
        let mut error = OpenError::new(path, unsupported, &settings.limits);
        error.reason = "is a program; write the ruleset as YAML or JSON".to_owned();
        return Err(error);
    }
    let (document, mut problems) = open_alone(path, settings)?;
    let file = Reader::new(&document, settings, &mut problems).file(FileId(0));
    Ok((document, file, problems))
}

/// The rules of `spectral:asyncapi` that are patterns.
pub(super) fn patterns_of_asyncapi() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        let text = include_bytes!("asyncapi.yaml").to_vec();
        let settings = Settings {
            loader: Arc::new(tidings_document::MemoryLoader::default()),
            ..Settings::default()
        };
        let name = Path::new("spectral:asyncapi");
        // Memory always has a working folder.
        let Ok((document, mut problems)) = open_text(name, text, &settings) else {
            return File::default();
        };
        Reader::new(&document, &settings, &mut problems).file(FileId(0))
    })
}

fn is_script(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| SCRIPTS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// Rulesets that extend each other, one inside the other.
const DEEPEST: usize = 30;

/// Rulesets that one extends all together, each counted as often as it is named.
const MOST: usize = 300;

struct Reader<'r> {
    document: &'r Document,
    settings: &'r Settings,
    problems: &'r mut Vec<Diagnostic>,
    /// Files that are being read, each extended by the one before.
    stack: Vec<FileId>,
    read: usize,
}

impl<'r> Reader<'r> {
    fn new(
        document: &'r Document,
        settings: &'r Settings,
        problems: &'r mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            document,
            settings,
            problems,
            stack: Vec::new(),
            read: 0,
        }
    }

    fn file(&mut self, id: FileId) -> File {
        let document = self.document;
        let Some(root) = document.tree(id) else {
            return File::default();
        };
        let Some(object) = root.as_object() else {
            self.problems.push(wrong_type(
                root,
                "a ruleset",
                "an object with `rules` or `extends`",
            ));
            return File::default();
        };
        self.stack.push(id);
        for entry in object {
            known_key(entry.name(), KEYS, "part of a ruleset", self.problems);
        }
        let needed = ["extends", "rules", "overrides"];
        if needed.iter().all(|key| object.get(key).is_none()) {
            let message =
                "a ruleset has `extends`, `rules` or `overrides`, and this has none of them";
            self.problems.push(invalid(root.span, message));
        }
        parser_options(object, self.problems);
        let scripts = scripts(object, self.problems);
        let layer = self.layer(object, None, &scripts);
        let overrides = self.overrides(object, &layer, &scripts);
        self.stack.pop();
        File { layer, overrides }
    }

    fn layer(&mut self, object: &Object, outer: Option<&Layer>, scripts: &[String]) -> Layer {
        let own = object
            .get("aliases")
            .map(|node| Aliases::read(node, self.problems));
        let aliases = match (outer, own) {
            (Some(outer), Some(own)) => Arc::new(outer.aliases.with(&own)),
            (Some(outer), None) => outer.aliases.clone(),
            (None, own) => Arc::new(own.unwrap_or_default()),
        };
        let mut layer = Layer {
            extends: self.extends(object),
            formats: object
                .get("formats")
                .map(|node| Formats::read(node, self.problems)),
            url: text(object, "documentationUrl", self.problems).map(|text| text.value.to_owned()),
            rules: Vec::new(),
            aliases,
        };
        text(object, "description", self.problems);
        let Some(rules) = object.get("rules") else {
            return layer;
        };
        let Some(rules) = rules.as_object() else {
            self.problems
                .push(wrong_type(rules, "`rules`", "an object of rules by name"));
            return layer;
        };
        for entry in rules {
            let around = Around {
                aliases: &layer.aliases,
                scripts,
            };
            let found = definition::entry(entry.name(), &entry.value, &around, self.problems);
            layer.rules.extend(found.map(|found| Named {
                name: entry.key.clone(),
                span: entry.key_span,
                entry: found,
            }));
        }
        layer
    }

    fn overrides(&mut self, object: &Object, outer: &Layer, scripts: &[String]) -> Vec<Override> {
        let Some(node) = object.get("overrides") else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in one_or_many(node) {
            let Some(object) = item.as_object() else {
                self.problems.push(wrong_type(
                    item,
                    "an override",
                    "an object with `files` and `rules`",
                ));
                continue;
            };
            let Some(files) = overrides::files(item, object, self.problems) else {
                continue;
            };
            let layer = self.layer(object, Some(outer), scripts);
            let by_pointer = files.iter().any(|file| file.pointer.is_some());
            if by_pointer {
                only_severities(&layer, self.problems);
            }
            found.push(Override { files, layer });
        }
        found
    }

    fn extends(&mut self, object: &Object) -> Vec<Extended> {
        let mut found = Vec::new();
        for item in object.get("extends").map_or(&[][..], one_or_many) {
            let (name, which) = match item.as_array() {
                Some([name, which]) => (name, Some(which)),
                _ => (item, None),
            };
            let Some(name) = name.text() else {
                let expected = "a name, or a list of a name and `all`, `recommended` or `off`";
                self.problems.push(wrong_type(item, "`extends`", expected));
                continue;
            };
            let which = match which.map(|node| self.which(node)) {
                Some(None) => continue,
                Some(which) => which,
                None => None,
            };
            found.extend(self.base(name).map(|base| Extended { base, which }));
        }
        found
    }

    fn which(&mut self, node: &Node) -> Option<Which> {
        match node.as_str() {
            Some("all") => Some(Which::All),
            Some("recommended") => Some(Which::Recommended),
            Some("off") => Some(Which::Off),
            _ => {
                let message = "behind the name of a ruleset stands `all`, `recommended` or `off`";
                self.problems.push(invalid(node.span, message));
                None
            }
        }
    }

    fn base(&mut self, name: Text<'_>) -> Option<Base> {
        let value = name.value;
        if value == "spectral:asyncapi" {
            return Some(Base::AsyncApi);
        }
        let ending = Path::new(value)
            .extension()
            .and_then(|ending| ending.to_str());
        let is_file = matches!(ending, Some("yaml" | "yml" | "json"))
            || value.starts_with(['.', '/'])
            || value.contains("://");
        let (message, help) = if value.starts_with("spectral:") {
            (
                format!("`{value}` is not for AsyncAPI documents"),
                "extend `spectral:asyncapi`",
            )
        } else if is_script(Path::new(value)) {
            (
                format!("`{value}` is a program, and none is run"),
                "write that ruleset as YAML or JSON",
            )
        } else if !is_file {
            (
                format!("`{value}` is a package of npm, and none is read"),
                "keep a copy of its ruleset as YAML or JSON and extend that file",
            )
        } else {
            return self.extended_file(name).map(Base::File);
        };
        self.problems.push(invalid(name.span, message).help(help));
        None
    }

    fn extended_file(&mut self, name: Text<'_>) -> Option<Arc<File>> {
        let before = self.problems.len();
        let Some(id) = self.document.include(name, self.settings, self.problems) else {
            // A document may do without a file that is not read; a ruleset then is another.
            for found in &mut self.problems[before..] {
                found.severity = Severity::Error;
            }
            return None;
        };
        if self.stack.contains(&id) {
            let message = format!("`{}` leads back to itself", name.value);
            let found = invalid(name.span, message);
            self.problems
                .push(found.help("leave out one of the `extends`"));
            return None;
        }
        self.read += 1;
        if self.stack.len() >= DEEPEST || self.read > MOST {
            let message = format!(
                "`{}` is not read: rulesets extend each other too often",
                name.value
            );
            self.problems.push(invalid(name.span, message));
            return None;
        }
        Some(Arc::new(self.file(id)))
    }
}

/// Functions in JavaScript that the ruleset brings, and exceptions in a form of old: neither is heeded.
fn scripts(object: &Object, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    if let Some(entry) = object.entry("except") {
        let found = invalid(entry.key_span, "`except` is not read");
        problems.push(found.help("write `overrides` with `files` and `rules` instead"));
    }
    let Some(node) = object.get("functions") else {
        return Vec::new();
    };
    let names = one_or_many(node).iter().map(|item| match item.as_array() {
        Some(parts) => parts.first().and_then(Node::as_str),
        None => item.as_str(),
    });
    let names: Vec<_> = names.flatten().map(str::to_owned).collect();
    if !names.is_empty() {
        let message = format!("functions in JavaScript are not run: {}", names.join(", "));
        let rule = &super::RULESET_FUNCTION_UNSUPPORTED;
        problems.push(Diagnostic::new(rule, node.span, message));
    }
    names
}

/// Options of Spectral's parser: checked, but ours reports the same whatever they say.
fn parser_options(object: &Object, problems: &mut Vec<Diagnostic>) {
    let Some(node) = object.get("parserOptions") else {
        return;
    };
    let Some(options) = node.as_object() else {
        return problems.push(wrong_type(node, "`parserOptions`", "an object"));
    };
    for entry in options {
        let known = ["duplicateKeys", "incompatibleValues"];
        known_key(entry.name(), &known, "option of the parser", problems);
        definition::severity(&entry.value, problems);
    }
}

/// Reports what an override of places says beyond severities.
fn only_severities(layer: &Layer, problems: &mut Vec<Diagnostic>) {
    for rule in &layer.rules {
        if !matches!(rule.entry, Entry::Severity(_)) {
            let message = format!(
                "`{}` needs a severity: for places in files only that can be changed",
                rule.name
            );
            problems.push(invalid(rule.span, message));
        }
    }
}
