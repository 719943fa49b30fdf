//! The arguments of `tidings validate`.
use crate::{input::Reading, output::FindingsFormat};
use anyhow::bail;
use clap::ValueEnum;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    str::FromStr,
};
use tidings_document::Severity;
use tidings_rules::Profile;

// Headings of the options in the help.
const RULES: &str = "Rules";
const OUTPUT: &str = "Output";
const FIXING: &str = "Fixing";

/// Arguments of `tidings validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings validate orders.asyncapi.yaml
  tidings validate --profile official --format json specs/*.yaml
  tidings validate specs 'services/**/asyncapi.yaml' --output junit=findings.xml
  tidings validate specs --watch
  tidings validate specs --diff
  tidings validate specs --write-baseline known.json
  tidings validate --ruleset .spectral.yaml orders.asyncapi.yaml
  cat orders.asyncapi.yaml | tidings validate -

Exit codes: 0 nothing fails, 1 a finding does, 2 something could not be read or done.")]
pub(crate) struct Args {
    /// Files, folders, or quoted patterns; `-` is standard input
    ///
    /// Of a folder every AsyncAPI document in it is checked: each `.yaml`, `.yml` or `.json` with the key `asyncapi`. A
    /// pattern such as 'specs/**/*.yaml' stands for all files that match.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Check again whenever a file that was read changes; Ctrl-C ends it
    ///
    /// So it does when a document appears or goes, and when a configuration or a ruleset changes.
    #[arg(long)]
    pub(super) watch: bool,
    /// Which rules to check [default: recommended]
    ///
    /// What a sound document could have besides, the group `governance`, is left to `strict` and, where it has that, `official`;
    /// `governance = "warning"` in `tidings.toml` switches it on.
    #[arg(help_heading = RULES, long, value_enum)]
    pub(super) profile: Option<ProfileName>,
    /// Ruleset in the form of Spectral to check too; may be repeated
    ///
    /// YAML or JSON. It sets severities as well: `extends: spectral:asyncapi` stands for our own rules. The rulesets that
    /// are named here stand in the place of those of `tidings.toml`, and none is looked for. Functions in JavaScript are
    /// reported, not run.
    #[arg(help_heading = RULES, long = "ruleset", value_name = "FILE")]
    pub(super) rulesets: Vec<PathBuf>,
    /// The least severity that makes the exit code 1 [default: error]
    #[arg(help_heading = RULES, long, value_enum, value_name = "SEVERITY")]
    pub(super) fail_on: Option<SeverityName>,
    /// Show only what this file of known findings does not have
    #[arg(help_heading = RULES, long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write all that is found now to a file for `--baseline`
    ///
    /// What the file says of documents that are not checked now stays.
    #[arg(help_heading = RULES, long, value_name = "FILE", conflicts_with_all = ["baseline", "watch"])]
    pub(super) write_baseline: Option<PathBuf>,
    /// How to print findings [default: text; github in a job of GitHub Actions]
    #[arg(help_heading = OUTPUT, long, value_enum)]
    pub(super) format: Option<FindingsFormat>,
    /// Also write findings to a file, in any format; may be repeated
    #[arg(help_heading = OUTPUT, long = "output", value_name = "FORMAT=FILE")]
    pub(super) outputs: Vec<Target>,
    /// Mend in the files what can be mended for certain
    ///
    /// Comments and formatting stay as they are. What is left out of the findings, by an ignore or a baseline, is left
    /// alone, and so is all where a mend would bring up an error.
    #[arg(help_heading = FIXING, long, conflicts_with_all = ["diff", "write_baseline", "watch"])]
    pub(super) fix: bool,
    /// Show what `--fix` would change, and exit with 1 if there is something
    #[arg(help_heading = FIXING, long, conflicts_with_all = ["write_baseline", "watch", "format", "outputs"])]
    pub(super) diff: bool,
    #[command(flatten)]
    pub(super) reading: Reading,
}

impl Args {
    /// How to print what was found.
    pub(super) fn format(&self) -> FindingsFormat {
        let in_a_job = || std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        match self.format {
            Some(format) => format,
            None if in_a_job() => FindingsFormat::Github,
            None => FindingsFormat::Text,
        }
    }

    /// Whether standard input is among the documents, which can be read only once.
    pub(super) fn reads_stdin(&self) -> bool {
        self.files.iter().any(|file| file == Path::new("-"))
    }

    pub(super) fn refuse_same_files(&self) -> anyhow::Result<()> {
        let mut seen = HashSet::new();
        let outputs = self.outputs.iter().map(|output| &output.file);
        for file in outputs.chain(&self.write_baseline) {
            if !seen.insert(file) {
                bail!(
                    "two outputs would be written to `{}`; give each a file of its own",
                    file.display()
                );
            }
        }
        Ok(())
    }
}

/// Names of the profiles on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum ProfileName {
    /// What the official parser checks, with its severities
    Official,
    /// What is wrong or probably a mistake; an error is what the specification forbids or what cannot work
    Recommended,
    /// Everything
    Strict,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Official => Self::Official,
            ProfileName::Recommended => Self::Recommended,
            ProfileName::Strict => Self::Strict,
        }
    }
}

/// Names of the severities on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum SeverityName {
    Error,
    Warning,
    Info,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Error => Self::Error,
            SeverityName::Warning => Self::Warning,
            SeverityName::Info => Self::Info,
        }
    }
}

/// A file to write, and in which format.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) format: FindingsFormat,
    pub(super) file: PathBuf,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .ok_or("there is no `=`; write it as in `sarif=findings.sarif`")?;
        if file.is_empty() || file == "-" {
            return Err("name a file; `--format` is for standard output".to_owned());
        }
        let format = FindingsFormat::from_str(format, false).map_err(|_| {
            let names = FindingsFormat::value_variants()
                .iter()
                .filter_map(ValueEnum::to_possible_value)
                .map(|name| name.get_name().to_owned());
            let names: Vec<_> = names.collect();
            format!("no format `{format}`; there are {}", names.join(", "))
        })?;
        Ok(Self {
            format,
            file: file.into(),
        })
    }
}
