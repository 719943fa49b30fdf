//! Reports about numbers, Avro and Protobuf.
use super::{Case, at, built, compiles, squeezed, without_error};
use serde_json::{Value, json};
use std::path::Path;

/// The bounds of `bad.json`, and the digits that each value there must keep.
const FIELDS: [&str; 7] = ["u64max", "half", "tiny", "money", "wei", "snow", "e"];

/// The good payload, then it with one field after the other as in the bad one; as text, since numbers are large.
pub(super) fn numbers(folder: &Path) -> Vec<String> {
    let [good, bad] = ["good.json", "bad.json"]
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap_or_default());
    let mut all = vec![good.trim().to_owned()];
    for field in FIELDS {
        let value = value_of(&bad, field);
        let own = value_of(&good, field);
        let [from, to] = [own, value].map(|it| format!("\"{field}\": {it}"));
        all.push(good.trim().replace(&from, &to));
    }
    all
}

/// The digits behind a key.
fn value_of<'a>(json: &'a str, field: &str) -> &'a str {
    let key = format!("\"{field}\": ");
    let rest = json.split_once(&key).map_or("", |parts| parts.1);
    rest.split([',', '}']).next().unwrap_or_default()
}

pub(super) fn big_integers(case: &mut Case) {
    without_error(case, "doc.yaml");
    let payloads = numbers(&case.file(""));
    let message = ["--message", "N"];
    let good = case.check("doc.yaml", &message, &payloads[0]);
    case.right("message check: good.json passes", good.code == 0);
    let bad = case.read("bad.json");
    let bad = case.check("doc.yaml", &message, &bad).instances();
    let built = built(case, "doc.yaml");
    let trip = |index: usize| built.trips.get(index).map(|trip| trip.text.clone());
    for (index, field) in FIELDS.iter().enumerate() {
        // That `int64` is kept is up to the validator of formats.
        if *field != "snow" {
            let told = bad.contains(&format!("/{field}"));
            case.right(format!("message check: bad.json breaks `{field}`"), told);
            let one = case.check("doc.yaml", &message, &payloads[index + 1]);
            let alone =
                one.code == 1 && one.instances().iter().all(|it| *it == format!("/{field}"));
            case.right(format!("message check: `{field}` alone is told of"), alone);
            let refused = trip(index + 1).is_some_and(|text| text.is_none());
            case.right(
                format!("generated code: refuses the bad `{field}`"),
                refused,
            );
        }
    }
    compiles(case, "doc.yaml");
    let read = trip(0).flatten().unwrap_or_default();
    for digits in [
        "18446744073709551615",
        "9223372036854775808",
        "340282366920938463463374607431768211455",
        "9007199254740993",
    ] {
        let kept = read.contains(digits);
        case.right(
            format!("generated code: {digits} is written as it was read"),
            kept,
        );
    }
    let source = squeezed(built);
    for field in ["u64max", "half"] {
        let typed = source.contains(&format!("pub {field}: u64"));
        case.right(format!("generated code: `{field}` is u64"), typed);
    }
}

pub(super) fn avro_named(case: &mut Case) {
    without_error(case, "doc.yaml");
    let good = case.read("good.json");
    let plain = case.check(
        "doc.yaml",
        &["--message", "Ev", "--encoding", "plain"],
        &good,
    );
    case.right(
        "message check: good.json passes as `plain`",
        plain.code == 0,
    );
    let json = case.check("doc.yaml", &["--message", "Ev"], &good);
    let missing = ["third", "parent"]
        .iter()
        .all(|field| json.out.contains(&format!("`{field}`")));
    case.right(
        "message check: Avro's JSON wants `third` and `parent`",
        json.code == 1 && missing,
    );
    let whole: Value = serde_json::from_str(&good).unwrap_or_default();
    let mut whole = whole;
    whole["third"] = json!({ "shop.types.Money": { "cents": 1, "unit": "EUR" } });
    whole["parent"] = Value::Null;
    let json = case.check("doc.yaml", &["--message", "Ev"], &whole.to_string());
    case.right("message check: with both it passes", json.code == 0);
    let page = case.page("doc.yaml");
    let linked = links(&page).filter(|text| text.contains("Money")).count();
    let shown = page.matches("cents").count();
    case.right(
        "the page shows the fields of Money, or links to them, at each use",
        shown >= 1 && linked >= 3 || shown >= 4,
    );
    compiles(case, "doc.yaml");
    let source = squeezed(built(case, "doc.yaml"));
    case.right(
        "generated code: one type `Money`",
        source.matches("pub struct Money ").count() == 1,
    );
}

/// The texts of the links of a page.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let ends = page.split("<a ").skip(1);
    ends.map(|rest| rest.split_once("</a>").map_or("", |parts| parts.0))
}

pub(super) fn avro_unknown(case: &mut Case) {
    for name in ["doc.yaml", "rest.yaml"] {
        let (code, found) = case.findings(name, &[]);
        case.right(format!("{name}: it fails"), code == 1);
        for (what, text) in [("size", "name: size"), ("note", "name: note")] {
            let line = case.line(name, text);
            let told = at(&found, line)
                .iter()
                .any(|it| it.is_error() && it.says("default"));
            case.right(format!("{name}: the default of `{what}` is an error"), told);
        }
        let line = case.line(name, "name: at,");
        let told = found
            .iter()
            .any(|it| it.line == line && it.says("logicalType"));
        case.right(
            format!("{name}: `logicalType` beside the type is told of"),
            told,
        );
        let line = case.line(name, "notathing");
        let told = at(&found, line)
            .iter()
            .filter(|it| it.is_error() && it.says("notathing"))
            .count();
        let is_there = usize::from(name == "doc.yaml");
        case.right(
            format!("{name}: unknown types are told of, once each"),
            told == is_there,
        );
    }
}

pub(super) fn protobuf_recursive(case: &mut Case) {
    for name in ["doc.yaml", "without-map.yaml"] {
        without_error(case, name);
        let page = case.page(name);
        let fields = ["children", "alive_since", "dead", "kind"];
        let shown = fields.iter().all(|field| page.contains(field));
        case.right(format!("{name}: the page shows the fields"), shown);
        let recursion = page.matches("Tree").count() >= 2;
        case.right(format!("{name}: the page shows the recursion"), recursion);
        compiles(case, name);
        let built = built(case, name);
        let noted = built.notes.contains("type-opaque") || built.source.contains("struct Tree ");
        case.right(format!("{name}: typed, or bytes with a note"), noted);
    }
    let message = ["--message", "Grown"];
    let [good, bad] = ["good.json", "bad.json"].map(|name| case.read(name));
    let run = case.check("doc.yaml", &message, &good);
    case.right("message check: good.json passes", run.code == 0);
    let without = case.check("without-map.yaml", &message, &good);
    let unknown = without.code == 1 && without.instances() == ["/grafts"];
    case.right(
        "message check: without the map it has an unknown field",
        unknown,
    );
    for name in ["doc.yaml", "without-map.yaml"] {
        let run = case.check(name, &message, &bad);
        case.right(
            format!("{name}: bad.json fails in three places"),
            run.instances().len() == 3,
        );
        for words in ["nome", "ELM", "aliveSince"] {
            let told = run.code == 1 && run.out.contains(words);
            case.right(format!("{name}: bad.json: `{words}` is told of"), told);
        }
    }
}

pub(super) fn protobuf_events(case: &mut Case) {
    without_error(case, "doc.yaml");
    let page = case.page("doc.yaml");
    for name in [
        "ce_id",
        "ce_type",
        "ce_time",
        "nick",
        "age",
        "mail",
        "addresses",
    ] {
        case.right(format!("the page shows `{name}`"), page.contains(name));
    }
    let message = ["--message", "CreateUser"];
    let [good, bad] = ["good.json", "bad.json"].map(|name| case.read(name));
    let run = case.check("doc.yaml", &message, &good);
    case.right("message check: good.json passes", run.code == 0);
    let run = case.check("doc.yaml", &message, &bad);
    let mut places = run.instances();
    places.sort();
    let three = places == ["/addresses/0/geo", "/age", "/nick"];
    case.right(
        "message check: bad.json fails in three places",
        run.code == 1 && three,
    );
    compiles(case, "doc.yaml");
}
