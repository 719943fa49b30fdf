//! How to mend what the compiler refuses.
use super::builtin;

/// What to do about an error, by what it says.
pub(super) fn of(message: &str) -> Option<String> {
    if let Some(name) = quoted(message, "name `", "` is not defined") {
        return Some(undefined(name));
    }
    let table = TABLE.iter();
    let mut fitting = table.filter(|(parts, _)| parts.iter().all(|part| message.contains(part)));
    fitting.next().map(|(_, help)| (*help).to_owned())
}

/// The message about a name that is not defined, in the words for those that nothing resembles.
pub(super) fn undefined_name(message: &str) -> Option<String> {
    let (name, resolved) = message.strip_prefix('`')?.split_once("` resolves to `")?;
    let resolved = resolved.strip_suffix("`, which is not defined")?;
    (name.trim_start_matches('.') == resolved).then(|| format!("name `{name}` is not defined"))
}

fn undefined(name: &str) -> String {
    match builtin::definer(name) {
        Some(path) => format!("add `import \"{path}\";`"),
        None => "define it, or `import` the file that does".to_owned(),
    }
}

fn quoted<'m>(message: &'m str, before: &str, behind: &str) -> Option<&'m str> {
    message.strip_prefix(before)?.strip_suffix(behind)
}

/// Parts of messages, and what helps; the first line that fits counts.
static TABLE: &[(&[&str], &str)] = &[
    (
        &["found `edition`"],
        "editions are not read; write `syntax = \"proto3\";`",
    ),
    (
        &["expected `enum`, `extend`", "found `}`"],
        "take it out: every `{` is closed already",
    ),
    (
        &["expected `enum`, `extend`"],
        "write what a `.proto` file holds, such as `message Order { string id = 1; }`",
    ),
    (
        &["string terminator"],
        "close the text with the quote that it begins with",
    ),
    (&["reached end of file"], "close every `{` with `}`"),
    (&["expected an integer"], NUMBERED),
    (&["expected `=`"], NUMBERED),
    (&["expected `;`"], "end what stands before with `;`"),
    (
        &["expected", "found `=`"],
        "a field has a type before its name, as in `string id = 1;`",
    ),
    (&["whitespace is required"], "names begin with no digit"),
    (
        &["field number", "is already used"],
        "give each field a number of its own",
    ),
    (
        &["enum number", "been used"],
        "give each value a number of its own, or add `option allow_alias = true;`",
    ),
    (&["is defined twice"], "rename one of them"),
    (
        &["camel-case name"],
        "rename one of them: in JSON they have the same name",
    ),
    (
        &["required fields are not allowed"],
        "leave `required` out; only `proto2` has it",
    ),
    (
        &["fields must have a label"],
        "begin the schema with `syntax = \"proto3\";`, or write `optional`, `repeated` or `required` before the type",
    ),
    (
        &["numbers must be between"],
        "give the field a number from 1 on, and none from 19000 to 19999",
    ),
    (
        &["conflicts with", "range"],
        "give the field another number",
    ),
    (
        &["first value for proto3"],
        "begin with a value such as `UNSPECIFIED = 0;`",
    ),
    (
        &["at least one value"],
        "add a value such as `UNSPECIFIED = 0;`",
    ),
    (
        &["default values are not allowed"],
        "leave `default` out; only `proto2` has it",
    ),
    (
        &["option field", "is not defined"],
        "leave it out, or write the name of an option that there is",
    ),
    (
        &["map fields cannot"],
        "leave the label out: a map has many entries already",
    ),
    (&["cannot have labels"], "leave the label out"),
    (
        &["map field key"],
        "take `string`, `bool` or a whole number for the keys",
    ),
    (&["oneof must have"], "give it a field, or leave it out"),
];

const NUMBERED: &str = "every field has a number of its own, as in `string id = 1;`";
