//! Applications that send on the left, channels in the middle, applications that receive on the right. Whoever does both stands on
//! both sides, so that every line goes from left to right, however many there are.
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
    let orders = orders(applications.len(), channels.len(), crossings);
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
            let ports = ports(crossings, side, number);
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

/// Boxes in the order in which their lines cross little: again and again, each column by what it is connected to.
fn orders(applications: usize, channels: usize, crossings: &[Crossing]) -> [Order; 3] {
    let on = |side, count| {
        let is_used = move |number: &usize| side == 1 || ports(crossings, side, *number) > 0;
        (0..count).filter(is_used).collect::<Order>()
    };
    let mut orders = [on(0, applications), on(1, channels), on(2, applications)];
    for sweep in 0..SWEEPS {
        let sides = if sweep % 2 == 0 { [1, 2] } else { [1, 0] };
        for side in sides {
            let weights: Vec<_> = (0..applications.max(channels))
                .map(|number| weight(&orders, crossings, side, number))
                .collect();
            orders[side].sort_by_key(|number| (weights[*number], *number));
        }
    }
    orders
}

/// The mean place of what a box is connected to, in thousandths of its column.
fn weight(orders: &[Order; 3], crossings: &[Crossing], side: usize, number: usize) -> usize {
    let mut sum = 0;
    let mut count = 0;
    for crossing in crossings {
        let ends = ends(crossing);
        if !ends.contains(&(side, number)) {
            continue;
        }
        for (other, end) in ends.into_iter().filter(|(other, _)| *other != side) {
            let order = &orders[other];
            let place = order.iter().position(|at| *at == end).unwrap_or(0);
            sum += place * 1000 / order.len().max(1);
            count += 1;
        }
    }
    sum.checked_div(count).unwrap_or(usize::MAX)
}

/// How many lines end at a box, on the side of it where there are more.
fn ports(crossings: &[Crossing], side: usize, number: usize) -> usize {
    let at = |sends: bool| {
        let own = crossings.iter().filter(|crossing| crossing.sends == sends);
        own.filter(|crossing| ends(crossing).contains(&(side, number)))
            .count()
    };
    at(true).max(at(false))
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
    let find = |(side, number): (usize, usize)| {
        let column = boxes[side].iter();
        column
            .clone()
            .position(|(own, _)| *own == number)
            .unwrap_or(0)
    };
    let found: Vec<_> = crossings
        .iter()
        .map(|crossing| {
            let [from, to] = ends(crossing);
            ((from.0, find(from)), (to.0, find(to)), crossing.is_reply)
        })
        .collect();
    let port = |index: usize, is_start: bool| {
        let (from, to, _) = found[index];
        let own = if is_start { from } else { to };
        let beside = (0..found.len()).filter(|other| {
            let (from, to, _) = found[*other];
            own == if is_start { from } else { to }
        });
        let mut beside: Vec<_> = beside.collect();
        beside.sort_by_key(|other| {
            let (from, to, _) = found[*other];
            (if is_start { to.1 } else { from.1 }, *other)
        });
        let at = beside.iter().position(|other| *other == index).unwrap_or(0);
        let shape = &boxes[own.0][own.1].1;
        let part = |length: usize| i32::try_from(length).unwrap_or(i32::MAX / 4096);
        shape.y + shape.height * part(at + 1) / part(beside.len() + 1)
    };
    (0..found.len())
        .map(|index| {
            let (from, to, is_reply) = found[index];
            let start = &boxes[from.0][from.1].1;
            let (x, y) = (start.x + start.width, port(index, true));
            let (stop, end) = (boxes[to.0][to.1].1.x, port(index, false));
            let half = x + ROOM / 2;
            Line {
                class: if is_reply { "line back" } else { "line" },
                path: format!("M{x} {y}C{half} {y} {half} {end} {} {end}", stop - 4),
                head: arrow_head(stop, end, Towards::Right),
            }
        })
        .collect()
}
