//! Inputs that must cost little: judged by the processor time, the address space and the size of what comes out.
use super::{
    case::{Case, Named},
    crates, run,
};

pub(crate) const CASES: [Named; 2] = [("exponential", exponential), ("product400.yaml", product)];

/// A debug build is about ten times slower than what is shipped, where it is 100 ms; the system counts whole seconds.
const SECOND: &str = "ulimit -t 1";

fn exponential(case: &mut Case) {
    let document = case.file("filter.yaml").display().to_string();
    let check = [
        "message",
        "check",
        "--isolated",
        "--message",
        "M",
        &document,
    ];
    let valid = case.file("ok12.json").display().to_string();
    let valid = [&check[..], &[&valid]].concat();
    let space = least_space(&valid);
    case.right("the valid one is valid", space.is_some());
    let limits = format!(
        "{SECOND} && ulimit -v {}",
        space.unwrap_or_default() + 35_000
    );
    for name in ["bad10.json", "bad12.json"] {
        let file = case.file(name).display().to_string();
        let run = run::run(
            &[&check[..], &["--format", "json", &file]].concat(),
            "",
            &limits,
        );
        case.right(format!("{name}: invalid, in 1 s and 50 MB"), run.code == 1);
        let depth = if name == "bad10.json" { 10 } else { 12 };
        let place = format!("{}/value", "/not".repeat(depth));
        case.right(
            format!("{name}: the best branch is named"),
            run.out.contains(&place) && run.out.contains("`string`"),
        );
        let bounded = run.code == 1 && run.all().len() < 5000;
        case.right(format!("{name}: the explanation is bounded"), bounded);
    }
    let lines = format!(
        "{}\n{}\n",
        case.read("bad12.json").trim(),
        case.read("ok12.json").trim()
    );
    let stream = [&check[..], &["--format", "json", "--stream", "-"]].concat();
    let run = run::run(&stream, &lines, &limits);
    let summary = run.out.lines().last().unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(summary).unwrap_or_default();
    let counts = summary["messages"] == 2 && summary["invalid"] == 1;
    case.right("a stream outlives it", run.code == 1 && counts);
    let file = case.file("filter-example.yaml").display().to_string();
    let limits = format!(
        "{SECOND} && ulimit -v {}",
        space.unwrap_or_default() + 100_000
    );
    let run = run::run(
        &["validate", "--isolated", "--format", "json", &file],
        "",
        &limits,
    );
    case.right(
        "the example: judged, in 1 s and little memory",
        run.code == 0 || run.code == 1,
    );
    let told = run::findings(&run.out).iter().any(|it| it.says("example"));
    case.right("the example is told of", told);
}

/// The least address space in which a run ends well, in steps of 10 MB.
fn least_space(arguments: &[&str]) -> Option<usize> {
    (2..60)
        .map(|step| step * 10_000)
        .find(|space| run::run(arguments, "", &format!("ulimit -v {space}")).code == 0)
}

/// Code and page of 400 messages × 400 operations are about twice those of 200 × 200, not four times.
fn product(case: &mut Case) {
    let folder = tempfile::tempdir().expect("a folder");
    let half = folder.path().join("half.yaml");
    let text = case.read("");
    std::fs::write(&half, halved(&text)).expect("written");
    let whole = case.file("");
    let sizes: Vec<_> = [&half, &whole]
        .iter()
        .map(|document| {
            let document = document.display().to_string();
            let made = folder.path().join("made");
            let _ = std::fs::remove_dir_all(&made);
            let krate = made.join("crate").display().to_string();
            let page = made.join("page.html").display().to_string();
            std::fs::create_dir_all(&made).expect("made");
            let limits = "ulimit -t 30 && ulimit -v 600000";
            let generate = ["generate", "rust", "--isolated", &document, "-o", &krate];
            let code = run::run(&generate, "", limits).code;
            let docs = run::run(&["docs", "--isolated", &document, "-o", &page], "", limits).code;
            let size = std::fs::metadata(&page).map_or(0, |it| it.len() as usize);
            (code, crates::source(&made.join("crate")).len(), docs, size)
        })
        .collect();
    let grows = |small: usize, large: usize| small > 0 && large > 0 && large * 10 < small * 26;
    case.right("generate: in bounds", sizes.iter().all(|it| it.0 == 0));
    case.right(
        "generate: grows with the document",
        grows(sizes[0].1, sizes[1].1),
    );
    case.right("docs: in bounds", sizes.iter().all(|it| it.2 == 0));
    case.right(
        "docs: grows with the document",
        grows(sizes[0].3, sizes[1].3),
    );
}

/// The document with half of its messages and operations.
fn halved(text: &str) -> String {
    let is_kept = |line: &&str| {
        let number = line.trim_start_matches([' ', 'm', 'o']).split(':').next();
        number
            .and_then(|number| number.parse::<u32>().ok())
            .is_none_or(|number| number < 200)
    };
    text.lines()
        .filter(is_kept)
        .map(|line| format!("{line}\n"))
        .collect()
}
