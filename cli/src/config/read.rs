//! From the text of a configuration file to a [`Config`]. All that is wrong is reported, and what is sound is taken.
use super::{Config, Levels, Look, More, Override, keys, problem::Problem, table::Check};
use std::path::{Path, PathBuf};
use tidings_document::{Host, Mapping, Severity};
use tidings_rules::Profile;
use toml::de::{DeTable, DeValue};

/// Reads the text of a file; what is wrong is told in the order of the text.
pub(super) fn read(file: &Path, text: &str, problems: &mut Vec<Problem>) -> Config {
    let before = problems.len();
    let config = parse(file, text, problems);
    problems[before..].sort_by_key(Problem::place);
    config
}

fn parse(file: &Path, text: &str, problems: &mut Vec<Problem>) -> Config {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| {
            let range = error.span().unwrap_or_default();
            Problem::at(file, text, &range, error.message().replace('\n', ", "))
        }));
        return Config::default();
    }
    let before = problems.len();
    let mut check = Check {
        file,
        text,
        problems,
    };
    check.table(root.get_ref(), keys::ROOT, &root.span());
    if problems.len() > before {
        return Config::default();
    }
    config(file, root.get_ref())
}

fn config(file: &Path, root: &DeTable<'_>) -> Config {
    let parent = file.parent().unwrap_or(Path::new(""));
    let validate = Part::of(root, "validate", parent);
    let read = Part::of(root, "read", parent);
    let remote = Part::of(root, "remote", parent);
    let docs = Part::of(root, "docs", parent);
    let rules = table(root, "rules");
    let overrides = root
        .get("overrides")
        .and_then(|value| value.get_ref().as_array());
    let overrides = || {
        overrides
            .into_iter()
            .flatten()
            .filter_map(|item| item.get_ref().as_table())
    };
    let real = Path::new(".").join(parent).canonicalize();
    Config {
        profile: validate.text("profile").and_then(profile),
        fail_on: validate.text("fail-on").and_then(severity),
        baseline: validate.path("baseline"),
        rulesets: validate.paths("rulesets"),
        more: More {
            roots: read.paths("roots"),
            hidden: read.flag("hidden"),
            proto_paths: read.paths("proto-path"),
            hosts: remote.hosts("allow"),
            map: remote.map("map"),
            lock: remote.path("lock"),
        },
        look: Look {
            css: docs.path("css"),
            logo: docs.path("logo"),
            templates: docs.path("template-dir"),
            images: docs.hosts("allow-images"),
            site_title: docs.text("site-title").map(str::to_owned),
        },
        folder: real.unwrap_or_else(|_| parent.to_owned()),
        levels: rules.map(Levels::read).unwrap_or_default(),
        overrides: overrides().map(read_override).collect(),
    }
}

fn read_override(item: &DeTable<'_>) -> Override {
    let part = Part {
        table: Some(item),
        folder: Path::new(""),
    };
    let patterns = part.texts("files").map(glob::Pattern::new);
    Override {
        files: patterns.filter_map(Result::ok).collect(),
        levels: table(item, "rules").map(Levels::read).unwrap_or_default(),
    }
}

fn table<'v, 'i>(table: &'v DeTable<'i>, name: &str) -> Option<&'v DeTable<'i>> {
    table.get(name)?.get_ref().as_table()
}

/// A table of the file, and the folder that its paths start from.
struct Part<'v, 'i> {
    table: Option<&'v DeTable<'i>>,
    folder: &'v Path,
}

impl<'v, 'i> Part<'v, 'i> {
    fn of(root: &'v DeTable<'i>, name: &str, folder: &'v Path) -> Self {
        Self {
            table: table(root, name),
            folder,
        }
    }

    fn get(&self, name: &str) -> Option<&'v DeValue<'i>> {
        Some(self.table?.get(name)?.get_ref())
    }

    fn text(&self, name: &str) -> Option<&'v str> {
        self.get(name)?.as_str()
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name)
            .and_then(DeValue::as_bool)
            .unwrap_or_default()
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &'v str> {
        let items = self.get(name).and_then(DeValue::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.get_ref().as_str())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.join(self.text(name)?))
    }

    fn paths(&self, name: &str) -> Vec<PathBuf> {
        self.texts(name)
            .map(|path| self.folder.join(path))
            .collect()
    }

    fn hosts(&self, name: &str) -> Vec<Host> {
        let hosts = self.texts(name).map(str::parse);
        hosts.filter_map(Result::ok).collect()
    }

    fn map(&self, name: &str) -> Vec<Mapping> {
        let entries = self.get(name).and_then(DeValue::as_table);
        let mapping = |url: &str, path: &str| Mapping::new(url, self.folder.join(path)).ok();
        let entries = entries.into_iter().flatten();
        entries
            .filter_map(|(url, path)| mapping(url.get_ref(), path.get_ref().as_str()?))
            .collect()
    }
}

fn profile(word: &str) -> Option<Profile> {
    Some(match word {
        "official" => Profile::Official,
        "recommended" => Profile::Recommended,
        "strict" => Profile::Strict,
        _ => return None,
    })
}

fn severity(word: &str) -> Option<Severity> {
    Some(match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "info" => Severity::Info,
        _ => return None,
    })
}
