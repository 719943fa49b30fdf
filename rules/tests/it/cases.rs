//! The cases of the official parser's own rules: each must fire at the same places with the same severities.
use std::{collections::BTreeSet, fs, path::Path};

use libtest_mimic::Failed;
use serde_json::Value;
use tidings_document::Severity;
use tidings_rules::Profile;

use crate::official::{Count, findings, within};

/// Agreement below this is a regression, in percent.
const BAR: f64 = 98.0;

/// The one rule that the official parser has switched off unless asked for.
const OFF: &str = "asyncapi-info-license-url";

pub(crate) fn run(manifest: &Path) -> Result<(), Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let cases: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let mut count = Count::default();
    for case in cases.as_array().into_iter().flatten() {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let rule = text("rule");
        let profile = match rule {
            OFF => Profile::Strict,
            _ => Profile::Official,
        };
        let expected = expected(&case["expected"]["diagnostics"]);
        let all = findings(&folder.join(text("file")), &within(folder), profile)?;
        let found = all.all.iter().filter(|found| found.code == rule);
        let places = expected.iter().any(|(place, _)| place.is_some());
        let found: BTreeSet<_> = found
            .map(|found| (places.then(|| found.pointer.clone()), found.severity))
            .collect();
        count.case(found == expected, || {
            let id = text("id");
            format!(
                "{id}\n  expected {expected:?}\n  found    {found:?}\n  {:?}",
                all.shown
            )
        });
    }
    count.finish("parser-js-rules", BAR)
}

/// Places and severities; some cases leave the place open.
fn expected(diagnostics: &Value) -> BTreeSet<(Option<String>, Severity)> {
    let place = |diagnostic: &Value| {
        let severity = match diagnostic["severity"].as_str() {
            Some("error") => Severity::Error,
            Some("warning") => Severity::Warning,
            _ => Severity::Info,
        };
        let path = diagnostic["path"].as_array();
        (path.map(|path| path.iter().map(step).collect()), severity)
    };
    diagnostics
        .as_array()
        .into_iter()
        .flatten()
        .map(place)
        .collect()
}

fn step(step: &Value) -> String {
    let text = step
        .as_str()
        .map_or_else(|| step.to_string(), str::to_owned);
    format!("/{}", text.replace('~', "~0").replace('/', "~1"))
}
