//! What a case is.
use crate::{
    bench::{Bench, Outcome},
    needs::Need,
    offers::Offer,
};
use tidings::{BoxFuture, Capabilities};

/// One behaviour.
pub(crate) struct Case {
    /// The name of its function.
    function: &'static str,
    needs: &'static [Need],
    pub(crate) check: fn(Bench) -> BoxFuture<'static, Outcome>,
}

impl Case {
    pub(crate) const fn new(
        function: &'static str,
        needs: &'static [Need],
        check: fn(Bench) -> BoxFuture<'static, Outcome>,
    ) -> Self {
        Self {
            function,
            needs,
            check,
        }
    }

    pub(crate) fn name(&self) -> String {
        self.function.replace('_', "-")
    }

    /// Why a transport cannot run it.
    pub(crate) fn missing(
        &self,
        capabilities: &Capabilities,
        offers: &[Offer],
    ) -> Option<&'static str> {
        let unmet = self.needs.iter();
        let mut unmet = unmet.filter(|need| !need.is_met(capabilities, offers));
        unmet.next().map(|need| need.reason())
    }
}

/// The cases of a file, each with what it needs.
macro_rules! cases {
    ($($check:ident: [$($need:expr),*],)*) => {
        pub(super) static CASES: &[Case] = &[$(
            Case::new(stringify!($check), &[$($need),*], |bench| Box::pin($check(bench))),
        )*];
    };
}
pub(crate) use cases;
