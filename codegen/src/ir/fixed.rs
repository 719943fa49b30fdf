//! Fields that may have one value only.
use super::{
    Ir,
    definition::{Field, Kind},
    slot::{Limit, Slot, Ty},
};

/// The only value that a field may have, so that nobody sets it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fixed {
    /// That of its type, which is the default.
    OfType,
    Number(Limit),
    Bool(bool),
}

impl Field {
    pub(crate) fn fixed(&self, ir: &Ir) -> Option<Fixed> {
        self.slot.fixed(ir).filter(|_| self.required)
    }
}

impl Slot {
    fn fixed(&self, ir: &Ir) -> Option<Fixed> {
        let rules = self.rules.as_deref();
        match (&self.ty, rules) {
            _ if self.nullable => None,
            (Ty::Bool, Some(rules)) => rules.constant.map(Fixed::Bool),
            (Ty::Int(_) | Ty::Float | Ty::Decimal, Some(rules)) => match &rules.one_of[..] {
                [only] => Some(Fixed::Number(only.clone())),
                _ => None,
            },
            (Ty::Def(id), _) => match &ir.defs[*id].kind {
                Kind::Const { .. } => Some(Fixed::OfType),
                Kind::Alias(slot) => slot.fixed(ir),
                _ => None,
            },
            _ => None,
        }
    }
}
