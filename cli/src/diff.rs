//! Differences of two texts, line by line, as `diff -u` writes and `patch` reads them.
use imara_diff::{Algorithm, Diff, Hunk, InternedInput, Token};
use std::ops::Range;

/// Lines that are shown around what differs.
const CONTEXT: u32 = 3;

/// A unified diff under one name for both texts, empty where they are equal.
pub(crate) fn unified(name: &str, before: &str, after: &str) -> String {
    let lines = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Myers, &lines);
    diff.postprocess_lines(&lines);
    let hunks: Vec<_> = diff.hunks().collect();
    let mut out = match hunks.is_empty() {
        true => String::new(),
        false => format!("--- {name}\n+++ {name}\n"),
    };
    for near in hunks.chunk_by(|a, b| b.before.start - a.before.end <= 2 * CONTEXT) {
        group(&lines, near, &mut out);
    }
    out
}

/// Hunks that share the lines between them.
fn group(lines: &InternedInput<&str>, hunks: &[Hunk], out: &mut String) {
    let ([first, ..], [.., last]) = (hunks, hunks) else {
        return;
    };
    let lead = first.before.start.min(CONTEXT);
    let trail = (lines.before.len() as u32 - last.before.end).min(CONTEXT);
    let before = first.before.start - lead..last.before.end + trail;
    let after = first.after.start - lead..last.after.end + trail;
    out.push_str(&format!("@@ -{} +{} @@\n", place(&before), place(&after)));
    let mut shown = before.start;
    for hunk in hunks {
        put(lines, ' ', &lines.before, shown..hunk.before.start, out);
        put(lines, '-', &lines.before, hunk.before.clone(), out);
        put(lines, '+', &lines.after, hunk.after.clone(), out);
        shown = hunk.before.end;
    }
    put(lines, ' ', &lines.before, shown..before.end, out);
}

/// First line and number of lines; where there are none, the line before them.
fn place(lines: &Range<u32>) -> String {
    let first = lines.start + u32::from(!lines.is_empty());
    format!("{first},{}", lines.len())
}

fn put(
    lines: &InternedInput<&str>,
    sign: char,
    text: &[Token],
    range: Range<u32>,
    out: &mut String,
) {
    for &token in &text[range.start as usize..range.end as usize] {
        let line = lines.interner[token];
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_have_three_lines_around() {
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before
            .replace("\n5\n", "\nfive\n")
            .replace("20\n", "20\n21\n");
        let expected = "--- a\n+++ a\n\
            @@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n\
            @@ -18,3 +18,4 @@\n 18\n 19\n 20\n+21\n";
        assert_eq!(unified("a", &before, &after), expected);
    }

    #[test]
    fn equal_texts_have_none() {
        assert_eq!(unified("a", "x\n", "x\n"), "");
    }

    #[test]
    fn a_missing_line_feed_at_the_end_is_told() {
        let expected = "--- a\n+++ a\n@@ -1,1 +1,1 @@\n\
            -x\n\\ No newline at end of file\n+x\n";
        assert_eq!(unified("a", "x", "x\n"), expected);
    }

    #[test]
    fn what_was_empty_begins_at_no_line() {
        assert_eq!(
            unified("a", "", "x\n"),
            "--- a\n+++ a\n@@ -0,0 +1,1 @@\n+x\n"
        );
    }

    /// Puts a diff into effect, as `patch` does.
    fn patched(before: &str, diff: &str) -> String {
        let mut rest = before.split_inclusive('\n').enumerate().peekable();
        let mut out = String::new();
        for line in diff.split_inclusive('\n').skip(2) {
            match line.split_at(1) {
                ("@", head) => {
                    let first: usize = head[3..].split(',').next().unwrap().parse().unwrap();
                    while let Some((_, kept)) = rest.next_if(|(at, _)| at + 1 < first) {
                        out.push_str(kept);
                    }
                }
                ("+", added) => out.push_str(added),
                (" ", kept) => {
                    assert_eq!(rest.next().unwrap().1, kept);
                    out.push_str(kept);
                }
                (_, removed) => assert_eq!(rest.next().unwrap().1, removed),
            }
        }
        out.extend(rest.map(|(_, kept)| kept));
        out
    }

    #[test]
    fn what_comes_out_is_the_other_text() {
        let mut seed = 1_u64;
        let mut below = |limit: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
            (seed >> 33) % limit
        };
        for _ in 0..300 {
            let before: Vec<_> = (0..below(40)).map(|_| below(9)).collect();
            let mut after = before.clone();
            after.retain(|_| below(8) > 0);
            for _ in 0..below(5) {
                after.insert(below(after.len() as u64 + 1) as usize, below(9));
            }
            let [before, after] = [before, after]
                .map(|lines| lines.iter().map(|n| format!("{n}\n")).collect::<String>());
            assert_eq!(patched(&before, &unified("a", &before, &after)), after);
        }
    }
}
