//! SARIF 2.1.0: one run, the rules that found something, and their findings.
use super::{
    link,
    place::uri,
    report::{Finding, FixReport, Range, Report, Tool},
};
use crate::sift::By;
use serde_json::{Value, json};
use tidings_document::{Severity, masked};
use tidings_rules::Rule;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name that relative URIs start from: the root of the repository.
const ROOT: &str = "%SRCROOT%";

/// The whole log.
pub(super) fn log(report: &Report<'_>) -> Value {
    let all = report.diagnostics.iter();
    let all = all.chain(report.suppressed.iter().map(|(found, _)| found));
    let mut rules: Vec<&Rule> = all.map(|found| found.about).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let results: Vec<_> = report
        .diagnostics
        .iter()
        .map(|found| result(found, &rules))
        .chain(
            report
                .suppressed
                .iter()
                .map(|(found, by)| suppressed(found, by, &rules)),
        )
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": Tool::THIS.name,
                "semanticVersion": Tool::THIS.version,
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": report.documents.iter().all(|document| document.readable),
            }],
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "The root of the repository." } },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let docs = rule.docs.trim();
    let first = docs.split("\n\n").next().unwrap_or(rule.summary);
    let mut descriptor = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": first },
        "help": { "text": docs, "markdown": docs },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": ["asyncapi"], "docs": link::page(rule) },
    });
    if let Some(url) = link::url(rule) {
        descriptor["helpUri"] = url.into();
    }
    descriptor
}

/// A finding that is known and not shown, with the reason.
fn suppressed(found: &Finding<'_>, by: &By, rules: &[&Rule]) -> Value {
    let mut result = result(found, rules);
    match by {
        By::Ignore(reason) => {
            result["suppressions"] =
                json!([{ "kind": "inSource", "justification": masked(reason) }]);
        }
        By::Baseline => {
            result["suppressions"] =
                json!([{ "kind": "external", "justification": "the baseline knows it" }]);
            result["baselineState"] = "unchanged".into();
        }
    }
    result
}

fn fix(fix: &FixReport) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    for edit in &fix.edits {
        let place = physical(&edit.location, &edit.range);
        let replacement = json!({
            "deletedRegion": place["region"],
            "insertedContent": { "text": edit.text },
        });
        let artifact = &place["artifactLocation"];
        let known = changes
            .iter_mut()
            .find(|it| &it["artifactLocation"] == artifact);
        match known.and_then(|it| it["replacements"].as_array_mut()) {
            Some(replacements) => replacements.push(replacement),
            None => changes.push(json!({
                "artifactLocation": artifact,
                "replacements": [replacement],
            })),
        }
    }
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn result(found: &Finding<'_>, rules: &[&Rule]) -> Value {
    let mut result = json!({
        "ruleId": found.rule,
        "ruleIndex": rules.iter().position(|rule| rule.id == found.rule),
        "level": level(found.level),
        "message": { "text": found.advice() },
        "locations": [{ "physicalLocation": physical(&found.location, &found.range) }],
        "partialFingerprints": { "tidings/v1": found.fingerprint },
    });
    if !found.pointer.is_empty() {
        let logical = json!([{ "fullyQualifiedName": found.pointer }]);
        result["locations"][0]["logicalLocations"] = logical;
    }
    if let Some(found) = &found.fix {
        result["fixes"] = json!([fix(found)]);
    }
    if !found.related.is_empty() {
        let related = found.related.iter().enumerate().map(|(id, related)| {
            json!({
                "id": id,
                "physicalLocation": physical(&related.location, &related.range),
                "message": { "text": related.message },
            })
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn physical(location: &str, range: &Range) -> Value {
    let uri = uri(location);
    let mut artifact = json!({ "uri": uri });
    if !uri.contains("://") {
        artifact["uriBaseId"] = ROOT.into();
    }
    json!({
        "artifactLocation": artifact,
        "region": {
            "startLine": range.start.line,
            "startColumn": range.start.column,
            "endLine": range.end.line,
            "endColumn": range.end.column,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
