//! Pictures of our own layout: boxes, texts and arrows with their places, which a template writes as SVG.
mod landscape;
mod sequence;
mod text;
mod topology;

use serde::Serialize;

pub(crate) use landscape::{Column, Crossing, landscape};
pub(crate) use sequence::{Exchange, sequence};
pub(crate) use topology::{Side, Station, tall, wide};

/// A picture.
#[derive(Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) class: &'static str,
    pub(crate) width: i32,
    pub(crate) height: i32,
    /// What it shows, for those who cannot see it.
    pub(crate) label: String,
    /// Whether it holds links, and so must not be announced as one image.
    pub(crate) linked: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) boxes: Vec<Shape>,
    pub(crate) texts: Vec<Caption>,
}

/// A line or an arrow.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) class: &'static str,
    pub(crate) path: String,
    /// Outline of the arrow's head; empty for none.
    pub(crate) head: String,
}

/// A box with its texts.
#[derive(Debug, Serialize)]
pub(crate) struct Shape {
    pub(crate) class: &'static str,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) href: String,
    pub(crate) texts: Vec<Caption>,
}

/// A line of text.
#[derive(Debug, Serialize)]
pub(crate) struct Caption {
    pub(crate) class: &'static str,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) middle: bool,
    pub(crate) text: String,
}

/// Where an arrow points.
#[derive(Debug, Clone, Copy)]
enum Towards {
    Right,
    Left,
    Down,
}

/// The outline of an arrow's head with its tip at a point.
fn arrow_head(x: i32, y: i32, towards: Towards) -> String {
    match towards {
        Towards::Right => format!("M{} {}L{x} {y}L{} {}z", x - 9, y - 4, x - 9, y + 4),
        Towards::Left => format!("M{} {}L{x} {y}L{} {}z", x + 9, y - 4, x + 9, y + 4),
        Towards::Down => format!("M{} {}L{x} {y}L{} {}z", x - 4, y - 9, x + 4, y - 9),
    }
}
