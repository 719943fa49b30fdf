//! Every key that a configuration may have, in one list.
use super::levels;
use tidings_config::{Key, Kind, READ, REMOTE, key, required};
use tidings_document::nearest;
use tidings_rules::is_essential;

/// How much a rule may weigh.
pub(super) const SEVERITIES: &[&str] = &["off", "info", "warning", "error"];

/// The keys of the file.
pub(super) static ROOT: &[Key] = &[
    key(
        "validate",
        Kind::Table(VALIDATE),
        "What `tidings validate` does unless its options say otherwise.",
    ),
    key(
        "rules",
        Kind::Words(rule, SEVERITIES),
        "Severities of rules, by id, by official code, or by the name of a group; a rule that is named is checked in every profile.",
    ),
    key(
        "overrides",
        Kind::Tables(OVERRIDE),
        "Severities of rules in some files; later ones win.",
    ),
    key("read", Kind::Table(READ), "Which files may be read."),
    key(
        "remote",
        Kind::Table(REMOTE),
        "What is read from other machines.",
    ),
    key("docs", Kind::Table(DOCS), "How pages look."),
    key(
        "generate",
        Kind::Table(GENERATE),
        "What code is made, by languages.",
    ),
];

static GENERATE: &[Key] = &[key(
    "rust",
    Kind::Table(tidings_codegen::OPTIONS),
    "What `tidings generate rust`, build scripts and macros do unless their options say otherwise.",
)];

static DOCS: &[Key] = &[
    key(
        "css",
        Kind::Text,
        "File of rules to add to the style sheet.",
    ),
    key("logo", Kind::Text, "Picture to show before titles."),
    key(
        "template-dir",
        Kind::Text,
        "Folder with templates in the place of ours.",
    ),
    key(
        "allow-images",
        Kind::Hosts,
        "Hosts whose pictures pages show, and fetch.",
    ),
    key(
        "title",
        Kind::Text,
        "Title of pages, instead of the document's own.",
    ),
    key(
        "fragment",
        Kind::Flag,
        "Whether only what lies within a page is written.",
    ),
    key(
        "site-title",
        Kind::Text,
        "What several documents are called together.",
    ),
];

static VALIDATE: &[Key] = &[
    key(
        "profile",
        Kind::Word(&["official", "recommended", "strict"]),
        "Which rules to check.",
    ),
    key(
        "fail-on",
        Kind::Word(&["error", "warning", "info"]),
        "The least severity that makes the exit code 1.",
    ),
    key(
        "baseline",
        Kind::Text,
        "File of known findings, which are not shown again.",
    ),
    key("rulesets", Kind::Texts, "Files of declarative rules."),
];

static OVERRIDE: &[Key] = &[
    required(key(
        "files",
        Kind::Patterns,
        "Patterns of file names, from the folder of this file.",
    )),
    required(key(
        "rules",
        Kind::Words(rule, SEVERITIES),
        "Severities of rules in these files.",
    )),
];

/// Says what is wrong with a name that is no rule's, or one of a rule that must be heard.
fn rule(id: &str) -> Result<(), (String, String)> {
    if tidings_rules::find(id).is_some_and(is_essential) {
        let message = format!("`{id}` cannot be set");
        let help = "behind its findings nothing is checked, so that they are always errors";
        return Err((message, help.to_owned()));
    }
    if levels::rules_of(id).next().is_some() {
        return Ok(());
    }
    let help = match nearest(id, levels::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tidings rules` lists them all, and rules of a ruleset are set in a ruleset that extends it".to_owned(),
    };
    Err((format!("there is no rule `{id}`"), help))
}
