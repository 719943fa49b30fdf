//! Applications that send on the left, channels in the middle, applications that receive on the right. Whoever does both stands on
//! both sides, so that every line goes from left to right, however many there are.
use std::collections::{BTreeMap, HashMap};

use super::{Caption, Line, Picture, Shape, Towards, arrow_head, text};

/// A box that is to be drawn: its lines, the first in bold.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) lines: Vec<String>,
    pub(crate) href: String,
}

/// That an application sends to a channel, or receives from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crossing {
    pub(crate) application: usize,
    pub(crate) channel: usize,
    pub(crate) sends: bool,
    pub(crate) is_reply: bool,
}

const APPLICATION: i32 = 220;
const CHANNEL: i32 = 330;
const ROOM: i32 = 110;
const LINE: i32 = 18;
const GAP: i32 = 14;
/// Room that each line takes at a box.
const PORT: i32 = 12;
/// How often the columns are put into the order of what they are connected to.
const SWEEPS: usize = 6;

/// What stands in a column, from top to bottom, by the numbers of the lists.
type Order = Vec<usize>;

/// Draws them.
pub(crate) fn landscape(
    applications: &[Column],
    channels: &[Column],
    crossings: &[Crossing],
    label: &str,
) -> Picture {
    let joins = joins(crossings);
    let orders = orders(applications.len(), channels.len(), &joins);
    let mut x = 1;
    let mut boxes = [Vec::new(), Vec::new(), Vec::new()];
    let mut height = 0;
    for (side, order) in orders.iter().enumerate() {
        let (list, width) = match side {
            1 => (channels, CHANNEL),
            _ => (applications, APPLICATION),
        };
        let mut y = 1;
        for &number in order {
            let ports = ports(&joins, (side, number));
            let shape = shape(&list[number], side, (x, y, width), ports);
            y += shape.height + GAP;
            boxes[side].push((number, shape));
        }
        height = height.max(y - GAP);
        x += width + ROOM;
    }
    for column in &mut boxes {
        centre(column, height);
    }
    let mut picture = Picture {
        class: "landscape",
        width: x - ROOM + 1,
        height: height + 2,
        label: label.to_owned(),
        linked: boxes
            .iter()
            .flatten()
            .any(|(_, shape)| !shape.href.is_empty()),
        lines: lines(&boxes, crossings),
        boxes: Vec::new(),
        texts: Vec::new(),
    };
    let shapes = boxes.into_iter().flatten().map(|(_, shape)| shape);
    picture.boxes = shapes.collect();
    picture
}

/// The numbers that a line of this crossing joins, by column: senders and channels, or channels and receivers.
fn ends(crossing: &Crossing) -> [(usize, usize); 2] {
    match crossing.sends {
        true => [(0, crossing.application), (1, crossing.channel)],
        false => [(1, crossing.channel), (2, crossing.application)],
    }
}

/// What each box is connected to, by lines that begin at senders or end at receivers.
type Joins = HashMap<End, Vec<(End, bool)>>;

/// A box, by its column and its number.
type End = (usize, usize);

fn joins(crossings: &[Crossing]) -> Joins {
    let mut joins = Joins::new();
    for crossing in crossings {
        let [from, to] = ends(crossing);
        joins.entry(from).or_default().push((to, crossing.sends));
        joins.entry(to).or_default().push((from, crossing.sends));
    }
    joins
}

/// Boxes in the order in which their lines cross little: again and again, each column by what it is connected to.
fn orders(applications: usize, channels: usize, joins: &Joins) -> [Order; 3] {
    let on = |side, count| {
        let is_used = move |number: &usize| side == 1 || joins.contains_key(&(side, *number));
        (0..count).filter(is_used).collect::<Order>()
    };
    let mut orders = [on(0, applications), on(1, channels), on(2, applications)];
    for sweep in 0..SWEEPS {
        let sides = if sweep % 2 == 0 { [1, 2] } else { [1, 0] };
        for side in sides {
            let places = places(&orders);
            let weight = |number: &usize| (weight(&places, joins, (side, *number)), *number);
            orders[side].sort_by_cached_key(weight);
        }
    }
    orders
}

/// Where each box is in its column, in thousandths of that.
fn places(orders: &[Order; 3]) -> HashMap<End, usize> {
    let columns = orders.iter().enumerate();
    let places = columns.flat_map(|(side, order)| {
        let parts = order.iter().enumerate();
        parts.map(move |(at, number)| ((side, *number), at * 1000 / order.len().max(1)))
    });
    places.collect()
}

/// The mean place of what a box is connected to.
fn weight(places: &HashMap<End, usize>, joins: &Joins, own: End) -> usize {
    let others = joins.get(&own).map_or(&[][..], Vec::as_slice);
    let sum: usize = others
        .iter()
        .filter_map(|(other, _)| places.get(other))
        .sum();
    sum.checked_div(others.len()).unwrap_or(usize::MAX)
}

/// How many lines end at a box, on the side of it where there are more.
fn ports(joins: &Joins, own: End) -> usize {
    let lines = joins.get(&own).map_or(&[][..], Vec::as_slice);
    let sent = lines.iter().filter(|(_, sends)| *sends).count();
    sent.max(lines.len() - sent)
}

fn shape(column: &Column, side: usize, place: (i32, i32, i32), ports: usize) -> Shape {
    let (x, y, width) = place;
    let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX / 4096);
    let height = (18 + LINE * count(column.lines.len())).max(PORT * (count(ports) + 1));
    let texts = (0..).zip(&column.lines).map(|(line, text)| Caption {
        class: if line == 0 { "strong" } else { "soft" },
        x: x + 14,
        y: y + 23 + line * LINE,
        middle: false,
        // What is bold is measured larger than it is drawn.
        text: text::fit(text, if line == 0 { 15 } else { 12 }, width - 28),
    });
    Shape {
        class: if side == 1 { "box" } else { "box app" },
        x,
        y,
        width,
        height,
        href: column.href.clone(),
        texts: texts.collect(),
    }
}

/// Moves a column to the middle of the picture.
fn centre(column: &mut [(usize, Shape)], height: i32) {
    let own = column.last().map_or(0, |(_, shape)| shape.y + shape.height);
    let down = (height + 1 - own).max(0) / 2;
    for (_, shape) in column {
        shape.y += down;
        shape.texts.iter_mut().for_each(|text| text.y += down);
    }
}

/// A line for every crossing; those at one side of a box share its height, in the order of their other ends.
fn lines(boxes: &[Vec<(usize, Shape)>; 3], crossings: &[Crossing]) -> Vec<Line> {
    let columns = boxes.iter().enumerate();
    let at: HashMap<End, usize> = columns
        .flat_map(|(side, column)| {
            let numbers = column.iter().enumerate();
            numbers.map(move |(at, (number, _))| ((side, *number), at))
        })
        .collect();
    let find = |end: End| (end.0, at.get(&end).copied().unwrap_or(0));
    let found: Vec<[End; 2]> = crossings.iter().map(|it| ends(it).map(find)).collect();
    let [starts, stops] = [0, 1].map(|side| heights(boxes, &found, side));
    let ends = found.iter().zip(crossings).zip(starts.iter().zip(&stops));
    ends.map(|(([from, to], crossing), (y, end))| {
        let start = &boxes[from.0][from.1].1;
        let x = start.x + start.width;
        let stop = boxes[to.0][to.1].1.x;
        let half = x + ROOM / 2;
        Line {
            class: if crossing.is_reply {
                "line back"
            } else {
                "line"
            },
            path: format!("M{x} {y}C{half} {y} {half} {end} {} {end}", stop - 4),
            head: arrow_head(stop, *end, Towards::Right),
        }
    })
    .collect()
}

/// The height at which each line begins, or ends.
fn heights(boxes: &[Vec<(usize, Shape)>; 3], found: &[[End; 2]], side: usize) -> Vec<i32> {
    let mut beside: BTreeMap<End, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, ends) in found.iter().enumerate() {
        let other = ends[1 - side].1;
        beside.entry(ends[side]).or_default().push((other, index));
    }
    let mut heights = vec![0; found.len()];
    let part = |length: usize| i32::try_from(length).unwrap_or(i32::MAX / 4096);
    for (own, mut lines) in beside {
        lines.sort_unstable();
        let shape = &boxes[own.0][own.1].1;
        for (at, (_, index)) in lines.iter().enumerate() {
            heights[*index] = shape.y + shape.height * part(at + 1) / part(lines.len() + 1);
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_channels_take_time_as_they_grow() {
        crate::growth::is_even(60, |size| {
            let column = |number: usize| Column {
                lines: vec![number.to_string()],
                href: String::new(),
            };
            let crossing = |number: usize| Crossing {
                application: number % 2,
                channel: number / 2,
                sends: number.is_multiple_of(2),
                is_reply: false,
            };
            let channels: Vec<_> = (0..size).map(column).collect();
            let crossings: Vec<_> = (0..2 * size).map(crossing).collect();
            let _ = landscape(&[column(0), column(1)], &channels, &crossings, "x");
        });
    }
}
