//! The guide to clients and services is followed to the letter, as far as the environment says: `docs/runtime.md` becomes one shell
//! script, whose files are written where the page says and whose commands print what it shows. The Rust of the other pages is compiled
//! in the same project, and its tests run there. So is what the example says of a project of one's own, and the Rust on pages that
//! `tidings docs` makes.
mod calls;
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
/// The first section that needs what that asks for, and the first that needs a broker.
const AT_SOCKETS: &str = "\n## The client\n";
const AT_BROKERS: &str = "\n## The same at RabbitMQ\n";
/// The brokers, whose sections are followed where there is one.
const BROKERS: [Broker; 2] = [
    Broker {
        name: "RabbitMQ",
        variable: "TIDINGS_TEST_RABBITMQ",
        written: "amqp://guest:guest@localhost:5672",
    },
    Broker {
        name: "Kafka",
        variable: "TIDINGS_TEST_KAFKA",
        written: "kafka://localhost:9092",
    },
];
/// As in our own workspace, so that what is built there need not be built again.
const PROFILE: &str = "[profile.dev]
debug = \"line-tables-only\"
[profile.dev.package.\"*\"]
debug = false
";

struct Broker {
    name: &'static str,
    /// Tells where it is.
    variable: &'static str,
    /// How the guide writes that.
    written: &'static str,
}

impl Broker {
    fn is_there(&self) -> bool {
        is_set(self.variable)
    }

    /// What the page says of it.
    fn section<'a>(&self, page: &'a str) -> Result<&'a str, Failed> {
        let heading = format!("\n## The same at {}\n", self.name);
        let section = behind(page, &heading)?;
        Ok(section.split("\n## ").next().unwrap_or_default())
    }
}

fn is_set(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty())
}

fn behind<'a>(page: &'a str, heading: &str) -> Result<&'a str, Failed> {
    let parts = page.split_once(heading);
    let found = parts.ok_or_else(|| format!("there is no section `{}`", heading.trim()))?;
    Ok(found.1)
}

fn main() {
    let mut trials = vec![
        Trial::test("the guide can be followed", follow),
        Trial::test(
            "the Rust on pages of our documents compiles",
            calls::compile,
        ),
    ];
    if BROKERS[0].is_there() {
        trials.push(Trial::test(
            "a broker can be had in a project of one's own",
            own_project,
        ));
    }
    let missing = BROKERS.iter().filter(|broker| !broker.is_there());
    let missing = missing.map(|broker| broker.variable);
    let programs = (!has_programs()).then_some(PROGRAMS);
    for variable in programs.into_iter().chain(missing) {
        let reason = format!("it is followed further where `{variable}` is set");
        trials.push(Trial::test(reason, || Ok(())).with_ignored_flag(true));
    }
    let mut arguments = Arguments::from_args();
    // One after the other: what the guide starts must not wait for what else is built.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit();
}

/// Whether the programs are built, which whoever has a broker wants anyway.
fn has_programs() -> bool {
    is_set(PROGRAMS) || BROKERS.iter().any(Broker::is_there)
}

/// Follows the page, as far as there is what it needs.
fn follow() -> Result<(), Failed> {
    let page = pages::read("runtime");
    let end = match has_programs() {
        true => AT_BROKERS,
        false => AT_SOCKETS,
    };
    behind(&page, end)?;
    let mut text = page.split(end).next().unwrap_or_default().to_owned();
    for broker in BROKERS.iter().filter(|broker| broker.is_there()) {
        text.push_str(broker.section(&page)?);
    }
    let mut script = Script::of(&text, &pages::rust(false))?;
    if BROKERS.iter().any(Broker::is_there) {
        for name in ["rabbitmq", "kafka"] {
            let path = format!("../tidings/brokers/{name}");
            script.command(&format!("cargo add --quiet tidings-{name} --path {path}"));
        }
        script.file("tests/brokers.rs", &pages::rust(true));
        script.command("cargo check --quiet --test brokers");
    }
    try_out(&script, "guide")
}

/// Follows what the example says of other projects.
fn own_project() -> Result<(), Failed> {
    let page = fs::read_to_string(pages::repository().join("examples/orders/README.md"))?;
    let section = behind(&page, "\n## A broker in a project of your own\n")?;
    try_out(&Script::of(section, "")?, "project")
}

fn try_out(script: &Script, name: &str) -> Result<(), Failed> {
    let repository = format!("{}/", pages::repository().display());
    let text = script.text.replace("../tidings/", &repository);
    let text = BROKERS.iter().fold(text, |text, broker| {
        let address = env::var(broker.variable).unwrap_or_default();
        text.replace(broker.written, &address)
    });
    let printed = run(&text, name)?;
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
