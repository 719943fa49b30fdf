//! Channels and keys that wait, and for how long.
use super::*;

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "publish", "")
}

/// Of a channel by that name, without anything.
fn nothing(channel: &str) -> Outcome {
    Outcome {
        channel: channel.to_owned(),
        ..Outcome::default()
    }
}

/// A message of that key that fails with that.
fn fails(channel: &str, key: Option<&str>, error: Error) -> Outcome {
    let mut outcome = nothing(channel);
    outcome.failed.push(Failed {
        key: key.map(|key| Bytes::from(key.to_owned())),
        ..Failed::of_all(error)
    });
    outcome
}

/// What is to be tried again in an hour.
fn in_an_hour() -> Error {
    busy().retry_after(HOUR)
}

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(1);

impl Places {
    fn took(&mut self, outcome: &Outcome, now: Instant) {
        self.ended(outcome, &Backoff::default(), now);
    }
}

#[tokio::test(start_paused = true)]
async fn channels_that_have_nothing_are_forgotten_and_those_that_wait_are_not() {
    let mut places = Places::default();
    let there = ["there", "also", "too"].map(str::to_owned);
    let now = Instant::now();
    let most = KNOWN + 2 * there.len();
    for channel in (4..most).map(|number| number.to_string()) {
        places.begin(&channel, 1, false);
        places.took(&nothing(&channel), now);
    }
    places.took(&fails("waits", None, in_an_hour()), now);
    places.took(&fails("key", Some("k"), in_an_hour()), now);
    let mut later = nothing("later");
    later.later = Some((SystemTime::now() + HOUR, Duration::ZERO));
    places.took(&later, now);
    places.begin("there", 1, false);
    places.tidy(&there, now);
    assert_eq!(places.count(), most, "they are not too many");
    places.begin("busy", 1, false);
    places.tidy(&there, now);
    assert_eq!(places.count(), 5);
    assert!(!places.is_free("waits", now) && !places.is_free("busy", now));
    assert_eq!(places.waiting("key", now).len(), 1);
    assert!(places.until_ms("later", now).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_went_through_fails_as_if_it_never_had() {
    let (mut places, backoff) = (Places::default(), Backoff::default());
    let fails = fails("q", Some("k"), busy());
    let passes = Outcome {
        passed: vec![Bytes::from_static(b"k")],
        ..nothing("q")
    };
    let now = Instant::now();
    let mut is_first = |outcome: &Outcome| places.ended(outcome, &backoff, now).is_some();
    let all = [&fails, &fails, &passes, &fails].map(&mut is_first);
    assert_eq!(all, [true, false, false, true]);
    assert_eq!(places.waiting("q", now).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_failed_waits_for_as_long_as_it_is_told_and_no_longer() {
    let (mut places, now) = (Places::default(), Instant::now());
    places.took(&fails("all", None, in_an_hour()), now);
    places.took(&fails("one", Some("k"), in_an_hour()), now);
    let (almost, then) = (now + HOUR - SOON, now + HOUR);
    assert!(!places.is_free("all", almost) && places.is_free("all", then));
    assert!(places.is_free("one", now));
    let waiting = [almost, then].map(|at| places.waiting("one", at).len());
    assert_eq!(waiting, [1, 0]);
    assert_eq!((places.due(now), places.due(then)), (Some(then), None));
    assert!(places.waits(almost) && !places.waits(then));
    assert!(places.failing(&[], almost).is_some() && places.failing(&[], then).is_none());
    let there = ["one".to_owned()];
    assert!(places.failing(&there, then).is_some(), "it is there still");
}

/// What is read then is all that there is beside those.
#[tokio::test(start_paused = true)]
async fn keys_that_wait_and_what_is_for_later_are_remembered_when_nothing_else_is_there() {
    let (mut places, now) = (Places::default(), Instant::now());
    places.took(&fails("key", Some("k"), in_an_hour()), now);
    let mut later = nothing("later");
    later.later = Some((SystemTime::now() + HOUR, Duration::ZERO));
    places.took(&later, now);
    for channel in ["key", "later", "neither"] {
        places.idle(channel, now + SOON);
    }
    assert_eq!(places.waiting("key", now + SOON).len(), 1);
    assert!(places.until_ms("later", now + SOON).is_some());
    let then = now + 2 * HOUR;
    assert!(places.until_ms("later", then).is_none());
    for channel in ["key", "later"] {
        places.idle(channel, then);
    }
    assert_eq!(places.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_keys_wait_by_themselves_and_with_one_more_all_of_the_channel() {
    let (mut places, now) = (Places::default(), Instant::now());
    let keys: Vec<_> = (0..=MOST_KEYS).map(|key| key.to_string()).collect();
    let (last, first) = keys.split_last().expect("there are some");
    for key in first {
        places.took(&fails("q", Some(key), in_an_hour()), now);
    }
    places.took(&fails("q", Some(&first[0]), in_an_hour()), now);
    assert!(places.is_free("q", now));
    assert_eq!(places.waiting("q", now).len(), MOST_KEYS);
    places.took(&fails("q", Some(last), in_an_hour()), now);
    assert!(!places.is_free("q", now));
    assert_eq!(places.waiting("q", now).len(), MOST_KEYS);
}

#[test]
fn few_rows_are_read_first_and_as_many_as_were_large_again() {
    let mut places = Places::default();
    assert_eq!((places.most("q", 1000), places.most("q", 9)), (FEW, 9));
    places.begin("q", FEW, false);
    assert_eq!((places.most("q", 1000), places.most("q", 9)), (4 * FEW, 9));
    places.begin("q", FEW, false);
    assert_eq!(places.most("q", 1000), 1000);
    places.begin("q", 7, true);
    assert_eq!(places.most("q", 1000), 7);
}

/// A reply that finds nobody.
fn reply(address: &str, expires: Option<SystemTime>) -> Outcome {
    let nobody = Error::new(ErrorKind::NotFound, "publish", "");
    let mut outcome = fails(address, None, nobody);
    outcome.for_replies = true;
    outcome.failed[0].message_id = Some("m".into());
    outcome.failed[0].expires = expires;
    outcome
}

#[tokio::test(start_paused = true)]
async fn a_reply_to_nobody_is_given_up_when_its_time_is_over() {
    let made = tidings::memory::inbox_address();
    let (mut places, now, day) = (Places::default(), Instant::now(), 24 * HOUR);
    let mut became = |address: &str, expires, after: Duration| {
        let mut outcome = reply(address, expires);
        places.begin(address, 1, false);
        places.overdue(&mut outcome, HOUR, now + after);
        [
            outcome.failed.len(),
            outcome.dropped.len(),
            outcome.parked.len(),
        ]
    };
    let [waits, dropped, parked] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    for address in ["shop.replies", &*made] {
        assert_eq!(became(address, None, Duration::ZERO), waits);
    }
    assert_eq!(became(&made, None, MADE - SOON), waits);
    assert_eq!(became(&made, None, MADE), dropped);
    assert_eq!(became("shop.replies", None, HOUR - SOON), waits);
    assert_eq!(became("shop.replies", None, HOUR), parked);
    let wall = SystemTime::now();
    assert_eq!(became("other.replies", Some(wall - HOUR), SOON), dropped);
    assert_eq!(became("other.replies", Some(wall + day), SOON), waits);
}

#[tokio::test(start_paused = true)]
async fn only_replies_that_find_nobody_are_given_up_and_those_that_found_somebody_begin_anew() {
    let (mut places, now) = (Places::default(), Instant::now());
    let mut left = |mut outcome: Outcome, after: Duration| {
        places.begin("shop.replies", 1, false);
        places.overdue(&mut outcome, HOUR, now + after);
        outcome.failed.len()
    };
    let none = || reply("shop.replies", None);
    assert_eq!(left(none(), Duration::ZERO), 1);
    assert_eq!(left(nothing("shop.replies"), HOUR - SOON), 0);
    assert_eq!(left(none(), HOUR), 1);
    let busy = || {
        let mut outcome = fails("shop.replies", None, busy());
        outcome.for_replies = true;
        outcome
    };
    assert_eq!(left(busy(), 3 * HOUR), 1);
    let no_reply = || Outcome {
        for_replies: false,
        ..none()
    };
    for after in [4 * HOUR, 6 * HOUR] {
        assert_eq!(left(no_reply(), after), 1);
    }
}

#[test]
fn addresses_of_one_who_asks_are_known() {
    let made = tidings::memory::inbox_address();
    for (address, is_made) in [
        (&*made, true),
        ("replies.0196f5b4-7b3c-7f50-8c5e-0242ac120002", true),
        ("amq.gen-JzTY20BRgKO", true),
        ("shop.replies", false),
        ("ü96f5b4-7b3c-7f50-8c5e-0242ac120002", false),
        ("", false),
    ] {
        assert_eq!(is_made_for_one(address), is_made, "{address}");
    }
}
