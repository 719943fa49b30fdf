//! `undefined`: there is no value, not even `null`.
use super::Check;

pub(super) fn check(check: &mut Check<'_, '_>) {
    check.demand(check.is_missing(), "not be defined");
}
