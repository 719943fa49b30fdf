//! The guide to clients and services is followed to the letter, as far as the environment says: `docs/runtime.md` becomes one shell
//! script, whose files are written where the page says and whose commands print what it shows. The Rust of the other pages is compiled
//! in the same project, and its tests run there. So is what the example says of a project of one's own.
mod pages;
mod script;

use libtest_mimic::{Arguments, Failed, Trial};
use script::Script;
use std::{
    env, fs,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    path::{Path, PathBuf},
    process::Command,
};

/// Asks for the programs at a socket too, which takes another build of what they depend on.
const PROGRAMS: &str = "TIDINGS_TEST_GUIDE";
/// Where a RabbitMQ broker is: then the guide is followed to its end.
const BROKER: &str = "TIDINGS_TEST_RABBITMQ";
/// How the guide writes that.
const WRITTEN: &str = "amqp://guest:guest@localhost:5672";
/// As in our own workspace, so that what is built there need not be built again.
const PROFILE: &str = "[profile.dev]
debug = \"line-tables-only\"
[profile.dev.package.\"*\"]
debug = false
";

fn main() {
    let is_set = |variable: &&str| env::var(variable).is_ok_and(|value| !value.is_empty());
    let end = match [BROKER, PROGRAMS].into_iter().find(is_set) {
        Some(BROKER) => None,
        Some(_) => Some("\n## The same at RabbitMQ\n"),
        None => Some("\n## The client\n"),
    };
    let mut trials = vec![Trial::test("the guide can be followed", move || {
        follow(end)
    })];
    if end.is_none() {
        trials.push(Trial::test(
            "a broker can be had in a project of one's own",
            own_project,
        ));
    }
    if end.is_some() {
        let reason = format!(
            "it is followed further where `{PROGRAMS}` is set, and to its end where `{BROKER}` is"
        );
        trials.push(Trial::test(reason, || Ok(())).with_ignored_flag(true));
    }
    let mut arguments = Arguments::from_args();
    // One after the other: what the guide starts must not wait for what else is built.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit();
}

/// Follows the page up to a section, or to its end.
fn follow(end: Option<&str>) -> Result<(), Failed> {
    let page = pages::read("runtime");
    let parts = end.and_then(|end| page.split_once(end));
    let page = match (end, parts) {
        (Some(end), None) => return Err(format!("there is no section `{}`", end.trim()).into()),
        (_, parts) => parts.map_or(&*page, |(before, _)| before),
    };
    let mut script = Script::of(page, &pages::rust(false))?;
    if end.is_none() {
        script.command("cargo add --quiet tidings-kafka --path ../tidings/brokers/kafka");
        script.file("tests/brokers.rs", &pages::rust(true));
        script.command("cargo check --quiet --test brokers");
    }
    try_out(&script, "guide")
}

/// Follows what the example says of other projects.
fn own_project() -> Result<(), Failed> {
    let page = fs::read_to_string(pages::repository().join("examples/orders/README.md"))?;
    let section = "\n## A broker in a project of your own\n";
    let (_, section) = page.split_once(section).ok_or("there is no such section")?;
    try_out(&Script::of(section, "")?, "project")
}

fn try_out(script: &Script, name: &str) -> Result<(), Failed> {
    let repository = format!("{}/", pages::repository().display());
    let text = script.text.replace("../tidings/", &repository);
    let broker = env::var(BROKER).unwrap_or_default();
    let printed = run(&text.replace(WRITTEN, &broker), name)?;
    script.check(&printed)
}

/// What a script prints, in a folder that is the same each time, so that what was built is found again.
fn run(script: &str, name: &str) -> Result<String, Failed> {
    let folder = folder(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(folder.join(".cargo"))?;
    fs::write(folder.join(".cargo/config.toml"), PROFILE)?;
    let tidings = Path::new(env!("CARGO_BIN_EXE_tidings"));
    let above = |levels: usize| tidings.ancestors().nth(levels).unwrap_or(tidings);
    let path = env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .current_dir(&folder)
        .env("PATH", format!("{}:{path}", above(1).display()))
        .env("NO_COLOR", "1")
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", above(2))
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let left = folder.display();
        return Err(format!("{}, see {left}:\n{printed}", output.status).into());
    }
    fs::remove_dir_all(&folder)?;
    Ok(printed)
}

/// A folder of this checkout's own, outside of its workspace.
fn folder(name: &str) -> PathBuf {
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    let name = format!("tidings-{name}-{:x}", hash.hash_one(pages::repository()));
    env::temp_dir().join(name)
}
