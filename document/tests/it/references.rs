//! Where references lead, and what is said of those that lead nowhere.
use std::{fs, path::Path};

use expect_test::expect;
use tidings_document::{End, Settings, open};

use super::{check, check_files, findings, open_files, takes_no_square_of_time};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\n";

#[test]
fn near_names_and_unescaped_slashes_are_explained() {
    check(&format!(
        "{HEAD}{}",
        "\
channels:
  a:
    messages:
      m: {$ref: '#/components/messages/Ordr'}
      #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-unresolved]: did you mean `Order`?
      n: {$ref: '#/components/messages/a/b'}
      #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-unresolved]: escape the slashes of the key: `a~1b`
      o: {$ref: '#/components/messages/a~1b'}
      p: {$ref: '#/components/messages/a%2Fb'}
      q: {$ref: '#Order'}
      #         ^^^^^^^^ error[reference-unresolved]: does not name a place
      r: {$ref: 'other.yaml'}
      #         ^^^^^^^^^^^^ error[reference-unresolved]: `other.yaml` does not exist
components:
  messages: {Order: {}, a/b: {}}
"
    ));
}

#[test]
fn alias_cycles_are_reported_once_and_schema_cycles_are_fine() {
    check(&format!(
        "{HEAD}{}",
        "\
components:
  schemas:
    A: {$ref: '#/components/schemas/B'}
    #         ^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-cycle]: leads back to itself
    B: {$ref: '#/components/schemas/C'}
    C: {$ref: '#/components/schemas/A'}
    Into: {$ref: '#/components/schemas/A'}
    Tree: {properties: {left: {$ref: '#/components/schemas/Tree'}}, not: {$ref: '#/components/schemas/Tree'}}
"
    ));
}

#[test]
fn pointers_go_through_references() {
    let text = format!(
        "{HEAD}{}",
        "\
channels:
  a: {messages: {m: {$ref: 'b.yaml#/messages/M'}}}
x-end: {$ref: '#/channels/a/messages/m/payload/properties/p'}
"
    );
    let other = "messages: {M: {payload: {properties: {p: {type: string}}}}}\n";
    let (document, found) = open_files(&[("/doc/api.yaml", &text), ("/doc/b.yaml", other)]);
    assert!(found.is_empty(), "{found:?}");
    let resolved = document.resolve(document.root().and_then(|root| root.get("x-end")).unwrap());
    assert_eq!(resolved.end, End::Found);
    assert_eq!(
        resolved.pointer.as_deref(),
        Some("/messages/M/payload/properties/p")
    );
    assert_eq!(resolved.key.map(|key| key.value), Some("p"));
    assert_eq!(
        document.sources().path(resolved.node.span.file),
        Path::new("/doc/b.yaml")
    );
}

#[test]
fn pointers_count_the_items_of_lists_from_zero() {
    check(&format!(
        "{HEAD}{}",
        "\
components:
  schemas:
    A: {oneOf: [{type: string}, {type: object, properties: {p: true}}]}
    First: {$ref: '#/components/schemas/A/oneOf/0'}
    Inside: {$ref: '#/components/schemas/A/oneOf/1/properties/p'}
    Beyond: {$ref: '#/components/schemas/A/oneOf/2'}
    #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-unresolved]: there is no `2`
    Named: {$ref: '#/components/schemas/A/oneOf/first'}
    #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-unresolved]: there is no `first`
"
    ));
}

#[test]
fn other_files_are_read_from_where_the_reference_stands() {
    let text = format!("{HEAD}{}", "channels: {a: {$ref: 'channels/a.yaml#/a'}}\n");
    check_files(&[
        ("/doc/api.yaml", &text),
        (
            "/doc/channels/a.yaml",
            "a:\n  messages: {m: {$ref: '../messages/m%20x.json'}}\n  adress: x\n# ^^^^^^ error[field-unknown]: did you mean `address`?\n",
        ),
        (
            "/doc/messages/m x.json",
            "{\"payload\": {\"$ref\": \"user.avsc\"}}",
        ),
        ("/doc/messages/user.avsc", "{\"title\": \"x\"}"),
    ]);
}

#[test]
fn findings_in_other_files_tell_the_way_there() {
    let text = format!("{HEAD}{}", "channels: {a: {$ref: 'a.yaml'}}\n");
    let (document, found) = findings(&[
        ("/doc/api.yaml", &text),
        ("/doc/a.yaml", "messages: {m: {$ref: 'b.yaml#/m'}}\n"),
        ("/doc/b.yaml", "m: {payload: {type: object}, nam: x}\n"),
    ]);
    let way: Vec<_> = found[0]
        .related
        .iter()
        .map(|related| {
            let line = document.sources().range(related.span).start.line;
            format!(
                "{}:{line} {}",
                document.sources().path(related.span.file).display(),
                related.message
            )
        })
        .collect();
    expect![[r#"
        /doc/a.yaml:1 `/doc/b.yaml` is referred to here
        /doc/api.yaml:3 `/doc/a.yaml` is referred to here"#]]
    .assert_eq(&way.join("\n"));
}

#[test]
fn only_what_is_reached_in_other_files_counts() {
    let text = format!("{HEAD}{}", "channels: {a: {$ref: 'a.yaml#/used'}}\n");
    check_files(&[
        ("/doc/api.yaml", &text),
        ("/doc/a.yaml", "used: {}\nunused: {$ref: 'missing.yaml'}\n"),
    ]);
}

#[test]
fn remote_references_are_a_warning_and_the_rest_goes_on() {
    check(&format!(
        "{HEAD}{}",
        "\
channels:
  a: {$ref: 'https://example.com/a.yaml#/a'}
  #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[reference-remote]: remote references are off
  b: {adress: x}
  #   ^^^^^^ error[field-unknown]: `adress`
  c: {$ref: 'other:///a'}
  #         ^^^^^^^^^^^^ error[reference-unresolved]: `other:` names no file
"
    ));
}

#[test]
fn broken_files_are_reported_where_they_are_broken() {
    let text = format!(
        "{HEAD}{}",
        "channels: {a: {$ref: 'a.json'}, b: {$ref: 'a.json'}}\n"
    );
    let (document, found) =
        findings(&[("/doc/api.yaml", &text), ("/doc/a.json", "{\"address\": }")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(document.sources().range(found[0].span).start.column, 13);
}

#[test]
fn the_file_system_is_read_within_its_roots_only() {
    let folder = std::env::temp_dir().join(format!("tidings-document-{}", std::process::id()));
    let doc = folder.join("project/doc");
    fs::create_dir_all(&doc).unwrap();
    fs::create_dir_all(folder.join("common")).unwrap();
    fs::write(folder.join("common/a.yaml"), "{}").unwrap();
    let text = format!(
        "{HEAD}{}",
        "channels: {a: {$ref: '../../common/a.yaml'}, b: {$ref: link.yaml}, c: {$ref: '.'}}\n"
    );
    fs::write(doc.join("api.yaml"), text).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("common/a.yaml"), doc.join("link.yaml")).unwrap();
    let ids = |settings: &Settings| {
        let (_, found) = open(&doc.join("api.yaml"), settings).unwrap();
        found.iter().map(|found| found.rule.id).collect::<Vec<_>>()
    };
    let strict = ids(&Settings::default());
    let open_wide = ids(&Settings {
        roots: vec![folder.join("common")],
        ..Settings::default()
    });
    fs::create_dir_all(folder.join("project/.git")).unwrap();
    let (_, found) = open(&doc.join("api.yaml"), &Settings::default()).unwrap();
    let missing = open(&doc.join("none.yaml"), &Settings::default())
        .unwrap_err()
        .reason;
    let is_folder = open(&doc, &Settings::default()).unwrap_err().reason;
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        strict,
        [
            "reference-outside-root",
            "reference-outside-root",
            "reference-unresolved"
        ]
    );
    assert_eq!(open_wide, ["reference-unresolved"]);
    let help = found[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("--root") && help.contains("common"), "{help}");
    assert_eq!(missing, "does not exist");
    assert_eq!(is_folder, "is a folder");
}

#[cfg(unix)]
#[test]
fn references_start_from_where_a_link_lies() {
    let folder = std::env::temp_dir().join(format!("tidings-links-{}", std::process::id()));
    fs::create_dir_all(folder.join("store")).unwrap();
    fs::create_dir_all(folder.join("view")).unwrap();
    let text = format!("{HEAD}channels: {{a: {{$ref: channel.yaml}}}}\n");
    fs::write(folder.join("store/1"), text).unwrap();
    fs::write(folder.join("store/2"), "address: a\n").unwrap();
    std::os::unix::fs::symlink(folder.join("store/1"), folder.join("view/api.yaml")).unwrap();
    std::os::unix::fs::symlink(folder.join("store/2"), folder.join("view/channel.yaml")).unwrap();
    let (document, found) = open(&folder.join("view/api.yaml"), &Settings::default()).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(document.sources().len(), 2);
}

/// A row of references, each to the next one; the last leads to `end`.
fn row(count: usize, end: &str) -> String {
    let one = |at| format!("    S{at}: {{$ref: '#/components/schemas/S{}'}}\n", at + 1);
    let all: String = (0..count - 1).map(one).collect();
    format!(
        "{HEAD}components:\n  schemas:\n{all}    S{}: {end}\n",
        count - 1
    )
}

#[test]
fn long_rows_of_references_are_told_once() {
    let told = |text: &str| {
        let (document, found) = findings(&[("/doc/api.yaml", text)]);
        let line = |found: &tidings_document::Diagnostic| {
            let line = document.sources().range(found.span).start.line;
            format!(
                "{line} {} ({})",
                found.message,
                found.help.as_deref().unwrap_or_default()
            )
        };
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(told(&row(33, "{type: string}")), "");
    for count in [34, 10_000] {
        let end = count - 1;
        assert_eq!(
            told(&row(count, "{type: string}")),
            format!(
                "5 `#/components/schemas/S1` leads through more than 32 references (refer to the object itself, as in `#/components/schemas/S{end}`)"
            )
        );
        assert_eq!(
            told(&row(count, "{$ref: '#/components/schemas/S0'}")),
            "5 `#/components/schemas/S1` leads back to itself (let one of them be the object itself)"
        );
    }
    let two = row(40, "{type: string}")
        + "    A: {$ref: '#/components/schemas/S2'}\n    B: {properties: {b: {$ref: '#/components/schemas/S0'}}}\n";
    assert_eq!(told(&two).lines().count(), 1);
}

#[test]
fn a_circle_through_the_names_of_files_is_found() {
    check(&format!(
        "{HEAD}{}",
        "components:
  schemas:
    a:
      $ref: './api.yaml#/components/schemas/b'
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-cycle]: leads back to itself
    b:
      $ref: 'api.yaml#/components/schemas/a'
"
    ));
}

#[test]
fn many_references_that_lead_nowhere_take_no_square_of_time() {
    takes_no_square_of_time(20_000, |count| {
        let mut text = format!("{HEAD}components:\n  schemas:\n");
        for at in 0..count {
            text += &format!("    c{at}: {{$ref: '#/components/schemas/z{at}'}}\n");
        }
        let (_, found) = findings(&[("/doc/api.yaml", &text)]);
        assert_eq!(found.len(), count.min(10_000));
    });
}

#[test]
fn the_way_to_a_file_is_told_to_a_length() {
    let root = format!("{HEAD}channels: {{a: {{$ref: 'f0.yaml'}}}}\n");
    let mut files = vec![("/doc/api.yaml".to_owned(), root)];
    for at in 0..50 {
        let text = format!("x-next: {{$ref: 'f{}.yaml'}}\n", at + 1);
        files.push((format!("/doc/f{at}.yaml"), text));
    }
    let files: Vec<_> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let (_, found) = findings(&files);
    let last = found.last().unwrap();
    assert_eq!(last.message, "`f50.yaml` does not exist");
    assert_eq!(last.related.len(), 10);
}

#[test]
fn schemas_are_found_by_names_of_their_own() {
    check(
        r##"asyncapi: 3.1.0
info: { title: t, version: '1' }
components:
  schemas:
    Order:
      schemaFormat: application/schema+json;version=2020-12
      schema:
        $defs: { a/b: { $anchor: line, type: string }, old: { $id: '#older' } }
        properties:
          first: { $ref: '#line' }
          second: { $ref: '#older' }
          third: { $ref: '#none' }
          #              ^^^^^^^ error[reference-unresolved]: does not name a place
"##,
    );
}

#[test]
fn what_leads_through_one_missing_key_is_told_in_the_same_words() {
    let (_, found) = findings(&[(
        "/doc/api.yaml",
        "\
asyncapi: 3.0.0
info: { title: a, version: '1' }
chanels: { a/b: {}, c: {} }
operations:
  o: { action: send, channel: { $ref: '#/channels/a~1b' } }
  p: { action: send, channel: { $ref: '#/channels/c' }, messages: [{ $ref: '#/channels/c/messages/m' }] }
  q: { action: send, channel: { $ref: './api.yaml#/channels/c' } }
  r: { action: send, channel: { $ref: '#/chanels/d' } }
",
    )]);
    let told = found
        .iter()
        .filter(|found| found.rule.id == "reference-unresolved");
    let told: Vec<_> = told.map(|found| found.message.as_str()).collect();
    let own = "`#/channels` leads nowhere: there is no `channels`";
    assert_eq!(
        told,
        [
            own,
            own,
            own,
            "`./api.yaml#/channels` leads nowhere: there is no `channels`",
            "`#/chanels/d` leads nowhere: there is no `d`"
        ]
    );
}
