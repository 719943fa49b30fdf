//! What queues are called that channels and groups have: no two of them have one name. A point-to-point channel alone is called as
//! the document says, since others publish to it by that name, whatever it is.
use tidings::dead_letter::BESIDE;

/// The queue of a group: its channel's name, and the group as one more word of it. `.` parts words, and `%` begins what stands for
/// another sign.
pub(crate) fn of_group(channel: &str, group: &str) -> String {
    format!("{channel}.{}", word(group))
}

/// The queue that has a part of another's keys.
pub(crate) fn of_shard(queue: &str, number: u32) -> String {
    format!("{queue}.{number}")
}

/// The queue of which that is a shard, and its number.
pub(crate) fn whole(shard: &str) -> (&str, u32) {
    let (whole, number) = shard.rsplit_once('.').unwrap_or_default();
    (whole, number.parse().unwrap_or_default())
}

/// The queue of what is given up of a channel.
pub(crate) fn of_letters(channel: &str) -> String {
    format!("{channel}{BESIDE}")
}

/// Most groups stay as they are. What reads as a shard or as dead letters does not, nor do what parts words and what stands for that.
fn word(group: &str) -> String {
    let is_number = !group.is_empty() && group.bytes().all(|sign| sign.is_ascii_digit());
    let is_taken = is_number || BESIDE.strip_prefix('.') == Some(group);
    let mut word = String::with_capacity(group.len());
    for (at, sign) in group.chars().enumerate() {
        match sign {
            '.' | '%' => word += &escaped(sign),
            sign if at == 0 && is_taken => word += &escaped(sign),
            sign => word.push(sign),
        }
    }
    word
}

fn escaped(sign: char) -> String {
    format!("%{:02X}", u32::from(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn most_groups_are_called_as_they_are() {
        for (group, queue) in [
            ("billing", "orders.billing"),
            ("billing-2", "orders.billing-2"),
            ("é/#*", "orders.é/#*"),
            ("", "orders."),
            ("shop.billing", "orders.shop%2Ebilling"),
            ("50%", "orders.50%25"),
            ("7", "orders.%37"),
            ("dead-letters", "orders.%64ead-letters"),
        ] {
            assert_eq!(of_group("orders", group), queue);
        }
        assert_eq!(whole(&of_shard("a.7", 12)), ("a.7", 12));
    }

    /// All words of so many of these letters at most.
    fn words(letters: &[&str], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            let longer = last
                .iter()
                .flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}")));
            last = longer.collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn no_two_places_have_one_name() {
        let channels = words(&["a", ".", "%", "2", "E", "0"], 3);
        let groups = channels.iter().map(String::as_str);
        let groups: Vec<&str> = groups.chain(["dead-letters", "25", "2E", "%2E"]).collect();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut note = |name: String, of: String| {
            if let Some(other) = known.insert(name.clone(), of.clone()) {
                assert_eq!(other, of, "both are called `{name}`");
            }
        };
        for channel in channels.iter().filter(|channel| !channel.is_empty()) {
            note(of_letters(channel), format!("letters of {channel}"));
            for group in &groups {
                let queue = of_group(channel, group);
                for number in [0, 2, 20] {
                    let shard = of_shard(&queue, number);
                    note(shard, format!("shard {number} of {group} at {channel}"));
                }
                note(queue, format!("{group} at {channel}"));
            }
        }
    }
}
