//! Slips in the structure of a document: each finding says how to write what was meant.
use super::findings;

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: Orders, version: 1.0.0}\n";

/// Every finding of a text behind two good lines: line, message, help and what a fix would do.
fn told(text: &str) -> String {
    let (document, found) = findings(&[("/doc/api.yaml", &format!("{HEAD}{text}"))]);
    let line = |found: &tidings_document::Diagnostic| {
        let line = document.sources().range(found.span).start.line;
        let help = found.help.as_deref().expect("a help");
        let fix = found.fix.as_ref().map(|fix| format!(" [{}]", fix.title));
        format!(
            "{line} {} ({help}){}",
            found.message,
            fix.unwrap_or_default()
        )
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(told(text), expected, "{text}");
}

/// Checks the only finding about the value of a keyword of a schema.
#[track_caller]
fn schema(keyword: &str, expected: &str) {
    let told = told(&format!("components: {{schemas: {{A: {{{keyword}}}}}}}\n"));
    assert!(
        told.contains(expected) && !told.contains('\n'),
        "{keyword}: {told}"
    );
}

#[test]
fn texts_in_the_place_of_lists_show_the_list() {
    for (keyword, expected) in [
        (
            "enum: 'EUR, USD'",
            "`enum` must be a list, not text (write it as a list: `[EUR, USD]`)",
        ),
        ("enum: '1, #a'", "`['1', '#a']`"),
        ("required: id", "`[id]`"),
        ("enum: 5", "`[5]`"),
        ("enum: {a: 1}", "each item begins with `- `"),
        ("enum: {-a: 1}", "write a space behind the dash: `- a: …`"),
    ] {
        schema(keyword, expected);
    }
    check(
        "components:\n  schemas:\n    A:\n      enum:\n",
        "6 `enum` must be a list, but has no value (write its items below it, each behind `- `, or `[]` for none)",
    );
}

#[test]
fn discriminators_of_openapi_show_those_of_asyncapi() {
    schema(
        "discriminator: {propertyName: kind}",
        "`discriminator` must be text, not an object (write `discriminator: kind`) [name the property itself]",
    );
    schema(
        "discriminator: {propertyName: kind, mapping: {a: '#/components/schemas/A'}}",
        "and a `const` for `kind` in each alternative; a `mapping` counts where the payload has `schemaFormat: application/vnd.oai",
    );
    schema(
        "discriminator: {mapping: {}}",
        "put it in quotes if it is text",
    );
}

#[test]
fn colons_without_a_space_are_told() {
    let space = "write a space behind the colon";
    for (text, expected) in [
        (
            "components: {schemas: {A: {not: type:string}}}\n",
            format!("{space}: `type: string`"),
        ),
        (
            "components:\n  schemas:\n    A:\n      allOf:\n        - type:string\n",
            format!("{space}: `type: string`"),
        ),
        (
            "components:\n  schemas:\n    A:\n      - type:string\n",
            "write it without the dash, and a space behind the colon: `type: string`".to_owned(),
        ),
        (
            "components:\n  $ref:./a.yaml\n",
            format!("{space}: `$ref: ./a.yaml`"),
        ),
        (
            "components: urn:example:a\n",
            "write its entries below it".to_owned(),
        ),
    ] {
        let told = told(text);
        assert!(
            told.contains(&expected) && !told.contains('\n'),
            "{text}: {told}"
        );
    }
    let (_, found) = findings(&[("/doc/api.yaml", "asyncapi:3.0.0\n")]);
    assert_eq!(
        found[0].help.as_deref(),
        Some("write a space behind the colon: `asyncapi: 3.0.0`")
    );
}

#[test]
fn lists_in_the_place_of_maps_show_the_map() {
    let messages = |items: &str| format!("channels: {{a: {{messages: {items}}}}}\n");
    for (items, expected) in [
        (
            "[{$ref: '#/components/messages/Order'}]",
            "without `- `: `Order: {$ref: '#/components/messages/Order'}`",
        ),
        (
            "[{$ref: './order.yaml'}]",
            "without `- `: `order: {$ref: './order.yaml'}`",
        ),
        ("[{name: Order}]", "without `- `: `Order: {…}`"),
        ("[{Order: {title: a}}]", "without `- `: `Order: {…}`"),
        ("[]", "write `{}` for none"),
        ("[1]", "without `- `: `KEY: {…}`"),
    ] {
        let told = told(&messages(items));
        let message = "`messages` must be an object, not a list";
        assert!(
            told.contains(message) && told.contains(expected),
            "{items}: {told}"
        );
    }
}

#[test]
fn values_that_are_not_there_say_why() {
    for (value, expected) in [
        (
            "",
            "5 `description` must be text, but has no value (write a text behind `description:`, or leave it out)",
        ),
        (
            " null",
            "5 `description` must be text, not `null` (put the word in quotes if it is meant: `'null'`)",
        ),
        (
            " &text",
            "5 `description` must be text, but has no value (`&` gives a value a name: put the value in quotes, `'&text'`)",
        ),
        (
            " !text",
            "5 `description` must be text, but has no value (`!` begins a tag: put the value in quotes, `'!text'`)",
        ),
        (
            " [a]",
            "5 `description` must be text, not a list (put it in quotes if it is text: `\"[a]\"`)",
        ),
    ] {
        check(
            &format!("channels:\n  a:\n    description:{value}\n"),
            expected,
        );
    }
    schema(
        "type: [string, null]",
        "the type of null is a word in quotes: `'null'`",
    );
    check(
        "channels:\n",
        "3 `channels` must be an object, but has no value (write its entries below it, indented deeper: `KEY: VALUE`)",
    );
}

#[test]
fn numbers_in_the_place_of_text_are_quoted_as_they_are_written() {
    for (written, is_mended) in [
        ("1", true),
        ("1.0", true),
        ("-1.5e+3", true),
        (".5", true),
        ("0x1F", true),
        ("!!int 1", false),
    ] {
        let told = told(&format!(
            "components: {{schemas: {{A: {{title: {written}}}}}}}\n"
        ));
        assert!(
            told.contains("`title` must be text, not a number"),
            "{told}"
        );
        let fix = told.ends_with(" [put it in quotes]");
        assert_eq!(fix, is_mended, "{written}: {told}");
    }
}

#[test]
fn references_that_are_comments_are_quoted() {
    for (place, key) in [
        (
            "channels:\n  a:\n    $ref: #/components/channels/A\n",
            "#/components/channels/A",
        ),
        (
            "components:\n  schemas:\n    A:\n      items:\n        $ref: #/components/schemas/B # it's\n",
            "#/components/schemas/B # it''s",
        ),
        (
            "channels:\n  a:\n    messages:\n      $ref: #/components/messages/A\n",
            "#/components/messages/A",
        ),
    ] {
        let told = told(place);
        let help = format!("(`#` begins a comment: put the value in quotes, `'{key}'`) [put ");
        assert!(
            told.contains(&help) && !told.contains('\n'),
            "{place}: {told}"
        );
    }
}

#[test]
fn places_of_the_same_file_get_their_number_sign() {
    let document = |reference: &str| {
        format!(
            "channels: {{a: {{}}}}\noperations: {{o: {{action: send, channel: {{$ref: '{reference}'}}}}}}\n"
        )
    };
    for reference in [
        "/channels/a",
        "channels/a",
        "#channels/a",
        "./channels/a",
        "./#/channels/a",
    ] {
        let told = told(&document(reference));
        let expected =
            "(a place in the same file is written `#/channels/a`) [write `#/channels/a`]";
        assert!(
            told.contains(expected) && !told.contains('\n'),
            "{reference}: {told}"
        );
    }
    for (reference, expected) in [
        ("#/channels/other", "there is no `other` (there is `a`)"),
        ("./other.yaml", "(the path begins in the folder"),
        (
            "#/channels/a/b/c",
            "there is no `b` (the object is empty there)",
        ),
        (
            "#/asyncapi/a",
            "(let the pointer end there, or lead elsewhere)",
        ),
    ] {
        assert!(
            told(&document(reference)).contains(expected),
            "{}",
            told(&document(reference))
        );
    }
}

#[test]
fn objects_in_the_place_of_references_show_the_form() {
    check(
        "channels: {a: {}}\noperations:\n  o:\n    action: send\n    channel: {address: a}\n    messages:\n    - {payload: {}}\n",
        "7 `channel` must be a reference (define it under `channels` and refer to it: `$ref: '#/channels/NAME'`)\n\
         9 an item of `messages` must be a reference (define it under `channels` and refer to it: `$ref: '#/channels/CHANNEL/messages/NAME'`)",
    );
    for channel in ["a", "'#/channels/a'"] {
        check(
            &format!(
                "channels: {{a: {{servers: [s]}}}}\nservers: {{s: {{host: a, protocol: b}}}}\noperations: {{o: {{action: send, channel: {channel}}}}}\n"
            ),
            "3 an item of `servers` must be a reference (write `$ref: '#/servers/s'`)\n\
             5 `channel` must be a reference (write `$ref: '#/channels/a'`)",
        );
    }
}

#[test]
fn references_to_a_thing_of_another_kind_are_wrong_themselves() {
    check(
        "channels: {a: {messages: {m: {payload: {}}}}}\noperations:\n  o: {action: send, channel: {$ref: '#/channels/a/messages/m'}}\n  p: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/a'}]}\n",
        "5 `#/channels/a/messages/m` is a message, where a channel must stand (refer to a channel: `#/channels/NAME`)\n\
         6 `#/channels/a` is a channel, where a message must stand (refer to a message: `#/channels/CHANNEL/messages/NAME`)",
    );
}

#[test]
fn values_of_other_types_show_what_is_meant() {
    for (keyword, expected) in [
        ("uniqueItems: 'yes'", "write `true`, without quotes"),
        ("uniqueItems: 'off'", "write `false`, without quotes"),
        ("uniqueItems: 1", "write `true` or `false`"),
        ("maxLength: '5'", "write it without quotes: `5`"),
        ("maxLength: much", "write it in digits, such as `10`"),
        (
            "items: '#/components/schemas/A'",
            "a reference is written `$ref: '#/components/schemas/A'`",
        ),
        (
            "items: './a.yaml'",
            "a reference is written `$ref: './a.yaml'`",
        ),
        (
            "properties: text",
            "write its entries below it, indented deeper",
        ),
    ] {
        schema(keyword, expected);
    }
}

#[test]
fn entries_that_slipped_out_at_the_end_of_a_map_are_asked_for() {
    check(
        "channels:\n  a: {}\nb:\n  address: b\n",
        "5 the document has no field `b` (indent it, with the lines below it, if it belongs to `channels`)",
    );
}

#[test]
fn versions_that_do_not_exist_are_offered_the_newest_that_is_like_them() {
    for (version, expected) in [
        ("4.0.0", "3.1.0"),
        ("3.2.0", "3.1.0"),
        ("'3.0'", "3.0.0"),
        ("2.6.1", "2.6.0"),
        ("2.9.0", "2.6.0"),
        ("1.2.0", "3.1.0"),
        ("v3.0.0", "3.0.0"),
    ] {
        let (_, found) = findings(&[("/doc/api.yaml", &format!("asyncapi: {version}\n"))]);
        let help = found[0].help.as_deref().expect("a help");
        assert!(
            help.starts_with(&format!("did you mean `{expected}`?")),
            "{version}: {help}"
        );
    }
}
