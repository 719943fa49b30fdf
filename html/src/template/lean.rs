//! Style sheets and scripts without what only their readers need; the build script makes them so.

/// A style sheet without the white space that only its readers need.
pub(super) fn style(sheet: &str) -> String {
    let pairs = [
        ("\n", ""),
        (": ", ":"),
        ("; ", ";"),
        (", ", ","),
        (" { ", "{"),
        (" {", "{"),
        (" }", "}"),
        (" > ", ">"),
        (";}", "}"),
    ];
    lean(sheet, &pairs)
}

/// A script in the same way; none of its texts has any of these but selectors, to which they are nothing.
pub(super) fn script(text: &str) -> String {
    let signs = ["=>", "===", "||=", "=", "&&", "||", "+", "?", ":"];
    let signs = signs.map(|sign| (format!(" {sign} "), sign));
    let signs = signs.iter().map(|(wide, narrow)| (wide.as_str(), *narrow));
    let marks = [
        (", ", ","),
        (": ", ":"),
        ("; ", ";"),
        ("{ ", "{"),
        (" }", "}"),
        ("{\n", "{"),
        (",\n", ","),
        (";\n", ";"),
        (";}", "}"),
    ];
    let pairs: Vec<_> = signs.chain(marks).collect();
    lean(text, &pairs)
}

pub(super) fn lean(text: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter();
    pairs.fold(lines(text), |text, (wide, narrow)| {
        text.replace(wide, narrow)
    })
}

fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
