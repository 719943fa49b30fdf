//! Printed code as readers want it: an empty line between the functions of a block, and a word where one is long.

/// Lines that come one after the other, of whole items or of parts of one.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
    /// Whether the last line ends a function.
    ended: bool,
    /// Where the function begins whose statements come one by one, and how many lines they have.
    function: Option<(usize, usize)>,
}

/// Lines of a function that a person should not exceed.
const LIMIT: usize = 100;

const EXPECT: &str =
    "    #[expect(clippy::too_many_lines, reason = \"one part for each that the document has\")]\n";

/// How far members of a block stand in.
const INDENT: &str = "    ";

impl Lines {
    pub(super) fn add(&mut self, lines: &[&str]) {
        for (index, line) in lines.iter().enumerate() {
            let starts = line.starts_with("    ")
                && !line.starts_with("     ")
                && !line.starts_with("    }");
            if self.ended && starts {
                self.text.push('\n');
            }
            if is_long(&lines[index..], INDENT) {
                self.text.push_str(EXPECT);
            } else if is_long(&lines[index..], "") {
                self.text.push_str(EXPECT.trim_start());
            }
            let signature =
                (line.starts_with("    )") || line.starts_with("    >")) && line.ends_with(';');
            self.ended = *line == "    }" || signature;
            self.text.push_str(line);
            self.text.push('\n');
        }
        if let Some((_, count)) = &mut self.function {
            *count += lines.len();
        }
    }

    /// Adds the head of a function, whose statements follow.
    pub(super) fn open_function(&mut self, head: &[&str]) {
        self.add(head);
        let length: usize = head.iter().map(|line| line.len() + 1).sum();
        self.function = Some((self.text.len() - length, 0));
    }

    /// Ends the function whose statements came one by one.
    pub(super) fn close_function(&mut self) {
        if let Some((start, _)) = self.function.take().filter(|(_, count)| *count > LIMIT) {
            self.text.insert_str(start, EXPECT);
        }
        self.add(&["    }"]);
    }
}

/// Whether a function begins here, so far in, that has more lines than a person should write.
fn is_long(lines: &[&str], indent: &str) -> bool {
    let first = lines
        .first()
        .and_then(|line| line.strip_prefix(indent))
        .unwrap_or_default();
    let starts = ["fn ", "pub fn ", "pub const fn ", "pub async fn "]
        .iter()
        .any(|start| first.starts_with(start));
    if !starts {
        return false;
    }
    let is_end = |line: &&str| line.strip_prefix(indent) == Some("}");
    let end = lines.iter().position(is_end).unwrap_or(0);
    let open = lines
        .iter()
        .take(end)
        .position(|line| line.ends_with('{'))
        .unwrap_or(end);
    end.saturating_sub(open + 1) > LIMIT
}
