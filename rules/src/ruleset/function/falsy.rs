//! `falsy`: there is no value, or `null`, `false`, `0` or the empty text.
use super::Check;

pub(super) fn check(check: &mut Check<'_, '_>) {
    check.demand(!check.is_truthy(), "be falsy: missing, empty or false");
}
