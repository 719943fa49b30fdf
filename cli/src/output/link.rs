//! Where a rule is documented: on its place in `docs/rules.md` of the repository, and by `tidings explain`.
use tidings_rules::Rule;

/// The page from the root of the repository.
pub(crate) fn page(rule: &Rule) -> String {
    format!("docs/rules.md#{}", rule.id)
}

/// The page on the web, where the manifest says which site has the repository.
pub(super) fn url(rule: &Rule) -> Option<String> {
    let site = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    (!site.is_empty()).then(|| format!("{site}/blob/main/{}", page(rule)))
}

/// The command that explains it.
pub(crate) fn command(rule: &Rule) -> String {
    format!("tidings explain {}", rule.id)
}
