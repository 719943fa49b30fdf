//! Reads the templates of pages, which would be most of what a page costs, and takes out of its style sheet and script what only their
//! readers need.
#[path = "src/template/call.rs"]
mod call;
#[path = "src/template/lean.rs"]
mod lean;
#[path = "src/template/list.rs"]
mod list;
#[path = "src/template/written.rs"]
mod written;

use std::{env, fs, path::Path};

fn main() {
    // The texts are parts of this program: with any of them it is another.
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var("OUT_DIR").unwrap_or_default();
    let write = |name: &str, text: String| {
        let path = Path::new(&folder).join(name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    write("templates.table", list::all().map(table).collect());
    let sheet = include_str!("../templates/html/page.css");
    write("page.css", lean::style(sheet));
    let script = include_str!("../templates/html/page.js");
    write("page.js", lean::script(script));
}

fn table((name, text): (&str, &str)) -> String {
    let mut templates = call::registry();
    let read = call::register(&mut templates, name, list::read(name, text));
    read.unwrap_or_else(|error| panic!("{error}"));
    templates
        .get_template(name)
        .map(|template| written::entry(name, template))
        .unwrap_or_default()
}
