//! Protobuf payloads: `validate`, `message check`, `message example`, `docs` and `generate`.
use crate::support::{Place, Run};
use expect_test::expect;

const API: &str = "\
asyncapi: 3.1.0
id: urn:orders
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      Placed:
        contentType: application/x-protobuf
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = \"proto3\";
            import \"common/money.proto\";
            message Placed {
              string id = 1;
              shop.Money total = 2;
              oneof how { string card = 3; int64 invoice = 4; }
            }
        examples:
          - payload: { id: O-1, total: { units: 12 }, card: x }
      Paid:
        contentType: application/x-protobuf
        payload:
          schemaFormat: application/x-protobuf
          schema: { $ref: ./paid.proto }
operations:
  place: { action: receive, channel: { $ref: '#/channels/orders' } }
";

/// The document with its files.
fn place() -> Place {
    let place = Place::new();
    place.write("api.yaml", API);
    place.write(
        "paid.proto",
        "syntax = \"proto3\";\nimport \"./common/money.proto\";\nmessage Paid { shop.Money total = 1; }\n",
    );
    place.write(
        "common/money.proto",
        "syntax = \"proto3\";\npackage shop;\nmessage Money { int64 units = 1; }\n",
    );
    place
}

fn check(message: &str, payload: &[u8], more: &[&str]) -> Run {
    let arguments = ["message", "check", "api.yaml", "--message", message, "-"];
    place().run_with_input(&[&arguments[..], more].concat(), payload)
}

#[test]
fn a_document_with_imports_is_valid() {
    let run = place().run(&["validate", "api.yaml"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn faults_are_shown_in_the_text_and_in_imported_files() {
    let place = place();
    let broken = API
        .replace("string id = 1;", "strin id = 1;")
        .replace("units: 12", "units: twelve");
    place.write("api.yaml", broken);
    place.write(
        "paid.proto",
        "syntax = \"proto3\";\nimport \"none.proto\";\nmessage Paid { int32 a = 1 }\n",
    );
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    assert_eq!(run.code, 1);
    expect![[r#"
        api.yaml:16:15: error[protobuf-schema-invalid] name `strin` is not defined
        paid.proto:2:9: error[protobuf-schema-invalid] import `none.proto` was not found
        paid.proto:3:28: error[protobuf-schema-invalid] expected `;` or `[`, but found `}`
    "#]]
    .assert_eq(&run.out);
    place.write("api.yaml", API);
    place.write(
        "common/money.proto",
        "syntax = \"proto3\";\npackage shop;\nmessage Money { units = 1; }\n",
    );
    place.write(
        "paid.proto",
        "syntax = \"proto3\";\nmessage A {}\nmessage B {}\n",
    );
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    expect![[r#"
        api.yaml:26:27: error[protobuf-schema-invalid] the payload may be any of the messages `A`, `B`
        common/money.proto:3:23: error[protobuf-schema-invalid] expected `.` or an identifier, but found `=`
    "#]].assert_eq(&run.out);
    let run = place.run(&[
        "message",
        "check",
        "api.yaml",
        "--message",
        "Paid",
        "paid.proto",
    ]);
    assert_eq!(run.code, 2);
    expect![[r#"
        error: `Paid` cannot be checked: its Protobuf schema cannot be used: the payload may be any of the messages `A`, `B`, at api.yaml:26:27 (mark the one that is meant by a comment `// @RootNode` in front of it, or name it like the AsyncAPI message)
    "#]].assert_eq(&run.err);
}

#[test]
fn examples_of_the_document_are_checked() {
    let place = place();
    place.write("api.yaml", API.replace("units: 12", "units: twelve"));
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    expect![[r#"
        api.yaml:21:49: warning[message-example-invalid] payload of an example of message `Placed` breaks its schema: `"twelve"` is not of type `int64`
    "#]].assert_eq(&run.out);
}

#[test]
fn payloads_are_checked_in_json_in_binary_and_in_streams() {
    let run = check("Placed", b"{\"id\":\"O-1\",\"invoice\":\"12\"}", &[]);
    assert_eq!((run.code, run.out.as_str()), (0, "-: valid Placed\n"));
    let run = check(
        "Placed",
        b"{\"id\":1,\"total\":{\"cents\":1},\"card\":\"x\",\"invoice\":\"y\"}",
        &[],
    );
    assert_eq!(run.code, 1);
    expect![[r#"
        -: invalid Placed
          payload /id: `1` is not of type `string`
            schema Placed.id
          payload /total/cents: field `cents` is not known
            schema shop.Money
          payload /invoice: `invoice` and `card` are set, but `how` has one value
            schema Placed.invoice
          payload /invoice: `"y"` is not of type `int64`
            schema Placed.invoice
    "#]]
    .assert_eq(&run.out);
    let run = check("Paid", b"\x0a\x02\x08\x05", &["--encoding", "binary"]);
    assert_eq!((run.code, run.out.as_str()), (0, "-: valid Paid\n"));
    let run = check("Paid", b"\x0a\x02\x08\xff\x10", &["--encoding", "binary"]);
    assert_eq!(run.code, 1);
    expect![[r#"
        -: invalid Paid
          payload /total/units: the bytes end inside a number
            schema shop.Money.units
    "#]]
    .assert_eq(&run.out);
    let run = check("Paid", b"{}\n{\"total\":7}\n", &["--stream"]);
    assert_eq!(run.code, 1);
    expect![[r#"
        -:2: invalid Paid
          payload /total: `7` is no object, as `shop.Money` is
            schema shop.Money
        -: 2 messages, 1 valid Paid, 1 invalid
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn examples_are_made_for_each_field_of_a_oneof() {
    let run = place().run(&[
        "message",
        "example",
        "api.yaml",
        "--message",
        "Placed",
        "--stream",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    expect![[r#"
        {"id":"inlet","total":{"units":"83385"},"card":"inlet"}
        {"id":"lotus","total":{"units":"98484"},"invoice":"26295"}
    "#]]
    .assert_eq(&run.out);
    let run = check("Placed", run.out.as_bytes(), &["--stream"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn pages_show_the_text_and_crates_its_types() {
    let place = place();
    let run = place.run(&["docs", "api.yaml", "--output", "page.html"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let page = std::fs::read_to_string(place.path().join("page.html")).expect("a page");
    assert!(
        page.contains("oneof how") && page.contains("message Paid"),
        "{page}"
    );
    let run = place.run(&["generate", "rust", "api.yaml", "--output", "made"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.err, "wrote 8 file(s) to made\n");
}

/// A document whose message `Made` is a file.
fn made(place: &Place, file: &str) {
    place.write(
        "api.yaml",
        format!(
            "asyncapi: 3.0.0\ninfo: {{ title: T, version: '1' }}\nchannels:\n  a:\n    address: a\n    messages:\n      Made:\n        \
             payload:\n          schemaFormat: application/vnd.google.protobuf;version=3\n          schema: {{ $ref: {file} }}\n"
        ),
    );
}

const ADDRESS: &str =
    "syntax = \"proto3\";\npackage user.v1;\nmessage Address { string street = 1; }\n";

/// What `validate` says of the schema, and how to mend it.
fn schema_errors(place: &Place, options: &[&str]) -> String {
    let run = place.run(&[&["validate", "api.yaml"], options].concat());
    let lines = run
        .out
        .lines()
        .filter(|line| line.contains("[protobuf-") || line.contains("= help"));
    let about = lines.skip_while(|line| !line.contains("[protobuf-"));
    about
        .take(2)
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

#[test]
fn imports_start_from_folders_above_and_from_those_that_are_named() {
    let place = Place::new();
    made(&place, "proto/user/v1/made.proto");
    let text = "syntax = \"proto3\";\nimport \"user/v1/address.proto\";\nimport \"google/type/date.proto\";\n\
        message Made { user.v1.Address address = 1; google.type.Date day = 2; }\n";
    place.write("proto/user/v1/made.proto", text);
    expect![[r#"
        error[protobuf-schema-invalid]: import `user/v1/address.proto` was not found
        = help: it was looked for in `proto/user/v1`, `proto/user`, `proto`, `.`; name the folder that paths start from with `--proto-path DIR`
    "#]]
    .assert_eq(&schema_errors(&place, &[]));
    place.write("shared/user/v1/address.proto", ADDRESS);
    assert_eq!(schema_errors(&place, &["--proto-path", "shared"]), "");
    place.write("tidings.toml", "[read]\nproto-path = [\"shared\"]\n");
    assert_eq!(schema_errors(&place, &[]), "");
    place.write("tidings.toml", "");
    place.write("proto/user/v1/address.proto", ADDRESS);
    assert_eq!(schema_errors(&place, &[]), "");
    place.write(
        "value.json",
        "{\"address\":{\"street\":\"s\"},\"day\":{\"year\":\"x\"}}",
    );
    let run = place.run(&[
        "message",
        "check",
        "api.yaml",
        "--message",
        "Made",
        "value.json",
    ]);
    expect![[r#"
        value.json: invalid Made
          payload /day/year: `"x"` is not of type `int32`
            schema google.type.Date.year
    "#]]
    .assert_eq(&run.out);
    let run = place.run(&[
        "message",
        "example",
        "api.yaml",
        "--message",
        "Made",
        "--stream",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = place.run(&["validate", "api.yaml", "--proto-path", "nowhere"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn names_near_to_known_ones_are_offered() {
    let place = Place::new();
    made(&place, "made.proto");
    place.write(
        "made.proto",
        "syntax = \"proto3\";\nmessage Made { Adress a = 1; }\nmessage Address {}\n",
    );
    expect![[r#"
        error[protobuf-schema-invalid]: name `Adress` is not defined
        = help: did you mean `Address`?
    "#]]
    .assert_eq(&schema_errors(&place, &[]));
    place.write(
        "made.proto",
        "syntax = \"proto3\";\nimport \"google/type/dates.proto\";\nmessage Made {}\n",
    );
    expect![[r#"
        error[protobuf-schema-invalid]: import `google/type/dates.proto` was not found
        = help: did you mean `google/type/date.proto`?
    "#]]
    .assert_eq(&schema_errors(&place, &[]));
    place.write(
        "made.proto",
        "syntax = \"proto3\";\nmessage Made { google.type.Date day = 1; }\n",
    );
    expect![[r#"
        error[protobuf-schema-invalid]: name `google.type.Date` is not defined
        = help: add `import "google/type/date.proto";`
    "#]]
    .assert_eq(&schema_errors(&place, &[]));
}

#[test]
fn raml_is_one_warning_and_the_rest_is_checked() {
    let place = Place::new();
    place.write(
        "3.yaml",
        "asyncapi: 3.1.0\nid: urn:a\ninfo: { title: t, version: 1.0.0 }\nchannels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
         schemaFormat: application/raml+yaml;version=1.0\n          schema: { type: object }\n        examples: [{ payload: 1 }]\n    parameters: { b: {} }\n",
    );
    place.write(
        "2.yaml",
        "asyncapi: 2.6.0\nid: urn:a\ninfo: { title: t, version: 1.0.0 }\nchannels:\n  a/:\n    publish:\n      operationId: o\n      message:\n        name: M\n        \
         messageId: M\n        schemaFormat: application/raml+yaml;version=1.0\n        payload: '#%RAML 1.0 DataType'\n",
    );
    let run = place.run(&["validate", "2.yaml", "3.yaml", "--format", "concise"]);
    expect![[r#"
        2.yaml:5:4: warning[channel-trailing-slash] address `a/` ends with a slash
        2.yaml:11:23: warning[schema-format-unknown] schemas in `application/raml+yaml;version=1.0` are not looked into
        3.yaml:10:25: warning[schema-format-unknown] schemas in `application/raml+yaml;version=1.0` are not looked into
        3.yaml:13:19: error[channel-parameter-unused] parameter `b` is not in the address `a`
    "#]].assert_eq(&run.out);
    for document in ["2.yaml", "3.yaml"] {
        for verb in ["check", "example"] {
            let file = if verb == "check" {
                &["2.yaml"][..]
            } else {
                &[]
            };
            let arguments = [&["message", verb, document, "--message", "M"], file].concat();
            let run = place.run(&arguments);
            assert_eq!(run.code, 2);
            assert!(
                run.err.contains("application/raml+yaml;version=1.0"),
                "{}",
                run.err
            );
        }
    }
}
