//! The scripts in `dev/` that start services and run what needs them, tried with services of no use: what is said, and what is
//! failed, where one may not be installed or does not start.
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A service that is up as soon as it is started.
const THERE: &str = r#"
install() { :; }
start() { spawn sleep 1000; }
ready() { :; }
variables() { echo "TIDINGS_TEST_THERE=$(port main)"; }
"#;
/// One whose package nobody brings.
const ABSENT: &str = r#"
install() { debian /nowhere/absent absent 1.0; }
start() { :; }
ready() { :; }
variables() { :; }
"#;
/// One that dies.
const BROKEN: &str = r#"
install() { :; }
start() { spawn false; }
ready() { return 1; }
variables() { :; }
"#;
/// All that the part `brokers` of `dev/test` asks for.
const SERVICES: [&str; 17] = [
    "toxiproxy",
    "python",
    "jms",
    "kcat",
    "postgres-own",
    "faketime",
    "postgres",
    "pgbouncer",
    "mariadb",
    "mysql",
    "rabbitmq",
    "artemis",
    "activemq",
    "kafka",
    "elasticmq",
    "moto",
    "kinesis",
];

/// All that its part `real` does.
const REAL: [&str; 3] = ["postgres", "rabbitmq", "kafka"];
/// In place of cargo: says which programs there are.
const PROGRAMS: &str = r#"#!/bin/sh
echo "cargo $*" >&2
for name in conformance cluster; do
    echo '{"manifest_path":"'$PWD'/brokers/kafka/Cargo.toml","target":{"kind":["test"],"crate_types":["bin"],"name":"'$name'","test":true},"executable":"'$PWD'/bin/'$name'"}'
done
"#;

/// A folder with the scripts, these services, and programs that do nothing in place of those that would do much.
struct Checkout(PathBuf);

impl Checkout {
    fn with<'a>(name: &str, services: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let here = Self(folder);
        fs::remove_dir_all(&here.0).ok();
        let dev = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev");
        for script in ["services", "test"] {
            let text = fs::read_to_string(dev.join(script)).expect("a script");
            here.program(&format!("dev/{script}"), &text);
        }
        for (name, text) in services {
            here.program(&format!("dev/services.d/{name}"), text);
        }
        here.program("bin/apt-get", "#!/bin/sh\nexit 100\n");
        here.program("bin/cargo", "#!/bin/sh\necho \"cargo $*\"\n");
        here
    }

    fn program(&self, file: &str, text: &str) {
        let file = self.0.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, text).expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("its mode");
    }

    /// The exit code, and what is said, of a script; in CI or not.
    fn run(&self, script: &str, arguments: &[&str], is_ci: bool) -> (Option<i32>, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
            .arg(self.0.join(script))
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.0.join("bin").display()))
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env_remove("CI");
        if is_ci {
            command.env("CI", "true");
        }
        let output = command.output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    }

    #[track_caller]
    fn services(&self, arguments: &[&str], code: i32) -> String {
        let (status, said) = self.run("dev/services", arguments, false);
        assert_eq!(status, Some(code), "{arguments:?}: {said}");
        said
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        self.run("dev/services", &["kill"], false);
    }
}

#[track_caller]
fn says(said: &str, what: &str) {
    assert!(said.contains(what), "`{what}` is not in: {said}");
}

#[test]
fn what_may_not_be_installed_is_told_by_another_code_than_what_does_not_start() {
    let all = [("there", THERE), ("absent", ABSENT), ("broken", BROKEN)];
    let here = Checkout::with("dev-codes", all);
    let said = here.services(&["up", "there", "absent"], 3);
    says(&said, "there is up, after");
    says(&said, "absent is left out");
    says(&here.services(&["status", "there"], 0), "there: up");
    let said = here.services(&["up", "absent", "broken"], 1);
    says(&said, "broken died");
    let env = here.services(&["env"], 0);
    assert!(env.starts_with("export TIDINGS_TEST_THERE=") && env.lines().count() == 1);
    let said = here.services(&["up", "nothing"], 2);
    says(&said, "there are: absent broken there");
}

#[test]
fn a_service_that_is_up_stays_and_comes_back_at_its_port() {
    let here = Checkout::with("dev-again", [("there", THERE)]);
    here.services(&["up", "there"], 0);
    let port = here.services(&["env", "there"], 0);
    assert_eq!(here.services(&["up", "there"], 0), "there is up\n");
    for ends in ["kill", "down"] {
        here.services(&[ends, "there"], 0);
        assert_eq!(here.services(&["status"], 0), "there: down\n");
        assert_eq!(here.services(&["env"], 0), "");
        says(&here.services(&["up"], 0), "there is up, after");
        assert_eq!(here.services(&["env"], 0), port);
    }
}

#[test]
fn what_is_left_out_is_shown_and_fails_in_ci() {
    let here = Checkout::with("dev-test", SERVICES.map(|name| (name, ABSENT)));
    for (part, names, is_ci) in [
        ("brokers", &SERVICES[..], false),
        ("brokers", &SERVICES[..], true),
        ("real", &REAL[..], false),
        ("real", &REAL[..], true),
    ] {
        let (code, status) = if is_ci { (1, "FAILED") } else { (0, "passed") };
        let (found, said) = here.run("dev/test", &[part], is_ci);
        assert_eq!(found, Some(code), "{said}");
        says(&said, status);
        for name in names {
            says(&said, &format!("{name} is left out: "));
            says(&said, &format!("{name} may not be installed here"));
        }
        assert!(
            !said.contains("cargo "),
            "nothing is there to be tested: {said}"
        );
    }
}

#[test]
fn a_broker_that_does_not_start_fails_and_what_is_there_is_tested() {
    let service = |name: &'static str| match name {
        "rabbitmq" => (name, BROKEN),
        "kafka" => (name, THERE),
        _ => (name, ABSENT),
    };
    let here = Checkout::with("dev-broken", SERVICES.map(service));
    let (code, said) = here.run("dev/test", &["brokers"], false);
    assert_eq!(code, Some(1), "{said}");
    says(&said, "rabbitmq died");
    says(&said, "cargo test --locked -p tidings-kafka");
    assert!(
        !said.contains("cargo test --locked -p tidings-rabbitmq --"),
        "{said}"
    );
    assert_eq!(here.services(&["status", "kafka"], 0), "kafka: down\n");
}

#[test]
fn what_is_there_is_tested_by_what_was_built_and_is_down_again_unless_it_was_up() {
    let service = |name: &'static str| (name, if name == "kafka" { THERE } else { ABSENT });
    let here = Checkout::with("dev-real", REAL.map(service));
    here.program("bin/cargo", PROGRAMS);
    here.program("brokers/kafka/Cargo.toml", "");
    here.program("bin/conformance", "#!/bin/sh\necho \"conformance $*\"\n");
    here.program("bin/cluster", "#!/bin/sh\necho cluster in $PWD\n");
    here.program(
        "target/debug/orders-service",
        "#!/bin/sh\ntrap 'exit 0' TERM\necho listening\nwhile :; do sleep 0.1; done\n",
    );
    here.program(
        "target/debug/orders-client",
        "#!/bin/sh\necho \"orders at $TIDINGS_URL\"\n",
    );
    let kafka = THERE.replace("TIDINGS_TEST_THERE=", "TIDINGS_TEST_KAFKA=kafka:");
    here.program("dev/services.d/kafka", &kafka);
    for was_up in [false, true] {
        if was_up {
            here.services(&["up", "kafka"], 0);
        }
        let (code, said) = here.run("dev/test", &["real"], false);
        assert_eq!(code, Some(0), "{said}");
        says(&said, "conformance --skip restarted");
        says(&said, "/brokers/kafka");
        says(&said, "orders at kafka:");
        says(&said, "left out: postgres may not be installed here");
        let status = here.services(&["status", "kafka"], 0);
        assert_eq!(status != "kafka: down\n", was_up, "{status}");
    }
    here.program("bin/cluster", "#!/bin/sh\nexit 1\n");
    let (code, said) = here.run("dev/test", &["real"], false);
    assert_eq!(code, Some(1), "{said}");
    says(&said, "orders at kafka:");
    here.program("bin/cargo", "#!/bin/sh\n");
    let (code, said) = here.run("dev/test", &["real"], false);
    assert_eq!(code, Some(1), "{said}");
    says(&said, "there is no test `conformance` in brokers/kafka");
}
