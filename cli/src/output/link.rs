//! Where a rule is documented: on its place in `docs/rules.md` of the repository, and by `tidings explain`.
use tidings_rules::Rule;

/// The page from the root of the repository.
pub(crate) fn page(rule: &Rule) -> String {
    format!("docs/rules.md#{}", rule.id)
}

/// The page on the web, where the manifest says which site has the repository.
/// A rule of a ruleset has the address that the ruleset gives it.
pub(super) fn url(rule: &Rule) -> Option<String> {
    if let Some(url) = tidings_rules::ruleset::documentation_url(rule) {
        return Some(url.to_owned());
    }
    let site = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    (!site.is_empty()).then(|| format!("{site}/blob/main/{}", page(rule)))
}

/// The command that explains it.
pub(crate) fn command(rule: &Rule) -> String {
    format!("tidings explain {}", rule.id)
}
