//! Which messages of a batch are under way together: of a key one at a time, since the library sends what comes behind a record that
//! the cluster refuses.
use std::collections::HashMap;
use tidings::Message;

/// The places of a batch's messages, in waves: the first of each key, and all without one; then the second of each key, and so on.
pub(crate) fn waves(messages: &[Message]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = vec![Vec::with_capacity(messages.len())];
    let mut seen = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        let wave = message.key.as_ref().map_or(0, |key| {
            let next = seen.entry(key).or_insert(0);
            *next += 1;
            *next - 1
        });
        if wave == waves.len() {
            waves.push(Vec::new());
        }
        waves[wave].push(at);
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_one_message_is_in_a_wave_and_those_without_are_in_the_first() {
        let message = |key: &'static str| {
            let mut message = Message::new("");
            message.key = (!key.is_empty()).then(|| key.into());
            message
        };
        let messages = ["a", "", "a", "b", "", "a", "b"].map(message);
        assert_eq!(waves(&messages), [vec![0, 1, 3, 4], vec![2, 6], vec![5]]);
        assert_eq!(waves(&[]), [Vec::<usize>::new()]);
    }
}
