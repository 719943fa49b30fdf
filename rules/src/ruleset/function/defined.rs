//! `defined`: there is a value, be it `null`.
use super::Check;

pub(super) fn check(check: &mut Check<'_, '_>) {
    check.demand(!check.is_missing(), "be defined");
}
