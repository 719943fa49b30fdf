//! `Cargo.toml` and `README.md` of a generated crate, from their templates.
use super::files::{header, link, style};
use crate::{
    File, Runtime, Settings,
    docs::{code, paragraph},
    ir::Ir,
};
use std::fmt::Write;

pub(crate) fn manifest(ir: &Ir, settings: &Settings, name: &str) -> File {
    let runtime = match &settings.runtime {
        Runtime::Version(version) => toml_string(version),
        Runtime::Path(path) => format!("{{ path = {} }}", toml_string(path)),
    };
    let version = if is_version(&ir.version) {
        &ir.version
    } else {
        "0.1.0"
    };
    let description = format!(
        "Messages, client and service of {} {}.",
        ir.title, ir.version
    );
    let values = [
        ("name", toml_string(name)),
        ("version", toml_string(version)),
        ("description", toml_string(&description)),
        ("runtime", runtime),
    ];
    let text = fill(include_str!("../../../templates/crate/Cargo.toml"), &values);
    File {
        path: "Cargo.toml".to_owned(),
        text: header(settings, "#") + &text,
    }
}

pub(crate) fn readme(ir: &Ir, settings: &Settings) -> File {
    let operations: String = ir
        .operations
        .iter()
        .fold(String::new(), |mut out, operation| {
            let item = link(ir, operation, settings.role);
            let _ = writeln!(
                out,
                "- {}: {}, `{item}`",
                code(&operation.key),
                style(operation)
            );
            out
        });
    let operations = if operations.is_empty() {
        "None.".to_owned()
    } else {
        operations
    };
    let values = [
        (
            "title",
            paragraph(&format!("{} {}", ir.title, ir.version)).join(" "),
        ),
        ("source", code(&settings.source)),
        ("about", ir.docs.join("\n")),
        ("operations", operations),
    ];
    let text = fill(include_str!("../../../templates/crate/README.md"), &values);
    File {
        path: "README.md".to_owned(),
        text: text.trim_end().to_owned() + "\n",
    }
}

/// The template with its `{{names}}` replaced, once: a value that looks like a name stays as it is.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, name, after)) = placeholder(rest) {
        out.push_str(before);
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out + rest
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name, after))
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether cargo takes the text for a version: three numbers, perhaps with a suffix of letters, digits, dots and dashes.
fn is_version(text: &str) -> bool {
    let (core, suffix) = text.split_once(['-', '+']).unwrap_or((text, "0a"));
    let number = |part: &str| {
        !part.is_empty()
            && part.len() < 19
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let parts: Vec<&str> = core.split('.').collect();
    let word = |part: &str| {
        let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        plain && (number(part) || part.bytes().any(|b| b.is_ascii_alphabetic()))
    };
    parts.len() == 3 && parts.into_iter().all(number) && suffix.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_templates() {
        let values = [("a", "{{b}}".to_owned()), ("b", "x".to_owned())];
        assert_eq!(fill("{{a}}-{{b}}-{{c}}", &values), "{{b}}-x-");
    }

    #[test]
    fn only_versions_of_cargo_are_versions() {
        assert!(
            ["1.2.3", "0.0.1-rc.1", "1.0.0+b"]
                .iter()
                .all(|text| is_version(text))
        );
        assert!(
            ["1.2", "v1.0.0", "01.2.3", "1.0.0-", "", "1.0.0-a b"]
                .iter()
                .all(|text| !is_version(text))
        );
        assert_eq!(toml_string("a\"b\n"), "\"a\\\"b \"");
    }
}
