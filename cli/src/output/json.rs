//! JSON: that of `validate` is a [`Report`](super::report::Report) as it is, a contract with the programs that read it.
use super::plain;
use serde::Serialize;

pub(crate) use super::report::Tool;

/// A value over several lines.
pub(crate) fn render(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string_pretty(value)?) + "\n")
}

/// A value in one line.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string(value)?) + "\n")
}

/// The same JSON, in which the characters are escapes that could steer a terminal, beyond those that JSON escapes anyway.
fn escaped(json: String) -> String {
    let harmless = |c: char| c < '\u{7f}' || plain::is_plain(c);
    if json.chars().all(harmless) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if harmless(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out += &format!("\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_could_steer_a_terminal_is_escaped_and_reads_back() {
        let value = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é🎉\n";
        let json = line(&value).expect("JSON");
        assert_eq!(
            json,
            "\"a\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41é🎉\\n\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), value);
    }
}
