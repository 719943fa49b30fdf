//! Ignores end to end: which findings of a text stay, which do not, and what is said of the ignores.
use std::path::Path;

use tidings_document::{Profile, Severity, open_text, read};

use super::*;

fn sifted(name: &str, text: &str) -> Sifted {
    let opened = open_text(Path::new(name), text.into(), &Default::default());
    let (document, mut found) = opened.expect("text");
    let (api, more) = read(&document);
    found.extend(more);
    found.extend(crate::check(&api.expect("a document"), Profile::Strict));
    found.retain(|found| !found.rule.id.ends_with("-missing"));
    let state = |id: &str| crate::find(id).map(|rule| rule.profile <= Profile::Recommended);
    sift(&document, found, &state)
}

/// What is kept, what is ignored and what is said of the ignores, as rules and lines of text.
fn outcome(name: &str, text: &str) -> [Vec<String>; 3] {
    let line = |found: &Diagnostic| {
        let at = found.span.start as usize;
        format!("{}:{}", text[..at].matches('\n').count() + 1, found.rule.id)
    };
    let sifted = sifted(name, text);
    let ignored = sifted.ignored.iter();
    [
        sifted.kept.iter().map(line).collect(),
        ignored
            .map(|it| format!("{}: {}", line(&it.finding), it.reason))
            .collect(),
        sifted
            .about
            .iter()
            .map(|found| format!("{}: {}", line(found), found.message))
            .collect(),
    ]
}

const HEAD: &str = "asyncapi: 3.1.0\ninfo: { title: a, version: '1' }\n";

#[track_caller]
fn check(rest: &str, expected: [&[&str]; 3]) {
    assert_eq!(
        outcome("a.yaml", &format!("{HEAD}{rest}")),
        expected,
        "{rest}"
    );
}

#[test]
fn comments_apply_to_their_line_or_to_all_of_the_next_entry() {
    check(
        "channels: { a: { address: a/ } } # tidings-ignore channel-trailing-slash: old\n",
        [&[], &["3:channel-trailing-slash: old"], &[]],
    );
    check(
        "channels:\n  # tidings-ignore tag-duplicate, component-unused: both: \"old\"\n\n  # more\n  b:\n    address: b\n    tags:\n\
         \x20     - name: a\n        description: x\n      - name: a\n  c:\n    tags: [{ name: a, description: x }, { name: a }]\n",
        [
            &["14:tag-duplicate"],
            &["12:tag-duplicate: both: \"old\""],
            &["4:ignore-unused: there is no finding of `component-unused` to ignore here"],
        ],
    );
    check(
        "channels:\n  b:\n    tags:\n      - name: a\n        description: x\n      # tidings-ignore tag-duplicate: why\n      - name: a\n",
        [&[], &["9:tag-duplicate: why"], &[]],
    );
}

#[test]
fn a_comment_at_the_top_applies_to_the_file() {
    let text = "# ours\n---\n# tidings-ignore-file component-unused: shared\nasyncapi: 3.1.0\ninfo: { title: a, version: '1' }\n\
                components: { schemas: { A: {}, B: {} } }\n";
    let [kept, ignored, about] = outcome("a.yaml", text);
    assert_eq!((kept.len(), ignored.len(), about.len()), (0, 2, 0));
    check(
        "# tidings-ignore-file component-unused: shared\ncomponents: { schemas: { A: {} } }\n",
        [
            &["4:component-unused"],
            &[],
            &["3:ignore-invalid: the ignore of `component-unused` for the file is not at its top"],
        ],
    );
}

#[test]
fn what_looks_like_a_comment_inside_of_text_is_none() {
    check(
        "x-a: 'a # tidings-ignore nothing'\nx-b: |\n  # tidings-ignore nothing\n  # tidings-ignore nothing\nx-c: a#tidings-ignore nothing\n\
         x-d: \"a\n  # tidings-ignore nothing\"\n# of tidings-ignore nothing\n# tidings-ignored\n",
        [&[], &[], &[]],
    );
    check(
        "x-a: | # tidings-ignore a: header\n  text\n# tidings-ignore b: behind\nx-b: 1 # tidings-ignore c: line\n",
        [
            &[],
            &[],
            &[
                "3:ignore-invalid: there is no rule `a`",
                "5:ignore-invalid: there is no rule `b`",
                "6:ignore-invalid: there is no rule `c`",
            ],
        ],
    );
}

#[test]
fn fields_apply_to_their_object_in_yaml_and_json() {
    let json = r#"{"asyncapi": "3.1.0", "info": {"title": "a", "version": "1"}, "components": {"schemas": {
"A": {"x-tidings-ignore": {"component-unused": "shared", "tag-duplicate": "no"}},
"B": {"x-tidings-ignore": ["component-unused"]}}}}"#;
    assert_eq!(
        outcome("a.json", json),
        [
            vec!["3:component-unused".to_owned()],
            vec!["2:component-unused: shared".to_owned()],
            vec![
                "2:ignore-unused: there is no finding of `tag-duplicate` to ignore here".to_owned(),
                "3:ignore-invalid: `x-tidings-ignore` must be an object of rules with reasons"
                    .to_owned(),
            ],
        ]
    );
}

#[test]
fn ignores_without_reason_or_effect_are_told() {
    check(
        "# tidings-ignore\n# tidings-ignore syntax-error: no\n# tidings-ignore ignore-unused: no\n# tidings-ignore tag-duplicate\n\
         # tidings-ignore tag-duplicate:\n# tidings-ignore tag-duplicat: x\nchannels: {}\n# tidings-ignore info-license-url-missing: strict\n",
        [
            &[],
            &[],
            &[
                "3:ignore-invalid: `tidings-ignore` names no rule",
                "4:ignore-invalid: `syntax-error` cannot be ignored",
                "5:ignore-invalid: `ignore-unused` cannot be ignored",
                "6:ignore-invalid: the ignore of `tag-duplicate` gives no reason",
                "7:ignore-invalid: the ignore of `tag-duplicate` gives no reason",
                "8:ignore-invalid: there is no rule `tag-duplicat`",
            ],
        ],
    );
}

#[test]
fn unused_ignores_are_taken_out_of_the_text() {
    for (text, expected) in [
        (
            "channels: {} # tidings-ignore tag-duplicate: x\n",
            "channels: {}\n",
        ),
        (
            "# tidings-ignore tag-duplicate: x\nchannels: {}\n",
            "channels: {}\n",
        ),
        (
            "channels: {} # tidings-ignore tag-duplicate, component-unused: x\n",
            "channels: {}\n",
        ),
        (
            "channels: { a: { address: a/ } } # tidings-ignore tag-duplicate, channel-trailing-slash: x\n",
            "channels: { a: { address: a/ } } # tidings-ignore channel-trailing-slash: x\n",
        ),
        (
            "channels: {}\nx-tidings-ignore:\n  tag-duplicate: x\n",
            "channels: {}\n",
        ),
        (
            "channels: { a: { address: a/ } }\nx-tidings-ignore: { tag-duplicate: x, channel-trailing-slash: y }\n",
            "channels: { a: { address: a/ } }\nx-tidings-ignore: { channel-trailing-slash: y }\n",
        ),
    ] {
        let mut now = format!("{HEAD}{text}");
        for _ in 0..2 {
            let opened = open_text(Path::new("a.yaml"), now.clone().into(), &Default::default());
            let (document, _) = opened.expect("text");
            let about = sifted("a.yaml", &now).about;
            let fix = about.first().and_then(|found| found.fix.clone());
            let edits = fix.map(|fix| fix.edits(document.sources()).expect("a mend"));
            now = tidings_document::apply(&now, &edits.unwrap_or_default());
        }
        assert_eq!(now, format!("{HEAD}{expected}"));
    }
}

#[test]
fn documentation_shows_what_it_says() {
    for rule in RULES {
        for (kind, expected) in [("bad", vec![rule.id]), ("good", vec![])] {
            let fence = format!("```yaml {kind}\n");
            let blocks: Vec<_> = rule.docs.split(fence.as_str()).skip(1).collect();
            assert!(!blocks.is_empty(), "{}", rule.id);
            for block in blocks {
                let text = block.split("```").next().unwrap_or_default();
                let sifted = sifted("a.yaml", text);
                let ids: Vec<_> = sifted.about.iter().map(|found| found.rule.id).collect();
                assert_eq!(ids, expected, "{text}");
                assert!(sifted.kept.iter().all(|it| it.severity < Severity::Warning));
            }
        }
    }
}

#[test]
fn very_many_ignores_take_no_longer() {
    let mut text = format!("{HEAD}channels:\n");
    for at in 0..20_000 {
        text += &format!("  # tidings-ignore tag-duplicate, nothing{at}: x\n");
        if at % 2 == 0 {
            text += &format!("  c{at}: {{}}\n");
        }
    }
    text += &"# tidings-ignore-file a: b\n".repeat(20_000);
    let begin = std::time::Instant::now();
    let about = sifted("a.yaml", &text).about;
    assert!(about.len() >= MOST, "{}", about.len());
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}
