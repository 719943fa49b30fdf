//! `tidings.toml`: the configuration of a document, found upwards from it or named on the command line.
mod keys;
mod levels;
mod read;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
};
use tidings_codegen::Options;
use tidings_config::{More, above, text};
use tidings_document::{Host, Severity};
use tidings_rules::Profile;

pub(crate) use levels::{Level, Levels};
pub(crate) use tidings_config::Problem;

/// Heading of the options about reading in the help.
pub(crate) const HEADING: &str = "Reading";

/// Where the configuration comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// Configuration to use [default: the nearest `tidings.toml`]
    ///
    /// It is looked for upwards from each document, up to the folder with `.git`.
    #[arg(help_heading = HEADING, long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(help_heading = HEADING, long, visible_alias = "no-config")]
    isolated: bool,
}

/// What a file configures. Paths are those of the file joined with its folder.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Which rules to check.
    pub(crate) profile: Option<Profile>,
    /// The least severity that fails.
    pub(crate) fail_on: Option<Severity>,
    /// File of known findings.
    pub(crate) baseline: Option<PathBuf>,
    /// Files of declarative rules.
    pub(crate) rulesets: Vec<PathBuf>,
    /// What may be read.
    pub(crate) more: More,
    /// How pages look.
    pub(crate) look: Look,
    /// What Rust is made.
    pub(crate) rust: Options,
    /// The folder of the file, as the system knows it.
    folder: PathBuf,
    levels: Levels,
    overrides: Vec<Override>,
}

/// How pages look, beyond what options say.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Rules to add to the style sheet.
    pub(crate) css: Option<PathBuf>,
    /// Picture before titles.
    pub(crate) logo: Option<PathBuf>,
    /// Folder with templates in the place of ours.
    pub(crate) templates: Option<PathBuf>,
    /// Hosts whose pictures are shown.
    pub(crate) images: Vec<Host>,
    /// Title instead of the document's own, but for pages of a site.
    pub(crate) title: Option<String>,
    /// Whether only what lies within a page is written.
    pub(crate) fragment: bool,
    /// What several documents are called together.
    pub(crate) site_title: Option<String>,
}

/// Rules of some files.
#[derive(Debug)]
struct Override {
    files: Vec<glob::Pattern>,
    levels: Levels,
}

impl Config {
    /// How much the rules weigh in a file.
    pub(crate) fn levels(&self, file: &Path) -> Levels {
        let mut levels = self.levels.clone();
        if self.overrides.is_empty() {
            return levels;
        }
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let name = file.strip_prefix(&self.folder).unwrap_or(&file);
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let fits = |pattern: &glob::Pattern| pattern.matches_path_with(name, options);
        for change in &self.overrides {
            if change.files.iter().any(fits) {
                levels.extend(&change.levels);
            }
        }
        levels
    }
}

/// The configuration of each document, or everything that is wrong with the files. `ask` hears of every file that is looked for.
pub(crate) fn find(
    args: &ConfigArgs,
    documents: &[&Path],
    ask: &dyn Fn(&Path),
) -> Result<Vec<Rc<Config>>, Vec<Problem>> {
    let mut found = Found::default();
    let configs = if args.isolated {
        let none = Rc::new(Config::default());
        documents.iter().map(|_| none.clone()).collect()
    } else if let Some(file) = &args.config {
        ask(file);
        let config = found.read(file);
        documents.iter().map(|_| config.clone()).collect()
    } else {
        let nearest = |document: &&Path| match above(document, ask) {
            Some(file) => found.read(&file),
            None => Rc::default(),
        };
        documents.iter().map(nearest).collect()
    };
    if found.problems.is_empty() {
        Ok(configs)
    } else {
        Err(found.problems)
    }
}

#[derive(Default)]
struct Found {
    read: BTreeMap<PathBuf, Rc<Config>>,
    problems: Vec<Problem>,
}

impl Found {
    /// Reads a file once.
    fn read(&mut self, file: &Path) -> Rc<Config> {
        if let Some(config) = self.read.get(file) {
            return config.clone();
        }
        let config = match text(file) {
            Ok(text) => read::read(file, &text, &mut self.problems),
            Err(reason) => {
                self.problems.push(Problem::of_file(file, reason));
                Config::default()
            }
        };
        let config = Rc::new(config);
        self.read.insert(file.to_owned(), config.clone());
        config
    }
}
