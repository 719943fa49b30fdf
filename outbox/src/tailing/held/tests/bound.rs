//! What is too much, or waits for too long.
use super::*;

#[test]
fn what_has_the_most_is_left_to_the_table_where_there_is_too_much() {
    let mut held = empty();
    held.brings(1, "r", 20);
    for id in 2..12 {
        held.brings(id, "q", 21);
    }
    assert_eq!(held.rows, 1);
    assert_eq!((held.ids("r"), held.ids("q")), (Some(vec![1]), None));
    held.lets_go("r", &[1]);
    assert_eq!(held.progress.position(), 211, "the log is let go");
    let mut held = Held::new(
        Limits {
            bytes: 500,
            ..limits()
        },
        snapshot("10:10:"),
        Vec::new(),
    );
    for id in 0..9 {
        held.brings(id, "q", 20);
    }
    assert!(held.ids("q").is_none() && held.bytes == 0);
}

#[test]
fn there_is_room_for_more_while_half_of_it_is_held() {
    let size = super::super::place::ROW + sample(1, "q", "k").2.len();
    let of = |rows, bytes| {
        let limits = Limits {
            rows,
            bytes,
            ..limits()
        };
        let mut held = Held::new(limits, snapshot("10:10:"), Vec::new());
        for id in 1..4 {
            held.brings(id, "q", 20);
        }
        assert_eq!((held.rows, held.bytes), (3, 3 * size));
        held.has_room()
    };
    let room = [(8, 8 * size), (6, 8 * size), (8, 6 * size), (3, 3 * size)];
    assert_eq!(
        room.map(|(rows, bytes)| of(rows, bytes)),
        [true, false, false, false]
    );
}

/// Each of which has one row, and all of which are gone through each time.
#[test]
fn of_many_channels_half_are_left_at_a_time() {
    const ROWS: usize = 1000;
    let limits = Limits {
        rows: ROWS,
        ..limits()
    };
    let mut held = Held::new(limits, snapshot("10:10:"), Vec::new());
    let mut times = 0;
    for id in 0..10_000 {
        let before = held.rows;
        held.brings(id, &id.to_string(), 20);
        times += usize::from(held.rows <= before);
        assert!(held.rows <= ROWS);
    }
    assert!((1..=10_000 / (ROWS / 2)).contains(&times), "{times}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_long_is_left_to_the_table() {
    let mut held = empty();
    held.brings(1, "q", 20);
    tokio::time::advance(Duration::from_secs(6)).await;
    held.brings(2, "r", 21);
    held.leave_late();
    assert_eq!(held.ids("q"), Some(vec![1]));
    tokio::time::advance(Duration::from_secs(6)).await;
    held.leave_late();
    assert_eq!((held.ids("q"), held.ids("r")), (None, Some(vec![2])));
    held.lets_go("q", &[1]);
    assert_eq!(held.progress.position(), 201);
    held.read_of_table("q", "22:22:", 300, &[], true);
    assert_eq!(held.ids("q"), Some(vec![]));
}
