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
    /// Whether replies come back by no channel of their own.
    pub(crate) replies: bool,
    /// Whether only replies go there.
    pub(crate) is_reply: bool,
}

/// On which side of the application something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    In,
    Out,
}

const LINE: i32 = 18;
/// How many operations of a channel are named.
const NAMED: usize = 3;
/// From how many channels a side on they are not.
const MANY: usize = 7;

/// Lines of operations in a box, and what is free below it: less where there is more to show.
#[derive(Clone, Copy)]
struct Density {
    named: usize,
    gap: i32,
}

impl Density {
    fn of(stations: &[Station]) -> Self {
        let count = |side| {
            stations
                .iter()
                .filter(|station| station.side == side)
                .count()
        };
        match count(Side::In).max(count(Side::Out)) {
            MANY.. => Self { named: 0, gap: 6 },
            _ => Self {
                named: NAMED,
                gap: 14,
            },
        }
    }

    fn lines(self, station: &Station) -> usize {
        let named = station.operations.len();
        match self.named {
            0 => 1,
            most => named.min(most) + usize::from(named > most) + 1,
        }
    }

    fn height(self, station: &Station) -> i32 {
        let frame = if self.named == 0 { 12 } else { 18 };
        frame + LINE * i32::try_from(self.lines(station)).unwrap_or(i32::MAX / LINE / 2)
    }

    fn column(self, stations: &[Station], side: Side) -> i32 {
        let own = stations.iter().filter(|station| station.side == side);
        let heights = own.map(|station| self.height(station) + self.gap);
        (heights.sum::<i32>() - self.gap).max(0)
    }
}

/// For wide screens: left to right.
pub(crate) fn wide(application: &str, stations: &[Station], label: &str) -> Picture {
    const BOTH: i32 = 760;
    const MIDDLE: i32 = 190;
    const ARROW: i32 = 70;
    let density = Density::of(stations);
    let heights = [Side::In, Side::Out].map(|side| density.column(stations, side));
    // One side alone has more room for its names.
    let column = if heights.contains(&0) {
        BOTH - 160
    } else {
        BOTH / 2
    };
    let height = heights[0].max(heights[1]).max(96);
    // A side without channels takes no room.
    let room = heights.map(|height| if height == 0 { 0 } else { column + ARROW });
    let left = 1 + room[0];
    let right = left + MIDDLE;
    let mut picture = empty("wide", right + room[1] + 1, height + 2, label);
    for (side, own) in [Side::In, Side::Out].into_iter().zip(heights) {
        let mut y = 1 + (height - own) / 2;
        let x = if side == Side::In { 1 } else { right + ARROW };
        for station in stations.iter().filter(|station| station.side == side) {
            let shape = station_box(station, density, (x, y, column));
            let centre = y + shape.height / 2;
            let (from, to) = match side {
                Side::In => (x + column, left),
                Side::Out => (right, x),
            };
            across(&mut picture, from, to, centre, station);
            y += shape.height + density.gap;
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
    let density = Density::of(stations);
    let mut picture = empty("tall", WIDTH, 0, label);
    let mut y = 1;
    let mut ends = Vec::new();
    for station in stations.iter().filter(|station| station.side == Side::In) {
        let shape = station_box(station, density, (INDENT, y, WIDTH - INDENT - 1));
        ends.push((y + shape.height / 2, station));
        y += shape.height + density.gap;
        picture.boxes.push(shape);
    }
    let top = y + if ends.is_empty() { 0 } else { 12 };
    let bottom = top + 64;
    for (from, station) in ends {
        let path = format!("M{INDENT} {from}H8V{top}");
        let head = arrow_head(8, top, Towards::Down);
        push_line(&mut picture, class(station), path, head);
        if station.replies {
            let path = format!("M18 {top}V{}H{INDENT}", from + 9);
            let head = arrow_head(INDENT, from + 9, Towards::Right);
            push_line(&mut picture, "line back", path, head);
        }
    }
    let frame = (1, top, WIDTH - 2, bottom - top);
    picture.boxes.push(application_box(application, frame));
    y = bottom + density.gap + 8;
    for station in stations.iter().filter(|station| station.side == Side::Out) {
        let shape = station_box(station, density, (INDENT, y, WIDTH - INDENT - 1));
        let to = y + shape.height / 2;
        let path = format!("M8 {bottom}V{to}H{INDENT}");
        let head = arrow_head(INDENT, to, Towards::Right);
        push_line(&mut picture, class(station), path, head);
        if station.replies {
            push_line(
                &mut picture,
                "line back",
                format!("M{INDENT} {}H18V{bottom}", to + 9),
                String::new(),
            );
        }
        y += shape.height + density.gap;
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
fn across(picture: &mut Picture, from: i32, to: i32, y: i32, station: &Station) {
    let there = if station.replies { y - 7 } else { y };
    let path = format!("M{from} {there}H{}", to - 4);
    let head = arrow_head(to, there, Towards::Right);
    push_line(picture, class(station), path, head);
    if station.replies {
        let path = format!("M{to} {}H{}", y + 7, from + 4);
        push_line(
            picture,
            "line back",
            path,
            arrow_head(from, y + 7, Towards::Left),
        );
    }
}

/// What only replies take is dashed.
fn class(station: &Station) -> &'static str {
    if station.is_reply {
        "line back"
    } else {
        "line"
    }
}

fn station_box(station: &Station, density: Density, (x, y, width): (i32, i32, i32)) -> Shape {
    let inner = width - 28;
    let first = if density.named == 0 { y + 19 } else { y + 23 };
    // Measured larger than it is drawn: bold letters are wider.
    let mut texts = vec![Caption {
        class: "strong",
        x: x + 14,
        y: first,
        middle: false,
        text: text::fit(&station.address, 15, inner),
    }];
    let hidden = station.operations.len().saturating_sub(density.named);
    let more = (hidden > 0).then(|| format!("and {hidden} more"));
    let names = station
        .operations
        .iter()
        .take(density.named)
        .cloned()
        .chain(more);
    let lines = density.lines(station) - 1;
    for (name, line) in names.take(lines).zip(1..) {
        texts.push(Caption {
            class: "soft",
            x: x + 14,
            y: first + line * LINE,
            middle: false,
            text: text::fit(&name, 13, inner),
        });
    }
    Shape {
        class: match (station.side, station.is_reply) {
            (Side::In, false) => "box in",
            (Side::Out, false) => "box out",
            (Side::In, true) => "box in back",
            (Side::Out, true) => "box out back",
        },
        x,
        y,
        width,
        height: density.height(station),
        href: station.href.clone(),
        texts,
    }
}

fn application_box(name: &str, (x, y, width, height): (i32, i32, i32, i32)) -> Shape {
    let most = usize::try_from((height - 36) / 20).unwrap_or(0).max(3);
    // Measured larger than it is drawn: bold letters are wider.
    let lines = text::wrap(name, 17, width - 20, most);
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

    fn station(side: Side, replies: bool) -> Station {
        Station {
            side,
            address: "an.address".repeat(20),
            href: "#channel-a".to_owned(),
            operations: (0..9).map(|number| format!("operation {number}")).collect(),
            replies,
            is_reply: false,
        }
    }

    #[test]
    fn everything_lies_inside_the_picture() {
        let few = vec![
            station(Side::In, true),
            station(Side::Out, false),
            station(Side::Out, true),
        ];
        let many: Vec<Station> = (0..12).map(|_| station(Side::In, false)).collect();
        for stations in [few, many] {
            for picture in [
                wide("An application", &stations, "x"),
                tall("An application", &stations, "x"),
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
                assert_eq!(picture.boxes.len(), stations.len() + 1);
            }
        }
    }

    #[test]
    fn a_long_name_is_cut_only_where_the_picture_has_no_room() {
        let many: Vec<Station> = (0..12).map(|_| station(Side::In, false)).collect();
        let name =
            "The whole long name of an application that takes more than three of all the lines";
        let shown = |stations: &[Station]| {
            let picture = wide(name, stations, "x");
            let texts = picture.boxes.last().expect("the application").texts.iter();
            texts
                .map(|caption| &*caption.text)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(shown(&many), name);
        let shown = shown(&[station(Side::In, false)]);
        assert!(shown.contains('…'), "{shown}");
    }

    #[test]
    fn many_channels_take_a_line_each() {
        let many: Vec<Station> = (0..12).map(|_| station(Side::In, false)).collect();
        assert!(wide("A", &many, "x").height < 500);
    }

    #[test]
    fn few_channels_name_what_happens_there() {
        let lines = |count: usize, side: Side| {
            let stations: Vec<Station> = (0..count).map(|_| station(side, false)).collect();
            let pictures = [wide("A", &stations, "x"), tall("A", &stations, "x")];
            pictures.map(|picture| picture.boxes[0].texts.len() + picture.boxes[count].texts.len())
        };
        for side in [Side::In, Side::Out] {
            let first = lines(MANY - 1, side);
            assert!(first.iter().all(|count| *count > 2), "{first:?}");
            assert_eq!(lines(MANY, side)[0], 2);
        }
    }

    #[test]
    fn replies_are_dashed_lines_and_so_is_the_channel_that_only_they_take() {
        let mut stations = vec![station(Side::In, true), station(Side::Out, true)];
        stations[1].is_reply = true;
        let picture = wide("A", &stations, "x");
        let back = picture.lines.iter();
        let back = back.filter(|line| line.class == "line back");
        assert_eq!(back.count(), 3);
        assert_eq!(picture.boxes[1].class, "box out back");
    }
}
