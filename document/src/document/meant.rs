//! References that lack only the way into their own file: `/channels/orders` for `#/channels/orders`.
use super::link::Walk;
use crate::{Change, Diagnostic, Fix, Text};

impl Walk<'_, '_> {
    /// A finding about a reference, with the place in its own file that it names when it is written as a pointer.
    pub(super) fn with_meant(&self, reference: Text<'_>, found: Diagnostic) -> Diagnostic {
        let Some(meant) = self.meant(reference) else {
            return found;
        };
        let change = Change::Scalar(reference.span, meant.clone());
        let fix = Fix::new(format!("write `{meant}`"), change);
        found
            .help(format!("a place in the same file is written `{meant}`"))
            .fix(Some(fix))
    }

    fn meant(&self, reference: Text<'_>) -> Option<String> {
        let path = reference.value.trim_start_matches(['#', '/', '.']);
        let meant = format!("#/{path}");
        let is_other = meant != reference.value && path.contains('/');
        let target = Text {
            value: &meant,
            span: reference.span,
        };
        let leads = is_other && self.document.target_anywhere(target).is_ok();
        leads.then_some(meant)
    }
}
