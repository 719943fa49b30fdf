//! Channels of the table.
use super::{super::place::PAUSE, *};
use tokio::time::Instant;

#[test]
fn what_was_seen_when_the_table_had_nothing_of_it_was_published() {
    let mut held = Held::new(limits(), snapshot("10:20:15"), Vec::new());
    assert!(!held.brings(1, "q", 9), "position 90");
    assert!(
        held.brings(2, "q", 20),
        "position 200, beyond what was seen"
    );
    let mut held = Held::new(
        limits(),
        Snapshot::read("10:20:15", 1000).unwrap(),
        Vec::new(),
    );
    assert!(held.brings(1, "q", 15) && !held.brings(2, "q", 16) && held.brings(3, "q", 20));
    assert_eq!(held.ids("q"), Some(vec![1, 3]));
}

#[test]
fn a_channel_of_the_table_is_taken_from_the_log_where_its_reading_ended() {
    let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
    assert_eq!(held.ids("q"), None, "the table is to be read");
    assert!(!held.brings(5, "q", 20));
    assert_eq!(held.progress.position(), 201, "it is in the table");
    held.read_of_table("q", "21:21:", 300, &[4, 5], false);
    assert_eq!(held.ids("q"), None, "there was more");
    held.read_of_table("q", "20:21:20", 300, &[4], true);
    assert_eq!(held.ids("q"), None, "5 is not seen yet");
    held.read_of_table("q", "22:24:22", 300, &[5, 6], true);
    assert!(!held.brings(6, "q", 21), "it is one of those read");
    assert!(held.brings(7, "q", 22) && !held.brings(8, "q", 23) && held.brings(9, "q", 24));
    held.lets_go("q", &[5, 6]);
    assert_eq!(held.ids("q"), Some(vec![7, 9]));
}

#[test]
fn where_the_last_of_the_table_is_not_published_it_is_read_again() {
    let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
    held.read_of_table("q", "20:20:", 150, &[1, 2], true);
    assert!(held.brings(3, "q", 20));
    held.lets_go("q", &[1]);
    assert_eq!(held.channels(9), ["q"]);
    assert_eq!((held.ids("q"), held.rows), (None, 0));
    held.read_of_table("q", "20:21:20", 300, &[2], true);
    assert_eq!(held.ids("q"), None, "3 is not seen yet");
    held.read_of_table("q", "21:21:", 300, &[2, 3], true);
    held.lets_go("q", &[2, 3]);
    assert_eq!(held.ids("q"), Some(vec![]));
}

#[test]
fn a_channel_that_gives_nothing_is_left_alone_for_a_while() {
    let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
    assert_eq!((held.channels(9), held.due()), (vec!["q".to_owned()], None));
    held.read_of_table("q", "10:10:", 100, &[], false);
    assert_eq!(held.channels(9), [""; 0]);
    assert!(held.due().is_some());
}

/// As where a key waits, whose messages are left out.
#[tokio::test(start_paused = true)]
async fn a_channel_that_gives_nothing_again_and_again_is_read_once_a_second_until_the_log_tells_of_more()
 {
    let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
    let end = Instant::now() + Duration::from_secs(60);
    let mut reads = 0;
    while Instant::now() < end {
        held.read_of_table("q", "10:10:", 100, &[], false);
        reads += 1;
        assert_eq!(held.channels(9), [""; 0]);
        tokio::time::sleep_until(held.due().unwrap()).await;
        assert_eq!(held.channels(9), ["q"]);
    }
    assert!(reads < 70, "{reads}");
    held.read_of_table("q", "10:10:", 100, &[], false);
    assert!(held.brings(2, "q", 20), "it is to be read at once");
    assert_eq!((held.channels(9), held.due()), (vec!["q".to_owned()], None));
    assert!(!held.brings(3, "q", 21), "it is anyway");
    held.read_of_table("q", "10:10:", 100, &[], false);
    assert!(held.due().unwrap() <= Instant::now() + PAUSE);
}

#[test]
fn channels_without_anything_are_forgotten() {
    let mut held = Held::new(
        limits(),
        snapshot("10:10:"),
        vec!["q".to_owned(), "r".to_owned()],
    );
    held.brings(5, "r", 30);
    held.read_of_table("q", "20:20:", 200, &[1], true);
    held.lets_go("q", &[1]);
    held.passed(200, &snapshot("31:31:"));
    assert_eq!(held.places.len(), 2, "the log may bring what was seen");
    held.passed(201, &snapshot("31:31:"));
    assert_eq!(held.places.keys().collect::<Vec<_>>(), ["r"]);
    held.read_of_table("r", "31:31:", 400, &[5], true);
    assert!(held.places["r"].table.is_none());
}
