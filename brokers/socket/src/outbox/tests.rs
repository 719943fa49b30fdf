//! Whatever is cut and whenever, each frame arrives once, in order.
use super::*;
use std::sync::Arc;
use tokio::time::timeout;

fn frame(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// What is there to be written now.
async fn taken(outbox: &Outbox, bytes: usize) -> VecDeque<Bytes> {
    let mut batch = VecDeque::new();
    tokio::select! {
        biased;
        _ = outbox.take(&mut batch, bytes) => {}
        () = std::future::ready(()) => {}
    }
    batch
}

/// A generator of numbers that are the same for a seed.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[tokio::test]
async fn every_frame_arrives_once_and_in_order_over_any_number_of_connections() {
    for seed in 0..300 {
        let mut random = random(seed);
        let outbox = Outbox::default();
        outbox.begin(std::iter::empty());
        let (mut pushed, mut arrived) = (0, Vec::new());
        while arrived.len() < 100 {
            match random(6) {
                0 | 1 if pushed < 100 => {
                    assert_eq!(outbox.push(frame(pushed)), Some(pushed), "seed {seed}");
                    pushed += 1;
                }
                2 | 3 => {
                    // The connection may be cut behind any of them.
                    let batch = taken(&outbox, 1 + usize::try_from(random(64)).unwrap()).await;
                    let get_through = usize::try_from(random(9)).unwrap();
                    let is_cut = get_through < batch.len();
                    arrived.extend(batch.into_iter().take(get_through));
                    if is_cut {
                        outbox.lost();
                        assert!(taken(&outbox, 64).await.is_empty());
                        assert!(outbox.resume(arrived.len() as u64), "seed {seed}");
                    }
                }
                4 => outbox.received(arrived.len() as u64).unwrap(),
                _ => {}
            }
        }
        let expected: Vec<_> = (0..100).map(frame).collect();
        assert_eq!(arrived, expected, "seed {seed}");
        outbox.received(100).unwrap();
        assert!(outbox.is_empty());
        let inner = outbox.inner();
        assert_eq!((inner.written_bytes, inner.unwritten_bytes), (0, 0));
    }
}

#[tokio::test]
async fn a_count_that_cannot_be_is_refused() {
    let outbox = Outbox::default();
    outbox.begin((0..4).map(frame));
    taken(&outbox, 16).await;
    assert!(outbox.received(3).is_err(), "2 were written");
    outbox.received(2).unwrap();
    outbox.received(1).unwrap();
    outbox.lost();
    assert!(!outbox.resume(1), "it has 2 by its own word");
    assert!(!outbox.resume(5), "there are 4");
    assert!(outbox.resume(3));
    assert_eq!(taken(&outbox, 64).await, [frame(3)]);
}

#[tokio::test]
async fn what_was_never_written_is_known_not_to_have_been_sent() {
    let outbox = Outbox::default();
    outbox.begin((0..3).map(frame));
    taken(&outbox, 8).await;
    assert!(!outbox.replace(0, frame(9)), "it may have arrived");
    assert!(outbox.replace(1, frame(9)));
    outbox.lost();
    assert!(outbox.resume(0));
    assert!(outbox.replace(0, frame(8)), "now it is known not to have");
    assert_eq!(taken(&outbox, 64).await, [frame(8), frame(9), frame(2)]);
    outbox.received(3).unwrap();
    assert!(!outbox.replace(2, frame(9)), "it has arrived");
}

#[tokio::test]
async fn who_does_not_tell_what_has_arrived_is_sent_no_more_and_signs_still_go() {
    let outbox = Outbox::default();
    let large = Bytes::from(vec![0; 1 << 20]);
    let count = UNTOLD / large.len() + 5;
    outbox.begin(std::iter::repeat_n(large, count));
    assert_eq!(taken(&outbox, usize::MAX).await.len(), count - 5);
    assert!(taken(&outbox, usize::MAX).await.is_empty());
    outbox.show(frame(1));
    outbox.show(frame(2));
    assert_eq!(taken(&outbox, usize::MAX).await, [frame(2)]);
    outbox.received(5).unwrap();
    assert_eq!(taken(&outbox, usize::MAX).await.len(), 5);
}

#[tokio::test]
async fn deliveries_wait_for_a_connection_and_for_room() {
    let soon = Duration::from_millis(20);
    let outbox = Outbox::default();
    assert!(timeout(soon, outbox.has_room()).await.is_err());
    outbox.begin(std::iter::empty());
    outbox.has_room().await;
    outbox.push(Bytes::from(vec![0; ROOM]));
    taken(&outbox, usize::MAX).await;
    assert!(timeout(soon, outbox.has_room()).await.is_err());
    outbox.received(1).unwrap();
    outbox.has_room().await;
    outbox.lost();
    assert!(timeout(soon, outbox.has_room()).await.is_err());
}

/// Takes at most so many bytes at a time, and not always any.
struct Narrow {
    taken: Mutex<Vec<u8>>,
    room: Mutex<usize>,
}

impl Writer for Narrow {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> std::io::Result<usize> {
        let mut room = self.room.lock().unwrap();
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
        let count = bytes.len().min(*room);
        *room -= count;
        self.taken.lock().unwrap().extend(&bytes[..count]);
        match count {
            0 => Err(std::io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }

    fn writable(&self) -> tidings::BoxFuture<'_, std::io::Result<()>> {
        unreachable!("nobody waits here")
    }
}

#[tokio::test]
async fn what_is_written_at_once_stands_in_its_place_however_much_of_it_was() {
    for seed in 0..300 {
        let mut random = random(seed);
        let narrow = Arc::new(Narrow {
            taken: Mutex::default(),
            room: Mutex::default(),
        });
        let outbox = Outbox::default();
        outbox.begin(std::iter::empty());
        outbox.direct(narrow.clone());
        let mut pushed = 0;
        while pushed < 60 {
            *narrow.room.lock().unwrap() = usize::try_from(random(20)).unwrap();
            match random(3) {
                0 => {
                    outbox.push(frame(pushed));
                    pushed += 1;
                }
                1 => {
                    outbox.push_now(frame(pushed));
                    pushed += 1;
                }
                _ => {
                    let batch = taken(&outbox, 32).await;
                    let mut taken = narrow.taken.lock().unwrap();
                    batch.iter().for_each(|frame| taken.extend(frame));
                }
            }
        }
        // The first look notes that nobody writes any more.
        loop {
            let batch = taken(&outbox, 1 << 20).await;
            if batch.is_empty() {
                break;
            }
            let mut taken = narrow.taken.lock().unwrap();
            batch.iter().for_each(|frame| taken.extend(frame));
        }
        let expected: Vec<u8> = (0..60).flat_map(|number| frame(number).to_vec()).collect();
        assert_eq!(*narrow.taken.lock().unwrap(), expected, "seed {seed}");
        let inner = outbox.inner();
        assert_eq!((inner.written_bytes, inner.unwritten_bytes), (480, 0));
    }
}

#[tokio::test]
async fn what_was_written_in_part_may_have_arrived_and_is_written_whole_again() {
    let narrow = Arc::new(Narrow {
        taken: Mutex::default(),
        room: Mutex::new(3),
    });
    let outbox = Outbox::default();
    outbox.begin(std::iter::empty());
    outbox.direct(narrow.clone());
    let number = outbox.push_now(frame(1)).unwrap();
    assert!(!outbox.replace(number, frame(9)));
    outbox.lost();
    assert!(outbox.resume(0));
    assert_eq!(taken(&outbox, 64).await, [frame(1)]);
}
