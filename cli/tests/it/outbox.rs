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
