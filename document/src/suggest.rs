//! "Did you mean": the known name that a misspelt one is nearest to.

/// The nearest of some names, where one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing costs the product of the lengths: nobody misspells a name this long.
    if name.len() > 100 {
        return None;
    }
    let folded = name.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|known| known.len() <= 100 && *known != name)
        .map(|known| {
            (
                strsim::damerau_levenshtein(&folded, &known.to_lowercase()),
                known,
            )
        })
        // Where every letter differs, nothing is misspelt.
        .filter(|(distance, known)| {
            let shorter = known.chars().count().min(folded.chars().count());
            *distance <= allowed && *distance < shorter
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The one name that is meant beyond doubt: it alone is one letter away, or differs in upper and lower case only. Other
/// digits make another version or number, which is no slip of the pen.
#[must_use]
pub fn certain<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if !(4..=100).contains(&length) {
        return None;
    }
    let folded = name.to_lowercase();
    let mut near = known.into_iter().filter(|known| {
        known.chars().count().abs_diff(length) <= 1
            && strsim::damerau_levenshtein(&folded, &known.to_lowercase()) <= 1
    });
    let first = near.next()?;
    let is_sure = near.next().is_none() && digits(first).eq(digits(name));
    is_sure.then_some(first)
}

fn digits(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::{certain, nearest};

    #[test]
    fn the_nearest_name_is_meant_where_it_is_near() {
        let known = ["channels", "channel", "servers"];
        assert_eq!(nearest("chanels", known), Some("channels"));
        assert_eq!(nearest("CHANNELS", known), Some("channels"));
        assert_eq!(nearest("channels", known), Some("channel"), "not itself");
        assert_eq!(
            nearest("seversx", known),
            Some("servers"),
            "a third may differ"
        );
        assert_eq!(nearest("sevrxx", known), None);
        assert_eq!(nearest("ab", ["abc", "xy"]), Some("abc"));
        assert_eq!(nearest("ab", ["xy"]), None);
        assert_eq!(nearest("B", ["A", "ab"]), None, "every letter differs");
        assert_eq!(nearest("B", ["A", "b"]), Some("b"));
        assert_eq!(nearest("", ["a"]), None);
        let (long, longer) = ("a".repeat(100), "a".repeat(101));
        assert_eq!(nearest(&long, [longer.as_str()]), None);
        assert_eq!(nearest(&longer, [long.as_str()]), None);
        assert_eq!(nearest(&long[1..], [long.as_str()]), Some(long.as_str()));
    }

    #[test]
    fn only_one_near_name_is_certain() {
        assert_eq!(
            certain("chanels", ["channels", "servers"]),
            Some("channels")
        );
        assert_eq!(certain("operationID", ["operationId"]), Some("operationId"));
        assert_eq!(certain("maxItem", ["maxItems", "maxItem1"]), None);
        assert_eq!(certain("ids", ["id"]), None, "too short to be sure");
        assert_eq!(certain("messages", ["channels"]), None);
        assert_eq!(certain("name", ["nam"]), Some("nam"));
        assert_eq!(certain("named", ["nam", "nameds!!"]), None);
        assert_eq!(certain("0.1.0", ["0.2.0"]), None, "another version");
    }
}
