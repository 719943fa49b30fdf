//! Opening documents as the commands do: from a file or standard input, within the allowed folders.
mod checked;
mod documents;
mod loader;
mod overlay;
mod reading;
mod text;
mod unreadable;

use crate::{
    config::{self, Config, Problem},
    sift::{Checks, Sieve},
};
use anyhow::bail;
use std::{
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};
use tidings_document::{Diagnostic, Document, Severity, api::Api};
use tidings_rules::{Profile, Rule, ruleset::Applied};

pub(crate) use checked::Checked;
pub(crate) use documents::{Known, documents};
pub(crate) use loader::{Asked, Stamp};
pub(crate) use overlay::Texts;
pub(crate) use reading::{Reading, Source};
pub(crate) use text::{read_file, stdin_once};
pub(crate) use unreadable::{FILE_UNREADABLE, Unreadable};

/// A document whose files were read. It owns what models and findings lead into.
pub(crate) struct Opened {
    path: PathBuf,
    document: Arc<Document>,
    /// What is wrong with texts and references.
    diagnostics: Vec<Diagnostic>,
    config: Rc<Config>,
}

/// Reads a document and looks for what is wrong with it.
pub(crate) fn check(
    path: &Path,
    source: &Source<'_>,
    checks: Checks<'_>,
) -> Result<(Checked, Sieve), Unreadable> {
    let opened = open_from(path, source)?;
    let document = &opened.document;
    let rulesets = checks.rulesets.iter().map(|ruleset| ruleset.on(document));
    let rulesets: Vec<_> = rulesets.collect();
    let sieve = Sieve::new(document, checks, &rulesets);
    let rules = tidings_rules::check_also;
    let (checked, _) = opened.examine(checks.profile, &sieve, &rulesets, rules);
    Ok((checked, sieve))
}

/// Reads the files of a document as its configuration says; `-` is standard input.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Opened, Unreadable> {
    let configs = config::find(&reading.config, &[path], &|file| reading.ask_for(file));
    let configs = configs.map_err(|problems| misconfigured(&problems))?;
    let source = Source {
        reading,
        config: configs.into_iter().next().unwrap_or_default(),
        texts: None,
    };
    open_from(path, &source)
}

fn misconfigured(problems: &[Problem]) -> Unreadable {
    let path = problems.first().map(Problem::file).unwrap_or(Path::new(""));
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let reason = format!("cannot be used: {}", problems.join(", "));
    Unreadable::because(path, reason)
}

fn open_from(path: &Path, source: &Source<'_>) -> Result<Opened, Unreadable> {
    let (document, diagnostics) = source.open(path).map_err(|error| Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(Opened {
        path: path.to_owned(),
        document: Arc::new(document),
        diagnostics,
        config: source.config.clone(),
    })
}

impl Opened {
    /// What its configuration says.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Reads the model and checks it by the rules of a profile. Without a model the findings say why.
    pub(crate) fn check(&self, profile: Profile) -> (Checked, Option<Api<'_>>) {
        self.examine(
            profile,
            &self.sieve(profile),
            &[],
            tidings_rules::check_also,
        )
    }

    /// Reads the model without checking what it means: for commands that work on documents with questionable examples too.
    pub(crate) fn read(&self) -> (Checked, Option<Api<'_>>) {
        let profile = Profile::Recommended;
        self.examine(profile, &self.sieve(profile), &[], |_, _, _| Vec::new())
    }

    /// What of the findings is shown.
    fn sieve(&self, profile: Profile) -> Sieve {
        let checks = Checks {
            profile,
            config: &self.config,
            rulesets: &[],
        };
        Sieve::new(&self.document, checks, &[])
    }

    fn examine(
        &self,
        profile: Profile,
        sieve: &Sieve,
        rulesets: &[Applied<'_>],
        rules: impl Fn(&Api<'_>, Profile, &dyn Fn(&Rule) -> bool) -> Vec<Diagnostic>,
    ) -> (Checked, Option<Api<'_>>) {
        let (api, findings) = tidings_document::read(&self.document);
        let mut diagnostics = self.diagnostics.clone();
        diagnostics.extend(findings);
        if let Some(api) = &api {
            diagnostics.extend(rules(api, profile, &|rule| sieve.names(rule)));
        }
        diagnostics.extend(rulesets.iter().flat_map(Applied::check));
        let sources = self.document.sources();
        let discreet = |found: Diagnostic| found.discreet(sources);
        let diagnostics: Vec<_> = diagnostics.into_iter().map(discreet).collect();
        let version = api.as_ref().map(|api| api.version);
        let sifted = sieve.sift(&self.document, rulesets, diagnostics, version);
        let checked = Checked {
            path: self.path.clone(),
            document: self.document.clone(),
            diagnostics: sifted.shown,
            suppressed: sifted.suppressed,
            left_out: sifted.left_out,
            fail_on: Severity::Error,
            version,
            contents: api.as_ref().map(contents),
        };
        (checked, api)
    }
}

/// Refuses to write over a file that a document was read from.
pub(crate) fn is_no_source(path: &Path, document: &Document) -> anyhow::Result<()> {
    let Ok(output) = path.canonicalize() else {
        return Ok(());
    };
    let sources = document.sources();
    let is_output = |file| {
        sources
            .path(file)
            .canonicalize()
            .is_ok_and(|path| path == output)
    };
    if sources.iter().any(is_output) {
        bail!(
            "`{}` is part of the document; choose another file to write",
            path.display()
        );
    }
    Ok(())
}

fn contents(api: &Api<'_>) -> String {
    let counted =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "AsyncAPI {}, {}, {}, {}",
        api.version.as_str(),
        counted(api.channels.len(), "channel"),
        counted(api.operations.len(), "operation"),
        counted(api.messages.len(), "message"),
    )
}
