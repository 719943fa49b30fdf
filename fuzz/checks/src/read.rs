//! Documents, from bytes to findings: all of them can be shown, and are the same twice.
use tidings_document::{Diagnostic, Document, api::SchemaId, schema_json};
use tidings_rules::{OfficialView, Profile, check};

use crate::{open_one, places::findings_fit};

/// Bytes as a document that is read and checked by every rule.
pub fn read(bytes: &[u8]) {
    let Some((document, found)) = open_one("/api.yaml", bytes) else {
        return;
    };
    let findings = all_findings(&document, found.clone(), true);
    let again = all_findings(&document, found, false);
    assert_eq!(findings, again, "other findings the second time");
}

fn all_findings(document: &Document, mut findings: Vec<Diagnostic>, show: bool) -> Vec<Diagnostic> {
    let (api, found) = tidings_document::read(document);
    findings.extend(found);
    if let Some(api) = &api {
        findings.extend(check(api, Profile::Strict));
        // Written out with all that they refer to; a few show what the rest would.
        for (at, _) in api.schemas.iter().enumerate().take(20) {
            let _ = schema_json(api, SchemaId(u32::try_from(at).unwrap_or_default()));
        }
    }
    if show {
        findings_fit(document, &findings);
        let official = OfficialView::new(document, api.as_ref().map(|api| api.version));
        for found in &findings {
            let _ = official.report(found);
        }
    }
    findings
}
