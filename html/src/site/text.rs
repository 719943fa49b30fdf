//! The index as Markdown, and `llms.txt`.
use super::{
    Site, SitePage,
    who::{self, End, Row},
};
use crate::{
    COMMENT, Landscape,
    md::{code_span, destination, inline_text},
};

/// The index of a site.
pub(super) fn index(site: &Site<'_>, landscape: &Landscape<'_>) -> String {
    let mut out = format!(
        "# {}\n\n{COMMENT}\n\n## Documents\n\n",
        inline_text(site.title)
    );
    for page in site.pages {
        out += &format!("- {}\n", line(page));
    }
    if landscape.places.is_empty() {
        return out;
    }
    out += "\n## Who sends what to whom\n\n```mermaid\n";
    out += &landscape.mermaid();
    out += "```\n\n## By channel\n\n";
    let href = |number: usize| site.pages[number].markdown();
    for row in who::by_channel(landscape, &href) {
        let servers: Vec<_> = row.servers.iter().map(|server| code_span(server)).collect();
        let on = match servers.is_empty() {
            true => String::new(),
            false => format!(" on {}", servers.join(", ")),
        };
        out += &format!("- {}{on}\n", code_span(&row.name));
        out += &ends(&row, &|what| match what {
            "" => String::new(),
            what => format!(": {}", inline_text(what)),
        });
    }
    out += "\n## By message\n\n";
    for row in who::by_message(landscape, &href) {
        out += &format!("- {}\n", inline_text(&row.name));
        out += &ends(&row, &|what| format!(" on {}", code_span(what)));
    }
    out
}

fn ends(row: &Row, what: &dyn Fn(&str) -> String) -> String {
    let one = |end: &End| {
        let reply = if end.reply { " (reply)" } else { "" };
        // Places of a page are not those of its Markdown.
        let file = end.href.split('#').next().unwrap_or_default();
        let who = format!("[{}]({})", inline_text(&end.who), destination(file));
        format!("{who}{}{reply}", what(&end.what))
    };
    let all = |label: &str, ends: &[End]| {
        let ends: Vec<_> = ends.iter().map(one).collect();
        match ends.is_empty() {
            true => format!("  - {label} none of these documents\n"),
            false => format!("  - {label} {}\n", ends.join("; ")),
        }
    };
    all("sent by", &row.senders) + &all("received by", &row.receivers)
}

/// A document with a link to its Markdown.
fn line(page: &SitePage) -> String {
    let found = &page.application;
    let name = format!("{} {}", found.title, found.version);
    let name = inline_text(&name);
    let about = match &*found.about {
        "" => String::new(),
        about => format!(": {}", inline_text(about)),
    };
    format!("[{name}]({}){about}", destination(&page.markdown()))
}

/// What a program finds here, with the least around it.
pub(super) fn llms(site: &Site<'_>) -> String {
    let mut out = format!("# {}\n\n", inline_text(site.title));
    let count = site.pages.len();
    let documents = if count == 1 { "document" } else { "documents" };
    out += &format!(
        "> {count} AsyncAPI {documents}: which application sends and receives which messages, on which channels.\n\n\
         {COMMENT}\n\n\
         ## Overview\n\n\
         - [Who sends what to whom](<index.md>): every channel and every message with its senders and receivers\n\
         - [The same as a graph](<landscape.json>): applications, channels and edges as JSON\n"
    );
    if site.has_changes {
        out += "- [What changed](<changes.md>): operations, channels and messages that are others than before\n";
    }
    out += "\n## Documents\n\n";
    for page in site.pages {
        out += &format!("- {}\n", line(page));
    }
    out
}
