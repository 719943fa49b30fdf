//! `--fix` and `--diff`: what is certain is mended in the text, the rest of it stays as it is.
use crate::support::Place;
use expect_test::expect;

const TEXT: &str = "# Orders, by hand\nasyncapi: 3.1.0
info:
  title: Orders   # the title
  verison: 1.0
servers:
  production:
    host: example.com
    protocol: mqtt
    security:
      - login: []   # as before
channels:
  orders/new:
    address: orders
    messages:
      placed: { $ref: '#/components/messages/Placed' }
    tags:
      - name: shop
      # the good one
      - { name: shop, description: What the shop does. }
operations:
  place:
    action: sendd
    channel: { $ref: '#/channels/orders/new' }
    messages: [{ $ref: \"#/components/messages/Placed\" }]
components:
  securitySchemes: { login: { type: userPassword } }
  messages:
    Placed:
      correlationId: { location: $message.headers#/id }
      headers: { type: object, properties: { id: { type: string } } }
      payload:
        type: object
        required: [id, size, id]
        properties:
          id: { type: string, enum: [a, b, a] }
          size: { type: integer }
";

fn place() -> Place {
    let place = Place::new();
    place.write("a.yaml", TEXT);
    place
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path().join(name)).expect("a file")
}

#[test]
fn a_diff_shows_every_mend_and_changes_nothing() {
    let place = place();
    let run = place.run(&["validate", "--diff", "a.yaml"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    expect![[r##"
        --- a.yaml
        +++ a.yaml
        @@ -2,36 +2,35 @@
         asyncapi: 3.1.0
         info:
           title: Orders   # the title
        -  verison: 1.0
        +  version: "1.0"
         servers:
           production:
             host: example.com
             protocol: mqtt
             security:
        -      - login: []   # as before
        +      - $ref: '#/components/securitySchemes/login'   # as before
         channels:
           orders/new:
             address: orders
             messages:
               placed: { $ref: '#/components/messages/Placed' }
             tags:
        -      - name: shop
               # the good one
               - { name: shop, description: What the shop does. }
         operations:
           place:
        -    action: sendd
        -    channel: { $ref: '#/channels/orders/new' }
        -    messages: [{ $ref: "#/components/messages/Placed" }]
        +    action: send
        +    channel: { $ref: '#/channels/orders~1new' }
        +    messages: [{ $ref: "#/channels/orders~1new/messages/placed" }]
         components:
           securitySchemes: { login: { type: userPassword } }
           messages:
             Placed:
        -      correlationId: { location: $message.headers#/id }
        +      correlationId: { location: '$message.header#/id' }
               headers: { type: object, properties: { id: { type: string } } }
               payload:
                 type: object
        -        required: [id, size, id]
        +        required: [id, size]
                 properties:
        -          id: { type: string, enum: [a, b, a] }
        +          id: { type: string, enum: [a, b] }
                   size: { type: integer }
    "##]]
    .assert_eq(&run.out);
    assert_eq!(read(&place, "a.yaml"), TEXT);
    let clean = place.run(&["validate", "--diff", "specs"]);
    assert_eq!((clean.code, clean.out.as_str()), (0, ""));
}

#[test]
fn mending_leaves_no_error_and_is_done_once() {
    let place = place();
    let run = place.run(&["validate", "--fix", "--format", "concise", "a.yaml"]);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
    expect![[r#"
        note: mended 10 finding(s) in 1 file(s)
    "#]]
    .assert_eq(&run.err);
    let mended = read(&place, "a.yaml");
    let again = place.run(&["validate", "--fix", "--format", "concise", "a.yaml"]);
    assert_eq!((again.code, again.err.as_str()), (0, ""));
    assert_eq!(read(&place, "a.yaml"), mended);
}

#[test]
fn json_and_second_files_are_mended_as_they_are_written() {
    let place = Place::new();
    let root = "{\n  \"asyncapi\": \"3.1.0\",\n  \"info\": {\"title\": \"a\", \"version\": 1},\n  \"channels\": {\"c\": {\"address\": \"c\",\n\
                \"messages\": {\"m\": {\"payload\": {\"$ref\": \"./lib/b.yaml\"}}}}}\n}";
    place.write("a.json", root);
    place.write(
        "lib/b.yaml",
        "type: objct\r\nrequired:\r\n- a\r\n- a   # twice\r\nproperties: {a: {}}\r\n",
    );
    let run = place.run(&["validate", "--fix", "a.json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(
        read(&place, "a.json"),
        root.replace("\"version\": 1", "\"version\": \"1\"")
    );
    assert_eq!(
        read(&place, "lib/b.yaml"),
        "type: object\r\nrequired:\r\n- a\r\nproperties: {a: {}}\r\n"
    );
}

#[test]
fn a_mend_that_would_bring_up_an_error_is_not_made() {
    let place = Place::new();
    let text = "asyncapi: 3.1.0\ninfo: { title: a, version: '1' }\nchanels: { a: { adress: {} } }\noperatoins: {}\n";
    place.write("a.yaml", text);
    let run = place.run(&["validate", "--fix", "--format", "concise", "a.yaml"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        read(&place, "a.yaml"),
        text.replace("operatoins", "operations")
    );
    assert!(
        run.err.contains(
            "not mended, as that would bring up an error: the document has no field `chanels`, then"
        ),
        "{}",
        run.err
    );
}

#[test]
fn what_is_ignored_known_or_uncertain_stays() {
    let place = Place::new();
    let text = "asyncapi: 3.1.0\ninfo: { title: a, version: '1', contct: {} } # tidings-ignore field-unknown: portal\n\
                channels: { a: { adress: a } }\nx-a: &t strin\ncomponents: { schemas: { A: { type: *t } } }\n";
    place.write("a.yaml", text);
    place.run(&["validate", "--write-baseline", "known.json", "a.yaml"]);
    let run = place.run(&["validate", "--diff", "--baseline", "known.json", "a.yaml"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let run = place.run(&["validate", "--diff", "a.yaml"]);
    assert_eq!(run.out.matches("\n-").count(), 1, "{}", run.out);
    assert!(
        run.out.contains("+channels: { a: { address: a } }"),
        "{}",
        run.out
    );
}

#[test]
fn standard_input_is_not_mended() {
    let place = Place::new();
    for option in ["--fix", "--diff"] {
        let run = place.run_with_input(&["validate", option, "-"], TEXT.as_bytes());
        assert_eq!(run.code, 2);
        assert!(
            run.err.contains("standard input cannot be mended"),
            "{}",
            run.err
        );
    }
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_what_they_lead_to_is_mended() {
    let place = Place::new();
    place.write(
        "real/a.yaml",
        "asyncapi: 3.1.0\ninfo: { title: a, version: 1 }\n",
    );
    std::os::unix::fs::symlink("real/a.yaml", place.path().join("a.yaml")).expect("a link");
    assert_eq!(place.run(&["validate", "--fix", "a.yaml"]).code, 0);
    assert!(place.path().join("a.yaml").is_symlink());
    assert!(read(&place, "real/a.yaml").contains("version: \"1\""));
}

#[cfg(unix)]
#[test]
fn who_may_read_a_file_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let path = place.write("a.yaml", "asyncapi: 3.1.0\ninfo: {title: t, version: 1}\n");
    let mode = |path| std::fs::metadata(path).map(|about| about.permissions().mode() & 0o777);
    let private = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(&path, private).expect("set");
    place.run(&["validate", "--fix", "a.yaml"]);
    assert!(read(&place, "a.yaml").contains("\"1\""));
    assert_eq!(mode(&path).expect("there"), 0o640);
}

#[test]
fn a_mend_that_brings_up_one_more_error_of_a_known_kind_is_given_up() {
    let place = Place::new();
    let text = "asyncapi: 3.1.0
info: { title: a, version: '1' }
channels:
  one: { address: [a] }
  two: { adress: [b] }
";
    place.write("a.yaml", text);
    let run = place.run(&["validate", "--fix", "--isolated", "a.yaml"]);
    assert_eq!(read(&place, "a.yaml"), text);
    let told = "not mended, as that would bring up an error: ";
    assert!(
        run.code == 1 && run.err.contains(told),
        "{}{}",
        run.out,
        run.err
    );
    assert!(
        run.err
            .contains("`address` must be text or null, not a list"),
        "{}",
        run.err
    );
}

#[test]
fn mends_that_touch_each_other_are_made_one_after_the_other() {
    let place = Place::new();
    let text = |required: &str, values: &str| {
        format!(
            "asyncapi: 3.1.0
info: {{ title: a, version: '1' }}
components:
  schemas:
    S: {{ type: object, required: [{required}], properties: {{ id: {{ type: string }}, b: {{ enum: [{values}] }} }} }}
"
        )
    };
    place.write("a.yaml", text("id, id, b, id, id", "x, x, x, y, y"));
    place.run(&["validate", "--fix", "--isolated", "a.yaml"]);
    assert_eq!(read(&place, "a.yaml"), text("id, b", "x, y"));
}
