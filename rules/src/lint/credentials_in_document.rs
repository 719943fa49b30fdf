//! `credentials-in-document`: a URL has a user name and a password in it.

use std::ops::Range;

use tidings_document::{
    Diagnostic, Node, Profile, Rule, Severity, Text, Value, credentials, host_credentials,
};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "credentials-in-document",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a URL has a user name and a password in it",
        docs: r##"Whoever reads the document learns the password, and documents are passed on, published and kept in the history of a repository. How to log in is said by
`security`, with a scheme that says what is asked for and not what the answer is.

All texts are looked at, also of the files that the document refers to. A user name alone is no secret, nor is a variable such as `{password}`. No output of
Tidings shows such a password: it is `***` in messages and on pages, and asterisks where the text of a document is shown.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0, externalDocs: { url: 'https://reader:s3same@docs.example.com/orders' } }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: 'shop:s3same@mq.example.com:5671', protocol: amqps }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: mq.example.com:5671
    protocol: amqps
    security: [{ $ref: '#/components/securitySchemes/account' }]
components:
  securitySchemes:
    account: { type: userPassword }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let document = context.api.document;
    let files = document.sources().iter();
    for tree in files.filter_map(|file| document.tree(file)) {
        texts(tree, &mut |text| {
            out.extend(
                credentials(text.value)
                    .into_iter()
                    .map(|place| finding(text, place)),
            );
        });
    }
    for server in &context.api.servers {
        let address = server.node.get("host").or(server.node.get("url"));
        let text = address.and_then(Node::text);
        let found = text.and_then(|text| Some(finding(text, host_credentials(text.value)?)));
        out.extend(found);
    }
}

/// Every text of a tree, keys among them.
fn texts<'a>(tree: &'a Node, look: &mut impl FnMut(Text<'a>)) {
    let mut todo = vec![tree];
    while let Some(node) = todo.pop() {
        match &node.value {
            Value::String(_) => node.text().into_iter().for_each(&mut *look),
            Value::Array(items) => todo.extend(items),
            Value::Object(object) => {
                object.iter().for_each(|entry| look(entry.name()));
                todo.extend(object.iter().map(|entry| &entry.value));
            }
            _ => {}
        }
    }
}

fn finding(text: Text<'_>, place: Range<usize>) -> Diagnostic {
    let message = format!(
        "the password in `{}` is no secret any more",
        url(text.value, &place)
    );
    Diagnostic::new(&LINT.rule, within(text, place), message).help(
        "leave out what stands before the `@`, say with `security` how to log in, and change the password",
    )
}

/// The URL around credentials, without them.
fn url(text: &str, place: &Range<usize>) -> String {
    let is_outside = |c: char| c.is_whitespace() || c.is_control() || "\"`'<>()[]".contains(c);
    let begin = text[..place.start].rfind(is_outside);
    let begin = begin.map_or(0, |at| text.ceil_char_boundary(at + 1));
    let behind = &text[place.end..];
    let end = behind.find(is_outside).unwrap_or(behind.len());
    format!("{}***{}", &text[begin..place.start], &behind[..end])
}
