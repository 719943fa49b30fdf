//! Which operations of a document code is generated for.
use tidings_document::{
    api::{Api, Operation, Place},
    nearest,
};

/// Operations by the names that the document gives them; in a pattern `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Patterns of those that are taken; all are when there is none.
    pub include: Vec<String>,
    /// Patterns of those that are left out, even where they are included.
    pub exclude: Vec<String>,
}

impl Selection {
    /// Whether nothing is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    pub(crate) fn takes(&self, name: &str) -> bool {
        let among = |patterns: &[String]| patterns.iter().any(|pattern| is_match(pattern, name));
        (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }

    /// Whether the patterns speak of the document's operations.
    ///
    /// # Errors
    /// When one of them stands for none, or all of them together leave none.
    pub(crate) fn check(&self, api: &Api<'_>) -> Result<(), String> {
        let names: Vec<&str> = names(api).collect();
        let mut patterns = self.include.iter().chain(&self.exclude);
        let none = patterns.find(|pattern| !names.iter().any(|name| is_match(pattern, name)));
        if let Some(pattern) = none {
            return Err(match nearest(pattern, names.iter().copied()) {
                Some(near) => format!("there is no operation `{pattern}`; did you mean `{near}`?"),
                None => format!(
                    "there is no operation `{pattern}`; there are: {}",
                    names.join(", ")
                ),
            });
        }
        match self.is_all() || names.iter().any(|name| self.takes(name)) {
            true => Ok(()),
            false => Err("no operation is left".to_owned()),
        }
    }
}

fn names<'a>(api: &'a Api<'_>) -> impl Iterator<Item = &'a str> {
    let own = |operation: &&Operation<'_>| operation.place == Place::Root;
    let operations = api.operations.iter().filter(own);
    operations.map(|operation| operation.key.value)
}

fn is_match(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let (inner, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let rest = name.strip_prefix(start);
    let rest = rest.and_then(|rest| {
        inner.split('*').try_fold(rest, |rest, part| {
            rest.split_once(part).map(|(_, behind)| behind)
        })
    });
    rest.is_some_and(|rest| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Selection {
            include: owned(include),
            exclude: owned(exclude),
        }
    }

    #[test]
    fn patterns_take_whole_names() {
        for (pattern, fits, does_not) in [
            ("order", "order", "orders"),
            ("order*", "orderPlaced", "reorder"),
            ("*Placed", "orderPlaced", "orderPlacedAgain"),
            ("a*b*c", "a-b-b-c", "a-c-b"),
            ("ab*ba", "abba", "aba"),
            ("*", "anything", ""),
        ] {
            assert!(is_match(pattern, fits), "{pattern} {fits}");
            assert!(
                pattern == "*" || !is_match(pattern, does_not),
                "{pattern} {does_not}"
            );
        }
    }

    #[test]
    fn what_is_excluded_is_left_out_of_what_is_included() {
        let some = selection(&["order*"], &["*Audit"]);
        assert!(some.takes("orderPlaced"));
        assert!(!some.takes("orderAudit") && !some.takes("pay"));
        assert!(selection(&[], &["pay"]).takes("order") && Selection::default().takes("pay"));
    }
}
