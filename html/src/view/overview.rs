//! The whole at a glance: a picture of what comes in and what goes out, and the same as a table.
mod stations;

use serde::Serialize;
use tidings_document::api::MessageUse;

use super::{Ctx, channel, message, operation};
use crate::{
    escape,
    link::Link,
    picture::{self, Picture},
    plan::operations_of,
    style::Style,
};
use stations::stations;

#[derive(Serialize)]
pub(crate) struct Overview {
    /// For wide and for narrow screens.
    pictures: Vec<Picture>,
    /// What all addresses begin with, which is told once.
    pub(crate) prefix: String,
    /// Whether the table has so many rows that it scrolls.
    long: bool,
    /// Whether any operation has a reply.
    replies: bool,
}

#[derive(Serialize)]
pub(crate) struct Row {
    operation: Place,
    verb: &'static str,
    class: &'static str,
    channel: Option<Place>,
    messages: Vec<Place>,
    replies: Vec<Place>,
    /// Whether the table has a column for these.
    has_replies: bool,
}

/// A link with places where a long name may break.
#[derive(Serialize)]
struct Place {
    #[serde(flatten)]
    link: Link,
    text_html: String,
}

impl Place {
    /// Letters of a word that mostly fits into a column.
    const FITS: usize = 20;

    fn new(link: Link) -> Self {
        let is_long = |word: &str| word.chars().count() > Self::FITS;
        let text_html = match link.text.split_whitespace().any(is_long) {
            true => escape::breakable(&link.text),
            false => escape::text(&link.text),
        };
        Self { link, text_html }
    }
}

impl Overview {
    /// The picture for wide screens.
    pub(crate) fn into_picture(self) -> Option<Picture> {
        self.pictures.into_iter().next()
    }
}

/// Rows of the table that are seen at once.
const SEEN: usize = 12;

pub(crate) fn overview(ctx: &Ctx<'_>, application: &str) -> Option<Overview> {
    if ctx.api.operations.is_empty() {
        return None;
    }
    let (stations, prefix) = stations(ctx);
    let label = format!("Channels of {application}: what it receives and what it sends");
    Some(Overview {
        pictures: vec![
            picture::wide(application, &stations, &label),
            picture::tall(application, &stations, &label),
        ],
        prefix,
        long: ctx.api.operations.len() > SEEN,
        replies: has_replies(ctx),
    })
}

/// Whether any operation has a reply.
fn has_replies(ctx: &Ctx<'_>) -> bool {
    let mut operations = ctx.api.operations.iter();
    operations.any(|operation| operation.reply.is_some())
}

/// The rows of the table.
pub(crate) fn rows<'c>(ctx: &'c Ctx<'_>, prefix: &'c str) -> impl Iterator<Item = Row> {
    let operations = Style::ALL
        .into_iter()
        .flat_map(|style| operations_of(&ctx.plan.styles, style));
    let has_replies = has_replies(ctx);
    operations.map(move |id| Row {
        has_replies,
        ..row(ctx, prefix, id.0 as usize)
    })
}

fn row(ctx: &Ctx<'_>, prefix: &str, number: usize) -> Row {
    let found = &ctx.api.operations[number];
    let title = operation::title(ctx, found);
    let replies = found.reply.as_ref();
    let replies = replies.map(|reply| ctx.api.messages_of_reply(reply));
    Row {
        operation: Place::new(Link::to(&ctx.plan.operations[number], title)),
        verb: super::verb(found.action),
        class: operation::class(found.action),
        channel: found.channel.map(|id| {
            let name = channel::name(ctx, &ctx.api[id]);
            let text = name.strip_prefix(prefix).unwrap_or(&name);
            Place::new(Link::to(&ctx.plan.channels[id.0 as usize], text))
        }),
        messages: links(ctx, number, &ctx.api.messages_of(found)),
        replies: links(ctx, number, &replies.unwrap_or_default()),
        has_replies: false,
    }
}

/// Links to messages; where there are many, the last one is to the operation that lists them all.
fn links(ctx: &Ctx<'_>, operation: usize, messages: &[MessageUse<'_>]) -> Vec<Place> {
    const SHOWN: usize = 3;
    let hidden = messages.len().saturating_sub(SHOWN);
    let more = (hidden > 1).then(|| {
        let id = &ctx.plan.operations[operation];
        Link::to(id, format!("and {hidden} more"))
    });
    let shown = if more.is_some() {
        SHOWN
    } else {
        messages.len()
    };
    messages[..shown]
        .iter()
        .map(|used| match used.message {
            Some(id) => message::link(ctx, id),
            None => Link::none(format!("{} (not resolved)", used.key.value)),
        })
        .chain(more)
        .map(Place::new)
        .collect()
}
