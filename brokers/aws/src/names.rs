//! What channels are called at AWS.
use sha2::{Digest, Sha256};

/// Longest name of a queue.
pub(crate) const QUEUE: usize = 80;
/// What a queue or topic that keeps the order of its groups ends with.
pub(crate) const FIFO: &str = ".fifo";
/// How much of what is too long is told by a hash of it.
const HASH: usize = 16;

/// An address as a name of at most so many characters: what no name may have becomes a hyphen, and what is too long ends with a hash.
pub(crate) fn name(address: &str, is_fifo: bool, longest: usize) -> String {
    let address = address.strip_suffix(FIFO).unwrap_or(address);
    let may_be = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let letters = address.chars();
    let mut name: String = letters
        .map(|letter| if may_be(letter) { letter } else { '-' })
        .collect();
    let end = if is_fifo { FIFO } else { "" };
    let most = longest - end.len();
    if name.len() > most {
        name.truncate(most - HASH - 1);
        name = format!("{name}-{}", &hash(address.as_bytes())[..HASH]);
    }
    name + end
}

/// As hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name at the end of an ARN or a URL, or what is one already.
#[cfg(feature = "sns")]
pub(crate) fn last(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_names() {
        assert_eq!(name("orders.commands", false, QUEUE), "orders-commands");
        assert_eq!(name("orders/ü", true, QUEUE), "orders--.fifo");
        assert_eq!(name("orders.fifo", true, QUEUE), "orders.fifo");
        assert_eq!(name("orders_7-a", false, QUEUE), "orders_7-a");
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

    #[cfg(feature = "sns")]
    #[test]
    fn arns_and_urls_end_with_the_name() {
        assert_eq!(last("arn:aws:sqs:eu-west-1:1:a"), "a");
        assert_eq!(last("https://sqs/1/a"), "a");
        assert_eq!(last("a"), "a");
    }
}
