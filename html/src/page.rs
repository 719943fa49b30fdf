//! The page, piece by piece: each view is made when its turn comes, and gone when it is written.
use serde::Serialize;
use tidings_document::api::Api;

use crate::{
    Error, Settings,
    link::Link,
    style::Style,
    template::{self, Writer},
    view::{self, Ctx, Page, channel, message, navigation, operation, overview, server},
};

/// The page with what its head names.
#[derive(Serialize)]
struct Frame<'a> {
    page: &'a Page,
    policy: String,
    style_html: &'a str,
    logo: &'a str,
    home: Option<Link>,
}

/// The beginning of a section.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    heading: &'static str,
    /// The heading for those on the other side, where that is another, and which side this is.
    other: &'static str,
    side: &'static str,
    note: &'static str,
}

impl Section {
    fn plain(id: &'static str, heading: &'static str) -> Self {
        Self {
            id,
            heading,
            other: "",
            side: "",
            note: "",
        }
    }
}

/// Writes the page of a document.
pub(crate) fn page<'a>(api: &'a Api<'a>, settings: &'a Settings) -> Result<String, Error> {
    let ctx = Ctx::new(api, settings);
    let shape = &settings.shape;
    let mut out = Writer::new(&shape.templates)?;
    let style = shape.style();
    let live = if shape.live { template::LIVE } else { "" };
    let scripts: &[&str] = match shape.live {
        true => &[template::SCRIPT, live],
        false => &[template::SCRIPT],
    };
    let frame = Frame {
        page: &view::page(&ctx, settings),
        policy: template::policy(&style, scripts, shape.live, &shape.images),
        style_html: &style,
        logo: &shape.logo,
        home: shape.home.as_ref().map(|(href, text)| Link {
            href: href.clone(),
            text: text.clone(),
        }),
    };
    out.part("start", &frame)?;
    let has_problems = !settings.problems.is_empty();
    out.parts("contents", navigation::sections(&ctx, has_problems))?;
    out.part("intro", &frame)?;
    let title = view::title(api, settings);
    overview(&mut out, &ctx, &title)?;
    sections(&mut out, &ctx, &title)?;
    out.part("end", &view::end(&ctx, settings, live))?;
    Ok(out.finish())
}

fn overview(out: &mut Writer, ctx: &Ctx<'_>, title: &str) -> Result<(), Error> {
    let Some(overview) = overview::overview(ctx, title) else {
        return Ok(());
    };
    out.part("section", &Section::plain("overview", "At a glance"))?;
    out.part("overview", &overview)?;
    out.parts("row", overview::rows(ctx, &overview.prefix))?;
    out.text("</tbody></table></div></section>\n");
    Ok(())
}

fn sections(out: &mut Writer, ctx: &Ctx<'_>, title: &str) -> Result<(), Error> {
    for style in Style::ALL {
        let own = operation::of_style(ctx, style, title);
        let head = Section {
            other: style.other_heading(),
            side: style.side(),
            note: style.note(),
            ..Section::plain(style.id(), style.heading())
        };
        section(out, &head, "operation", own)?;
    }
    let channels = channel::channels(ctx);
    section(
        out,
        &Section::plain("channels", "Channels"),
        "channel",
        channels,
    )?;
    let messages = Section {
        note: "No operation uses these.",
        ..Section::plain("messages", "Other messages")
    };
    section(out, &messages, "message", message::unused(ctx))?;
    let schemas = Section {
        note: "Those that are used at several places, or at none.",
        ..Section::plain("schemas", "Schemas")
    };
    section(out, &schemas, "schema", view::shared_schemas(ctx))?;
    let servers = server::servers(ctx);
    section(
        out,
        &Section::plain("servers", "Servers"),
        "server",
        servers,
    )?;
    let schemes = server::schemes(ctx);
    section(
        out,
        &Section::plain("security", "Security"),
        "scheme",
        schemes,
    )
}

/// A section with its cards, if there are any.
fn section(
    out: &mut Writer,
    section: &Section,
    template: &str,
    cards: impl IntoIterator<Item = impl Serialize>,
) -> Result<(), Error> {
    let mut cards = cards.into_iter().peekable();
    if cards.peek().is_none() {
        return Ok(());
    }
    out.part("section", section)?;
    out.parts(template, cards)?;
    out.text("</section>\n");
    Ok(())
}
