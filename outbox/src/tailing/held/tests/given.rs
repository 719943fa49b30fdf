//! What is given, and let go.
use super::*;

#[test]
fn what_the_log_brings_is_given_until_it_is_let_go() {
    let mut held = empty();
    assert!(held.brings(1, "q", 20) && held.brings(2, "q", 21) && held.brings(3, "r", 22));
    assert_eq!(held.ids("q"), Some(vec![1, 2]));
    assert_eq!(held.ids("q"), Some(vec![1, 2]), "they were not published");
    assert_eq!(held.progress.position(), 0);
    assert_eq!(held.lets_go("q", &[1]), HashMap::from([(1, 20)]));
    assert_eq!(held.progress.position(), 201);
    assert_eq!(held.ids("q"), Some(vec![2]));
    held.lets_go("q", &[2]);
    assert_eq!(
        (held.ids("q"), held.channels(9)),
        (Some(vec![]), vec!["r".to_owned()])
    );
    held.ids("r");
    held.lets_go("r", &[3]);
    assert_eq!(held.progress.position(), 221);
    assert_eq!((held.rows, held.bytes), (0, 0));
}

#[test]
fn what_is_parked_after_what_was_published_is_known_by_its_transaction_too() {
    let mut held = empty();
    assert!(held.brings(1, "q", 20) && held.brings(2, "q", 21));
    held.ids("q");
    assert_eq!(held.lets_go("q", &[2]), HashMap::from([(2, 21)]));
    assert_eq!(held.lets_go("q", &[1]), HashMap::from([(1, 20)]));
    assert_eq!(held.rows, 0);
}

/// As where the table is truncated, and its numbers begin again.
#[test]
fn a_number_that_is_used_again_is_another_row() {
    let mut held = empty();
    held.brings(1, "q", 20);
    held.ids("q");
    held.brings(1, "q", 30);
    held.lets_go("q", &[1]);
    assert_eq!((held.ids("q"), held.rows), (Some(vec![1]), 1));
    held.brings(1, "q", 40);
    assert_eq!(held.ids("q"), None, "the table has the one that counts");
    held.read_of_table("q", "50:50:", 500, &[1], true);
    held.brings(1, "q", 50);
    held.lets_go("q", &[1]);
    assert_eq!(held.ids("q"), Some(vec![1]));
}

#[test]
fn keys_that_wait_are_passed_over_and_what_is_behind_them_let_go() {
    let mut held = empty();
    held.brings(1, "q", 20);
    let (found, layout, row) = sample(2, "q", "other");
    let transaction = Transaction {
        number: 21,
        position: 210,
    };
    held.came(found, &Arc::new(layout), row, transaction);
    let (mut what, bad) = (Read::new("q", 100), [b"k".to_vec()]);
    what.without = &bad;
    let rows = held.read(what).unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
    held.lets_go("q", &[2]);
    assert_eq!((held.rows, held.ids("q")), (1, Some(vec![1])));
}

#[test]
fn no_more_is_given_than_was_asked_for() {
    let mut held = empty();
    for id in 1..6 {
        held.brings(id, "q", 20);
    }
    for (most, bytes, expected) in [(2, usize::MAX, 2), (9, 1, 1), (9, usize::MAX, 5)] {
        let mut what = Read::new("q", most);
        what.bytes = bytes;
        assert_eq!(held.read(what).unwrap().len(), expected, "{most} {bytes}");
    }
}
