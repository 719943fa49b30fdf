//! Looks at a value: what it breaks is told by place, but for what only one of several checks has to hold.
use super::{
    Check, Checks, Listed, Named, Node, Patterned,
    known::{self, Key},
    node::Seen,
};
use crate::{
    Json,
    violations::{Pointer, Violations},
};
use serde::Serialize;
use serde_json::Value;

impl Violations {
    /// Checks that the type of a value does not make by itself.
    pub fn checks(&mut self, at: &Pointer<'_>, value: &impl Serialize, checks: Checks) {
        match json(value) {
            Ok(value) => self.json(at, &value, checks),
            Err(error) => self.push(at, error.to_string()),
        }
    }

    /// The same of a value whose numbers count to the last digit.
    pub fn exact_checks(&mut self, at: &Pointer<'_>, value: &impl Serialize, checks: Checks) {
        match Json::of(value) {
            Ok(value) => self.json(at, &value, checks),
            Err(error) => self.push(at, error.to_string()),
        }
    }

    /// Checks of a JSON value.
    pub fn json<N: Node>(&mut self, at: &Pointer<'_>, value: &N, checks: Checks) {
        known::alone(|| self.look(at, value, checks));
    }

    fn look<N: Node>(&mut self, at: &Pointer<'_>, value: &N, checks: Checks) {
        for check in checks {
            if self.is_settled() {
                return;
            }
            match value.seen() {
                _ if self.general(at, value, check) => {}
                Seen::Number(number) => N::limit(self, at, number, check),
                Seen::Text(text) => self.text(at, text, check),
                Seen::List(items) => self.items(at, items, check),
                Seen::Object(entries) => self.entries(at, value, entries, check),
                Seen::Null | Seen::Bool => {}
            }
        }
    }

    /// Whether the check is one of values of any type, which is made then.
    fn general<N: Node>(&mut self, at: &Pointer<'_>, value: &N, check: &Check) -> bool {
        match check {
            Check::Never => self.push(at, "is not allowed here"),
            Check::Types(kinds) => {
                if !kinds.iter().any(|kind| kind.has(value)) {
                    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                    self.push(at, format!("is not {}", names.join(" or ")));
                }
            }
            Check::Listed(listed) => self.listed(at, value, listed),
            Check::All(all) => all.iter().for_each(|checks| self.look(at, value, checks)),
            Check::Same(checks) => self.same(at, value, checks),
            Check::Any(any) => {
                if !any.iter().any(|checks| fits(value, checks)) {
                    self.push(at, "is none of the alternatives of the document");
                }
            }
            Check::One(one) => match one.iter().filter(|checks| fits(value, checks)).count() {
                0 => self.push(at, "is none of the alternatives of the document"),
                1 => {}
                count => self.push(
                    at,
                    format!("is {count} of the alternatives of the document"),
                ),
            },
            Check::Not(checks) => {
                if fits(value, checks) {
                    self.push(at, "is what the document excludes");
                }
            }
            Check::If(condition, then, otherwise) => {
                let holds = fits(value, condition);
                self.look(at, value, if holds { then } else { otherwise });
            }
            _ => return false,
        }
        true
    }

    /// What stands elsewhere, and so may be asked of the same value in several ways: it is looked at once for what is told, and once for
    /// whether it holds.
    fn same<N: Node>(&mut self, at: &Pointer<'_>, value: &N, checks: &'static Checks) {
        let key = Key::of(value, checks);
        if !self.is_asked() {
            if known::is_new(key) {
                self.look(at, value, checks);
            }
        } else if !known::verdict(key, || fits(value, checks)) {
            self.push(at, "");
        }
    }

    /// Of a list of texts, an event may have one that is new.
    fn listed<N: Node>(&mut self, at: &Pointer<'_>, value: &N, listed: &Listed) {
        let values = N::listed(listed);
        let texts = values.iter().filter(|value| value.starts_with('"'));
        let is_text = matches!(value.seen(), Seen::Text(_));
        let may_be_new = self.is_of_event() && is_text && texts.count() > 1;
        if !may_be_new && !values.contains(&value.canonical()) {
            self.push(at, format!("is none of {}", listed.text));
        }
    }

    fn text(&mut self, at: &Pointer<'_>, text: &str, check: &Check) {
        match check {
            Check::MinLength(limit) => self.min_length(at, text, *limit),
            Check::MaxLength(limit) => self.max_length(at, text, *limit),
            Check::Pattern(pattern) => self.pattern(at, text, pattern),
            Check::Format(format) => self.format(at, text, *format),
            _ => {}
        }
    }

    fn items<N: Node>(&mut self, at: &Pointer<'_>, items: &[N], check: &Check) {
        match check {
            Check::MinItems(limit) => self.min_items(at, items.len(), *limit),
            Check::MaxItems(limit) => self.max_items(at, items.len(), *limit),
            Check::UniqueItems => self.unique(at, items.iter().map(N::canonical)),
            Check::Items(first, rest) => {
                for (index, item) in items.iter().enumerate() {
                    self.look(&at.index(index), item, first.get(index).unwrap_or(rest));
                }
            }
            Check::Contains(checks, least, most) => {
                let count = items.iter().filter(|item| fits(*item, checks)).count();
                if count < *least || count > *most {
                    let reason = format!("has {count} of the items that it must contain");
                    self.push(at, reason);
                }
            }
            _ => {}
        }
    }

    fn entries<N: Node>(
        &mut self,
        at: &Pointer<'_>,
        value: &N,
        entries: &N::Entries,
        check: &Check,
    ) {
        let count = || N::entries(entries).len();
        match check {
            Check::MinProperties(limit) => self.min_properties(at, count(), *limit),
            Check::MaxProperties(limit) => self.max_properties(at, count(), *limit),
            Check::Required(names) => {
                for name in names.iter().filter(|name| !N::has(entries, name)) {
                    self.push(&at.key(name), "is required");
                }
            }
            Check::Properties(named, patterned, rest) => {
                for (name, entry) in N::entries(entries) {
                    self.entry(&at.key(name), name, entry, named, patterned, rest);
                }
            }
            Check::Names(checks) => {
                for (name, _) in N::entries(entries) {
                    let mut found = Self::new();
                    found.json(&Pointer::ROOT, &N::of_name(name), checks);
                    for violation in found.into_vec() {
                        self.push(&at.key(name), format!("as a name: {}", violation.reason));
                    }
                }
            }
            Check::Dependent(name, checks) if N::has(entries, name) => {
                self.look(at, value, checks);
            }
            _ => {}
        }
    }

    fn entry<N: Node>(
        &mut self,
        at: &Pointer<'_>,
        name: &str,
        entry: &N,
        named: Named,
        patterned: Patterned,
        rest: Checks,
    ) {
        let named = named.iter().filter(|(known, _)| *known == name);
        let named = named.map(|(_, checks)| *checks);
        let patterned = patterned
            .iter()
            .filter(|(pattern, _)| pattern.is_match(name));
        let patterned = patterned.map(|(_, checks)| *checks);
        let mut known = named.chain(patterned).peekable();
        if known.peek().is_none() {
            return self.look(at, entry, rest);
        }
        known.for_each(|checks| self.look(at, entry, checks));
    }
}

fn fits<N: Node>(value: &N, checks: Checks) -> bool {
    let mut found = Violations::asked();
    found.look(&Pointer::ROOT, value, checks);
    found.is_empty()
}

/// The value in JSON; integers of 128 bits, which values in memory do not have, as floats.
fn json(value: &impl Serialize) -> serde_json::Result<Value> {
    serde_json::to_value(value).or_else(|_| serde_json::from_str(&serde_json::to_string(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checks::{Format, Kind},
        pattern::Pattern,
    };
    use serde_json::json;

    /// What is wrong with a value, each with its place.
    fn found(value: &Value, checks: Checks) -> Vec<String> {
        let mut violations = Violations::new();
        violations.json(&Pointer::PAYLOAD, value, checks);
        let found = violations.into_vec().into_iter();
        found
            .map(|it| format!("{}: {}", it.pointer, it.reason))
            .collect()
    }

    #[track_caller]
    fn check(checks: Checks, valid: &[Value], invalid: &[(Value, &str)]) {
        for value in valid {
            assert_eq!(found(value, checks), [""; 0], "{value}");
        }
        for (value, reason) in invalid {
            assert_eq!(found(value, checks), [*reason], "{value}");
        }
    }

    #[test]
    fn keywords_hold_of_other_types() {
        static WORD: Pattern = Pattern::new("^a");
        static CHECKS: Checks = &[
            Check::Minimum(2.0),
            Check::MultipleOf(0.5),
            Check::MinLength(2),
            Check::Pattern(&WORD),
            Check::MinItems(1),
            Check::MinProperties(1),
            Check::Required(&["a"]),
        ];
        check(
            CHECKS,
            &[
                json!(null),
                json!(true),
                json!(2.5),
                json!("ab"),
                json!([1]),
                json!({"a": 1}),
            ],
            &[
                (json!(1), "/payload: 1 is less than 2"),
                (json!(2.3), "/payload: 2.3 is not a multiple of 0.5"),
                (json!("a"), "/payload: shorter than 2 characters"),
                (json!("bc"), "/payload: does not match `^a`"),
                (json!([]), "/payload: 0 items are fewer than 1"),
                (json!({"b": 1}), "/payload/a: is required"),
            ],
        );
    }

    #[test]
    fn large_integers_keep_their_last_digit() {
        check(
            &[
                Check::ExclusiveMaximum(9_007_199_254_740_992.0),
                Check::MultipleOf(2.0),
            ],
            &[json!(9_007_199_254_740_990_u64)],
            &[
                (
                    json!(9_007_199_254_740_991_u64),
                    "/payload: 9007199254740991 is not a multiple of 2",
                ),
                (
                    json!(9_007_199_254_740_992_u64),
                    "/payload: 9007199254740992 is not less than 9007199254740992",
                ),
            ],
        );
    }

    #[test]
    fn types_and_lists_of_values() {
        static LISTED: Listed = Listed::new(r#"[1, "a", {"b": [2.0], "c": null}]"#);
        static ONE_OF: Checks = &[Check::Listed(&LISTED)];
        check(
            ONE_OF,
            &[json!(1.0), json!("a"), json!({"c": null, "b": [2]})],
            &[(
                json!("1"),
                r#"/payload: is none of [1, "a", {"b": [2.0], "c": null}]"#,
            )],
        );
        check(
            &[Check::Types(&[Kind::Integer, Kind::Null])],
            &[json!(1), json!(1.0), json!(null)],
            &[
                (json!(1.5), "/payload: is not an integer or null"),
                (json!([]), "/payload: is not an integer or null"),
            ],
        );
        check(
            &[Check::Never],
            &[],
            &[(json!(1), "/payload: is not allowed here")],
        );
    }

    #[test]
    fn an_event_may_have_texts_that_are_new() {
        static MANY: Listed = Listed::new(r#"["a", "b"]"#);
        static ONE: Listed = Listed::new(r#"["a"]"#);
        static NUMBERS: Listed = Listed::new("[1, 2, null]");
        let refused = |listed: &'static Listed, value: Value| {
            let mut violations = Violations::of_event();
            violations.listed(&Pointer::PAYLOAD, &value, listed);
            !violations.is_empty()
        };
        assert!(!refused(&MANY, json!("c")));
        assert!(refused(&MANY, json!(1)) && refused(&ONE, json!("c")));
        assert!(refused(&NUMBERS, json!("c")));
    }

    #[test]
    fn items_have_their_places() {
        check(
            &[
                Check::Items(
                    &[&[Check::Types(&[Kind::Text])]],
                    &[Check::Types(&[Kind::Integer])],
                ),
                Check::UniqueItems,
            ],
            &[json!([]), json!(["a"]), json!(["a", 1, 2])],
            &[
                (json!(["a", "b"]), "/payload/1: is not an integer"),
                (json!([1]), "/payload/0: is not a text"),
                (json!(["a", 1, 1.0]), "/payload/2: is there more than once"),
            ],
        );
        let some = "/payload: has 0 of the items that it must contain";
        let many = "/payload: has 3 of the items that it must contain";
        check(
            &[Check::Contains(
                &[Check::Minimum(5.0), Check::Types(&[Kind::Number])],
                1,
                2,
            )],
            &[json!([1, 5]), json!([5, 6, "x"])],
            &[
                (json!([]), some),
                (json!([1, "x"]), some),
                (json!([5, 6, 7]), many),
            ],
        );
    }

    #[test]
    fn properties_go_by_name_pattern_and_what_is_left() {
        static X: Pattern = Pattern::new("^x-");
        static CHECKS: Checks = &[Check::Properties(
            &[("a", &[Check::Types(&[Kind::Text])])],
            &[(&X, &[Check::Format(Format::Ipv4)])],
            &[Check::Never],
        )];
        check(
            CHECKS,
            &[json!({"a": "b", "x-a": "127.0.0.1"})],
            &[
                (json!({"a": 1}), "/payload/a: is not a text"),
                (json!({"x-a": "b"}), "/payload/x-a: is not a valid `ipv4`"),
                (json!({"b": 1}), "/payload/b: is not allowed here"),
            ],
        );
        check(
            &[
                Check::Names(&[Check::MaxLength(2)]),
                Check::Dependent("a", &[Check::Required(&["b"])]),
            ],
            &[json!({}), json!({"b": 1}), json!({"a": 1, "b": 2})],
            &[
                (
                    json!({"abc": 1}),
                    "/payload/abc: as a name: longer than 2 characters",
                ),
                (json!({"a": 1}), "/payload/b: is required"),
            ],
        );
    }

    #[test]
    fn alternatives_and_conditions() {
        const TEXT: Checks = &[Check::Types(&[Kind::Text])];
        const LONG: Checks = &[Check::MinLength(3)];
        let none = "/payload: is none of the alternatives of the document";
        check(&[Check::Any(&[TEXT, LONG])], &[json!("a"), json!(1)], &[]);
        check(&[Check::Any(&[TEXT])], &[], &[(json!(1), none)]);
        check(
            &[Check::One(&[TEXT, LONG])],
            &[json!("a"), json!(1)],
            &[(
                json!("abc"),
                "/payload: is 2 of the alternatives of the document",
            )],
        );
        check(&[Check::One(&[TEXT])], &[], &[(json!(1), none)]);
        check(
            &[Check::Not(TEXT)],
            &[json!(1)],
            &[(json!("a"), "/payload: is what the document excludes")],
        );
        check(
            &[Check::If(TEXT, LONG, &[Check::Never])],
            &[json!("abc")],
            &[
                (json!("a"), "/payload: shorter than 3 characters"),
                (json!(1), "/payload: is not allowed here"),
            ],
        );
        check(
            &[Check::All(&[TEXT, LONG])],
            &[json!("abc")],
            &[(json!("a"), "/payload: shorter than 3 characters")],
        );
    }

    #[test]
    fn what_contains_itself_is_checked_all_the_way() {
        static TREE: Checks = &[
            Check::Types(&[Kind::Object]),
            Check::Properties(&[("next", &[Check::Same(&TREE)])], &[], &[]),
        ];
        check(
            TREE,
            &[json!({"next": {"next": {}}})],
            &[(
                json!({"next": {"next": 1}}),
                "/payload/next/next: is not an object",
            )],
        );
    }

    #[test]
    fn what_several_branches_ask_of_the_same_is_looked_at_once() {
        static NEXT: Checks = &[Check::Properties(
            &[("next", &[Check::Same(&TREE)])],
            &[],
            &[],
        )];
        const LEAF: Checks = &[
            Check::Required(&["leaf"]),
            Check::Properties(&[("leaf", &[Check::Minimum(1.0)])], &[], &[]),
        ];
        // Each level asks the next twice, and twice more for what is told of it.
        static TREE: Checks = &[
            Check::One(&[&[Check::Same(&NEXT), Check::Required(&["next"])], LEAF]),
            Check::Any(&[
                &[Check::Same(&NEXT), Check::Required(&["no"])],
                &[Check::Same(&NEXT)],
            ]),
            Check::All(&[&[Check::Same(&NEXT)], &[Check::Same(&NEXT)]]),
        ];
        let deep = |leaf| (0..60).fold(json!({ "leaf": leaf }), |next, _| json!({ "next": next }));
        assert_eq!(found(&deep(1), TREE), [""; 0]);
        let told = found(&deep(0), TREE);
        let none = "is none of the alternatives of the document";
        let place = |depth| format!("/payload{}: {none}", "/next".repeat(depth));
        // Of each level but the last by both choices.
        assert_eq!(told.len(), 2 * 60 + 1);
        assert_eq!(told.first(), Some(&place(0)));
        assert!(told.contains(&place(60)));
    }

    #[test]
    fn names_are_looked_at_each_on_its_own() {
        static SHORT: Checks = &[Check::MaxLength(2)];
        static NAMES: Checks = &[Check::Names(&[Check::Any(&[&[Check::Same(&SHORT)]])])];
        let told = found(&json!({ "a": 1, "abc": 1, "b": 1, "abd": 1 }), NAMES);
        let reason = "as a name: is none of the alternatives of the document";
        let all = ["abc", "abd"].map(|name| format!("/payload/{name}: {reason}"));
        assert_eq!(told, all);
    }

    #[test]
    fn typed_values_are_checked_as_they_are_written() {
        let wide = u128::MAX;
        let mut violations = Violations::new();
        violations.checks(
            &Pointer::ROOT,
            &vec![wide],
            &[Check::Items(&[], &[Check::Maximum(5.0)])],
        );
        assert_eq!(violations.into_vec()[0].pointer, "/0");
    }

    #[test]
    fn exact_numbers_are_looked_at_by_every_digit() {
        static LISTED: Listed = Listed::new(r#"[1.1, {"a": [2]}]"#);
        let found = |text: &str, checks: Checks| {
            let value: Json = text.parse().unwrap();
            let mut violations = Violations::new();
            violations.exact_checks(&Pointer::PAYLOAD, &value, checks);
            let found = violations.into_vec().into_iter();
            found.map(|it| it.reason).collect::<Vec<_>>()
        };
        let limits: Checks = &[
            Check::Minimum(0.3),
            Check::ExclusiveMaximum(5.0),
            Check::MultipleOf(0.1),
        ];
        assert_eq!(found("0.30", limits), [""; 0]);
        let small = "0.29999999999999999999999999999999";
        let told = [
            format!("{small} is less than 0.3"),
            format!("{small} is not a multiple of 0.1"),
        ];
        assert_eq!(found(small, limits), told);
        assert_eq!(found("5.0", limits), ["5.0 is not less than 5"]);
        for (right, wrong, check) in [
            ("1.10", "1.1000000000000000000001", Check::Listed(&LISTED)),
            (r#"{"a":[2.0]}"#, r#"{"a":[2.5]}"#, Check::Listed(&LISTED)),
            ("1e400", "1e-400", Check::Types(&[Kind::Integer])),
            ("5", "5.0000000000000000000001", Check::Maximum(5.0)),
            (
                "5.0000000000000000000001",
                "5",
                Check::ExclusiveMinimum(5.0),
            ),
            (
                "[1,1.0000000000000000000001]",
                "[1,1.0]",
                Check::UniqueItems,
            ),
            (r#"{"a":1}"#, "{}", Check::Required(&["a"])),
        ] {
            let check: Checks = Box::leak(Box::new([check]));
            assert_eq!(found(right, check), [""; 0], "{right}");
            assert_eq!(found(wrong, check).len(), 1, "{wrong}");
        }
        let mut violations = Violations::new();
        let items = ["1", "1.0"].map(|text| text.parse::<crate::Decimal>().unwrap());
        violations.exact_unique_items(&Pointer::ROOT, &items);
        assert_eq!(violations.into_vec()[0].pointer, "/1");
    }
}
