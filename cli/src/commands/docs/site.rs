//! `tidings docs site`: a page for each of several documents, and those that lead to them.
use super::{
    calls::calls,
    finding::{faults, problems},
    live,
    look::LookArgs,
    since::{Earlier, Kept, Name, Named},
};
use crate::{
    Outcome,
    config::Config,
    input::{self, Known, Opened, Reading},
    output,
    write::{self, Generation},
};
use anyhow::{Context, bail};
use std::{
    collections::{BTreeSet, HashSet},
    io::Write,
    path::{Path, PathBuf},
    rc::Rc,
};
use tidings_document::Severity;
use tidings_html::{
    Application, Changes, DocumentChanges, Facts, Period, Settings, Shape, Site, SitePage, Slugs,
};
use tidings_rules::Profile;

/// Arguments of `tidings docs site`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings docs site specs -o site
  tidings docs site 'services/*/asyncapi.yaml' -o site --title 'Shop'
  tidings docs site specs --serve")]
pub(crate) struct Args {
    /// Documents, folders of documents, or patterns
    #[arg(value_name = "PATH", required = true)]
    documents: Vec<PathBuf>,
    /// Folder of the pages
    ///
    /// It may hold other files: only those that an earlier run wrote, and nobody changed, are replaced, or removed where they belong
    /// to no page any more. A list of them lies beside them, `.tidings-site.json`.
    #[arg(short, long, value_name = "DIR", required_unless_present = "serve")]
    output: Option<PathBuf>,
    /// Replace files that were changed by hand, or that others wrote
    #[arg(long)]
    force: bool,
    /// List at the end of each page what is wrong with its document
    #[arg(long)]
    findings: bool,
    /// State to compare with, a folder or a commit: what changed since gets a page
    ///
    /// A folder has the documents of then at the paths that they have now, or without the folder that is named now. Of several, the
    /// latest first, each is compared with the one before it. A pattern, such as `'v*'`, stands for all tags that it fits.
    #[arg(long, value_name = "DIR|COMMIT")]
    since: Vec<String>,
    /// What all of it is called
    #[arg(help_heading = "Look", long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    look: LookArgs,
    /// Show the pages at a port of this machine, and again whenever a file of theirs changes
    ///
    /// Nobody else can reach them. What is wrong with a document is listed at the end of its page.
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "8123", conflicts_with = "output")]
    serve: Option<u16>,
    #[command(flatten)]
    reading: Reading,
}

/// What was made of the documents.
struct Made {
    /// Names and texts.
    files: Vec<(String, String)>,
    /// What is worth telling.
    warnings: Vec<String>,
    /// Files that documents were read from.
    sources: HashSet<PathBuf>,
}

/// What is called when nobody says how.
const TITLE: &str = "AsyncAPI documents";

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    input::stdin_once(&args.documents)?;
    if let Some(port) = args.serve {
        return serve(args, port);
    }
    let Some(folder) = &args.output else {
        bail!("name a folder to write to with `-o`");
    };
    write::recover(folder)?;
    let made = match make(args, false, &Kept::default())? {
        Ok(made) => made,
        Err(outcome) => return Ok(outcome),
    };
    for (name, _) in &made.files {
        let file = folder.join(name);
        if file
            .canonicalize()
            .is_ok_and(|file| made.sources.contains(&file))
        {
            bail!(
                "`{}` is part of a document; choose another folder",
                file.display()
            );
        }
    }
    let pages = Generation {
        folder,
        manifest: ".tidings-site.json",
        files: &made.files,
        force: args.force,
    };
    let written = pages.write()?;
    let mut talk = anstream::stderr().lock();
    for warning in made.warnings.iter().chain(&written.notes) {
        writeln!(talk, "warning: {}", output::plain::line(warning))?;
    }
    let (changed, same) = (written.changed, written.same);
    let folder = folder.display();
    writeln!(
        talk,
        "wrote {changed} file(s) to {folder}, {same} were as they should be"
    )?;
    Ok(Outcome::Clean)
}

/// Serves all pages until the program is ended.
fn serve(args: &Args, port: u16) -> anyhow::Result<Outcome> {
    if args.documents.iter().any(|path| path == Path::new("-")) {
        bail!("`-` cannot be served: standard input is read once; name files");
    }
    let kept = Kept::default();
    live::serve(&args.reading, &args.documents, port, &|| {
        let Ok(made) = make(args, true, &kept)? else {
            bail!("a document cannot be read; the terminal says why");
        };
        let files = made.files.into_iter();
        let mut pages: live::Pages = files
            .map(|(name, text)| (format!("/{name}"), text))
            .collect();
        let index = pages.get("/index.html").cloned();
        pages.insert("/".to_owned(), index.unwrap_or_default());
        Ok(pages)
    })
}

/// Makes all files; where a document has no model, it is said why, and there is none.
fn make(args: &Args, live: bool, kept: &Kept) -> anyhow::Result<Result<Made, Outcome>> {
    let mut outcome = None;
    let mut paths = Vec::new();
    for found in input::documents(&args.documents, &mut Known::default()) {
        match found {
            Ok(path) => paths.push(path),
            Err(unreadable) => outcome = Some(tell(&unreadable)?),
        }
    }
    let mut maker = Maker::new(args, live);
    let count = paths.len();
    let work = args.reading.progress().show("reading".to_owned());
    for (at, path) in paths.iter().enumerate() {
        work.update(format!("{} of {count}: {}", at + 1, path.display()));
        match input::open(path, &args.reading) {
            Ok(opened) => outcome = maker.add(path, &opened)?.or(outcome),
            Err(unreadable) => outcome = Some(tell(&unreadable)?),
        }
    }
    drop(work);
    match outcome {
        Some(outcome) => Ok(Err(outcome)),
        None => Ok(Ok(maker.finish(kept)?)),
    }
}

fn tell(unreadable: &input::Unreadable) -> anyhow::Result<Outcome> {
    let text = output::plain::line(&unreadable.to_string());
    writeln!(anstream::stderr(), "error: {text}")?;
    Ok(Outcome::Incomplete)
}

/// Makes a document's pages and forgets the document, so that many fit into memory.
struct Maker<'r> {
    args: &'r Args,
    live: bool,
    title: String,
    shape: Option<Shape>,
    slugs: Slugs,
    pages: Vec<SitePage>,
    /// What documents say, where that is compared.
    facts: Vec<(PathBuf, Facts)>,
    made: Made,
}

impl<'r> Maker<'r> {
    fn new(args: &'r Args, live: bool) -> Self {
        Self {
            args,
            live,
            title: args.title.clone().unwrap_or_default(),
            shape: None,
            slugs: Slugs::default(),
            pages: Vec::new(),
            facts: Vec::new(),
            made: Made {
                files: Vec::new(),
                warnings: Vec::new(),
                sources: HashSet::new(),
            },
        }
    }

    /// How all pages look, which the configuration of the first document says beside the options.
    fn shape(&mut self, config: &Config) -> anyhow::Result<Shape> {
        if let Some(shape) = &self.shape {
            return Ok(shape.clone());
        }
        if self.title.is_empty() {
            self.title = config.look.site_title.clone().unwrap_or(TITLE.to_owned());
        }
        let mut shape = self.args.look.shape(config, &self.args.reading)?;
        shape.live = self.live;
        self.shape = Some(shape.clone());
        Ok(shape)
    }

    fn add(&mut self, path: &Path, opened: &Opened) -> anyhow::Result<Option<Outcome>> {
        let mut shape = self.shape(opened.config())?;
        shape.home = Some(("index.html".to_owned(), self.title.clone()));
        let (checked, api) = opened.check(Profile::Recommended);
        let sources = checked.document.sources();
        let files = sources.iter().map(|file| sources.path(file).canonicalize());
        self.made.sources.extend(files.flatten());
        let Some(api) = api else {
            output::text::print_talk(&checked)?;
            return Ok(Some(Outcome::Findings));
        };
        let settings = Settings {
            title: None,
            problems: problems(&checked, self.args.findings || self.live),
            shape,
            faults: faults(&checked.diagnostics),
            calls: calls(&api),
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let page = SitePage {
            slug: self.slugs.claim(api.info.title.value, &stem),
            application: Application::new(&api, None),
            problems: defects(checked.count(Severity::Error)),
        };
        let html = tidings_html::render(&api, &settings).context("cannot render a page")?;
        let html = html.replacen('\n', &format!("\n{}\n", tidings_html::COMMENT), 1);
        let text = tidings_html::render_markdown(&api, &settings);
        if !self.args.since.is_empty() {
            self.facts.push((path.to_owned(), Facts::new(&api)));
        }
        self.made.files.push((page.href(), html));
        self.made.files.push((page.markdown(), text));
        if !checked.is_valid() {
            let line = output::summary::line(&checked);
            let warning = format!("{line}; its page shows what could be read");
            self.made.warnings.push(warning);
        }
        self.pages.push(page);
        Ok(None)
    }

    fn finish(mut self, kept: &Kept) -> anyhow::Result<Made> {
        let shape = self.shape.take().unwrap_or_default();
        let site = Site {
            title: &self.title,
            pages: &self.pages,
            shape: &shape,
            has_changes: !self.args.since.is_empty(),
        };
        let index = site.index().context("cannot render the index")?;
        let files = [
            ("index.html", index),
            ("index.md", site.index_markdown()),
            ("landscape.json", site.json()),
            ("llms.txt", site.llms()),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        self.made.files.extend(files);
        if !self.args.since.is_empty() {
            let (documents, reading) = (&self.args.documents, &self.args.reading);
            let states = kept.find(&self.args.since, documents, &self.facts, reading)?;
            self.add_changes(&states, &shape)?;
        }
        Ok(self.made)
    }

    /// The pages about what is different between states before, the latest first, and now.
    fn add_changes(&mut self, states: &[Rc<Earlier>], shape: &Shape) -> anyhow::Result<()> {
        let now = self.facts.iter().enumerate();
        let mut later: Named<'_> = now
            .map(|(number, (_, facts))| (Name::Now(number), facts))
            .collect();
        let (mut until, mut periods) = (None, Vec::new());
        for state in states {
            self.made.warnings.extend(state.notes.iter().cloned());
            let earlier = state.documents(&self.facts)?;
            periods.push(Period {
                since: &state.name,
                until,
                documents: self.changed(&earlier, &later),
            });
            (until, later) = (Some(&*state.name), earlier);
        }
        let changes = Changes {
            title: &self.title,
            periods,
        };
        let page = changes.page(shape).context("cannot render the changes")?;
        let text = changes.markdown();
        let files = [("changes.html", page), ("changes.md", text)];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        self.made.files.extend(files);
        Ok(())
    }

    fn changed(&self, earlier: &Named<'_>, later: &Named<'_>) -> Vec<DocumentChanges> {
        let names: BTreeSet<_> = earlier.keys().chain(later.keys()).collect();
        let slug = |name: &Name<'_>| match name {
            Name::Now(number) => &*self.pages[*number].slug,
            Name::Gone(_) => "",
        };
        let changes = names.into_iter().filter_map(|name| {
            let is = later.get(name).map(|facts| (*facts, slug(name)));
            DocumentChanges::new(earlier.get(name).copied(), is)
        });
        changes.collect()
    }
}

fn defects(errors: usize) -> String {
    match errors {
        0 => String::new(),
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    }
}
