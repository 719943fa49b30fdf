//! Protobuf texts: imports are read as further files, and places in texts are places in the document.
use super::open_files;
use std::sync::Arc;
use tidings_document::{Diagnostic, Document, MemoryLoader, Settings, open, read};

/// Every text with its imports, and what was found.
fn texts(files: &[(&str, &str)]) -> Vec<String> {
    let (document, mut diagnostics) = open_files(files);
    let (api, found) = read(&document);
    diagnostics.extend(found);
    let api = api.unwrap();
    let mut lines = Vec::new();
    for proto in &api.protos {
        let imports = proto.imports.iter().map(|import| {
            let path = &proto.text[import.range.clone()];
            let place = proto.place(import.range.clone());
            let written = place.map(|place| document.sources().slice(place));
            assert_eq!(written, Some(path));
            match import.proto {
                Some(id) => format!("{path} -> {}", api[id].name),
                None if import.is_reported => format!("{path} is refused"),
                None => format!("{path} is missing in {:?}", import.looked_in),
            }
        });
        let imports: Vec<_> = imports.collect();
        lines.push(format!("{}: {}", proto.name, imports.join(", ")));
    }
    lines.extend(diagnostics.iter().map(|found| shown(&document, found)));
    lines
}

fn shown(document: &Document, found: &Diagnostic) -> String {
    let start = document.sources().range(found.span).start;
    let path = document.sources().path(found.span.file).display();
    format!("{path}:{}:{} {}", start.line, start.column, found.rule.id)
}

const V3: &str = r#"asyncapi: 3.0.0
info: { title: t, version: '1' }
components:
  messages:
    A:
      payload:
        schemaFormat: application/vnd.google.protobuf;version=3
        schema: |

          syntax = "proto3";
          import "common/a.proto";
            import "none.proto"; import "google/protobuf/any.proto"; // import "x";
          import "../outside.proto";
    B:
      payload:
        schemaFormat: application/vnd.google.protobuf;version=3
        schema: { $ref: ./b.proto }
"#;

#[test]
fn imports_are_read_beside_their_file_or_beside_the_document() {
    let files = [
        ("/doc/api.yaml", V3),
        ("/doc/b.proto", "import 'common/a.proto';"),
        (
            "/doc/common/a.proto",
            "import \"near.proto\"; import \"common/near.proto\"; import \"b.proto\";",
        ),
        ("/doc/common/near.proto", ""),
        ("/outside.proto", ""),
    ];
    assert_eq!(
        texts(&files),
        [
            "/doc/api.yaml: common/a.proto -> /doc/common/a.proto, none.proto is missing in [\"/doc\"], \
             google/protobuf/any.proto is missing in [], ../outside.proto is refused",
            "/doc/common/a.proto: near.proto -> /doc/common/near.proto, \
             common/near.proto -> /doc/common/near.proto, b.proto -> /doc/b.proto",
            "/doc/common/near.proto: ",
            "/doc/b.proto: common/a.proto -> /doc/common/a.proto",
            "/doc/api.yaml:13:19 reference-outside-root",
        ]
    );
}

#[test]
fn folders_above_are_looked_into_up_to_the_root() {
    let api = V3.replace("./b.proto", "proto/user/v1/create.proto");
    let create = "import 'user/v1/address.proto'; import 'user/v2/far.proto'; import './none.proto'; import 'x/none.proto'; import 'google/type/date.proto'; import 'out.proto';";
    let files = [
        ("/git/doc/api.yaml", &*api),
        ("/git/.git", ""),
        ("/git/doc/proto/user/v1/create.proto", create),
        (
            "/git/doc/proto/user/v1/address.proto",
            "import 'user/v1/address.proto';",
        ),
        ("/git/user/v2/far.proto", ""),
        ("/git/doc/none.proto", ""),
        ("/out.proto", ""),
    ];
    let found = texts(&files);
    let create = found.iter().find(|line| line.contains("create.proto:"));
    assert_eq!(
        create.unwrap(),
        "/git/doc/proto/user/v1/create.proto: user/v1/address.proto -> /git/doc/proto/user/v1/address.proto, \
         user/v2/far.proto -> /git/user/v2/far.proto, \
         ./none.proto -> /git/doc/none.proto, x/none.proto is missing in \
         [\"/git/doc/proto/user/v1\", \"/git/doc/proto/user\", \"/git/doc/proto\", \"/git/doc\", \"/git\"], \
         google/type/date.proto is missing in [\"/git/doc/proto/user/v1\", \"/git/doc/proto/user\", \"/git/doc/proto\", \"/git/doc\", \"/git\"], \
         out.proto is missing in [\"/git/doc/proto/user/v1\", \"/git/doc/proto/user\", \"/git/doc/proto\", \"/git/doc\", \"/git\"]"
    );
}

#[test]
fn folders_that_are_named_come_first_and_may_be_read() {
    let files = [
        ("/doc/api.yaml", V3),
        ("/doc/b.proto", ""),
        ("/doc/common/a.proto", ""),
        ("/doc/none.proto", ""),
        ("/protos/common/a.proto", ""),
    ];
    let settings = Settings {
        proto_paths: vec!["/nowhere".into(), "/protos".into()],
        loader: Arc::new(MemoryLoader::new(files)),
        ..Settings::default()
    };
    let (document, _) = open("/doc/api.yaml".as_ref(), &settings).unwrap();
    let (api, _) = read(&document);
    let api = api.unwrap();
    let names: Vec<&str> = api.protos.iter().map(|proto| &*proto.name).collect();
    assert_eq!(
        names,
        [
            "/doc/api.yaml",
            "/protos/common/a.proto",
            "/doc/none.proto",
            "/doc/b.proto"
        ]
    );
}

#[test]
fn version_2_has_texts_in_messages_and_json_too() {
    let api = r#"{ "asyncapi": "2.6.0", "info": { "title": "t", "version": "1" },
        "channels": { "a": { "publish": { "message": {
          "schemaFormat": "application/vnd.google.protobuf;version=2",
          "payload": "// \"quoted\"\n\timport \"a.proto\";" } },
          "subscribe": { "message": { "schemaFormat": "application/x-protobuf",
            "payload": { "$ref": "b.proto" } } } } } }"#;
    let files = [
        ("/doc/api.json", api),
        ("/doc/a.proto", ""),
        ("/doc/b.proto", "import 'a.proto';"),
    ];
    assert_eq!(
        texts(&files),
        [
            "/doc/api.json: a.proto -> /doc/a.proto",
            "/doc/a.proto: ",
            "/doc/b.proto: a.proto -> /doc/a.proto",
        ]
    );
}
