//! Running the program on a case, and reading what it found.
use serde_json::Value;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// How a run ended.
pub(crate) struct Run {
    /// Exit code; -1 where the system ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// All that was printed.
    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }

    /// Instance pointers of the violations in one checked payload.
    pub(crate) fn instances(&self) -> Vec<String> {
        let json = self.json();
        let violations = json["files"][0]["violations"].as_array();
        violations
            .into_iter()
            .flatten()
            .map(|violation| violation["instance"].as_str().unwrap_or("").to_owned())
            .collect()
    }

    /// Headings of the findings that are printed for people.
    pub(crate) fn headings(&self) -> Vec<&str> {
        let starts = ["error[", "warning[", "info["];
        self.out
            .lines()
            .filter(|line| starts.iter().any(|start| line.starts_with(start)))
            .collect()
    }
}

/// Runs `tidings` within limits that `sh` sets.
pub(crate) fn run(arguments: &[&str], input: &str, limits: &str) -> Run {
    let mut command = Command::new("sh");
    for name in ["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        command.env_remove(name);
    }
    let mut child = command
        .args([
            "-c",
            &format!("{{ {limits}; }} || exit 99; exec \"$0\" \"$@\""),
        ])
        .arg(env!("CARGO_BIN_EXE_tidings"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input may be gone already.
    let _ = child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// One finding of a report in JSON.
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) message: String,
    /// Where it begins.
    pub(crate) line: u64,
    pub(crate) column: u64,
    /// The text of the help, and of the fix.
    pub(crate) mend: String,
    /// The texts that a fix puts in.
    pub(crate) fix: String,
    /// All lines and columns that it names, its own among them.
    pub(crate) places: Vec<(u64, u64)>,
    pub(crate) codes: Vec<String>,
    said: String,
}

impl Finding {
    fn new(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let edits = json["fix"]["edits"].as_array();
        let edits: Vec<_> = edits
            .into_iter()
            .flatten()
            .map(|it| text(&it["text"]))
            .collect();
        let fix = edits.join("\n");
        let codes = json["codes"].as_array().into_iter().flatten();
        let start = &json["range"]["start"];
        let mut places = Vec::new();
        find_places(json, &mut places);
        let [message, help, title] =
            [&json["message"], &json["help"], &json["fix"]["title"]].map(text);
        let mend = format!("{help} {title} {fix}");
        let related = json["related"].as_array().into_iter().flatten();
        let related: Vec<_> = related.map(|it| text(&it["message"])).collect();
        let said = format!("{message} {mend} {}", related.join(" "));
        Self {
            rule: text(&json["rule"]),
            severity: text(&json["severity"]),
            message,
            line: start["line"].as_u64().unwrap_or_default(),
            column: start["column"].as_u64().unwrap_or_default(),
            mend,
            fix,
            places,
            codes: codes.map(text).collect(),
            said,
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Whether it is an error or a warning.
    pub(crate) fn is_told(&self) -> bool {
        self.severity != "info"
    }

    /// Whether its message, help, fix or what it says of related places has these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.said.contains(words)
    }

    pub(crate) fn names_line(&self, line: u64) -> bool {
        self.places.iter().any(|place| place.0 == line)
    }
}

fn find_places(json: &Value, places: &mut Vec<(u64, u64)>) {
    if let (Some(line), Some(column)) = (json["line"].as_u64(), json["column"].as_u64()) {
        places.push((line, column));
    }
    match json {
        Value::Array(items) => items.iter().for_each(|item| find_places(item, places)),
        Value::Object(fields) => fields.values().for_each(|item| find_places(item, places)),
        _ => {}
    }
}

/// The findings of a report in JSON.
pub(crate) fn findings(report: &str) -> Vec<Finding> {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    let all = report["diagnostics"].as_array().into_iter().flatten();
    all.map(Finding::new).collect()
}
