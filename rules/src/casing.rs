//! What names become in Rust, as far as it takes to see that two become the same.

/// A function or a field: `place_order`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// A type: `PlaceOrder`.
pub(crate) fn pascal(name: &str) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words(name).into_iter().map(capital).collect()
}

/// The words of a name in small letters: they end at signs, and before capitals that begin a word.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let (mut words, mut word) = (Vec::new(), String::new());
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let behind = letters.get(at + 1);
        let after_small =
            before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let before_small = before.is_some_and(char::is_uppercase)
            && behind.is_some_and(|behind| behind.is_lowercase());
        let begins = letter.is_uppercase() && (after_small || before_small);
        if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(snake("orderID-2"), "order_id_2");
        assert_eq!(snake("HTTPServer"), "http_server");
        assert_eq!(pascal("order.placed_2"), "OrderPlaced2");
        assert_eq!(snake("%"), "");
    }
}
