//! `tidings outbox`.
use crate::support::{Place, repository};

#[test]
fn the_tables_are_printed_as_they_stand() {
    for (database, file) in [
        ("postgres", "postgres"),
        ("mysql", "mysql"),
        ("mariadb", "mysql"),
        ("sqlite", "sqlite"),
    ] {
        let run = Place::new().run(&["outbox", "schema", "--db", database]);
        assert_eq!((run.code, &*run.err), (0, ""));
        let file = repository().join(format!("outbox/schema/{file}.sql"));
        assert_eq!(run.out, std::fs::read_to_string(file).expect("the tables"));
    }
}

#[test]
fn an_unknown_database_is_told_with_those_that_are_known() {
    let run = Place::new().run(&["outbox", "schema", "--db", "oracle"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("postgres, mysql, sqlite"), "{}", run.err);
}

/// What asks the database is the work of a program that is found beside this one, or by `PATH`.
#[cfg(unix)]
mod handed_on {
    use super::Place;
    use std::{
        os::unix::fs::PermissionsExt,
        path::{Path, PathBuf},
        process::{Command, Output},
    };

    /// This program in a folder where nothing is beside it.
    fn alone(place: &Place) -> PathBuf {
        let (here, folder) = (
            Path::new(env!("CARGO_BIN_EXE_tidings")),
            place.path().join("bin"),
        );
        std::fs::create_dir(&folder).expect("a folder");
        let program = folder.join("tidings");
        let linked = std::fs::hard_link(here, &program);
        linked
            .or_else(|_| std::fs::copy(here, &program).map(drop))
            .expect("a program");
        program
    }

    fn relay(folder: &Path, says: &str) {
        let file = folder.join("tidings-relay");
        let script = format!("#!/bin/sh\necho {says} \"$@\"\nexit 1\n");
        std::fs::write(&file, script).expect("a script");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("allowed");
    }

    fn run(program: &Path, path: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.env("PATH", path).arg("outbox").args(args);
        command.output().expect("it runs")
    }

    #[test]
    fn to_the_relay_as_it_stands() {
        let place = Place::new();
        let program = alone(&place);
        let (beside, elsewhere) = (place.path().join("bin"), place.path().join("elsewhere"));
        std::fs::create_dir(&elsewhere).expect("a folder");

        let output = run(&program, &elsewhere, &["list"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains("needs the program `tidings-relay`"), "{err}");
        assert!(err.contains("cargo install --locked --path relay"), "{err}");

        relay(&elsewhere, "by path");
        let output = run(
            &program,
            &elsewhere,
            &["drop", "--all", "--help", "-y", "7"],
        );
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said, "by path outbox drop --all --help -y 7\n");
        assert_eq!(output.status.code(), Some(1));

        relay(&beside, "beside");
        let output = run(&program, &elsewhere, &["replay"]);
        assert_eq!(output.stdout, b"beside outbox replay\n");
    }
}
