//! Paths against what Spectral's own engine reaches with them in the same document.
use std::path::Path as File;

use tidings_document::{Settings, open_text};

use super::*;
use crate::ruleset::path::{Key, Walk};

const DOCUMENT: &str = r#"{"info":{"title":"T","contact":{"name":"N","e.mail":"x"}},"tags":[{"name":"a"},{"name":"b","d":"x"},{"name":"c"}],"channels":{"a/{id}":{"publish":{"message":{"payload":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string","enum":["x","y","z"]}}}},"tags":[{"name":"p"}]},"subscribe":{"summary":"S"}},"b":{"subscribe":{"message":{"payload":{"type":"string"}}}}},"x-n":null,"flag":false}"#;

/// Expressions, and the pointers of what they reach in alphabetical order; `~` behind a pointer means its key.
const REACHED: &[(&str, &str)] = &[
    ("$", "/"),
    ("$.info", "/info"),
    ("$.info.title", "/info/title"),
    ("$['info']['title']", "/info/title"),
    (r#"$["info"].contact"#, "/info/contact"),
    (r#"$.info['contact']["e.mail"]"#, "/info/contact/e.mail"),
    ("$.info[title,contact]", "/info/contact /info/title"),
    ("$.info['title','contact']", "/info/contact /info/title"),
    ("$.info.[title,contact]", "/info/contact /info/title"),
    ("$.info.*", "/info/contact /info/title"),
    ("$.info[*]", "/info/contact /info/title"),
    ("$.*", "/channels /flag /info /tags /x-n"),
    ("$[*]", "/channels /flag /info /tags /x-n"),
    ("$.nope", ""),
    ("$.nope.more", ""),
    ("$.info.title.more", ""),
    ("$.tags[0]", "/tags/0"),
    ("$.tags[0].name", "/tags/0/name"),
    ("$.tags[7]", ""),
    ("$.tags[0,2]", "/tags/0 /tags/2"),
    ("$.tags[0:2]", "/tags/0 /tags/1"),
    ("$.tags[1:]", "/tags/1 /tags/2"),
    ("$.tags[:2]", "/tags/0 /tags/1"),
    ("$.tags[::2]", "/tags/0 /tags/2"),
    ("$.tags[-1:]", "/tags/2"),
    ("$.tags[-2:]", "/tags/1 /tags/2"),
    ("$.tags[:-1]", "/tags/0 /tags/1"),
    ("$.tags[(@.length-1)]", "/tags/2"),
    ("$.tags[*].name", "/tags/0/name /tags/1/name /tags/2/name"),
    ("$.tags.*.name", "/tags/0/name /tags/1/name /tags/2/name"),
    (
        "$..name",
        "/channels/a~1{id}/publish/message/payload/properties/name /channels/a~1{id}/publish/tags/0/name /info/contact/name /tags/0/name /tags/1/name /tags/2/name",
    ),
    ("$..tags", "/channels/a~1{id}/publish/tags /tags"),
    (
        "$..tags[*]",
        "/channels/a~1{id}/publish/tags/0 /tags/0 /tags/1 /tags/2",
    ),
    (
        "$..tags[*].name",
        "/channels/a~1{id}/publish/tags/0/name /tags/0/name /tags/1/name /tags/2/name",
    ),
    ("$..tags.*.d", "/tags/1/d"),
    (
        "$..payload.type",
        "/channels/a~1{id}/publish/message/payload/type /channels/b/subscribe/message/payload/type",
    ),
    (
        "$..payload..type",
        "/channels/a~1{id}/publish/message/payload/properties/id/type /channels/a~1{id}/publish/message/payload/properties/name/type /channels/a~1{id}/publish/message/payload/type /channels/b/subscribe/message/payload/type",
    ),
    (
        "$.channels..type",
        "/channels/a~1{id}/publish/message/payload/properties/id/type /channels/a~1{id}/publish/message/payload/properties/name/type /channels/a~1{id}/publish/message/payload/type /channels/b/subscribe/message/payload/type",
    ),
    (
        "$.channels.*.*",
        "/channels/a~1{id}/publish /channels/a~1{id}/subscribe /channels/b/subscribe",
    ),
    (
        "$.channels.*[publish,subscribe]",
        "/channels/a~1{id}/publish /channels/a~1{id}/subscribe /channels/b/subscribe",
    ),
    (
        "$.channels[*][publish,subscribe].message",
        "/channels/a~1{id}/publish/message /channels/b/subscribe/message",
    ),
    (
        "$.channels.*.subscribe.summary",
        "/channels/a~1{id}/subscribe/summary",
    ),
    (
        "$..enum[0]",
        "/channels/a~1{id}/publish/message/payload/properties/name/enum/0",
    ),
    (
        "$..enum[*]",
        "/channels/a~1{id}/publish/message/payload/properties/name/enum/0 /channels/a~1{id}/publish/message/payload/properties/name/enum/1 /channels/a~1{id}/publish/message/payload/properties/name/enum/2",
    ),
    (
        "$..properties.*",
        "/channels/a~1{id}/publish/message/payload/properties/id /channels/a~1{id}/publish/message/payload/properties/name",
    ),
    (
        "$..properties.*~",
        "/channels/a~1{id}/publish/message/payload/properties/id~ /channels/a~1{id}/publish/message/payload/properties/name~",
    ),
    ("$.channels.*~", "/channels/a~1{id}~ /channels/b~"),
    ("$.info~", "/info~"),
    ("$.channels.*.subscribe^", "/channels/a~1{id} /channels/b"),
    ("$..summary^", "/channels/a~1{id}/subscribe"),
    ("$..summary^^", "/channels/a~1{id}"),
    (
        "$..enum^.type",
        "/channels/a~1{id}/publish/message/payload/properties/name/type",
    ),
    ("$.tags[?(@.d)]", "/tags/1"),
    ("$.tags[?(!@.d)]", "/tags/0 /tags/2"),
    ("$.tags[?(@.name == 'b')]", "/tags/1"),
    (
        r#"$.tags[?(@.name === "b" || @.name === 'c')].name"#,
        "/tags/1/name /tags/2/name",
    ),
    ("$.tags[?(@.name != 'b' && @.name !== 'c')]", "/tags/0"),
    ("$.tags[?(@.name > 'a')]", "/tags/1 /tags/2"),
    ("$.tags[?(@.name >= 'b' && @.name <= 'b')]", "/tags/1"),
    ("$.tags[?(@.name.match(/^[ab]$/))]", "/tags/0 /tags/1"),
    ("$.tags[?(@.name.match(/^[AB]$/i))]", "/tags/0 /tags/1"),
    ("$.tags[?(/^[bc]/.test(@.name))]", "/tags/1 /tags/2"),
    ("$.tags[?(@.name ~= '^a')]", "/tags/0"),
    ("$.tags[?(@.name in ['a','c'])]", "/tags/0 /tags/2"),
    ("$.tags[?(['a','c'].includes(@.name))]", "/tags/0 /tags/2"),
    ("$.tags[?(@.name.length === 1)]", "/tags/0 /tags/1 /tags/2"),
    ("$.tags[?(@.d === void 0)]", "/tags/0 /tags/2"),
    ("$.tags[?(@.d == undefined)]", "/tags/0 /tags/2"),
    ("$.tags[?(@.d == null)]", "/tags/0 /tags/2"),
    ("$.tags[?(@property == 1)]", "/tags/1"),
    ("$.tags[?(@property > 0)]", "/tags/1 /tags/2"),
    ("$.channels[?(@property === 'b')]", "/channels/b"),
    (
        "$.channels[?(@property.match(/^a/))].publish",
        "/channels/a~1{id}/publish",
    ),
    (
        "$.channels.*[?(@property === 'publish' || @property == 'subscribe')]",
        "/channels/a~1{id}/publish /channels/a~1{id}/subscribe /channels/b/subscribe",
    ),
    (
        "$.channels[?(@.publish && @.publish.tags)]",
        "/channels/a~1{id}",
    ),
    (
        "$.channels[?(@.publish || @.subscribe.message)]",
        "/channels/a~1{id} /channels/b",
    ),
    (
        "$.channels[?(@property.startsWith('a'))]",
        "/channels/a~1{id}",
    ),
    (
        "$.channels[?(@property.endsWith('}'))]",
        "/channels/a~1{id}",
    ),
    (
        "$.channels[?(@property.includes('/'))]",
        "/channels/a~1{id}",
    ),
    (
        "$.channels[?(@property.indexOf('/') === 1)]",
        "/channels/a~1{id}",
    ),
    (
        "$.channels[?(@property.toUpperCase() === 'B')]",
        "/channels/b",
    ),
    (
        "$..[?(@ && @.type === 'string')]",
        "/channels/a~1{id}/publish/message/payload/properties/name /channels/b/subscribe/message/payload",
    ),
    (
        "$..[?(@ && @.enum)]^",
        "/channels/a~1{id}/publish/message/payload/properties",
    ),
    (
        "$..properties[?(@.type === 'integer')]",
        "/channels/a~1{id}/publish/message/payload/properties/id",
    ),
    (
        "$..properties[?(@.type === 'string' ? @.enum : false)]",
        "/channels/a~1{id}/publish/message/payload/properties/name",
    ),
    (
        "$.tags[?((@.name == 'a' || @.name == 'b') && !@.d)]",
        "/tags/0",
    ),
    ("$.tags[?(@.name + 'x' === 'ax')]", "/tags/0"),
    ("$[?(@property === 'flag')]", "/flag"),
    (
        "$..@string()",
        "/channels/a~1{id}/publish/message/payload/properties/id/type /channels/a~1{id}/publish/message/payload/properties/name/enum/0 /channels/a~1{id}/publish/message/payload/properties/name/enum/1 /channels/a~1{id}/publish/message/payload/properties/name/enum/2 /channels/a~1{id}/publish/message/payload/properties/name/type /channels/a~1{id}/publish/message/payload/type /channels/a~1{id}/publish/tags/0/name /channels/a~1{id}/subscribe/summary /channels/b/subscribe/message/payload/type /info/contact/e.mail /info/contact/name /info/title /tags/0/name /tags/1/d /tags/1/name /tags/2/name",
    ),
    ("$..@null()", "/x-n"),
    ("$.tags[?(@.name)]~", "/tags/0~ /tags/1~ /tags/2~"),
    (
        "$..",
        "/ /channels /channels/a~1{id} /channels/a~1{id}/publish /channels/a~1{id}/publish/message /channels/a~1{id}/publish/message/payload /channels/a~1{id}/publish/message/payload/properties /channels/a~1{id}/publish/message/payload/properties/id /channels/a~1{id}/publish/message/payload/properties/name /channels/a~1{id}/publish/message/payload/properties/name/enum /channels/a~1{id}/publish/tags /channels/a~1{id}/publish/tags/0 /channels/a~1{id}/subscribe /channels/b /channels/b/subscribe /channels/b/subscribe/message /channels/b/subscribe/message/payload /info /info/contact /tags /tags/0 /tags/1 /tags/2",
    ),
    ("info.title", "/info/title"),
    ("$.x-n", "/x-n"),
    ("$.tags[?(1 + 1 == 2)]", "/tags/0 /tags/1 /tags/2"),
];

/// Expressions with their faults, and the text that each fault is about.
const FAULTS: &[(&str, &str, &str)] = &[
    ("", "", "a path is empty; `$` is the whole document"),
    (
        "$.",
        "",
        "the expression ends where a name, `*` or `[` is expected",
    ),
    (
        "$.a b",
        "b",
        "`b` is not expected here, but `.`, `[`, `^` or `~`",
    ),
    (
        "$.a[",
        "",
        "the expression ends where a name, an index or `*` is expected",
    ),
    ("$.a['b", "'b", "this text in quotes does not end"),
    ("$.a[0", "", "the expression ends where `]` is expected"),
    (
        "$.a[1:x]",
        "1:x",
        "`1:x` is no range; write it as in `[0:2]`",
    ),
    (
        "$.a[(@.size)]",
        "@.size",
        "`@.size` cannot be computed; only `@.length - 1` and the like can",
    ),
    (
        "$.a[?(@.b ==)]",
        ")",
        "`)` is not expected here, but a value",
    ),
    ("$.a[?(@.b]", "]", "`]` is not expected here, but `)`"),
    (
        "$.a[?(name == 1)]",
        "name",
        "`name` is not known; `@` is the value, `@property` its key",
    ),
    (
        "$.a[?(@.b.eval(1))]",
        "eval(",
        "`eval()` is not known; there are endsWith, includes, indexOf, match, startsWith, test, toLowerCase, toUpperCase, trim",
    ),
    (
        "$.a[?(@.b.match(/(/))]",
        "$.a[?(@.b.match(/(/",
        "`(` is not a regular expression",
    ),
    ("$.a[?(@.b = 1)]", "=", "`=` is not expected here, but `)`"),
    ("$.@text()", "@text", "`@text` is no test of a type"),
];

/// Expressions that hold as JavaScript has it, of the tag `b` among three.
const TRUE: &[&str] = &[
    "1",
    "'0'",
    "[]",
    "true",
    "!0",
    "!''",
    "!null",
    "!undefined",
    "!(0 / 0)",
    "!false",
    "!!'a'",
    "-1 < 0",
    "+'2' === 2",
    "2 - 1 === 1",
    "2 * 3 === 6",
    "6 / 4 === 1.5",
    "7 % 4 === 3",
    "1 + 2 * 3 === 7",
    "1 + null === 1",
    "1 + true === 2",
    "'a' + 1 === 'a1'",
    "1 + '' === '1'",
    "'' + null === 'null'",
    "'' + true === 'true'",
    "'' + undefined === 'undefined'",
    "'' + @ === '[object Object]'",
    "!(1 < 1)",
    "1 <= 1",
    "!(1 > 1)",
    "1 >= 1",
    "!(1 < 'x')",
    "'b' > 'a'",
    "'10' < '9'",
    "!('10' < 9)",
    "null < 1",
    "false < true",
    "null == undefined",
    "null !== undefined",
    "null != 0",
    "!(null === 0)",
    "null === null",
    "undefined === undefined",
    "'1' == 1",
    "'1' !== 1",
    "true == 1",
    "true == '1'",
    "true === true",
    "true !== false",
    "'a' == 'a'",
    "'a' != 'b'",
    "'' == 0",
    "' ' == 0",
    "'x' != 0",
    "'x' != 'y'",
    "1 === 1.0",
    "@ === @",
    "@ == @",
    "@ !== @parent",
    "[] != []",
    "['a'][0] === 'a'",
    "['a'][1] === undefined",
    "['a','b'].length === 2",
    "'abc'.length === 3",
    "'é'.length === 1",
    "@['name'] === 'b'",
    "@.none === undefined",
    "@.name.more === undefined",
    "(1).a === undefined",
    "@property === 1",
    "@parentProperty === 'tags'",
    "@parent.length === 3",
    "@parent[0].name === 'a'",
    "@root.info.title === 'T'",
    "@path.endsWith('1]') || @path.endsWith(\"['1']\")",
    "'Ab'.toLowerCase() === 'ab'",
    "'Ab'.toUpperCase() === 'AB'",
    "' a '.trim() === 'a'",
    "'abc'.indexOf('c') === 2",
    "'abc'.indexOf('x') === -1",
    "'abc'.includes('bc')",
    "!'abc'.includes('x')",
    "'abc'.startsWith('ab')",
    "!'abc'.startsWith('b')",
    "'abc'.endsWith('c')",
    "!'abc'.endsWith('b')",
    "'abc'.match(/^a.c$/)",
    "!'abc'.match(/^b/)",
    "/b/.test('abc')",
    "!/^b/.test('abc')",
    "(12).match(/^1/)",
    "'abc'.test('a') === undefined",
    "@.includes('b') === false",
    "@parent.includes(@)",
    "'b' in ['a','b']",
    "!('c' in ['a','b'])",
    "1 in [1]",
    "!('1' in [1])",
    "1 ? 1 : 0",
    "0 ? 0 : 1",
    "(0 || 2) === 2",
    "(1 || 2) === 1",
    "(2 && 3) === 3",
    "(0 && 3) === 0",
    "!(0 && 1 || 0)",
];

#[test]
fn expressions_mean_what_they_mean_in_javascript() {
    let (document, _) =
        open_text(File::new("x.json"), DOCUMENT.into(), &Settings::default()).unwrap();
    let mut wrong: Vec<&str> = Vec::new();
    for expression in TRUE {
        let text = format!("$.tags[?(@.name === 'b' && ({expression}))]");
        let path = Path::parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        let mut walk = Walk::new(&document, document.root().unwrap(), true);
        let found = walk.select(&path, walk.root()).len();
        wrong.extend((found != 1).then_some(expression));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tests_of_types_reach_their_kind() {
    let text = r#"{"a":[1,1.5,"x",true,null,{}]}"#;
    let (document, _) = open_text(File::new("x.json"), text.into(), &Settings::default()).unwrap();
    for (test, expected) in [
        ("integer", "/a/0"),
        ("number", "/a/0 /a/1"),
        ("string", "/a/2"),
        ("boolean", "/a/3"),
        ("null", "/a/4"),
        ("object", "/a/5"),
        ("array", ""),
        ("scalar", "/a/0 /a/1 /a/2 /a/3 /a/4"),
    ] {
        let path = Path::parse(&format!("$.a[?(@{test}())]")).unwrap();
        let mut walk = Walk::new(&document, document.root().unwrap(), true);
        let found = walk.select(&path, walk.root());
        let found: Vec<_> = found.iter().map(|found| pointer(&walk, *found)).collect();
        assert_eq!(found.join(" "), expected, "{test}");
    }
}

#[test]
fn paths_reach_what_they_reach_in_spectral() {
    let (document, problems) =
        open_text(File::new("x.json"), DOCUMENT.into(), &Settings::default()).unwrap();
    assert_eq!(problems, []);
    let root = document.root().unwrap();
    for (text, expected) in REACHED {
        let path = Path::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        let mut walk = Walk::new(&document, root, true);
        let found = walk.select(&path, walk.root());
        let mut pointers: Vec<_> = found.iter().map(|found| pointer(&walk, *found)).collect();
        pointers.sort_unstable();
        pointers.dedup();
        assert_eq!(pointers.join(" "), *expected, "{text}");
    }
}

/// The pointer of the way to a match.
fn pointer(walk: &Walk<'_>, found: Match) -> String {
    let mut keys = Vec::new();
    let mut at = Some(found.frame);
    while let Some(frame) = at.map(|at| walk.frame(at)) {
        keys.extend(frame.key.map(|key| match key {
            Key::Name(name) => name.value.replace('/', "~1"),
            Key::Item(at) => at.to_string(),
        }));
        at = frame.parent;
    }
    keys.reverse();
    format!("/{}{}", keys.join("/"), if found.is_key { "~" } else { "" })
}

#[test]
fn faults_name_their_place() {
    for (text, place, message) in FAULTS {
        let fault = Path::parse(text).expect_err(text);
        assert_eq!(
            (&text[fault.at.clone()], fault.message.as_str()),
            (*place, *message),
            "{text}"
        );
    }
}

#[test]
fn hostile_expressions_end() {
    let deep = format!("$[?({}1{})]", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Path::parse(&deep).is_err());
    let signs = format!("$[?({}1)]", "!".repeat(100_000));
    assert!(Path::parse(&signs).is_err());
    let lists = format!("$[?({}1", "[".repeat(10_000));
    assert!(Path::parse(&lists).is_err());
    let chain = format!("$[?(@{})]", ".a".repeat(50_000));
    assert!(Path::parse(&chain).is_err());
    let sum = format!("$[?(1{})]", "+1".repeat(50_000));
    assert!(Path::parse(&sum).is_err());
    let voids = format!("$[?({}1)]", "void ".repeat(50_000));
    assert!(Path::parse(&voids).is_err());
    let close = format!("$[?(@{})]", "+@.a".repeat(80));
    assert!(Path::parse(&close).is_ok());
}

#[test]
fn references_are_expanded_a_bounded_number_of_times() {
    let (document, _) = open_text(File::new("x.json"), "{}".into(), &Settings::default()).unwrap();
    let mut walk = Walk::new(&document, document.root().unwrap(), true);
    let expanded = (0..100_000).take_while(|_| walk.may_expand()).count();
    assert!((1..100_000).contains(&expanded), "{expanded}");
    assert!(walk.is_spent());
    walk.restart();
    assert!(walk.may_expand() && !walk.is_spent());
}

#[test]
fn circles_of_references_end() {
    let text = r##"{"a": {"b": {"$ref": "#/a"}, "c": {"$ref": "#/a/b/c"}, "d": [{"$ref": "#"}]}}"##;
    let (document, _) = open_text(File::new("x.json"), text.into(), &Settings::default()).unwrap();
    let root = document.root().unwrap();
    for text in [
        "$..*",
        "$..b..d",
        "$..d[*]..c",
        "$.*.*.*.*.*.*",
        "$..b^^..",
        "$..[?(@.b.b.b.b)]",
    ] {
        let path = Path::parse(text).unwrap();
        let mut walk = Walk::new(&document, root, true);
        let found = walk.select(&path, walk.root());
        assert!(
            found.len() < 100 && !walk.is_spent(),
            "{text}: {}",
            found.len()
        );
    }
}
