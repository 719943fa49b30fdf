//! One table of which value means which schema: `message check`, examples, generated code, the page and the rules heed it.
use std::collections::{BTreeMap, BTreeSet};

use crate::support::Place;

/// Documents by the kind of their discriminator, each with its table in comments.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/unions");

/// One document: its text says in comments which value means which schema, and which values mean none.
struct Case {
    place: Place,
    name: String,
    property: String,
    /// Value and schema.
    table: Vec<(String, String)>,
    /// Payloads that are refused, with what is said of them.
    refused: Vec<(String, String)>,
}

impl Case {
    fn read(name: &str) -> Self {
        let place = Place::new();
        for file in std::fs::read_dir(FOLDER).expect("a folder") {
            let path = file.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            place.write(&name, std::fs::read(&path).expect("read"));
        }
        let text = std::fs::read_to_string(format!("{FOLDER}/{name}")).expect("read");
        let pairs = |mark: &str, between: &str| -> Vec<(String, String)> {
            let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
            let pairs = lines.map(|line| line.split_once(between).expect("a pair"));
            pairs
                .map(|(one, other)| (one.to_owned(), other.to_owned()))
                .collect()
        };
        let table: Vec<_> = pairs("# means: ", " -> ");
        assert!(table.len() > 1, "{name}");
        let property = text.lines().find_map(|line| line.strip_prefix("# by: "));
        Self {
            place,
            name: name.to_owned(),
            property: property.expect("a property").to_owned(),
            table,
            refused: pairs("# refused: ", " -> "),
        }
    }

    fn message(&self, command: &str, more: &[&str], input: &str) -> crate::support::Run {
        let mut arguments = vec!["message", command, &self.name, "--message", "M"];
        arguments.extend(more);
        self.place.run_with_input(&arguments, input.as_bytes())
    }

    /// Each value takes what fits its schema, and refuses what fits another: `own` of each schema is a property of its own,
    /// an integer.
    fn check_messages(&self) {
        for (value, schema) in &self.table {
            let payload =
                |own: &str| format!("{{\"{}\":{value},\"{schema}\":{own}}}", self.property);
            let good = self.message("check", &["--stream", "-"], &payload("1"));
            assert_eq!(good.code, 0, "{}: {value}: {}", self.name, good.out);
            let bad = self.message("check", &["--stream", "-"], &payload("\"x\""));
            assert_eq!(bad.code, 1, "{}: {value}: {}", self.name, bad.out);
            let place = format!("payload /{schema}: `\"x\"` is not of type `integer`");
            assert!(
                bad.out.contains(&place),
                "{}: {value}: {}",
                self.name,
                bad.out
            );
            assert_eq!(bad.out.matches("payload ").count(), 1, "{}", bad.out);
        }
        for (payload, said) in &self.refused {
            let run = self.message("check", &["--stream", "-"], payload);
            assert_eq!(run.code, 1, "{}: {payload}", self.name);
            assert!(
                run.out.contains(said),
                "{}: {payload}: {}",
                self.name,
                run.out
            );
        }
    }

    /// Every schema has an example, with one of its values.
    fn check_examples(&self) {
        let run = self.message("example", &["--stream"], "");
        assert_eq!(run.code, 0, "{}: {}", self.name, run.err);
        let mut met = BTreeSet::new();
        for line in run.out.lines() {
            let example: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let value = example[&self.property].to_string();
            let row = self.table.iter().find(|(known, _)| *known == value);
            met.insert(
                row.unwrap_or_else(|| panic!("{}: {line}", self.name))
                    .1
                    .clone(),
            );
        }
        assert_eq!(met, self.schemas(), "{}", self.name);
    }

    fn schemas(&self) -> BTreeSet<String> {
        self.table
            .iter()
            .map(|(_, schema)| schema.clone())
            .collect()
    }

    /// The table is what generated code chooses by.
    fn check_code(&self) {
        let run = self
            .place
            .run(&["generate", "rust", &self.name, "-o", "made"]);
        assert_eq!(
            (run.code, run.err.contains("type-opaque")),
            (0, false),
            "{}",
            run.err
        );
        let types = self.place.path().join("made/src/types.rs");
        let types = std::fs::read_to_string(types).expect("generated types");
        let mut found = Vec::new();
        for line in types
            .lines()
            .filter(|line| line.contains("=> from_value(value).map(Self::"))
        {
            let (values, variant) = line
                .split_once(" => from_value(value).map(Self::")
                .expect("both");
            let variant = variant.split(')').next().expect("a variant");
            let values = values
                .trim()
                .trim_start_matches("Some(")
                .trim_end_matches(')');
            let rows = values
                .split(" | ")
                .map(|value| (value.to_owned(), variant.to_owned()));
            found.extend(rows);
        }
        assert_eq!(sorted(found), sorted(self.table.clone()), "{}", self.name);
    }

    /// The page shows it, with a way to each schema.
    fn check_page(&self) {
        let run = self.place.run(&["docs", &self.name, "-o", "page.html"]);
        assert_eq!(run.code, 0, "{}: {}", self.name, run.err);
        let page = std::fs::read_to_string(self.place.path().join("page.html")).expect("a page");
        assert!(page.contains(&format!("told apart by <code>{}</code>", self.property)));
        let label = format!("<span class=\"label\">when {} is</span>", self.property);
        let rows: Vec<usize> = page.match_indices(&label).map(|(at, _)| at).collect();
        // What builds on a base has no rows below it.
        let heirs = page.match_indices("when it is <code>").map(|(at, _)| at);
        let places = if rows.is_empty() {
            heirs.collect()
        } else {
            rows
        };
        let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (values, link) in places.into_iter().map(|at| alternative(&page, at)) {
            // Schemas that are files of their own have no anchor, nor has what is shown at several places.
            if let Some(anchor) = link {
                assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
            }
            let schema = link.and_then(|anchor| anchor.strip_prefix("schema-"));
            for value in values.split(", ") {
                let known = found.entry(value.to_owned()).or_default();
                let is_same = known
                    .as_deref()
                    .zip(schema)
                    .is_none_or(|(one, other)| one == other);
                assert!(
                    is_same,
                    "{}: {value} is {known:?} and {schema:?}",
                    self.name
                );
                *known = known.take().or(schema.map(ToOwned::to_owned));
            }
        }
        let plain = |(value, schema): &(String, String)| (value.replace('"', ""), schema.clone());
        let table: Vec<_> = self.table.iter().map(plain).collect();
        assert_eq!(found.len(), table.len(), "{}: {found:?}", self.name);
        for (value, schema) in table {
            let row = found.get_key_value(&value);
            let (_, shown) = row.unwrap_or_else(|| panic!("{}: {value}", self.name));
            let is_same = shown.as_ref().is_none_or(|shown| *shown == schema);
            assert!(is_same, "{}: {value} is {shown:?}", self.name);
        }
    }

    /// Nothing overlaps, and examples are judged by it.
    fn check_rules(&self) {
        let run = self
            .place
            .run(&["validate", &self.name, "--format", "concise"]);
        for rule in [
            "one-of-overlap",
            "example-invalid",
            "schema-keyword",
            "error",
        ] {
            assert!(!run.out.contains(rule), "{}: {}", self.name, run.out);
        }
    }
}

/// The values that a place on the page names, and the schema that it leads to, or whose row it is in.
fn alternative(page: &str, at: usize) -> (&str, Option<&str>) {
    let (before, row) = page.split_at(at);
    let value = ["<dfn", "<code"]
        .into_iter()
        .filter_map(|tag| row.find(tag));
    let (_, value) = row.split_at(value.min().expect("a value"));
    let (text, rest) = value.split_once("</").expect("its end");
    let (_, text) = text.split_once('>').expect("its begin");
    let line = rest
        .split("</summary>")
        .next()
        .and_then(|rest| rest.split("</div>").next());
    let line = line.and_then(|line| line.split("when it is").next());
    let own = before
        .rsplit_once("<li")
        .map(|(_, row)| row.split('>').next().unwrap_or_default());
    let link = line.and_then(|line| line.split_once("href=\"#"));
    let id = own.and_then(|own| own.split_once("id=\""));
    let place = link.or(id).map(|(_, place)| place);
    (text, place.and_then(|place| place.split('"').next()))
}

fn sorted(mut rows: Vec<(String, String)>) -> Vec<(String, String)> {
    rows.sort();
    rows
}

#[track_caller]
fn agree(name: &str) {
    let case = Case::read(name);
    case.check_messages();
    case.check_examples();
    case.check_code();
    case.check_page();
    case.check_rules();
}

#[test]
fn names_of_schemas_are_values_of_a_plain_discriminator() {
    agree("names.yaml");
}

#[test]
fn constants_come_before_names() {
    agree("constants.yaml");
}

#[test]
fn constants_alone_tell_branches_apart() {
    agree("tags.yaml");
}

#[test]
fn a_mapping_counts_in_the_dialect_of_the_payload() {
    agree("mapping.yaml");
}

#[test]
fn a_mapping_is_looked_up_in_its_own_file() {
    agree("file.yaml");
}

#[test]
fn two_values_may_mean_one_schema_beside_an_implicit_name() {
    agree("inherited.yaml");
}

#[test]
fn a_base_stands_for_what_builds_on_it_and_for_itself() {
    agree("base.yaml");
}

#[test]
fn a_base_that_lists_its_heirs_is_not_gone_through_twice() {
    agree("listed.yaml");
}

#[test]
fn schemas_with_files_of_their_own_keep_their_names() {
    agree("parts.yaml");
}

#[test]
fn a_mapping_leads_to_files_that_no_reference_names() {
    agree("files.yaml");
}

#[test]
fn keys_of_a_file_of_nothing_but_schemas_are_names() {
    agree("toplevel.yaml");
}

/// Each of many heirs would else ask for all of them.
#[test]
fn a_base_with_many_heirs_costs_no_square_of_them() {
    let time = |count: usize| {
        let heirs = (0..count).map(|at| {
            format!("    H{at}: {{ allOf: [{{ $ref: '#/components/schemas/Base' }}, {{ properties: {{ v: {{ type: integer }} }} }}] }}\n")
        });
        let base = "    Base: { type: object, discriminator: k, required: [k], properties: { k: { type: string } } }\n";
        let head =
            "asyncapi: 3.0.0\ninfo: { title: Heirs, version: 1.0.0 }\ncomponents:\n  schemas:\n";
        let place = Place::new();
        place.write(
            "heirs.yaml",
            format!("{head}{base}{}", heirs.collect::<String>()),
        );
        let begin = std::time::Instant::now();
        let page = place.run(&["docs", "heirs.yaml", "-o", "page.html"]);
        let code = place.run(&["generate", "rust", "heirs.yaml", "-o", "made"]);
        assert_eq!((page.code, code.code), (0, 0), "{}{}", page.err, code.err);
        begin.elapsed()
    };
    let (few, many) = (time(80), time(800));
    assert!(many < few * 30, "{few:?} for 80, {many:?} for 800");
}
