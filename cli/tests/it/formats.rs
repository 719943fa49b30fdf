//! Each output format of `tidings validate` on the same small set: a valid document, one with defects in itself and in a second file, and
//! one that cannot be read.
use crate::support::{Place, Run};
use expect_test::{ExpectFile, expect_file};
use serde_json::Value;
use std::collections::HashSet;

const FORMATS: [&str; 8] = [
    "text", "concise", "json", "sarif", "junit", "github", "gitlab", "spectral",
];

const FILES: [&str; 3] = ["good.yaml", "./bad/grüße.yaml", "nowhere.yaml"];

/// What rules of habit ask for.
const INFO: &str = "description: x, contact: { name: x, url: 'https://example.com', email: x@example.com }, license: { name: MIT }, tags: [{ name: x }]";
const REST: &str = "id: urn:example:x\ndefaultContentType: application/json\nservers: { x: { host: x, protocol: mqtt } }\n";

fn place() -> Place {
    let place = Place::new();
    place.write(
        "good.yaml",
        format!(
            "asyncapi: 3.1.0\ninfo: {{ title: x, version: '1', {INFO} }}\nchannels: {{}}\n{REST}"
        ),
    );
    place.write(
        "bad/grüße.yaml",
        format!(
            "asyncapi: 3.0.0\ninfo: {{ title: Grüße 🎉, verison: 1.0.0,\n  x-team: a, {INFO} }}\nchannels: {{}}\n\
             components: {{ messages: {{ M: {{ payload: {{ oneOf: [{{ $ref: 'a, b.yaml#/Order' }}] }} }} }} }}\n{REST}"
        ),
    );
    place.write("bad/a, b.yaml", "Order:\n  type: strin\n");
    place
}

fn validate(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["validate"], arguments, &FILES].concat())
}

/// What a format prints of the set.
fn expected(format: &str) -> ExpectFile {
    expect_file![format!("formats/{format}.txt")]
}

#[track_caller]
fn check(format: &str) -> Run {
    let run = validate(&place(), &["--format", format]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(run.err, "error: `nowhere.yaml` does not exist\n");
    expected(format).assert_eq(&run.out);
    run
}

#[test]
fn text() {
    check("text");
}

#[test]
fn concise() {
    check("concise");
}

#[test]
fn json() {
    check("json");
}

#[test]
fn sarif() {
    let mut log = validate(&place(), &["--format", "sarif"]).json();
    let run = &mut log["runs"][0];
    let rules = std::mem::take(&mut run["tool"]["driver"]["rules"]);
    let rules = rules.as_array().expect("a list");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{rule}");
        }
        assert!(rule["defaultConfiguration"]["level"].is_string());
    }
    for result in run["results"].as_array().expect("a list") {
        let at = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(result["ruleId"], rules[at]["id"]);
        assert!(result["partialFingerprints"]["tidings/v1"].is_string());
    }
    // What rules say of themselves is not what this is about.
    expected("sarif").assert_eq(&(serde_json::to_string_pretty(&log).expect("JSON") + "\n"));
}

#[test]
fn junit() {
    let run = check("junit");
    has_the_shape_of_junit(&run.out);
    let all = validate(&place(), &["--format", "junit", "--fail-on", "info"]);
    has_the_shape_of_junit(&all.out);
    assert_eq!(run.out.matches("<failure").count(), 3);
    assert_eq!(all.out.matches("<failure").count(), 4);
}

/// What the schemas of Ant and of Jenkins ask for alike.
fn has_the_shape_of_junit(text: &str) {
    let report = roxmltree::Document::parse(text).expect("XML");
    let root = report.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_eq!(root.attributes().len(), 0);
    for (id, suite) in root.children().filter(|node| node.is_element()).enumerate() {
        let attributes: HashSet<_> = suite.attributes().map(|it| it.name()).collect();
        let expected = [
            "name",
            "package",
            "id",
            "timestamp",
            "hostname",
            "time",
            "tests",
            "failures",
            "errors",
        ];
        assert_eq!(attributes, expected.into());
        assert_eq!(suite.attribute("id"), Some(id.to_string().as_str()));
        let parts: Vec<_> = suite
            .children()
            .filter(|node| node.is_element())
            .map(|node| node.tag_name().name())
            .collect();
        let cases = parts.iter().filter(|name| **name == "testcase").count();
        let mut order = vec!["properties"];
        order.extend(vec!["testcase"; cases]);
        order.extend(["system-out", "system-err"]);
        assert_eq!(parts, order);
        let count = |name: &str| {
            let found = suite.descendants().filter(|node| node.has_tag_name(name));
            Some(found.count().to_string())
        };
        let stated = |name: &str| suite.attribute(name).map(str::to_owned);
        assert_eq!(stated("tests"), count("testcase"));
        assert_eq!(stated("failures"), count("failure"));
        assert_eq!(stated("errors"), count("error"));
        for case in suite
            .children()
            .filter(|node| node.has_tag_name("testcase"))
        {
            for name in ["name", "classname", "time"] {
                assert!(case.attribute(name).is_some_and(|value| !value.is_empty()));
            }
            let results: Vec<_> = case.children().filter(|node| node.is_element()).collect();
            assert!(results.len() <= 1);
            assert!(results.iter().all(|result| result.has_attribute("type")));
        }
    }
}

#[test]
fn github() {
    check("github");
}

#[test]
fn gitlab() {
    let run = check("gitlab");
    let issues = run.json();
    let issues = issues.as_array().expect("a list");
    let prints: HashSet<_> = issues
        .iter()
        .map(|issue| issue["fingerprint"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn spectral() {
    check("spectral");
}

#[test]
fn fingerprints_stay_while_lines_move() {
    let prints = |place: &Place| -> Vec<Value> {
        let issues = validate(place, &["--format", "gitlab"]).json();
        let issues = issues.as_array().expect("a list");
        issues.iter().map(|it| it["fingerprint"].clone()).collect()
    };
    let place = place();
    let before = prints(&place);
    let text = std::fs::read_to_string(place.path().join("bad/grüße.yaml")).expect("read");
    place.write("bad/grüße.yaml", format!("# one\n\n# two\n{text}"));
    assert_eq!(prints(&place), before);
}

#[test]
fn equal_findings_have_fingerprints_of_their_own() {
    let place = Place::new();
    place.write(
        "x.yaml",
        "asyncapi: 3.1.0\nasyncapi: 3.1.0\nasyncapi: 3.1.0\ninfo: { title: x, version: '1' }\n",
    );
    let issues = place
        .run(&["validate", "--format", "gitlab", "x.yaml"])
        .json();
    let issues = issues.as_array().expect("a list");
    assert!(issues.len() >= 2, "{issues:?}");
    let prints: HashSet<_> = issues
        .iter()
        .map(|it| it["fingerprint"].to_string())
        .collect();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn equal_runs_give_equal_bytes() {
    let place = place();
    for format in FORMATS {
        let [one, two] = [(); 2].map(|()| validate(&place, &["--format", format]));
        assert_eq!(one.out, two.out, "{format}");
    }
}

#[test]
fn several_formats_are_written_to_files() {
    let place = place();
    let printed = ["sarif", "junit", "text"].map(|format| validate(&place, &["--format", format]));
    let outputs = ["sarif=out/a.sarif", "junit=out/a.xml", "text=a.txt"];
    let arguments: Vec<_> = outputs
        .iter()
        .flat_map(|output| ["--output", output])
        .collect();
    let run = validate(&place, &[&arguments[..], &["--format", "concise"]].concat());
    assert_eq!(run.code, 2);
    assert!(
        run.out.starts_with("./bad/grüße.yaml:2:7: error["),
        "{}",
        run.out
    );
    for (name, printed) in ["out/a.sarif", "out/a.xml", "a.txt"].iter().zip(printed) {
        let written = std::fs::read_to_string(place.path().join(name)).expect("written");
        assert_eq!(written, printed.out);
    }
}

#[test]
fn outputs_are_written_whole_or_not_at_all() {
    let place = place();
    let before = place.files();
    let run = validate(
        &place,
        &["--output", "json=a.json", "--output", "sarif=specs"],
    );
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`specs`: it is a folder"), "{}", run.err);
    assert!(run.out.contains("good.yaml: valid"), "{}", run.out);
    assert_eq!(place.files(), before);
}

#[test]
fn a_document_is_not_written_over() {
    let place = place();
    let run = validate(&place, &["--output", "json=bad/a, b.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("is part of the document"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to() {
    let place = place();
    let written = place.pipe("a.json");
    let run = validate(&place, &["--output", "json=a.json"]);
    assert_eq!((run.code, run.err.lines().count()), (2, 1), "{}", run.err);
    let about = std::fs::metadata(place.path().join("a.json")).expect("there");
    assert!(!about.is_file());
    let written = written.recv().expect("sent").expect("read");
    serde_json::from_str::<serde_json::Value>(&written).expect("JSON");
}

#[test]
fn outputs_that_make_no_sense_are_refused() {
    for (arguments, words) in [
        (&["--output", "x.sarif"][..], "there is no `=`"),
        (
            &["--output", "yaml=x"],
            "no format `yaml`; there are text, concise",
        ),
        (&["--output", "json=-"], "`--format` is for standard output"),
        (&["--output", "json=x", "--output", "text=x"], "two outputs"),
    ] {
        let run = validate(&place(), arguments);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(words), "{}", run.err);
    }
}

#[test]
fn a_job_of_github_gets_annotations_from_the_root_of_its_repository() {
    let place = place();
    place.write("service/x.yaml", "asyncapi: 3.1.0\n");
    let root = place.path().display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_WORKSPACE", root.as_str()),
    ];
    let run = |arguments: &[&str]| {
        let arguments = [
            &["validate", "--profile", "official", "service/x.yaml"],
            arguments,
        ]
        .concat();
        place.run_with(&arguments, b"", &variables)
    };
    let annotations = run(&[]);
    let start = "::error file=service/x.yaml,line=1,col=1,";
    assert!(annotations.out.starts_with(start), "{}", annotations.out);
    assert!(run(&["--format", "text"]).out.starts_with("error["));
    let mut below = std::process::Command::new(env!("CARGO_BIN_EXE_tidings"));
    let below = below
        .args(["validate", "--profile", "official", "x.yaml"])
        .current_dir(place.path().join("service"))
        .envs(variables)
        .output()
        .expect("it runs");
    assert!(String::from_utf8_lossy(&below.stdout).starts_with(start));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let place = place();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["validate", "good.yaml", "--fail-on", "info"], arguments].concat();
        let run = place.run_with(&arguments, b"", variables);
        run.out.contains('\u{1b}')
    };
    place.write("good.yaml", "asyncapi: 3.0.0\n");
    assert!(!run(&[], &[]));
    assert!(run(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!run(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&["--color", "always", "--format", "concise"], &[]));
}

#[test]
fn very_many_findings_in_one_line_take_no_longer_in_any_format() {
    let place = Place::new();
    let time = |count: usize| {
        let fields: String = (0..count).map(|at| format!(",\"k{at}\":\"🎉\"")).collect();
        let text = format!(
            "{{\"asyncapi\":\"3.1.0\",\"info\":{{\"title\":\"x\",\"version\":\"1\"}}{fields}}}"
        );
        place.write("x.json", text);
        let begin = std::time::Instant::now();
        for format in FORMATS {
            let run = place.run(&["validate", "--format", format, "x.json"]);
            assert_eq!(run.code, 1);
        }
        begin.elapsed()
    };
    // Again where others used the machine meanwhile.
    let mut pairs = (0..3).map(|_| (time(800), time(8_000)));
    let fits = |(few, many)| many < few * 30;
    assert!(pairs.any(fits), "a tenth takes less than a thirtieth");
}

#[test]
fn spectral_has_the_codes_and_paths_of_the_official_tool() {
    let place = Place::new();
    place.write(
        "x.yaml",
        "asyncapi: 2.6.0\ninfo: { title: x, version: '1' }\nchannels:\n  a/{id}:\n    parameters: {}\n    publish:\n      security: [{ none: [] }]\n      \
         message: { payload: { type: strin } }\n",
    );
    let arguments = [
        "validate",
        "--profile",
        "official",
        "--format",
        "spectral",
        "x.yaml",
    ];
    let results = place.run(&arguments).json();
    let results = results.as_array().expect("a list").iter();
    let errors = results.filter(|result| result["severity"] == 0);
    let found: Vec<_> = errors
        .map(|result| format!("{} {}", result["code"], result["path"]))
        .collect();
    assert_eq!(
        found,
        [
            r#""asyncapi2-channel-parameters" ["channels","a/{id}","parameters"]"#,
            r#""asyncapi2-operation-security" ["channels","a/{id}","publish","security",0,"none"]"#,
            r#""asyncapi-document-resolved" ["channels","a/{id}","publish","message","payload","type"]"#,
            r#""asyncapi2-schemas" ["channels","a/{id}","publish","message","payload","type"]"#,
        ]
    );
}

#[test]
fn a_file_that_is_no_report_is_not_replaced_by_one() {
    let place = Place::new();
    place.write("x.yaml", "asyncapi: 3.0.0\ninfo: { title: x }\n");
    for format in ["json", "sarif", "junit", "github", "gitlab", "spectral"] {
        let target = format!("{format}=report");
        let validate = || place.run(&["validate", "x.yaml", "--output", &target]);
        place.write("report", "mine");
        let run = validate();
        assert_eq!(run.code, 2, "{format}");
        assert!(
            run.err.contains("`report` was not written by tidings"),
            "{}",
            run.err
        );
        assert_eq!(place.read("report"), "mine");
        place.write("report", "");
        assert_eq!(
            validate().code,
            1,
            "{format}: an empty file has nothing to lose"
        );
        assert_eq!(validate().code, 1, "{format}: a report is replaced");
    }
}
