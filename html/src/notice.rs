//! What stands in the place of a page that cannot be made, until it can.
use std::fmt::Write;

use handlebars::html_escape;

use crate::{
    shown,
    template::{LIVE, STYLE, policy},
};

/// A page that says something, and looks for a newer one.
#[must_use]
pub fn notice(title: &str, lines: &[String]) -> String {
    let title = html_escape(title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{}</style>\n</head>\n<body>\n\
         <main id=\"main\">\n<h1>{title}</h1>\n<ul class=\"problems\">\n",
        policy(STYLE, &[LIVE], true, &[]),
        STYLE
    );
    for line in lines {
        let _ = writeln!(out, "<li><bdi>{}</bdi></li>", html_escape(line));
    }
    shown(out + &format!("</ul>\n</main>\n<script>{LIVE}</script>\n</body>\n</html>\n"))
}
