//! The same as the page says, as Markdown: to be read in a repository, and by programs.
//!
//! It is written from the model by few functions that put every text of the document where it can be nothing but that text.
mod about;
mod binding;
mod escape;
mod message;
mod operation;
mod out;
mod places;
mod prose;
mod schema;

use tidings_document::api::{Api, MessageId};

use crate::{
    COMMENT, Settings,
    plan::{operations_of, schema_name},
    style::Style,
    view::{self, Ctx},
};
use escape::{code, inline};
pub(crate) use escape::{code as code_span, inline as inline_text};
use out::Out;
pub(crate) use prose::destination;

/// A document that is being written.
struct Md<'c, 'a> {
    ctx: &'c Ctx<'a>,
    title: String,
    out: Out,
}

/// Writes a document.
pub(crate) fn page(api: &Api<'_>, settings: &Settings) -> String {
    let ctx = Ctx::new(api, settings);
    let mut md = Md {
        ctx: &ctx,
        title: view::title(api, settings),
        out: Out::default(),
    };
    md.intro();
    md.overview();
    md.servers();
    md.schemes();
    Style::ALL
        .into_iter()
        .for_each(|style| md.operations(style));
    md.channels();
    md.unused_messages();
    md.schemas();
    md.problems(settings);
    md.out.finish()
}

impl Md<'_, '_> {
    fn intro(&mut self) {
        let info = &self.ctx.api.info;
        self.out.heading(1, &inline(&self.title));
        self.out.paragraph(COMMENT);
        let version = match info.version.value.trim() {
            "" => String::new(),
            version => format!("Version {}, ", code(version)),
        };
        let specification = self.ctx.api.version.as_str();
        self.out
            .paragraph(&format!("{version}AsyncAPI {specification}"));
        self.out.prose(info.description);
        self.facts();
        self.tags(&info.tags);
        self.extensions(&[&info.extensions, &self.ctx.api.extensions]);
        let title = inline(&self.title);
        self.out.paragraph(&format!(
            "Written from the side of **{title}**: *receives* means that messages come in to it, so you send them; *sends* means \
             that messages go out from it, so you receive them."
        ));
        if self.ctx.api.version.is_v2() {
            self.out.paragraph(&format!(
                "The document is AsyncAPI 2, which words it the other way round: its `publish` is what {title} receives, its \
                 `subscribe` what it sends."
            ));
        }
    }

    fn operations(&mut self, style: Style) {
        let own: Vec<_> = operations_of(&self.ctx.plan.styles, style).collect();
        if !own.is_empty() {
            self.out.heading(2, style.heading());
            self.out.paragraph(style.note());
        }
        own.into_iter().for_each(|id| self.operation(id));
    }

    fn unused_messages(&mut self) {
        let homes = (0..).map(MessageId).zip(&self.ctx.plan.message_home);
        let unused: Vec<_> = homes.filter(|(_, home)| home.is_none()).collect();
        if !unused.is_empty() {
            self.out.heading(2, "Other messages");
            self.out.paragraph("No operation uses these.");
        }
        unused
            .into_iter()
            .for_each(|(id, _)| self.message(id, "", 3));
    }

    fn schemas(&mut self) {
        let plan = &self.ctx.plan;
        if !plan.listed.is_empty() {
            self.out.heading(2, "Schemas");
        }
        for &schema in &plan.listed {
            let name = schema_name(&self.ctx.api[schema]);
            self.out.heading(3, &inline(name));
            self.trees().listed(schema);
        }
    }

    fn problems(&mut self, settings: &Settings) {
        if !settings.problems.is_empty() {
            self.out.heading(2, "Problems");
        }
        for problem in &settings.problems {
            let mut line = format!(
                "{}: {} ({})",
                problem.severity.as_str(),
                inline(&problem.message),
                code(&problem.rule)
            );
            if !problem.place.is_empty() {
                line += &format!(" at {}", code(&problem.place));
            }
            if let Some(help) = &problem.help {
                line += &format!("; {}", inline(help));
            }
            self.out.item(0, &line);
        }
    }
}
