//! What channels are called at AWS.
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidings::dead_letter::BESIDE;
use uuid::Uuid;

/// Longest name of a queue.
pub(crate) const QUEUE: usize = 80;
/// What a queue or topic that keeps the order of its groups ends with.
pub(crate) const FIFO: &str = ".fifo";
/// What dead letters have behind the address of their channel.
const DEAD: &str = "dead-letters";
/// How many digits of a hash tell apart what was changed.
const HASH: usize = 12;

/// What queues of replies begin with, before an id that says when they were made.
pub(crate) const INBOX: &str = "tidings-inbox-";
/// For how long AWS may not know a queue that was made.
const NEW: Duration = Duration::from_secs(60);

/// A new one.
pub(crate) fn inbox() -> String {
    format!("{INBOX}{}", Uuid::now_v7())
}

/// Whether a queue is one of replies.
pub(crate) fn is_inbox(name: &str) -> bool {
    name.starts_with(INBOX)
}

/// Whether it is one that was made a moment ago, as far as its name tells.
pub(crate) fn is_new(name: &str) -> bool {
    let id = name.strip_prefix(INBOX);
    let id = id.and_then(|id| Uuid::parse_str(id).ok());
    let Some(made) = id.and_then(|id| id.get_timestamp()) else {
        return false;
    };
    let (seconds, part) = made.to_unix();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
        .abs_diff(Duration::new(seconds, part))
        < NEW
}

/// An address as a name of at most so many characters. What may be a name stays as it is; whatever had to be changed ends with `---`
/// and a hash of it, which nothing else does, so that two addresses have two names.
pub(crate) fn name(address: &str, is_fifo: bool, longest: usize) -> String {
    let own = match is_fifo {
        true => address.strip_suffix(FIFO).unwrap_or(address),
        false => address,
    };
    let beside = own.strip_suffix(BESIDE).filter(|own| is_plain(own));
    let name = match beside {
        Some(own) => format!("{own}--{DEAD}"),
        None => own.to_owned(),
    };
    let is_kept = beside.is_some() || is_plain(own);
    fit(&name, is_kept, own.as_bytes(), is_fifo, longest)
}

/// The queue of a group at a topic of that address.
#[cfg(feature = "sns")]
pub(crate) fn of_group(address: &str, group: &str, is_fifo: bool) -> String {
    let own = match is_fifo {
        true => address.strip_suffix(FIFO).unwrap_or(address),
        false => address,
    };
    let is_kept = is_plain(own) && is_plain(group) && group != DEAD;
    let both = format!("{own}\0{group}");
    let name = format!("{own}--{group}");
    fit(&name, is_kept, both.as_bytes(), is_fifo, QUEUE)
}

/// Whether it can be a name, or a part of one, as it is: `--` stands between parts.
fn is_plain(text: &str) -> bool {
    let is_odd = text.is_empty() || text.starts_with('-') || text.ends_with('-');
    !is_odd && !text.contains("--") && text.chars().all(may_be)
}

fn may_be(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_".contains(letter)
}

/// The name, with a hash of what it is for where it cannot be kept.
fn fit(name: &str, is_kept: bool, of: &[u8], is_fifo: bool, longest: usize) -> String {
    let end = if is_fifo { FIFO } else { "" };
    let most = longest - end.len();
    if is_kept && name.len() <= most {
        return format!("{name}{end}");
    }
    let letters = name.chars();
    let letters = letters.map(|letter| if may_be(letter) { letter } else { '-' });
    let begin: String = letters.take(most - HASH - 3).collect();
    format!("{begin}---{}{end}", &hash(of)[..HASH])
}

/// As hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name at the end of an ARN or a URL, or what is one already.
pub(crate) fn last(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_name_stays() {
        assert_eq!(name("orders_7-a", false, QUEUE), "orders_7-a");
        assert_eq!(name("orders", true, QUEUE), "orders.fifo");
        assert_eq!(name("orders.fifo", true, QUEUE), "orders.fifo");
        let dead = name("orders.dead-letters", false, QUEUE);
        assert_eq!(dead, "orders--dead-letters");
        let changed = name("orders.commands", false, QUEUE);
        assert_eq!(
            changed, "orders-commands---262789f8914c",
            "as the guides say"
        );
    }

    #[test]
    fn no_two_addresses_have_one_name() {
        let parts = [
            "a",
            "b",
            "a.b",
            "a-b",
            "a--b",
            "a/b",
            "a-",
            "-b",
            "\u{fc}",
            "\u{e4}",
            "\u{8a02}\u{55ae}",
        ];
        let parts =
            parts
                .into_iter()
                .chain(["\u{5ba2}\u{6236}", "dead-letters", "a.fifo", "a_b", "-"]);
        let mut all: Vec<(String, String)> = Vec::new();
        for own in parts.clone() {
            let dead = format!("{own}{BESIDE}");
            all.push((name(own, false, QUEUE), own.to_owned()));
            all.push((name(&dead, false, QUEUE), dead.clone()));
            all.push((
                name(&format!("{dead}{BESIDE}"), false, QUEUE),
                format!("{dead} of them"),
            ));
            #[cfg(feature = "sns")]
            for group in parts.clone() {
                all.push((of_group(own, group, false), format!("{own}, group {group}")));
            }
        }
        all.sort();
        for pair in all.windows(2) {
            assert_ne!(pair[0].0, pair[1].0, "{} and {}", pair[0].1, pair[1].1);
        }
        assert!(all.iter().all(|(name, _)| name.chars().all(may_be)));
    }

    #[test]
    fn long_ones_keep_apart() {
        let long = "a".repeat(100);
        let names = [&*long, &format!("{long}b")].map(|address| name(address, true, QUEUE));
        assert_ne!(names[0], names[1]);
        for name in names {
            assert!(name.len() == QUEUE && name.ends_with(FIFO), "{name}");
        }
    }

    #[test]
    fn an_inbox_tells_its_age() {
        assert!(is_new(&format!("{INBOX}{}", Uuid::now_v7())));
        let old = uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0);
        assert!(!is_new(&format!("{INBOX}{}", Uuid::new_v7(old))));
        assert!(!is_new("orders") && !is_new("tidings-inbox-of-others"));
    }

    #[test]
    fn arns_and_urls_end_with_the_name() {
        assert_eq!(last("arn:aws:sqs:eu-west-1:1:a"), "a");
        assert_eq!(last("https://sqs/1/a"), "a");
        assert_eq!(last("a"), "a");
    }
}
