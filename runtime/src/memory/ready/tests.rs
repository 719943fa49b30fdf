use super::*;
use crate::Message;
use bytes::Bytes;
use std::{collections::HashMap, sync::Arc};

fn entry(sequence: u64, key: Option<&'static str>) -> Entry {
    let mut message = Message::new("");
    message.key = key.map(Bytes::from);
    Entry::new(Arc::new(message), sequence, 0)
}

fn key(entry: &Entry) -> Option<&Bytes> {
    entry.message.key.as_ref()
}

fn one(ready: &mut Ready, consumer: Consumer) -> Option<Entry> {
    ready.take(consumer, None)
}

fn taken(ready: &mut Ready, consumer: Consumer) -> Vec<u64> {
    std::iter::from_fn(|| one(ready, consumer))
        .map(|entry| entry.sequence)
        .collect()
}

#[test]
fn a_key_stays_with_who_holds_it() {
    let mut ready = Ready::default();
    for (sequence, key) in [(1, Some("a")), (2, Some("b")), (3, Some("a")), (4, None)] {
        ready.add(entry(sequence, key));
    }
    let first = one(&mut ready, 1).expect("one is ready");
    assert_eq!(taken(&mut ready, 2), [2, 4]);
    ready.add(entry(5, Some("a")));
    assert!(taken(&mut ready, 2).is_empty());
    let (third, fifth) = (
        one(&mut ready, 1).expect("3"),
        one(&mut ready, 1).expect("5"),
    );
    assert_eq!((third.sequence, fifth.sequence), (3, 5));
    ready.settled(&first);
    ready.add(entry(6, Some("a")));
    assert!(taken(&mut ready, 2).is_empty(), "3 and 5 are still out");
    ready.settled(&third);
    ready.settled(&fifth);
    assert_eq!(taken(&mut ready, 2), [6]);
}

#[test]
fn what_comes_back_goes_out_at_its_place() {
    let mut ready = Ready::default();
    (1..=4).for_each(|sequence| ready.add(entry(sequence, Some("a"))));
    let (one, two) = (
        one(&mut ready, 1).expect("1"),
        one(&mut ready, 1).expect("2"),
    );
    ready.put_back(two);
    ready.put_back(one);
    assert_eq!(taken(&mut ready, 2), [1, 2, 3, 4]);
}

#[test]
fn what_waits_for_its_time_holds_back_its_key_only() {
    let mut ready = Ready::default();
    for (sequence, key) in [(1, Some("a")), (2, Some("a")), (3, Some("b")), (4, None)] {
        ready.add(entry(sequence, key));
    }
    let one = one(&mut ready, 1).expect("1");
    ready.pause(&one);
    assert_eq!(taken(&mut ready, 1), [3, 4]);
    ready.resume(one);
    assert_eq!(taken(&mut ready, 2), [1, 2]);
}

#[test]
fn of_a_key_no_more_goes_out_than_its_consumer_may_have() {
    let mut ready = Ready::default();
    (1..=5).for_each(|sequence| ready.add(entry(sequence, Some("a"))));
    ready.add(entry(6, Some("b")));
    let most = Some(PerKey::new(2, usize::MAX));
    let out: Vec<_> = std::iter::from_fn(|| ready.take(1, most)).collect();
    let told: Vec<_> = out.iter().map(|out| (out.sequence, out.leads)).collect();
    assert_eq!(told, [(1, true), (2, false), (6, true)]);
    assert!(taken(&mut ready, 2).is_empty(), "the key is held");
    assert!(!ready.settled(&out[0]), "2 is still out");
    let three = ready.take(1, most).expect("there is room for one");
    assert_eq!((three.sequence, three.leads), (3, false));
    assert!(!ready.settled(&out[1]));
    assert!(ready.settled(&three), "none of it is out");
    assert_eq!(taken(&mut ready, 2), [4, 5]);
}

#[test]
fn one_message_of_a_key_may_be_out_however_large_it_is() {
    let mut ready = Ready::default();
    let mut large = |sequence| {
        let mut entry = entry(sequence, Some("a"));
        entry.size = 1000;
        ready.add(entry);
    };
    (1..=2).for_each(&mut large);
    let most = Some(PerKey::new(10, 10));
    let first = ready.take(1, most).expect("one may go");
    assert!(ready.take(1, most).is_none());
    ready.settled(&first);
    assert!(ready.take(1, most).is_some());
}

/// One consumer holds what it has taken, and gets all in order whichever of it is settled meanwhile.
#[test]
fn what_comes_of_held_keys_has_its_place_among_all() {
    let keys = [Some("a"), None, Some("b"), Some("c"), Some("b")];
    for every in 1..20_usize {
        let (mut ready, mut out, mut order) = (Ready::default(), Vec::new(), Vec::new());
        for sequence in 0..500_usize {
            let key = keys[sequence * sequence % 7 % keys.len()];
            ready.add(entry(sequence as u64, key));
        }
        while let Some(entry) = one(&mut ready, 1) {
            order.push(entry.sequence);
            out.push(entry);
            if order.len() % every == 0 {
                ready.settled(&out.swap_remove(out.len() / 2));
            }
        }
        assert_eq!(order, (0..500).collect::<Vec<_>>(), "every {every}");
    }
}

#[test]
fn nothing_is_left_of_what_is_done() {
    let mut ready = Ready::default();
    for round in 0..100 {
        ready.add(entry(round, Some("a")));
        let entry = one(&mut ready, round).expect("one");
        ready.settled(&entry);
        ready.forget(round);
    }
    assert!(ready.held.is_empty() && ready.free.len() == 0);
}

#[test]
fn keys_that_come_no_more_are_forgotten() {
    let mut ready = Ready::default();
    let count = 4 * EMPTIED as u64;
    let keyed = |sequence: u64| {
        let mut message = Message::new("");
        // Every other is of the same.
        let key = if sequence.is_multiple_of(2) {
            0
        } else {
            sequence
        };
        message.key = Some(key.to_string().into());
        Entry::new(Arc::new(message), sequence, 0)
    };
    for sequence in 0..count {
        ready.add(keyed(sequence));
        let entry = one(&mut ready, 1).expect("it may go");
        assert_eq!(entry.sequence, sequence);
        ready.settled(&entry);
        assert!(ready.lanes.len() <= EMPTIED && ready.emptied.len() <= EMPTIED);
    }
    assert!(ready.lanes.len() == EMPTIED && ready.spare.len() <= SPARE);
    (count..count + 9).for_each(|sequence| ready.add(keyed(sequence)));
    assert_eq!(taken(&mut ready, 1), (count..count + 9).collect::<Vec<_>>());
}

/// One that takes nothing any more, while the oldest of its keys make room for others.
#[test]
fn heads_that_have_gone_take_no_more_room_than_keys_there_are() {
    let mut ready = Ready::default();
    let keys: Vec<_> = (0..500_u64).map(|key| key.to_string()).collect();
    let keyed = |sequence: u64, key: u64| {
        let mut message = Message::new("");
        message.key = Some(keys[usize::try_from(key).unwrap_or(0)].clone().into());
        Entry::new(Arc::new(message), sequence, 0)
    };
    (0..500).for_each(|key| ready.add(keyed(key, key)));
    assert_eq!(taken(&mut ready, 1).len(), 500, "it has one of each key");
    (500..1000).for_each(|at| ready.add(keyed(at, at - 500)));
    let room = |ready: &Ready| {
        let held = ready.held.iter().map(|(_, held)| held);
        held.map(|held| (held.heads.len(), held.later.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(room(&ready), [(0, 500)], "none is looked at");
    for at in 1000..1500 {
        assert!(ready.drop_oldest().is_some());
        ready.add(keyed(at, at - 1000));
    }
    assert_eq!(room(&ready), [(0, 1000)], "half of them have gone");
    for at in 1500..10_000 {
        assert!(ready.drop_oldest().is_some());
        ready.add(keyed(at, at % 500));
        let [(sorted, later)] = room(&ready)[..] else {
            panic!("there is one consumer");
        };
        assert!(sorted + later <= 2 * 500 + FEW + 1);
    }
    assert_eq!(taken(&mut ready, 1).len(), 500);
}

/// Two consumers, five keys, every kind of settlement in a seeded order: within a key the first deliveries are in order,
/// and never out with both.
#[test]
fn keys_keep_their_order_under_competing_consumers() {
    for seed in 0..200_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let keys = ["a", "b", "c", "d", "e"];
        let mut ready = Ready::default();
        (0..200).for_each(|sequence| {
            ready.add(entry(
                sequence,
                Some(keys[usize::try_from(random(5)).unwrap_or(0)]),
            ));
        });
        let mut out: [Vec<Entry>; 2] = [Vec::new(), Vec::new()];
        let mut paused = Vec::new();
        let mut done: HashMap<Bytes, Vec<u64>> = HashMap::new();
        let mut count = 0;
        while count < 200 {
            let who = usize::try_from(random(2)).unwrap_or(0);
            match random(5) {
                0 | 1 => out[who].extend(one(&mut ready, who as u64)),
                2 if !out[who].is_empty() => {
                    let entry = out[who].remove(0);
                    let key = key(&entry).expect("all have keys").clone();
                    done.entry(key).or_default().push(entry.sequence);
                    count += 1;
                    ready.settled(&entry);
                }
                // A worker gives back all that it holds of a key, the last one first.
                3 if !out[who].is_empty() => {
                    let held = key(&out[who][0]).cloned();
                    let (back, kept) = std::mem::take(&mut out[who])
                        .into_iter()
                        .partition::<Vec<_>, _>(|entry| key(entry) == held.as_ref());
                    out[who] = kept;
                    for entry in back.into_iter().rev() {
                        if random(2) == 0 {
                            ready.pause(&entry);
                            paused.push(entry);
                        } else {
                            ready.put_back(entry);
                        }
                    }
                }
                _ => paused.drain(..).for_each(|entry| ready.resume(entry)),
            }
            let held = |who: usize| out[who].iter().filter_map(key).collect::<Vec<_>>();
            assert!(
                held(0).iter().all(|key| !held(1).contains(key)),
                "seed {seed}"
            );
        }
        for order in done.values() {
            assert!(order.is_sorted(), "seed {seed}: {order:?}");
        }
    }
}
