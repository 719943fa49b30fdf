//! What is checked of the types that schemas become: `checked.txt` has a line of schemas each, of which the first is a payload or `v` a
//! property of it, and below it the checks that are written for them.
use super::code;
use expect_test::expect_file;

#[test]
fn schemas_are_checked_by_this() {
    let known = include_str!("checked.txt").lines();
    let made = known.filter(|line| !line.starts_with(' ')).map(|line| {
        let checks = match line.strip_prefix("v: ") {
            _ if line.starts_with('#') => String::new(),
            None => checks(line),
            Some(schema) => checks(&format!(
                "S: {{ type: object, required: [v], additionalProperties: false, properties: {{ v: {schema} }} }}"
            )),
        };
        format!("{line}\n{checks}")
    });
    expect_file!["checked.txt"].assert_eq(&made.collect::<String>());
}

fn checks(schemas: &str) -> String {
    let first = schemas.split(':').next().unwrap();
    let text = code(&format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ $ref: '#/components/schemas/{first}' }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
components: {{ schemas: {{ {schemas} }} }}
"
    ));
    let written = text.split(" impl codegen::Validate for ").skip(1);
    let written = written.map(|rest| {
        let (name, rest) = rest.split_once(" {").unwrap();
        let body = rest.split_once("&mut codegen::Violations) {").or_else(|| {
            // The last argument is followed by a comma where they stand in lines of their own.
            rest.split_once("&mut codegen::Violations, ) {")
        });
        format!("  {name}: {}\n", block(body.unwrap().1))
    });
    let short = text.split("codegen::validate!(").skip(1);
    let short = short.map(|rest| format!("  {}\n", rest.split_once(");").unwrap().0));
    written.chain(short).collect()
}

/// The text as far as the brace that closes what it is within.
fn block(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    text[..end.unwrap_or(text.len())].trim()
}
