//! `truthy`: there is a value other than `null`, `false`, `0` and the empty text.
use super::Check;

pub(super) fn check(check: &mut Check<'_, '_>) {
    check.demand(check.is_truthy(), "be truthy: not missing, empty or false");
}
