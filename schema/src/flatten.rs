//! One library error to our violations: alternatives are replaced by the reasons of the closest one.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

use crate::told::told;
use crate::{Part, Violation, wording};

/// Adds what `error` says to `out`.
pub(crate) fn flatten(error: ValidationError<'_>, part: Part, out: &mut Vec<Violation>) {
    match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context }
            if has_closest(context, &error) =>
        {
            closest(error, part, out);
        }
        _ => out.extend(told(error, part)),
    }
}

/// How little an alternative has to do with the value: the less, the more its complaints are worth.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It takes the value but for something inside it, or a limit.
    Meant,
    /// It takes other constants.
    OtherConstant,
    /// It takes values of another type.
    OtherType,
}

fn fit(alternative: &[ValidationError<'static>], at: &str) -> Fit {
    let own = alternative
        .iter()
        .filter(|error| error.instance_path().as_str() == at);
    let judge = |error: &ValidationError<'static>| match error.kind() {
        Kind::Type { .. } | Kind::FalseSchema => Fit::OtherType,
        Kind::Constant { .. } | Kind::Enum { .. } => Fit::OtherConstant,
        _ => Fit::Meant,
    };
    own.map(judge).max().unwrap_or(Fit::Meant)
}

/// Whether one alternative stands out, so that its complaints say more than that none fits.
fn has_closest(context: &[Vec<ValidationError<'static>>], union: &ValidationError<'_>) -> bool {
    let at = union.instance_path().as_str();
    let count = |wanted| {
        context
            .iter()
            .filter(|errors| fit(errors, at) == wanted)
            .count()
    };
    count(Fit::Meant) > 0 || count(Fit::OtherConstant) == 1
}

fn closest(error: ValidationError<'_>, part: Part, out: &mut Vec<Violation>) {
    let at = error.instance_path().as_str().to_owned();
    let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = error.into_parts().kind
    else {
        return;
    };
    let alternatives = context.len();
    // A wrong constant inside usually means a wrong alternative, so it weighs more than any number of other complaints.
    let is_constant = |error: &&ValidationError<'_>| {
        matches!(error.kind(), Kind::Constant { .. } | Kind::Enum { .. })
    };
    let distance = |errors: &Vec<ValidationError<'static>>| {
        (
            fit(errors, &at),
            errors.iter().filter(is_constant).count(),
            errors.len(),
        )
    };
    let start = out.len();
    for error in context.into_iter().min_by_key(distance).unwrap_or_default() {
        flatten(error, part, out);
    }
    for violation in &mut out[start..] {
        if alternatives > 1 && !violation.message.ends_with("alternatives)") {
            violation.message = wording::of_alternatives(&violation.message, alternatives);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use crate::{Dialect, Schema, Validator};

    /// Checks what a meta-schema says of a schema.
    fn check(schema: Value, expect: Expect) {
        let errors = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap_err();
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn of_several_forms_of_a_keyword_the_one_that_was_meant_is_told() {
        check(
            json!({ "type": "strin" }),
            expect![[
                r#"`"strin"` is not one of `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"` (the closest of 2 alternatives), in the schema of the value at `/type`"#
            ]],
        );
        check(
            json!({ "type": ["string", "strin"] }),
            expect![[
                r#"`"strin"` is not one of `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"` (the closest of 2 alternatives), in the schema of the value at `/type/1`"#
            ]],
        );
        check(
            json!({ "type": [] }),
            expect![
                "the array has fewer than `1` items (the closest of 2 alternatives), in the schema of the value at `/type`"
            ],
        );
        check(
            json!({ "items": [true, 5] }),
            expect![
                "`5` is not of type `boolean` or `object` (the closest of 2 alternatives), in the schema of the value at `/items/1`"
            ],
        );
        check(
            json!({ "dependencies": { "a": ["b", "b"] } }),
            expect![
                "the array has an item twice (the closest of 2 alternatives), in the schema of the value at `/dependencies/a`"
            ],
        );
    }

    #[test]
    fn where_none_of_several_forms_was_meant_that_is_told() {
        check(
            json!({ "items": 5 }),
            expect!["`5` fits none of the 2 alternatives, in the schema of the value at `/items`"],
        );
        check(
            json!({ "dependencies": { "a": "b" } }),
            expect![[
                r#"`"b"` fits none of the 2 alternatives, in the schema of the value at `/dependencies/a`"#
            ]],
        );
    }

    #[test]
    fn forms_within_forms_are_counted_once() {
        check(
            json!({ "items": [{ "type": "strin" }] }),
            expect![[
                r#"`"strin"` is not one of `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"` (the closest of 2 alternatives), in the schema of the value at `/items/0/type`"#
            ]],
        );
        check(
            json!({ "dependencies": { "a": { "items": [5], "minLength": -1 } } }),
            expect![[r#"
                `5` is not of type `boolean` or `object` (the closest of 2 alternatives), in the schema of the value at `/dependencies/a/items/0`
                `-1` is less than `0` (the closest of 2 alternatives), in the schema of the value at `/dependencies/a/minLength`"#]],
        );
    }

    #[test]
    fn what_has_one_form_only_is_told_as_it_is() {
        check(
            json!({ "minLength": -1, "required": "a" }),
            expect![[r#"
            `-1` is less than `0`, in the schema of the value at `/minLength`
            `"a"` is not of type `array`, in the schema of the value at `/required`"#]],
        );
    }
}
