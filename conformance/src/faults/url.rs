//! Where a broker is, of which links have another place.

/// What stands in a URL before its host and port, these, and what stands behind.
#[must_use]
pub fn parted(url: &str) -> [&str; 3] {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find('/').map_or(url.len(), |at| begin + at);
    let begin = url[begin..end]
        .rfind('@')
        .map_or(begin, |at| begin + at + 1);
    [&url[..begin], &url[begin..end], &url[end..]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parted_at_their_host() {
        assert_eq!(parted("amqp://a:b@c:1/d/e"), ["amqp://a:b@", "c:1", "/d/e"]);
        assert_eq!(parted("amqp1://c:1"), ["amqp1://", "c:1", ""]);
        assert_eq!(parted("c:1"), ["", "c:1", ""]);
    }
}
