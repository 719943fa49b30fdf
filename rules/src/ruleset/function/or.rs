//! `or`: an object has at least one of some keys.
use super::{Check, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Or {
    properties: Vec<String>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let properties = options.properties()?;
    Some(Function::Or(Or { properties }))
}

impl Or {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(object) = check.node().and_then(|node| node.as_object()) else {
            return;
        };
        if self.properties.iter().all(|key| object.get(key).is_none()) {
            let message = format!("none of {} is there", names(&self.properties));
            check.report(message);
        }
    }
}

/// Names as messages list them.
pub(super) fn names(properties: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = properties
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    quoted.join(", ")
}
