//! What a broker's crate tells those who have another client, as far as it can be tried: its table of carriers, and its command
//! lines.
use std::collections::BTreeMap;

/// The words in backticks in the first cells of the table under a heading, each with whether something comes by it: whether its
/// last cell is more than a dash.
#[must_use]
pub fn carriers(guide: &str, heading: &str) -> BTreeMap<String, bool> {
    let rows = section(guide, heading).lines();
    let rows = rows.filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| Some((row.split_once(" | ")?.0, row.rsplit_once(" | ")?.1)));
    let names = |(first, last): (&str, &str)| {
        let names: Vec<_> = first.split('`').skip(1).step_by(2).collect();
        let comes = last != "–";
        names
            .into_iter()
            .map(move |name| (name.to_owned(), comes))
            .collect::<Vec<_>>()
    };
    rows.flat_map(names).collect()
}

/// The command lines in the blocks of `sh` under a heading; one that ends with `\` goes on in the next line.
#[must_use]
pub fn commands(guide: &str, heading: &str) -> Vec<String> {
    let blocks = section(guide, heading).split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let blocks = blocks.map(|block| block.replace("\\\n", " "));
    blocks
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// What stands under a heading, up to the next.
fn section<'a>(guide: &'a str, heading: &str) -> &'a str {
    let begin = format!("# {heading}\n");
    let text = guide.split(&begin).nth(1).unwrap_or_default();
    text.split("\n#").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "# One\n| a | b |\n|---|---|\n| `c`, `d` | x | `e` |\n| `f` | `g` | – |\n\n# Two\n```sh\nx \\\n  y\nz\n```\n| `f` | |\n";

    #[test]
    fn the_first_cells_of_a_section_are_carriers() {
        let names = carriers(GUIDE, "One").into_iter();
        let expected = [("c", true), ("d", true), ("f", false)];
        let expected = expected.map(|(name, comes)| (name.to_owned(), comes));
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn commands_may_go_on_in_the_next_line() {
        assert_eq!(commands(GUIDE, "Two"), ["x    y", "z"]);
        assert!(commands(GUIDE, "Three").is_empty());
    }
}
