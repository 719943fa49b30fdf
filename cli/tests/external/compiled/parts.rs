//! Modules in packages that are small enough for the compiler's memory, all in one workspace.
use crate::beside::{self, PROFILE, write};
use std::{fs, path::Path};

/// About how many lines a package has.
const LINES: usize = 25_000;

/// How a set of modules is compiled.
pub(crate) struct Set {
    /// The beginning of its packages' names.
    pub(crate) name: &'static str,
    edition: &'static str,
    lints: &'static str,
}

pub(crate) const OLD: Set = Set {
    name: "old",
    edition: "2021",
    lints: "",
};

pub(crate) const NEW: Set = Set {
    name: "new",
    edition: "2024",
    lints: "\n[lints]\nrust.missing_docs = \"warn\"\nclippy.pedantic = \"warn\"\n",
};

pub(crate) const TESTS: Set = Set {
    name: "tests",
    edition: "2024",
    lints: "",
};

/// Writes the modules' texts, beside those of other sets.
pub(crate) fn write_module(place: &Path, name: &str, text: &str) {
    write(&place.join(format!("modules/{name}.rs")), text);
}

/// Writes the workspace; the sets are told with the names of their modules.
pub(crate) fn write_workspace(place: &Path, sets: &[(&Set, &[String])]) {
    let mut members = Vec::new();
    for (set, modules) in sets {
        for (number, part) in parts(place, modules).iter().enumerate() {
            let name = format!("{}-{number}", set.name);
            write_package(place, set, &name, part);
            members.push(format!("\"{name}\""));
        }
    }
    let members = members.join(", ");
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n{PROFILE}");
    write(&place.join("Cargo.toml"), &workspace);
}

/// The modules in groups.
fn parts<'a>(place: &Path, modules: &'a [String]) -> Vec<Vec<&'a str>> {
    let (mut parts, mut lines) = (vec![Vec::new()], 0);
    for module in modules {
        let text = fs::read_to_string(place.join(format!("modules/{module}.rs")));
        let more = text.expect("a module").lines().count();
        if lines > 0 && lines + more > LINES {
            parts.push(Vec::new());
            lines = 0;
        }
        lines += more;
        parts.last_mut().expect("one").push(module.as_str());
    }
    parts
}

fn write_package(place: &Path, set: &Set, name: &str, modules: &[&str]) {
    let Set { edition, lints, .. } = set;
    let runtime = beside::runtime();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\npublish = false\n{lints}
[dependencies]\ntidings = {{ path = \"{runtime}\", features = [{FEATURES}] }}\n"
    );
    write(&place.join(name).join("Cargo.toml"), &manifest);
    let modules = modules.iter().map(|module| {
        format!("#[path = \"../../modules/{module}.rs\"]\n/// {module}\npub mod {module};\n")
    });
    let text = format!("//! Modules.\n{}", modules.collect::<String>());
    write(&place.join(name).join("src/lib.rs"), &text);
}

/// All that generated code may ask for.
const FEATURES: &str =
    "\"avro\", \"cbor\", \"idn\", \"message-pack\", \"protobuf\", \"validation\"";
