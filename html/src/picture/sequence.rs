//! A request and its reply between two lifelines.
use super::{Caption, Line, Picture, Shape, Towards, arrow_head, text};

/// Who says what to whom, and where.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) asks: &'a str,
    pub(crate) answers: &'a str,
    pub(crate) request: &'a str,
    pub(crate) request_at: &'a str,
    pub(crate) reply: &'a str,
    pub(crate) reply_at: &'a str,
}

const WIDTH: i32 = 520;
const HEAD: i32 = 200;
const LEFT: i32 = 102;
const RIGHT: i32 = WIDTH - LEFT;
const HEIGHT: i32 = 186;

/// Draws an exchange.
pub(crate) fn sequence(exchange: &Exchange<'_>) -> Picture {
    let there = arrow("line", LEFT + 2, RIGHT - 2, 86);
    let back = arrow("line back", RIGHT - 2, LEFT + 2, 146);
    let room = RIGHT - LEFT - 24;
    let mut texts = Vec::new();
    // What is bold is measured larger than it is drawn.
    for (y, message, place) in [
        (86, exchange.request, exchange.request_at),
        (146, exchange.reply, exchange.reply_at),
    ] {
        texts.push(caption("strong", y - 8, text::fit(message, 15, room)));
        texts.push(caption("soft", y + 17, text::fit(place, 12, room)));
    }
    Picture {
        class: "sequence",
        width: WIDTH,
        height: HEIGHT,
        label: format!(
            "{} sends {} to {}, on {}; the reply is {}, on {}",
            exchange.asks,
            exchange.request,
            exchange.answers,
            exchange.request_at,
            exchange.reply,
            exchange.reply_at
        ),
        linked: false,
        lines: vec![lifeline(LEFT), lifeline(RIGHT), there, back],
        boxes: vec![head(exchange.asks, LEFT), head(exchange.answers, RIGHT)],
        texts,
    }
}

fn head(name: &str, centre: i32) -> Shape {
    Shape {
        class: "box app",
        x: centre - HEAD / 2,
        y: 1,
        width: HEAD,
        height: 36,
        href: String::new(),
        texts: vec![Caption {
            class: "strong",
            x: centre,
            y: 24,
            middle: true,
            text: text::fit(name, 15, HEAD - 12),
        }],
    }
}

fn lifeline(x: i32) -> Line {
    Line {
        class: "life",
        path: format!("M{x} 37V{HEIGHT}"),
        head: String::new(),
    }
}

fn arrow(class: &'static str, from: i32, to: i32, y: i32) -> Line {
    let (stop, towards) = if to > from {
        (to - 4, Towards::Right)
    } else {
        (to + 4, Towards::Left)
    };
    Line {
        class,
        path: format!("M{from} {y}H{stop}"),
        head: arrow_head(to, y, towards),
    }
}

fn caption(class: &'static str, y: i32, text: String) -> Caption {
    Caption {
        class,
        x: WIDTH / 2,
        y,
        middle: true,
        text,
    }
}
