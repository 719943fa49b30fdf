//! Slips of an author in text that is no YAML or JSON: each is told where it is, by its name, with the way to mend it.
use super::findings;

const HEAD: &str = "asyncapi: 3.0.0\ninfo:\n  title: Orders\n  version: 1.0.0\n";

/// The only finding of a text: its place, what is told, its help, and the lines that have to do with it.
fn told(path: &str, text: &str) -> String {
    let (document, found) = findings(&[(path, text)]);
    let [found] = &found[..] else {
        panic!("{text}: {found:?}");
    };
    assert_eq!(found.rule.id, "syntax-error", "{text}");
    let place = document.sources().range(found.span).start;
    let help = found.help.as_deref().expect("a help");
    let mut told = format!("{}:{} {} ({help})", place.line, place.column, found.message);
    for related in &found.related {
        let line = document.sources().range(related.span).start.line;
        told.push_str(&format!(" [{line}: {}]", related.message));
    }
    told
}

/// Checks that a text behind four good lines is told at a line and column, counted from the fifth, in these words.
#[track_caller]
fn yaml(text: &str, expected: &str) {
    let whole = format!("{HEAD}{text}");
    let told = told("/doc/api.yaml", &whole);
    assert!(told.contains(expected), "{text}\n{told}\n{expected}");
}

#[track_caller]
fn json(text: &str, expected: &str) {
    let told = told("/doc/api.json", text);
    assert!(told.contains(expected), "{text}\n{told}\n{expected}");
}

#[test]
fn quotation_marks_are_told_where_they_open() {
    for (text, expected) in [
        ("  x-a: 'open\n  x-b: 1\n", "5:8 the quote `'` opens here"),
        (
            "  x-a: \"open\nchannels: {}\n",
            "5:8 the quote `\"` opens here",
        ),
        ("x-a: 'open\n", "5:6 the quote `'` opens here"),
        ("x-a:\n  b: 'c\n    d: e\n  f: 'g'\n", "6:6 the quote"),
        (
            "  x-a: “b: it's c”\n",
            "typographic quotes mean nothing in YAML: write `'b: it''s c'`",
        ),
        ("x-a: {b: 'c, d: 'e'}\n", "5:10 the quote"),
        (
            "x-a:\n  b: 'c\nd'\n",
            "6:6 a line of this quoted text is indented too little",
        ),
        (
            "  x-a: 'it's all'\n",
            "5:12 text stands behind the quote that closes",
        ),
        (
            "  x-a: 'it's all'\n",
            "double each quote within the text: `''`",
        ),
        (
            "  x-a: \"a \"b\" c\"\n",
            "put a backslash before each quote",
        ),
        (
            "  x-a: \"a\\d+\"\n",
            "5:10 `\\d` is no escape between double quotes (double the backslash, `\\\\d`",
        ),
        ("  x-a: \"a\\x4\"\n", "5:10 `\\x` is no escape"),
    ] {
        yaml(text, expected);
    }
}

#[test]
fn values_that_mean_something_else_in_yaml_need_quotes() {
    for (value, expected) in [
        (
            "@text",
            "a value in YAML may not begin with `@` (put it in quotes: `'@text'`)",
        ),
        (
            "%text",
            "may not begin with `%` (put it in quotes: `'%text'`)",
        ),
        (
            "`text`",
            "may not begin with a backtick (put the value in quotes)",
        ),
        (", text", "may not begin with `,`"),
        ("] text", "may not begin with `]`"),
        ("? text", "may not begin with `?`"),
        (
            "*text",
            "there is no `&text` before (put it in quotes: `'*text'`)",
        ),
        ("**bold** it's", "(put it in quotes: `'**bold** it''s'`)"),
        ("& text", "`&` gives a value a name, and there is none"),
        ("!! text", "`!` begins a tag"),
        (">text", "the text behind `>` begins in the line below"),
        (
            "| text",
            "or begin the text in the next line, indented deeper",
        ),
        ("- text", "a list can't begin in the line of its key"),
        (
            "a: b",
            "`: ` stands inside of a value that has no quotes (put it in quotes: `'a: b'`)",
        ),
        (
            "{id}/orders",
            "text stands behind the brackets of `x-a` (put it in quotes: `'{id}/orders'`)",
        ),
        ("[id] orders", "text stands behind the brackets of `x-a`"),
        ("{{ title }}", "this is a template"),
    ] {
        yaml(&format!("  x-a: {value}\n"), expected);
    }
    yaml(
        "{% if a %}\nx-a: 1\n{% endif %}\n",
        "5:1 this is a template",
    );
    let long = format!("  x-a: @{}\n", "é".repeat(200));
    yaml(&long, "(put the value in quotes)");
}

#[test]
fn tabs_are_told_in_their_own_line() {
    for (text, expected) in [
        ("channels:\n\ta: {}\n", "6:1 there is a tab"),
        (
            "channels:\n  a:\n    address: null\n\ttitle: T\n",
            "8:1 there is a tab",
        ),
        (
            "channels:\n  a:\n    address: null\n\n\t# why\n\ttitle: T\n",
            "10:1 there is a tab",
        ),
        ("channels:\n  a:\n  \taddress: null\n", "7:3 there is a tab"),
        ("  x-a: |\n\ttext\n", "6:1 there is a tab"),
        ("  x-a: 'text'\n\tx-b: 1\n", "6:1 there is a tab"),
        ("  x-a:\tb: c\n", "5:9 `: ` stands inside of a value"),
        ("  x-a:\tb\n\tx-b: 1\n", "6:1 there is a tab"),
    ] {
        yaml(text, expected);
    }
}

#[test]
fn lines_that_fit_nothing_above_say_how_far_to_indent_them() {
    for (text, expected) in [
        (
            " x-a: 1\n",
            "5:2 `x-a` is indented by 1, which fits nothing above (indent it by 2 as `version` is)",
        ),
        (
            "    x-a: 1\n",
            "5:5 `x-a` is indented deeper than `version` above, which has a value already (indent it by 2",
        ),
        (
            "  tags:\n    - name: a\n   - name: b\n",
            "7:4 `- name` is indented by 3, which fits nothing above (indent it by 4",
        ),
        (
            "  tags:\n    - name: a\n      - name: b\n",
            "7:7 `- name` is indented by 6",
        ),
        (
            "  tags:\n    - name: a\n  - name: b\n",
            "7:3 `- name` is indented by 2",
        ),
        (
            "  tags:\n    - name: a\n     description: b\n",
            "7:6 `description` is indented by 5, which fits nothing above (indent it by 6 as `- name` is)",
        ),
        (
            "  tags:\n    - name: a\n       description: b\n",
            "7:8 `description` is indented deeper than `- name`",
        ),
        (
            "  tags:\n    - name: a\n    name: b\n",
            "7:5 a key stands among list items",
        ),
        ("- channels\n", "5:1 a list item stands among keys"),
        (
            "  x-a: |\n    a\n   b\n  x-b: 1\n",
            "7:4 this line is indented too little to belong to the text of `x-a`",
        ),
        (
            "  x-a: |\n  a\n  b\n",
            "6:3 this line is indented too little",
        ),
    ] {
        yaml(text, expected);
    }
}

#[test]
fn an_entry_that_slipped_out_some_lines_before_is_named() {
    yaml(
        "channels:\n  a:\n    address: a\nb:\n    address: b\n  c:\n    address: c\n",
        "8:1 `b` is indented by 0 and ends the object in which `a` above and `c` below stand (indent it by 2 as they are",
    );
    yaml(
        "channels:\n  a:\n    address: a\nb:\n    address: b\n  c:\n    address: c\n",
        "[10: this line fits nothing any more]",
    );
    yaml(
        "channels:\n  a:\n    messages:\n      m:\n        payload: {}\n    n:\n        payload: {}\n      o:\n        payload: {}\n",
        "10:5 `n` is indented by 4",
    );
    // What stands there belongs there: the line below is at fault.
    yaml(
        "channels:\n  a: {}\noperations:\n    b: {}\n  c: {}\n",
        "9:3 `c` is indented by 2, which fits nothing above",
    );
}

#[test]
fn lines_without_their_colon_are_told_as_such() {
    for (text, expected) in [
        (
            "  x-a 1\n",
            "5:3 there is no `:` behind `x-a` (write `x-a: 1`",
        ),
        (
            "channels\n  a: {}\n",
            "5:1 there is no `:` behind `channels`",
        ),
        (
            "x-a:1\nx-b: 1\n",
            "5:1 there is no space behind `x-a:` (write `x-a: 1`)",
        ),
    ] {
        yaml(text, expected);
    }
}

#[test]
fn brackets_and_commas_of_yaml_are_told_by_name() {
    for (text, expected) in [
        (
            "x-a: {b: {c: d}\n",
            "5:6 the bracket `{` opens here and is not closed",
        ),
        (
            "x-a: [1, 2\nx-b: 3\n",
            "5:6 the bracket `[` opens here and is not closed",
        ),
        ("x-a: {b: c}}\n", "5:12 the bracket `}` closes nothing"),
        (
            "x-a: [1, 2 }\n",
            "5:12 `}` does not close the bracket `[` (write `]`)",
        ),
        (
            "x-a: {b: c d: e}\n",
            "5:13 a `,` is missing before the second key",
        ),
        (
            "x-a: {b: 'c' 'd': e}\n",
            "put a `,` or `:` between two texts",
        ),
    ] {
        yaml(text, expected);
    }
}

#[test]
fn merge_conflicts_are_called_so_at_the_first_mark() {
    let marks = "x-a: 1\n<<<<<<< HEAD\nx-b: 1\n=======\nx-b: 2\n>>>>>>> other\n";
    yaml(marks, "6:1 this is a mark of a merge conflict: `<<<<<<<`");
    yaml(
        "=======\nx-b: 2\n",
        "5:1 this is a mark of a merge conflict: `=======`",
    );
    let marks = "{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2\n>>>>>>> other\n}";
    json(marks, "2:1 this is a mark of a merge conflict");
    // A slip before them is told first.
    yaml("x-a: 'b\nc: d\n<<<<<<< HEAD\n", "5:6 the quote");
}

#[test]
fn slips_of_json_have_their_names_and_places() {
    for (text, expected) in [
        ("{\"a\": 1,\n}", "1:8 there is a trailing comma"),
        ("[1, 2,]", "1:6 there is a trailing comma"),
        (
            "{\"a\": 1\n \"b\": 2}",
            "1:7 there is a comma missing behind this",
        ),
        ("{\"a\": [1 2]}", "1:8 there is a comma missing"),
        (
            "{\"a\": 1,, \"b\": 2}",
            "1:9 there is a comma where an entry belongs",
        ),
        ("{\"a\": 1, // b\n \"c\": 2}", "1:10 JSON has no comments"),
        ("{\n/* b */ \"c\": 2}", "2:1 JSON has no comments"),
        ("{\"a\": 1 # b\n}", "1:9 JSON has no comments"),
        ("{'a': 1}", "1:2 JSON knows straight double quotes only"),
        ("{“a”: 1}", "1:2 JSON knows straight double quotes only"),
        ("{a: 1}", "1:2 the key `a` has no quotes (write `\"a\"`)"),
        ("{\"a\" 1}", "1:4 there is no `:` behind the key"),
        ("{\"a\": }", "1:7 there is no value before this bracket"),
        (
            "{\"a\": True}",
            "1:7 `True` is no value of JSON (write `true`)",
        ),
        ("{\"a\": None}", "(write `null`)"),
        (
            "{\"a\": hello}",
            "1:7 `hello` is no value of JSON (put it in quotes, `\"hello\"`",
        ),
        ("{\"a\": 01}", "1:7 `01` is no value of JSON"),
        ("{\"a\": {\"b\": 1}", "1:1 the bracket `{` opens here"),
        ("{\"a\": [1, 2", "1:7 the bracket `[` opens here"),
        (
            "{\"a\": [1}",
            "1:9 `}` does not close the bracket `[` (write `]`)",
        ),
        ("{\"a\": 1}}", "1:9 the bracket `}` closes nothing"),
        (
            "{\"a\": 1}\n{}",
            "2:1 text stands behind the end of the document",
        ),
        (
            "{\"a\": \"b\n\"}",
            "1:7 the quote opens here and is not closed in its line",
        ),
        ("{\"a\": \"b, \"c\": 1}", "1:7 the quote opens here"),
        (
            "{\"a\": \"b \"c\" d\"}",
            "1:11 text stands behind the quote",
        ),
        (
            "{\"a\": \"b\tc\"}",
            "1:9 there is a tab within a text (write it as `\\t`)",
        ),
        ("{\"a\": \"\\d\"}", "1:8 `\\d` is no escape of JSON here"),
        ("[\"a\": 1]", "1:5 there is a `:` behind an item of a list"),
        ("", "1:1 there is no value in the file"),
        (
            "asyncapi: 3.0.0\n",
            "1:1 the file is named as JSON, which this is not",
        ),
    ] {
        json(text, expected);
    }
}

/// Whatever is cut out of a text or put into it, there is a help, and nothing panics.
#[test]
fn texts_that_are_cut_anywhere_have_a_help() {
    let yaml = format!("{HEAD}channels:\n  ä: {{b: ['c', \"d\\n\"]}}\n  tags:\n  - |\n    text\n");
    let json = "{\"ä\": [1, {\"b\": \"c\\n\"}], \"d\": null}".to_owned();
    let windows = yaml.replace('\n', "\r\n");
    for (path, text) in [
        ("/doc/api.yaml", yaml),
        ("/doc/api.yaml", windows),
        ("/doc/api.json", json),
    ] {
        let places = text.char_indices().map(|(at, _)| at);
        for at in places {
            for insert in [
                "", "\t", "'", "\"", ":", ": ", "{", "]", "\n ", "@", "- ", "é", "\\", "/*",
            ] {
                let made = format!("{}{insert}{}", &text[..at], &text[at..]);
                for made in [&made, &made[..at + insert.len()]] {
                    let (_, found) = findings(&[(path, made)]);
                    let syntax = found.iter().filter(|found| found.rule.id == "syntax-error");
                    for found in syntax {
                        assert!(found.help.is_some(), "{made}: {found:?}");
                    }
                }
            }
        }
    }
}
