//! From the text of a configuration file to a [`Config`]. All that is wrong is reported, and what is sound is taken.
use super::{Config, Levels, Look, Override, keys};
use std::path::Path;
use tidings_codegen::Options;
use tidings_config::{More, Others, Part, Problem};
use tidings_document::Severity;
use tidings_rules::Profile;
use toml::de::DeTable;

/// Reads the text of a file; what is wrong is told in the order of the text.
pub(super) fn read(file: &Path, text: &str, problems: &mut Vec<Problem>) -> Config {
    let root = tidings_config::parse(file, text, keys::ROOT, Others::Wrong, problems);
    root.map(|root| config(file, &root)).unwrap_or_default()
}

fn config(file: &Path, root: &DeTable<'_>) -> Config {
    let parent = file.parent().unwrap_or(Path::new(""));
    let validate = Part::of(root, "validate", parent);
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
        more: More::of(root, parent),
        look: Look {
            css: docs.path("css"),
            logo: docs.path("logo"),
            templates: docs.path("template-dir"),
            images: docs.hosts("allow-images"),
            title: docs.text("title").map(str::to_owned),
            fragment: docs.flag("fragment"),
            site_title: docs.text("site-title").map(str::to_owned),
        },
        rust: Options::of(root, parent),
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
