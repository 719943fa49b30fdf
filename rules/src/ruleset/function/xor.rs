//! `xor`: an object has exactly one of some keys.
use super::{Check, Function, options::Options, or::names};

#[derive(Debug, Clone)]
pub(crate) struct Xor {
    properties: Vec<String>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let properties = options.properties()?;
    Some(Function::Xor(Xor { properties }))
}

impl Xor {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(object) = check.node().and_then(|node| node.as_object()) else {
            return;
        };
        let there = object.iter().map(|entry| entry.key.as_str());
        let there: Vec<_> = there
            .filter(|key| self.properties.iter().any(|name| name == key))
            .collect();
        match there.len() {
            0 => check.report(format!("none of {} is there", names(&self.properties))),
            1 => {}
            _ => check.report(format!("only one of {} may be there", names(&there))),
        }
    }
}
