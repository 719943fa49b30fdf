//! Which of the two regular-expression engines takes a pattern.

use jsonschema::Draft;
use serde_json::json;

/// The engine for one pattern.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The validation library's own, with a bound on backtracking.
    Library,
    /// The ECMAScript engine, for what is legal only outside Unicode mode (`\Z`, `[^]`, `a{,3}`).
    Ecma,
    /// None: it is not a regular expression, for this reason.
    Neither(String),
}

/// Finds the engine for `pattern`.
pub(crate) fn engine(pattern: &str) -> Engine {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-^$:@".contains(c);
    if pattern.chars().all(plain) || library_takes(pattern) {
        return Engine::Library;
    }
    match regress::Regex::new(pattern) {
        Ok(_) => Engine::Ecma,
        Err(error) => Engine::Neither(error.to_string().to_lowercase()),
    }
}

/// Whether a schema may have this `pattern`: it is a regular expression as in ECMAScript.
///
/// # Errors
/// When it is none, with the reason.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    match engine(pattern) {
        Engine::Library | Engine::Ecma => Ok(()),
        Engine::Neither(reason) => Err(reason),
    }
}

/// Whether the library takes `pattern`; asked of it, since what it takes changes with its version.
fn library_takes(pattern: &str) -> bool {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .build(&json!({ "pattern": pattern }))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_outside_unicode_mode_go_to_the_second_engine() {
        assert_eq!(engine(r"^(?=a)\p{L}+$"), Engine::Library);
        for annex_b in [r"^a\Z", "[^]", "a{,3}"] {
            assert_eq!(engine(annex_b), Engine::Ecma, "{annex_b}");
        }
        assert!(matches!(engine("(a"), Engine::Neither(_)));
    }
}
