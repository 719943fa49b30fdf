//! Every error says how to mend it: tried over the examples of all rules and over texts that are wrong in many ways.
use std::path::Path;

use tidings_document::{Diagnostic, Profile, Severity, open_text, read};

/// Rules whose errors need no help, each with the reason.
const WITHOUT_HELP: &[(&str, &str)] = &[(
    "protobuf-schema-invalid",
    "the message says what was expected in its place",
)];

/// Texts with slips that no example of a rule has.
const SLIPS: &[&str] = &[
    "",
    "a: [",
    "- a\nb: c\n",
    "asyncapi: 9\n",
    "openapi: 3.0.0\n",
    "asyncapi: 3.0.0\ninfo:\nchannels: []\noperations: text\nservers: 1\ncomponents: true\n",
    "asyncapi: 3.0.0\ninfo: {title: 1, version: [a], contact: {email: x, url: y}, license: {}, tags: {a: b}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\nservers: {s: {host: a, protocol: b, security: [{type: x}, {type: oauth2}], variables: {v: {enum: a}}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\nchannels: {c: {address: 1, messages: [a], servers: [b], bindings: {kafka: {partitions: x}}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\noperations: {o: {action: publish, channel: c, messages: [m], reply: {channel: {$ref: '#/info'}}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\noperations: {o: {action: send, channel: {$ref: './missing.yaml'}, reply: {}}, p: {$ref: '#/operations/p'}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\ncomponents: {schemas: {A: {type: [string, null], enum: a, required: b, maxLength: -1, multipleOf: 0, pattern: '[', items: 1, $ref: 5}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\ncomponents: {messages: {M: {payload: a, headers: [], examples: [{}], correlationId: {location: x}, contentType: 1}}}\n",
    "asyncapi: 2.6.0\ninfo: {title: a, version: b}\nchannels: {'a b': {publish: {message: {oneOf: a}}, parameters: [x]}}\nservers: {s: {url: 1}}\n",
    "asyncapi: 2.6.0\ninfo: {title: a, version: b}\nchannels: {c: {subscribe: {operationId: x, message: {schemaFormat: application/vnd.apache.avro, payload: {type: record}}}, publish: {operationId: x}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\ncomponents: {messages: {M: {payload: {schemaFormat: application/vnd.google.protobuf, schema: 'message A {'}}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\ncomponents: {schemas: {A: {schemaFormat: 'application/schema+json;version=2020-12', schema: {type: x, minimum: a, $ref: '#nowhere'}}}}\n",
    "asyncapi: 3.0.0\ninfo: {title: a, version: b}\ncomponents: {messages: {M: {payload: {type: string, default: 1, examples: [2]}, examples: [{payload: 3, headers: {a: 1}}], headers: {type: object, properties: {a: {type: string}}}}}}\n",
];

fn findings(text: &str) -> Vec<Diagnostic> {
    let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
    let (document, mut found) = opened.expect("text");
    let (api, more) = read(&document);
    found.extend(more);
    if let Some(api) = api {
        found.extend(crate::check(&api, Profile::Strict));
    }
    let sifted = crate::ignores::sift(&document, found, &|_| Some(true));
    sifted.kept.into_iter().chain(sifted.about).collect()
}

#[test]
fn every_error_has_a_help_or_a_fix() {
    let blocks = crate::all().flat_map(|rule| rule.docs.split("```yaml bad\n").skip(1));
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let mut without = Vec::new();
    for text in blocks.chain(SLIPS.iter().copied()) {
        for found in findings(text) {
            let is_helped = found.help.is_some() || found.fix.is_some();
            let needs_none = WITHOUT_HELP.iter().any(|(id, _)| *id == found.rule.id);
            if found.severity == Severity::Error && !is_helped && !needs_none {
                without.push(format!("{}: {}", found.rule.id, found.message));
            }
        }
    }
    without.sort();
    without.dedup();
    assert!(without.is_empty(), "{}", without.join("\n"));
}

#[test]
fn no_message_names_an_empty_name() {
    for text in SLIPS {
        for found in findings(text) {
            assert!(
                !found.message.contains("``"),
                "{}: {}",
                found.rule.id,
                found.message
            );
        }
    }
}

#[test]
fn rules_without_help_exist_and_say_why() {
    for (id, why) in WITHOUT_HELP {
        assert!(crate::find(id).is_some() && !why.is_empty(), "{id}");
    }
}
