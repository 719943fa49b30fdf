//! The channels of the picture: what their addresses begin with is told once, and of many each stands for all that begin alike.
use std::collections::HashMap;

use tidings_document::api::{Action, ChannelId, Operation};

use crate::{
    escape,
    picture::{Side, Station},
    view::{Ctx, channel, operation},
};

/// How many a side has.
const MOST: usize = 12;
/// A beginning shorter than this is left where it is, and so is that of few which fit into the picture.
const SHORTEST: usize = 6;
const FEW: usize = 3;
const FITS: usize = 36;

/// Those of both sides, and what all their addresses begin with.
pub(super) fn stations(ctx: &Ctx<'_>) -> (Vec<Station>, String) {
    let mut found = Found::default();
    for (number, operation) in ctx.api.operations.iter().enumerate() {
        found.add(ctx, number, operation);
    }
    let mut stations = found.stations;
    let prefix = prefix(&stations).to_owned();
    for station in &mut stations {
        station.address.drain(..prefix.len());
    }
    let (inward, outward) = stations
        .into_iter()
        .partition(|station| station.side == Side::In);
    let sides = [fold(inward), fold(outward)];
    (sides.into_iter().flatten().collect(), prefix)
}

/// One for each channel and direction, in the order of the operations.
#[derive(Default)]
struct Found {
    stations: Vec<Station>,
    known: HashMap<(ChannelId, Side), usize>,
}

impl Found {
    fn add(&mut self, ctx: &Ctx<'_>, number: usize, operation: &Operation<'_>) {
        let (there, back) = match operation.action {
            Action::Receive => (Side::In, Side::Out),
            Action::Send => (Side::Out, Side::In),
        };
        let href = format!("#{}", ctx.plan.operations[number]);
        let title = escape::discreet(&operation::title(ctx, operation));
        let reply = operation.reply.as_ref();
        let fixed = reply.and_then(|reply| reply.channel);
        let fixed =
            fixed.filter(|id| ctx.api[*id].address.is_some() && operation.channel != Some(*id));
        if let Some(id) = operation.channel {
            let station = self.station(ctx, id, there, &href);
            station.operations.push(title.clone());
            station.replies |= reply.is_some() && fixed.is_none();
            station.is_reply = false;
        }
        if let Some(id) = fixed {
            let station = self.station(ctx, id, back, &href);
            station.operations.push(format!("replies of {title}"));
        }
    }

    fn station(&mut self, ctx: &Ctx<'_>, id: ChannelId, side: Side, href: &str) -> &mut Station {
        let next = self.stations.len();
        let at = *self.known.entry((id, side)).or_insert(next);
        if at == next {
            self.stations.push(Station {
                side,
                address: channel::name(ctx, &ctx.api[id]),
                href: href.to_owned(),
                operations: Vec::new(),
                replies: false,
                is_reply: true,
            });
        } else {
            self.stations[at].href = format!("#{}", ctx.plan.channels[id.0 as usize]);
        }
        &mut self.stations[at]
    }
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '.' | '/' | ':' | '_' | '-')
}

/// What several addresses begin with, up to a separator.
fn prefix(stations: &[Station]) -> &str {
    let [first, rest @ ..] = stations else {
        return "";
    };
    let common = rest.iter().fold(first.address.as_str(), |common, station| {
        let mut pairs = common.char_indices().zip(station.address.chars());
        match pairs.find(|((_, one), other)| one != other) {
            Some(((at, _), _)) => &common[..at],
            None if station.address.len() < common.len() => &common[..station.address.len()],
            None => common,
        }
    });
    let end = common.rfind(is_separator).map_or(0, |at| at + 1);
    let fit = stations.iter().all(|station| station.address.len() <= FITS);
    match rest.is_empty() || stations.len() <= FEW && fit || end < SHORTEST {
        true => "",
        false => &common[..end],
    }
}

/// Of many, those whose addresses begin alike as one; of still many, the first and how many more there are.
fn fold(stations: Vec<Station>) -> Vec<Station> {
    if stations.len() <= MOST {
        return stations;
    }
    let side = stations[0].side;
    let depth = (1..DEEPEST).find(|depth| {
        let mut begins = stations
            .iter()
            .map(|station| begin(&station.address, *depth));
        begins
            .next()
            .is_some_and(|first| begins.any(|other| other != first))
    });
    let mut groups: Vec<(String, Vec<Station>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for station in stations {
        let begin = begin(&station.address, depth.unwrap_or(DEEPEST)).to_owned();
        let next = groups.len();
        let at = *known.entry(begin.clone()).or_insert(next);
        if at == next {
            groups.push((begin, Vec::new()));
        }
        groups[at].1.push(station);
    }
    let hidden = groups.split_off(groups.len().min(MOST - 1));
    let shown = groups
        .into_iter()
        .map(|(begin, group)| one_of(|count| format!("{begin}* ({count} channels)"), group));
    let mut shown: Vec<Station> = shown.collect();
    let hidden: Vec<Station> = hidden.into_iter().flat_map(|(_, group)| group).collect();
    if !hidden.is_empty() {
        let mut rest = one_of(|count| format!("{count} more channels"), hidden);
        rest.side = side;
        shown.push(rest);
    }
    shown
}

/// How many parts of addresses are looked at to tell them apart.
const DEEPEST: usize = 8;

/// The first parts of an address.
fn begin(address: &str, depth: usize) -> &str {
    let mut ends = address.match_indices(is_separator).map(|(at, _)| at + 1);
    &address[..ends.nth(depth - 1).unwrap_or(address.len())]
}

/// A station that stands for several.
fn one_of(name: impl Fn(usize) -> String, mut group: Vec<Station>) -> Station {
    if group.len() == 1 {
        return group.remove(0);
    }
    Station {
        side: group[0].side,
        address: name(group.len()),
        href: "#channels".to_owned(),
        replies: group.iter().any(|station| station.replies),
        is_reply: group.iter().all(|station| station.is_reply),
        operations: group
            .into_iter()
            .flat_map(|station| station.operations)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stations(addresses: impl IntoIterator<Item = String>) -> Vec<Station> {
        let station = |address| Station {
            side: Side::In,
            address,
            href: String::new(),
            operations: Vec::new(),
            replies: false,
            is_reply: false,
        };
        addresses.into_iter().map(station).collect()
    }

    fn names(stations: &[Station]) -> Vec<&str> {
        stations
            .iter()
            .map(|station| station.address.as_str())
            .collect()
    }

    #[test]
    fn what_all_addresses_begin_with_ends_at_a_separator() {
        let of =
            |list: &[&str]| prefix(&stations(list.iter().map(|it| (*it).to_owned()))).to_owned();
        let (on, off) = ("smart.city.on", "smart.city.off");
        assert_eq!(of(&[on, off, "smart.city.größe", on]), "smart.city.");
        assert_eq!(of(&[on, off, "smart.city", off]), "smart.");
        assert_eq!(of(&[on, off, on]), "");
        assert_eq!(of(&["a.on", "a.off", "a.x", "a.y"]), "");
        assert_eq!(of(&[]), "");
        let long = ["on", "off"].map(|end| format!("the.lamps.of.the.old.town.at.the.{end}"));
        let list = long.each_ref().map(String::as_str);
        assert_eq!(of(&list), "");
        assert_eq!(
            of(&[list[1], "the.lamps.of.the.old.town.at.the.harbour"]),
            "the.lamps.of.the.old.town.at.the."
        );
        assert_eq!(of(&["the.lamps.of.the.old.town.at.the.harbour"]), "");
    }

    #[test]
    fn many_that_begin_alike_are_one() {
        let few = fold(stations((0..12).map(|n| format!("a.{n}"))));
        assert_eq!(few.len(), 12);
        let grouped = fold(stations(
            (0..30).map(|n| format!("{}.{n}", ["a", "b", "c"][n % 3])),
        ));
        assert_eq!(
            names(&grouped),
            [
                "a.* (10 channels)",
                "b.* (10 channels)",
                "c.* (10 channels)"
            ]
        );
        let deep = fold(stations(
            (0..30).map(|n| format!("s.{}.{n}", ["a", "b"][n % 2])),
        ));
        assert_eq!(names(&deep), ["s.a.* (15 channels)", "s.b.* (15 channels)"]);
        let cut = fold(stations((0..300).map(|n| format!("channel{n}"))));
        assert_eq!((cut.len(), names(&cut)[11]), (12, "289 more channels"));
        let same = fold(stations((0..300).map(|n| format!("a.channel{n}"))));
        assert_eq!((same.len(), names(&same)[0]), (12, "a.channel0"));
    }
}
