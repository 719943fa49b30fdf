//! What a ruleset means in the end: extended rulesets first, then what the file itself says, then overrides of the document.
use std::{collections::BTreeMap, sync::Arc};

use tidings_document::{Diagnostic, Document, FileId, Severity, Text};

use super::{
    Ruleset,
    aliases::Aliases,
    definition::{Definition, Entry},
    file::{Base, File, Layer, Named, Which},
    formats::{self, Version},
    load::patterns_of_asyncapi,
    names::{self, KNOWN, Native},
    overrides::seen_from,
    problems::unknown,
};

/// Rules by name.
type Set = BTreeMap<String, Active>;

/// A rule with its state.
#[derive(Debug, Clone)]
pub(super) struct Active {
    pub(super) own: Option<Own>,
    /// Rules of ours behind the name: meant by it, or replaced by the ruleset's.
    native: Option<Native>,
    recommended: bool,
    pub(super) is_on: bool,
    /// `None` is off.
    pub(super) severity: Option<Severity>,
}

/// A rule that a ruleset defines.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) definition: Arc<Definition>,
    pub(super) aliases: Arc<Aliases>,
    pub(super) formats: Option<formats::Formats>,
    pub(super) url: Option<String>,
}

/// A ruleset for one document.
#[derive(Debug)]
pub struct Applied<'d> {
    pub(super) document: &'d Document,
    pub(super) version: Option<Version>,
    pub(super) set: Set,
    places: Vec<Place>,
    folder: std::path::PathBuf,
}

/// What is said about a rule at some places.
#[derive(Debug, Clone)]
struct Place {
    rule: String,
    files: super::overrides::Files,
    severity: Option<Severity>,
}

/// What a ruleset means for a document.
pub(super) fn apply<'d>(ruleset: &Ruleset, document: &'d Document) -> Applied<'d> {
    let file = document.sources().location(FileId(0));
    let name = seen_from(&ruleset.folder, file);
    let mut set = set_of(&ruleset.file.layer, Set::new(), &mut None);
    let mut places = Vec::new();
    for item in &ruleset.file.overrides {
        let meant: Vec<_> = item
            .files
            .iter()
            .filter(|files| files.hold(&name))
            .collect();
        if meant.iter().any(|files| files.pointer.is_none()) {
            set = set_of(&item.layer, set, &mut None);
            continue;
        }
        for files in meant {
            places.extend(item.layer.rules.iter().filter_map(|rule| match rule.entry {
                Entry::Severity(severity) => Some(Place {
                    rule: rule.name.clone(),
                    files: files.clone(),
                    severity,
                }),
                _ => None,
            }));
        }
    }
    for place in &places {
        if let Some(active) = set.get_mut(&place.rule) {
            active.is_on = true;
        }
    }
    Applied {
        document,
        version: document.root().and_then(formats::version),
        set,
        places,
        folder: ruleset.folder.clone(),
    }
}

/// Reports names that stand for nothing.
pub(super) fn check_names(file: &File, problems: &mut Vec<Diagnostic>) {
    let mut problems = Some(problems);
    let set = set_of(&file.layer, Set::new(), &mut problems);
    for item in &file.overrides {
        set_of(&item.layer, set.clone(), &mut problems);
    }
}

/// Where unknown names are reported, if anywhere.
type Sink<'p> = Option<&'p mut Vec<Diagnostic>>;

fn set_of(layer: &Layer, mut set: Set, problems: &mut Sink<'_>) -> Set {
    for extended in &layer.extends {
        let base = match &extended.base {
            Base::AsyncApi => asyncapi(),
            // Overrides of extended files do not count, as in Spectral.
            Base::File(file) => set_of(&file.layer, Set::new(), problems),
        };
        for (name, mut active) in base {
            match extended.which {
                Some(Which::All) => active.is_on = true,
                Some(Which::Recommended) => active.is_on = active.recommended,
                Some(Which::Off) => active.is_on = false,
                None => {}
            }
            set.insert(name, active);
        }
    }
    for rule in &layer.rules {
        say(layer, rule, &mut set, problems);
    }
    set
}

/// The rules of `spectral:asyncapi`.
fn asyncapi() -> Set {
    let patterns = patterns_of_asyncapi();
    let mut set = set_of(&patterns.layer, Set::new(), &mut None);
    for known in KNOWN {
        let active = Active {
            own: None,
            native: Some(known.native()),
            recommended: known.recommended,
            is_on: known.recommended,
            severity: Some(known.severity),
        };
        set.insert(known.name().to_owned(), active);
    }
    set
}

/// Heeds what a file says about one name.
fn say(layer: &Layer, rule: &Named, set: &mut Set, problems: &mut Sink<'_>) {
    if let Entry::Rule(definition) = &rule.entry {
        return define(layer, &rule.name, definition, set);
    }
    if !set.contains_key(&rule.name) {
        let Some(native) = names::find(&rule.name) else {
            if let Some(problems) = problems {
                problems.push(no_rule(rule, set));
            }
            return;
        };
        let active = Active {
            severity: Some(native.severity),
            own: None,
            native: Some(native),
            recommended: true,
            is_on: true,
        };
        set.insert(rule.name.clone(), active);
    }
    if let Some(active) = set.get_mut(&rule.name) {
        match rule.entry {
            Entry::Switch(is_on) => active.is_on = is_on,
            Entry::Severity(severity) => {
                active.severity = severity;
                active.is_on = severity.is_some();
            }
            Entry::Rule(_) => {}
        }
    }
}

fn no_rule(rule: &Named, set: &Set) -> Diagnostic {
    let name = Text {
        value: &rule.name,
        span: rule.span,
    };
    let mut known: Vec<&str> = names::all().collect();
    known.extend(set.keys().map(String::as_str));
    let found = unknown(name, known, "rule that could be switched");
    match found.help {
        Some(_) => found,
        None => found
            .help("define it with `given` and `then`; `tidings rules` lists those that there are"),
    }
}

fn define(layer: &Layer, name: &str, definition: &Arc<Definition>, set: &mut Set) {
    let before = set.remove(name);
    let inherited = before.as_ref().and_then(|active| active.own.as_ref());
    let url = layer.url.as_ref().map(|url| format!("{url}#{name}"));
    let own = match inherited {
        Some(own) => Own {
            definition: Arc::new(own.definition.overridden_by(definition)),
            aliases: layer.aliases.clone(),
            formats: definition.formats.clone().or_else(|| own.formats.clone()),
            url: definition.url.clone().or_else(|| own.url.clone()).or(url),
        },
        None => Own {
            definition: definition.clone(),
            aliases: layer.aliases.clone(),
            formats: definition.formats.clone().or_else(|| layer.formats.clone()),
            url: definition.url.clone().or(url),
        },
    };
    let severity = own.definition.severity.unwrap_or(match &before {
        Some(active) => active.severity,
        None => Some(Severity::Warning),
    });
    let recommended = own.definition.recommended.unwrap_or(true);
    let active = Active {
        is_on: before.is_some() || recommended,
        native: match before {
            Some(active) => active.native,
            None => names::find(name),
        },
        own: Some(own),
        recommended,
        severity,
    };
    set.insert(name.to_owned(), active);
}

impl Applied<'_> {
    /// What the ruleset says about our own rules, by id: a severity, or `None` for off. The others stay as they are.
    #[must_use]
    pub fn severities(&self) -> BTreeMap<&'static str, Option<Severity>> {
        let mut found = BTreeMap::new();
        let mut said_by_id = BTreeMap::new();
        for active in self.set.values() {
            let Some(native) = &active.native else {
                continue;
            };
            if !native.is_for(self.version) {
                continue;
            }
            let replaced = active.own.is_some();
            let severity = active.severity.filter(|_| active.is_on && !replaced);
            for id in &native.ids {
                if native.is_own || replaced {
                    said_by_id.insert(*id, severity);
                } else {
                    // Several names may stand for one rule: it is on as long as one of them is.
                    let known = found.entry(*id).or_insert(severity);
                    *known = (*known).max(severity);
                }
            }
        }
        found.extend(said_by_id);
        found
    }

    /// The rules that the ruleset defines, and whether each is looked for.
    pub fn own_rules(&self) -> impl Iterator<Item = (&str, bool)> {
        let own = self.set.iter().filter(|(_, active)| active.own.is_some());
        own.map(|(name, active)| (&**name, active.is_on && active.severity.is_some()))
    }

    /// The severity of a finding where the ruleset says something about its very place; `None` inside is off.
    #[must_use]
    pub fn severity_there(&self, found: &Diagnostic) -> Option<Option<Severity>> {
        if self.places.is_empty() {
            return None;
        }
        let location = self.document.sources().location(found.span.file);
        let name = seen_from(&self.folder, location);
        let pointer = self.document.pointer_at(found.span);
        let is_meant = |rule: &str| {
            let native = names::find(rule);
            rule == found.rule.id
                || native.is_some_and(|native| native.ids.contains(&found.rule.id))
        };
        let holds = |place: &&Place| {
            let rest = place
                .files
                .pointer
                .as_deref()
                .and_then(|outer| pointer.strip_prefix(outer));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let places = self.places.iter().filter(holds);
        let meant = places.filter(|place| is_meant(&place.rule) && place.files.hold(&name));
        let nearest = meant.max_by_key(|place| place.files.pointer.as_ref().map(String::len));
        nearest.map(|place| place.severity)
    }
}
