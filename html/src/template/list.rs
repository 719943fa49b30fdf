//! The templates as they are written, with their names; the build script reads them too.

/// Templates of whole lines.
const LINES: [(&str, &str); 8] = [
    ("start", include_str!("../../../templates/html/start.hbs")),
    (
        "contents",
        include_str!("../../../templates/html/contents.hbs"),
    ),
    ("intro", include_str!("../../../templates/html/intro.hbs")),
    (
        "section",
        include_str!("../../../templates/html/section.hbs"),
    ),
    (
        "overview",
        include_str!("../../../templates/html/overview.hbs"),
    ),
    ("row", include_str!("../../../templates/html/row.hbs")),
    ("scheme", include_str!("../../../templates/html/scheme.hbs")),
    ("schema", include_str!("../../../templates/html/schema.hbs")),
];

/// Templates that more may follow on the same line: their last line end is none of theirs.
const PARTS: [(&str, &str); 16] = [
    (
        "picture",
        include_str!("../../../templates/html/picture.hbs"),
    ),
    ("server", include_str!("../../../templates/html/server.hbs")),
    (
        "operation",
        include_str!("../../../templates/html/operation.hbs"),
    ),
    ("pieces", include_str!("../../../templates/html/pieces.hbs")),
    ("place", include_str!("../../../templates/html/place.hbs")),
    (
        "channel",
        include_str!("../../../templates/html/channel.hbs"),
    ),
    (
        "message",
        include_str!("../../../templates/html/message.hbs"),
    ),
    ("tree", include_str!("../../../templates/html/tree.hbs")),
    ("head", include_str!("../../../templates/html/head.hbs")),
    ("body", include_str!("../../../templates/html/body.hbs")),
    (
        "variables",
        include_str!("../../../templates/html/variables.hbs"),
    ),
    (
        "requirements",
        include_str!("../../../templates/html/requirements.hbs"),
    ),
    ("about", include_str!("../../../templates/html/about.hbs")),
    ("words", include_str!("../../../templates/html/words.hbs")),
    (
        "settings",
        include_str!("../../../templates/html/settings.hbs"),
    ),
    ("end", include_str!("../../../templates/html/end.hbs")),
];

/// Pages of a site, which others need not have.
pub(super) const SITE: [(&str, &str); 2] = [
    ("site", include_str!("../../../templates/html/site.hbs")),
    (
        "changes",
        include_str!("../../../templates/html/changes.hbs"),
    ),
];

/// All templates with their names.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    LINES.into_iter().chain(PARTS).chain(SITE)
}

/// A template as it is read: without the last line end where that is none of it.
pub(super) fn read<'a>(name: &str, text: &'a str) -> &'a str {
    match PARTS.iter().any(|(part, _)| *part == name) {
        true => text.trim_end(),
        false => text,
    }
}
