//! The committed crates in `tests/` are what the generator makes of the documents; `UPDATE_EXPECT=1` makes them again.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use tidings_codegen::{
    DateTimes, File, Layout, Numbers, Role, Runtime, Settings, Validate, generate, sha256,
};
use tidings_document::Severity;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests")
        .join(name)
}

fn documents() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder("documents"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn feature(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn make(path: &Path, layout: Layout, role: Role) -> Vec<File> {
    let feature = feature(path);
    let (document, _) =
        tidings_document::open(path, &tidings_document::Settings::default()).unwrap();
    let (api, diagnostics) = tidings_document::read(&document);
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{feature}: {errors:#?}");
    // Documents of that name are generated so.
    let validate = feature.strip_prefix("validate-").and_then(Validate::named);
    let dates = feature.strip_prefix("dates-").and_then(DateTimes::named);
    let settings = Settings {
        role,
        layout,
        name: Some(format!("tidings-test-{feature}")),
        source: format!("{feature}.yaml"),
        sha256: sha256(&[&fs::read(path).unwrap()]),
        runtime: Runtime::Path("../../../runtime".to_owned()),
        validate: validate.unwrap_or_default(),
        date_time: dates.unwrap_or_default(),
        numbers: match &*feature {
            "exact-numbers" | "dates-time" => Numbers::Exact,
            _ => Numbers::Float,
        },
        tests: matches!(&*feature, "examples" | "exact-numbers"),
        ..Settings::default()
    };
    generate(&api.unwrap(), &settings).0
}

/// Files below a folder, relative to it.
fn files_in(root: &Path, below: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root.join(below)).into_iter().flatten() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_in(root, &format!("{path}/")));
        } else {
            found.insert(path);
        }
    }
    found
}

#[test]
fn committed_crates_are_up_to_date() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut stale = Vec::new();
    for path in documents() {
        let root = folder("generated").join(feature(&path));
        let files = make(&path, Layout::Crate, Role::Both);
        for extra in files_in(&root, "")
            .into_iter()
            .filter(|known| !files.iter().any(|file| file.path == *known))
        {
            stale.push(root.join(&extra));
            if update {
                fs::remove_file(root.join(extra)).unwrap();
            }
        }
        for file in files {
            let place = root.join(&file.path);
            if fs::read_to_string(&place).ok().as_deref() == Some(&file.text) {
                continue;
            }
            if update {
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(&place, &file.text).unwrap();
            }
            stale.push(place);
        }
    }
    assert!(
        update || stale.is_empty(),
        "not up to date, run again with UPDATE_EXPECT=1: {stale:#?}"
    );
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for path in documents() {
        assert_eq!(
            make(&path, Layout::Crate, Role::Both),
            make(&path, Layout::Crate, Role::Both)
        );
    }
}

#[test]
fn a_module_is_one_file_with_the_items_of_the_crate() {
    for path in documents() {
        let module = make(&path, Layout::Module, Role::Both);
        let [module] = &module[..] else {
            panic!("{} files", module.len())
        };
        let name = format!("tidings_test_{}.rs", feature(&path).replace('-', "_"));
        assert_eq!(module.path, name);
        for file in make(&path, Layout::Crate, Role::Both) {
            for item in file
                .text
                .lines()
                .filter(|line| line.starts_with("pub struct "))
            {
                assert!(module.text.contains(item), "{item}");
            }
        }
    }
}

#[test]
fn each_role_gets_only_its_side() {
    let path = folder("documents").join("request-reply.yaml");
    let text = |role| make(&path, Layout::Module, role).remove(0).text;
    let application = text(Role::Application);
    assert!(application.contains("pub trait CalculatorService"));
    assert!(application.contains("pub struct CalculatorPeerClient"));
    assert!(!application.contains("pub struct CalculatorClient"));
    let counterpart = text(Role::Counterpart);
    assert!(counterpart.contains("pub struct CalculatorClient"));
    assert!(counterpart.contains("pub trait CalculatorPeerService"));
    assert!(!counterpart.contains("pub trait CalculatorService"));
    let path = folder("documents").join("publish-subscribe.yaml");
    for (role, item) in [
        (
            Role::Application,
            "WeatherStationPeerClient::publish_readings",
        ),
        (
            Role::Counterpart,
            "WeatherStationClient::subscribe_to_readings",
        ),
        (Role::Both, "WeatherStationPeerClient::publish_readings"),
    ] {
        let text = make(&path, Layout::Module, role).remove(0).text;
        assert!(
            text.contains(&format!("[`publishReadings`]({item})")),
            "{item}"
        );
    }
}
