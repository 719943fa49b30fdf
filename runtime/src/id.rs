//! The identity of a message: ours, or whatever a foreign producer gave it.
use crate::Str;
use std::{
    cell::Cell,
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Identity of a message, the same on every redelivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MessageId {
    /// As this runtime makes them (version 7, which grows with time), and many others do.
    Uuid(Uuid),
    /// Any other text, as it came.
    Text(Str),
}

impl MessageId {
    /// A fresh one.
    #[must_use]
    pub fn fresh() -> Self {
        Self::Uuid(fresh())
    }
}

impl MessageId {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> Str {
        match self {
            Self::Uuid(id) => (&*id.hyphenated().encode_lower(&mut Uuid::encode_buffer())).into(),
            Self::Text(id) => id.clone(),
        }
    }
}

thread_local! {
    /// The random part of the next id of this thread, and when it was drawn, in milliseconds; never yet at first, whatever
    /// the clock says.
    static NEXT: Cell<(u128, u64)> = const { Cell::new((0, u64::MAX)) };
}

thread_local! {
    /// Whether ids are made in vain.
    static IN_VAIN: Cell<bool> = const { Cell::new(false) };
}

/// Makes messages that are given their ids later: until then they all have the same.
pub(crate) fn without_ids<T>(make: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IN_VAIN.set(self.0);
        }
    }
    let _before = Before(IN_VAIN.replace(true));
    make()
}

/// A UUID of version 7: the time in milliseconds, then 74 random bits that are drawn anew every second of a thread and grow by
/// one in between, as the "monotonic random" method of RFC 9562, 6.2, has it.
fn fresh() -> Uuid {
    if IN_VAIN.get() {
        return Uuid::nil();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| {
        now.as_secs() * 1000 + u64::from(now.subsec_millis())
    });
    let (mut random, mut drawn) = NEXT.get();
    if now.abs_diff(drawn) >= 1000 {
        (random, drawn) = (Uuid::new_v4().as_u128(), now);
    }
    NEXT.set((random.wrapping_add(1), drawn));
    let low = u64::try_from(random & u128::from(u64::MAX >> 2)).unwrap_or_default();
    let high = u16::try_from(random >> 116).unwrap_or_default();
    let time = u128::from(now & (u64::MAX >> 16)) << 80;
    let version = u128::from(0x7000 | high) << 64;
    Uuid::from_u128(time | version | u128::from(low) | 1 << 63)
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(id) => id.fmt(f),
            Self::Text(id) => f.write_str(id),
        }
    }
}

impl From<Uuid> for MessageId {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}

impl From<&str> for MessageId {
    /// A text that is a UUID in its usual form becomes one, so that an id which travelled as text is equal to itself.
    fn from(id: &str) -> Self {
        match Uuid::try_parse(id) {
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == id => {
                Self::Uuid(uuid)
            }
            _ => Self::Text(id.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ones_are_of_version_7_grow_and_differ() {
        let all = || (0..10_000).map(|_| fresh()).collect::<Vec<_>>();
        let (here, there) = (all(), std::thread::spawn(all).join().expect("no panic"));
        assert!(here.is_sorted() && there.is_sorted());
        let both: std::collections::HashSet<_> = here.iter().chain(&there).collect();
        assert_eq!(both.len(), 20_000);
        for id in both {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            let (seconds, _) = id.get_timestamp().expect("it has a time").to_unix();
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .expect("it is later");
            assert!(now.as_secs().abs_diff(seconds) < 60);
        }
    }

    #[test]
    fn threads_begin_anywhere_and_count_on() {
        // The part that is no time.
        let random = |id: Uuid| id.as_u128() & (u128::from(u64::MAX) << 16 | 0xffff);
        let two = move || [random(fresh()), random(fresh())];
        let threads = [(); 3].map(|()| std::thread::spawn(two).join().expect("no panic"));
        // Where a second passes between, it is drawn anew.
        assert!(threads.iter().any(|[first, next]| *next == first + 1));
        let firsts: std::collections::HashSet<_> = threads.iter().map(|[first, _]| first).collect();
        assert_eq!(firsts.len(), 3);
    }

    #[test]
    fn none_is_drawn_for_what_is_given_one_later() {
        let made = without_ids(|| [fresh(), without_ids(fresh), fresh()]);
        assert_eq!(made, [Uuid::nil(); 3]);
        assert_ne!(fresh(), Uuid::nil());
        let panicked = std::panic::catch_unwind(|| without_ids(|| panic!("on purpose")));
        assert!(panicked.is_err() && fresh() != Uuid::nil());
    }

    #[test]
    fn an_id_that_travelled_as_text_is_equal_to_itself() {
        let fresh = MessageId::fresh();
        assert_eq!(MessageId::from(&*fresh.to_string()), fresh);
        for foreign in [
            "",
            "42",
            "{0190a0a0-0000-7000-8000-000000000000}",
            "0190A0A0-0000-7000-8000-000000000000",
        ] {
            let id = MessageId::from(foreign);
            assert_eq!(id, MessageId::Text(foreign.into()));
            assert_eq!(id.to_string(), foreign);
        }
    }
}
