//! Who sends what to whom across documents: each says of one application what it sends and receives where, and channels are the
//! same place where their addresses and a server of theirs are.
mod application;
mod dot;
mod json;
mod mermaid;
mod place;

pub use application::Application;
pub(crate) use application::{Named, Use};
pub(crate) use place::Place;

use crate::{
    Error,
    picture::{Column, Crossing, Picture, landscape},
    standalone,
};

/// Applications and the places where they meet.
#[derive(Debug)]
pub struct Landscape<'a> {
    pub(crate) applications: &'a [Application],
    pub(crate) places: Vec<Place<'a>>,
}

/// How many messages are named where there is little room.
const NAMED: usize = 3;

impl<'a> Landscape<'a> {
    /// The landscape of some applications.
    #[must_use]
    pub fn new(applications: &'a [Application]) -> Self {
        Self {
            applications,
            places: place::places(applications),
        }
    }

    /// A picture that needs no page around it.
    ///
    /// # Errors
    /// Only when a template is at fault.
    pub fn svg(&self) -> Result<String, Error> {
        standalone::svg(self.picture(&|_| String::new()))
    }

    /// A flow chart in the language of Mermaid.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::text(self)
    }

    /// A graph in the language of Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        dot::text(self)
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> String {
        json::text(self)
    }

    /// Senders, channels, receivers, in three columns. `href` says where an application leads.
    pub(crate) fn picture(&self, href: &dyn Fn(usize) -> String) -> Picture {
        let titles = self.applications.iter().enumerate();
        let applications = titles.map(|(at, found)| Column {
            lines: vec![found.title.clone()],
            href: href(at),
        });
        let channels = self.places.iter().map(|place| Column {
            lines: std::iter::once(place.address.to_owned())
                .chain(short(&place.messages()))
                .collect(),
            href: String::new(),
        });
        let crossings = self.places.iter().enumerate().flat_map(|(at, place)| {
            place.users.iter().map(move |user| Crossing {
                application: user.application,
                channel: at,
                sends: user.used.sends,
                is_reply: user.used.is_reply,
            })
        });
        let label = "Applications that send, channels, and applications that receive";
        landscape(
            &applications.collect::<Vec<_>>(),
            &channels.collect::<Vec<_>>(),
            &crossings.collect::<Vec<_>>(),
            label,
        )
    }
}

/// The first names of a list, and how many more there are.
pub(crate) fn short(names: &[&str]) -> Vec<String> {
    let more = names.len().saturating_sub(NAMED);
    let shown = if more > 1 { NAMED } else { names.len() };
    let mut short: Vec<_> = names[..shown]
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    if more > 1 {
        short.push(format!("and {more} more"));
    }
    short
}

#[cfg(test)]
mod tests;
