//! The pages lead to each other: whatever a link names is there, and has the heading that it names.
use crate::support::{repository, walk};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = pages();
    let (mut seen, mut lost) = (0, Vec::new());
    for page in &pages {
        let text = prose(&fs::read_to_string(page).expect("a page"));
        let rest = text.split("](").skip(1);
        let targets = rest.filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains(':')) {
            seen += 1;
            if !leads(page, target) {
                lost.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(seen > 50, "only {seen} links in {} pages", pages.len());
    assert!(lost.is_empty(), "{lost:#?}");
}

/// What people read in the repository; what is generated has its own tests.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["docs", "brokers", "conformance", "examples/orders"] {
        walk(&repository().join(folder), &mut |path| {
            pages.push(path.to_owned());
        });
    }
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    pages.retain(|path| is_page(path) && !path.ends_with("docs/rules.md"));
    let above = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    pages.extend(above.map(|name| repository().join(name)));
    pages
}

/// The text without its code, where brackets mean something else.
fn prose(text: &str) -> String {
    let outside = text.split("```").step_by(2);
    outside
        .flat_map(|part| part.split('`').step_by(2))
        .collect()
}

fn leads(page: &Path, target: &str) -> bool {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = match file {
        "" => page.to_owned(),
        file => page.parent().expect("a folder").join(file),
    };
    file.exists() && (heading.is_empty() || headings(&file).any(|known| known == heading))
}

/// The names that a page's headings have in links.
fn headings(page: &Path) -> impl Iterator<Item = String> {
    let text = fs::read_to_string(page).unwrap_or_default();
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let headings = lines.into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().replace(' ', "-")
    })
}
