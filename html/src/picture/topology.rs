//! The application in the middle, what comes in before it and what goes out after it; dashed lines are replies.
use super::{Caption, Line, Picture, Shape, Towards, arrow_head, text};

/// A channel as the picture shows it: one for each direction in which it is used.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) side: Side,
    pub(crate) address: String,
    pub(crate) href: String,
    /// What happens there.
    pub(crate) operations: Vec<String>,
    pub(crate) replies: bool,
}

/// On which side of the application something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    In,
    Out,
}

const LINE: i32 = 18;
const GAP: i32 = 14;
/// How many operations of a channel are named.
const NAMED: usize = 5;

/// For wide screens: left to right.
pub(crate) fn wide(application: &str, stations: &[Station], label: &str) -> Picture {
    const COLUMN: i32 = 320;
    const MIDDLE: i32 = 180;
    const ARROW: i32 = 70;
    let heights = [Side::In, Side::Out].map(|side| column_height(stations, side));
    let height = heights[0].max(heights[1]).max(96);
    // A side without channels takes no room.
    let room = heights.map(|height| if height == 0 { 0 } else { COLUMN + ARROW });
    let left = 1 + room[0];
    let right = left + MIDDLE;
    let mut picture = empty("wide", right + room[1] + 1, height + 2, label);
    for (side, own) in [Side::In, Side::Out].into_iter().zip(heights) {
        let mut y = 1 + (height - own) / 2;
        let x = if side == Side::In { 1 } else { right + ARROW };
        for station in stations.iter().filter(|station| station.side == side) {
            let shape = station_box(station, x, y, COLUMN);
            let centre = y + shape.height / 2;
            let (from, to) = match side {
                Side::In => (x + COLUMN, left),
                Side::Out => (right, x),
            };
            across(&mut picture, from, to, centre, station.replies);
            y += shape.height + GAP;
            picture.boxes.push(shape);
        }
    }
    let frame = (left, 1, MIDDLE, height);
    picture.boxes.push(application_box(application, frame));
    picture
}

/// For narrow screens: top to bottom, with the lines on the left.
pub(crate) fn tall(application: &str, stations: &[Station], label: &str) -> Picture {
    const WIDTH: i32 = 340;
    const INDENT: i32 = 30;
    let mut picture = empty("tall", WIDTH, 0, label);
    let mut y = 1;
    let mut ends = Vec::new();
    for station in stations.iter().filter(|station| station.side == Side::In) {
        let shape = station_box(station, INDENT, y, WIDTH - INDENT - 1);
        ends.push((y + shape.height / 2, station.replies));
        y += shape.height + GAP;
        picture.boxes.push(shape);
    }
    let top = y + if ends.is_empty() { 0 } else { 12 };
    let bottom = top + 64;
    for (from, replies) in ends {
        let path = format!("M{INDENT} {from}H8V{top}");
        push_line(
            &mut picture,
            "line",
            path,
            arrow_head(8, top, Towards::Down),
        );
        if replies {
            let path = format!("M18 {top}V{}H{INDENT}", from + 9);
            let head = arrow_head(INDENT, from + 9, Towards::Right);
            push_line(&mut picture, "line back", path, head);
        }
    }
    let frame = (1, top, WIDTH - 2, bottom - top);
    picture.boxes.push(application_box(application, frame));
    y = bottom + GAP + 8;
    for station in stations.iter().filter(|station| station.side == Side::Out) {
        let shape = station_box(station, INDENT, y, WIDTH - INDENT - 1);
        let to = y + shape.height / 2;
        let path = format!("M8 {bottom}V{to}H{INDENT}");
        push_line(
            &mut picture,
            "line",
            path,
            arrow_head(INDENT, to, Towards::Right),
        );
        if station.replies {
            push_line(
                &mut picture,
                "line back",
                format!("M{INDENT} {}H18V{bottom}", to + 9),
                String::new(),
            );
        }
        y += shape.height + GAP;
        picture.boxes.push(shape);
    }
    picture.height = picture
        .boxes
        .iter()
        .map(|b| b.y + b.height)
        .max()
        .unwrap_or(0)
        + 2;
    picture
}

fn empty(class: &'static str, width: i32, height: i32, label: &str) -> Picture {
    Picture {
        class,
        width,
        height,
        label: label.to_owned(),
        linked: true,
        lines: Vec::new(),
        boxes: Vec::new(),
        texts: Vec::new(),
    }
}

fn push_line(picture: &mut Picture, class: &'static str, path: String, head: String) {
    picture.lines.push(Line { class, path, head });
}

/// An arrow from left to right, and a dashed one back below it.
fn across(picture: &mut Picture, from: i32, to: i32, y: i32, replies: bool) {
    let there = if replies { y - 7 } else { y };
    let path = format!("M{from} {there}H{}", to - 4);
    push_line(picture, "line", path, arrow_head(to, there, Towards::Right));
    if replies {
        let path = format!("M{to} {}H{}", y + 7, from + 4);
        push_line(
            picture,
            "line back",
            path,
            arrow_head(from, y + 7, Towards::Left),
        );
    }
}

fn column_height(stations: &[Station], side: Side) -> i32 {
    let heights = stations
        .iter()
        .filter(|station| station.side == side)
        .map(|station| station_height(station) + GAP);
    (heights.sum::<i32>() - GAP).max(0)
}

fn station_height(station: &Station) -> i32 {
    let named = station.operations.len();
    let lines = named.min(NAMED) + usize::from(named > NAMED) + 1;
    18 + LINE * i32::try_from(lines).unwrap_or(i32::MAX / LINE / 2)
}

fn station_box(station: &Station, x: i32, y: i32, width: i32) -> Shape {
    let inner = width - 28;
    // Measured larger than it is drawn: bold letters are wider.
    let mut texts = vec![Caption {
        class: "strong",
        x: x + 14,
        y: y + 23,
        middle: false,
        text: text::fit(&station.address, 15, inner),
    }];
    let hidden = station.operations.len().saturating_sub(NAMED);
    let more = (hidden > 0).then(|| format!("and {hidden} more"));
    let names = station.operations.iter().take(NAMED).cloned().chain(more);
    let mut line = y + 23;
    for name in names {
        line += LINE;
        texts.push(Caption {
            class: "soft",
            x: x + 14,
            y: line,
            middle: false,
            text: text::fit(&name, 12, inner),
        });
    }
    Shape {
        class: if station.side == Side::In {
            "box in"
        } else {
            "box out"
        },
        x,
        y,
        width,
        height: station_height(station),
        href: station.href.clone(),
        texts,
    }
}

fn application_box(name: &str, (x, y, width, height): (i32, i32, i32, i32)) -> Shape {
    let lines = text::wrap(name, 15, width - 20, 3);
    let count = i32::try_from(lines.len()).unwrap_or(1);
    let first = y + height / 2 - (count - 1) * 10 + 5;
    let texts = (0..)
        .zip(lines)
        .map(|(index, text)| Caption {
            class: "name",
            x: x + width / 2,
            y: first + index * 20,
            middle: true,
            text,
        })
        .collect();
    Shape {
        class: "box app",
        x,
        y,
        width,
        height,
        href: String::new(),
        texts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stations() -> Vec<Station> {
        let station = |side, replies| Station {
            side,
            address: "an.address".repeat(20),
            href: "#channel-a".to_owned(),
            operations: (0..9).map(|number| format!("operation {number}")).collect(),
            replies,
        };
        vec![
            station(Side::In, true),
            station(Side::Out, false),
            station(Side::Out, true),
        ]
    }

    #[test]
    fn everything_lies_inside_the_picture() {
        for picture in [
            wide("An application", &stations(), "x"),
            tall("An application", &stations(), "x"),
        ] {
            for shape in &picture.boxes {
                assert!(shape.x >= 0 && shape.x + shape.width <= picture.width);
                assert!(shape.y >= 0 && shape.y + shape.height <= picture.height);
                for caption in &shape.texts {
                    assert!(caption.y < shape.y + shape.height);
                    let width = text::width(&caption.text, 13);
                    assert!(caption.middle || caption.x + width <= shape.x + shape.width);
                }
            }
            assert_eq!(picture.boxes.len(), 4);
        }
    }

    #[test]
    fn replies_are_dashed_lines() {
        let picture = wide("A", &stations(), "x");
        let back = picture
            .lines
            .iter()
            .filter(|line| line.class == "line back");
        assert_eq!(back.count(), 2);
    }
}
