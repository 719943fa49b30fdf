//! Remote references: where they lead once hosts are allowed or copies are named, and where they never lead.
use std::{path::Path, sync::Arc};

use tidings_document::{
    Diagnostic, Document, Limits, Mapping, MemoryLoader, Node, Remote, Settings, open, open_alone,
};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\n";

/// What may be read.
#[derive(Default)]
struct World<'t> {
    files: &'t [(&'t str, &'t str)],
    remote: &'t [(&'t str, &'t str)],
    hosts: &'t [&'t str],
    map: &'t [(&'t str, &'t str)],
    limits: Limits,
}

/// Reads a document with these components among the files.
fn read(world: &World<'_>, schemas: &str) -> (Document, Vec<Diagnostic>) {
    let root = format!("{HEAD}components: {{schemas: {schemas}}}\n");
    let files = world
        .files
        .iter()
        .copied()
        .chain([("/doc/api.yaml", &*root)]);
    let map = world.map.iter();
    let settings = Settings {
        limits: world.limits.clone(),
        remote: Remote {
            hosts: world
                .hosts
                .iter()
                .map(|host| host.parse().unwrap())
                .collect(),
            map: map
                .map(|(url, path)| Mapping::new(url, path).unwrap())
                .collect(),
        },
        loader: Arc::new(MemoryLoader::new(files).with_remote(world.remote.iter().copied())),
        ..Settings::default()
    };
    let (document, mut found) = open(Path::new("/doc/api.yaml"), &settings).unwrap();
    found.extend(tidings_document::read(&document).1);
    (document, found)
}

/// Each finding with its place, its rule and its message.
fn lines(world: &World<'_>, schemas: &str) -> Vec<String> {
    let (document, found) = read(world, schemas);
    let sources = document.sources();
    let line = |found: &Diagnostic| {
        format!(
            "{}:{} {} {}",
            sources.path(found.span.file).display(),
            sources.range(found.span).start.line,
            found.rule.id,
            found.message
        )
    };
    found.iter().map(line).collect()
}

fn paths(document: &Document) -> Vec<String> {
    let sources = document.sources();
    let path = |file| sources.path(file).display().to_string();
    sources.iter().map(path).collect()
}

#[test]
fn allowed_hosts_are_asked_and_their_references_start_from_the_url() {
    let world = World {
        remote: &[
            (
                "https://a.example/x/one.yaml",
                "A: {$ref: '../two.json#/B%20b'}\n",
            ),
            (
                "https://a.example/two.json",
                "{\"B b\": {\"$ref\": \"/x/one.yaml#/C\"}}",
            ),
        ],
        hosts: &["a.example"],
        ..World::default()
    };
    let (document, found) = read(
        &world,
        "{A: {$ref: 'HTTPS://A.example:443/x/./one.yaml#/A'}, B: {$ref: 'https://a.example/x/one.yaml#/A'}}",
    );
    assert_eq!(
        paths(&document),
        [
            "/doc/api.yaml",
            "https://a.example/x/one.yaml",
            "https://a.example/two.json"
        ]
    );
    let [found] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        found.message,
        "`/x/one.yaml#/C` leads nowhere: there is no `C`"
    );
    let way: Vec<_> = found.related.iter().map(|to| to.message.as_str()).collect();
    assert_eq!(
        way[way.len() - 2..],
        [
            "`https://a.example/two.json` is referred to here",
            "`https://a.example/x/one.yaml` is referred to here"
        ]
    );
}

#[test]
fn other_hosts_are_not_asked_and_the_flag_is_named() {
    let world = World {
        remote: &[(
            "http://a.example/x",
            "{$ref: 'https://b.example:8443/y.json'}\n",
        )],
        hosts: &["a.example"],
        ..World::default()
    };
    let (_, found) = read(&world, "{A: {$ref: 'http://a.example/x'}}");
    assert_eq!(
        found[0].message,
        "`https://b.example:8443/y.json` is not read: `b.example:8443` is not among the hosts that may be asked"
    );
    let help = found[0].help.as_deref().unwrap();
    assert!(help.contains("--allow-remote b.example:8443`"), "{help}");
}

#[test]
fn a_remote_file_leads_to_no_file_of_this_machine() {
    let text = "\
- {$ref: '/etc/passwd'}
- {$ref: 'file:///etc/passwd'}
- {$ref: 'file:secret.yaml'}
- {$ref: '../../../../doc/secret.yaml'}
";
    let world = World {
        files: &[("/etc/passwd", "x"), ("/doc/secret.yaml", "x")],
        remote: &[("http://a.example/x/y", text)],
        hosts: &["a.example"],
        ..World::default()
    };
    assert_eq!(
        lines(&world, "{A: {x-all: {$ref: 'http://a.example/x/y'}}}"),
        [
            "http://a.example/x/y:1 reference-unresolved `http://a.example/etc/passwd` does not exist",
            "http://a.example/x/y:2 reference-outside-root `file:///etc/passwd` is neither an `http` nor an `https` URL, and a remote file may lead to nothing else",
            "http://a.example/x/y:3 reference-outside-root `file:secret.yaml` is neither an `http` nor an `https` URL, and a remote file may lead to nothing else",
            "http://a.example/x/y:4 reference-unresolved `http://a.example/doc/secret.yaml` does not exist",
        ]
    );
}

#[test]
fn passwords_are_neither_sent_nor_said() {
    let world = World {
        remote: &[("http://a.example/x", "{}")],
        hosts: &["a.example"],
        ..World::default()
    };
    assert_eq!(
        lines(&world, "{A: {$ref: 'http://me:secret@a.example/x'}}"),
        [
            "/doc/api.yaml:3 reference-remote `http://a.example/x` is not read: the reference carries a user name or a password"
        ]
    );
}

#[test]
fn characters_that_no_url_has_are_named_and_others_escaped() {
    let world = World {
        remote: &[("https://a.example/%C3%BC%20b", "{}")],
        hosts: &["a.example"],
        ..World::default()
    };
    assert_eq!(
        lines(
            &world,
            "{A: {$ref: 'https://a.example/ü b'}, B: {$ref: 'https://a.example/x\\y'}, C: {$ref: 'http://me\\x:secret@a.example/'}}"
        ),
        [
            "/doc/api.yaml:3 reference-remote `https://a.example/x\\y` is not read: it has a character that must be escaped",
            "/doc/api.yaml:3 reference-remote `http://a.example/` is not read: the reference carries a user name or a password",
        ]
    );
}

#[test]
fn a_copy_is_read_without_any_host_and_shown_by_its_path() {
    let world = World {
        files: &[
            ("/copies/one.yaml", "A: {$ref: 'deep/two.yaml'}\n"),
            ("/copies/deep/two.yaml", "$ref: '../../other.yaml'\n"),
        ],
        map: &[("https://a.example/s/", "/copies")],
        ..World::default()
    };
    let (document, _) = read(&world, "{A: {$ref: 'https://a.example/s/one.yaml#/A'}}");
    assert_eq!(
        paths(&document),
        ["/doc/api.yaml", "/copies/one.yaml", "/copies/deep/two.yaml"]
    );
    assert_eq!(
        lines(&world, "{A: {$ref: 'https://a.example/s/one.yaml#/A'}}"),
        [
            "/copies/deep/two.yaml:1 reference-remote `https://a.example/other.yaml` is not read: remote references are off"
        ]
    );
}

#[test]
fn a_map_leads_to_nothing_outside_its_folder() {
    let world = World {
        files: &[
            ("/copies/a.yaml", "{}"),
            ("/secret.yaml", "{}"),
            ("/one.json", "{"),
        ],
        map: &[
            ("https://a.example/", "/copies"),
            ("https://a.example/1", "/one.json"),
        ],
        ..World::default()
    };
    for (url, expected) in [
        ("%2e%2e/secret.yaml", "`/copies/secret.yaml` does not exist"),
        (
            "x/..%2f..%2fsecret.yaml",
            "`/secret.yaml` lies outside the folders that may be read",
        ),
        (
            "/secret.yaml",
            "`/secret.yaml` lies outside the folders that may be read",
        ),
        ("none.yaml", "`/copies/none.yaml` does not exist"),
        (
            "a.yaml?v=1",
            "`https://a.example/a.yaml?v=1` is not read: remote references are off",
        ),
        ("1/2", "`/copies/1/2` does not exist"),
    ] {
        let found = lines(
            &world,
            &format!("{{A: {{$ref: 'https://a.example/{url}'}}}}"),
        );
        assert!(
            found.len() == 1 && found[0].ends_with(expected),
            "{found:?}"
        );
    }
    let found = lines(&world, "{A: {$ref: 'https://a.example/1'}}");
    assert!(
        found[0].starts_with("/one.json:1 syntax-error"),
        "{found:?}"
    );
}

#[test]
fn circles_through_urls_end() {
    let world = World {
        remote: &[
            ("http://a.example/1", "$ref: '2'\n"),
            ("http://a.example/2", "$ref: 'http://A.EXAMPLE/1#'\n"),
        ],
        hosts: &["a.example"],
        ..World::default()
    };
    let found = lines(&world, "{A: {$ref: 'http://a.example/1'}}");
    assert_eq!(
        found,
        ["http://a.example/1:1 reference-cycle `2` leads back to itself"]
    );
}

#[test]
fn remote_files_count_and_so_do_those_that_cannot_be_had() {
    let limits = Limits {
        files: 2,
        file_bytes: 1000,
        ..Limits::default()
    };
    let world = World {
        remote: &[("http://a.example/1", "{}"), ("http://a.example/2", "{}")],
        hosts: &["a.example"],
        limits: limits.clone(),
        ..World::default()
    };
    let found = lines(
        &world,
        "{A: {$ref: 'http://a.example/1'}, B: {$ref: 'http://a.example/2'}}",
    );
    assert_eq!(
        found,
        [
            "/doc/api.yaml:3 reference-unresolved `http://a.example/2` is not read: the document has 2 files already"
        ]
    );
    let missing = "{A: {$ref: 'http://a.example/x'}, B: {$ref: 'http://a.example/y'}, C: {$ref: 'http://a.example/z'}}";
    let found = lines(&world, missing);
    assert!(found[2].ends_with("`http://a.example/z` is not read: 2 others were tried already"));
    let large = "x".repeat(1001);
    let world = World {
        remote: &[("http://a.example/1", &large)],
        hosts: &["a.example"],
        limits,
        ..World::default()
    };
    let found = lines(&world, "{A: {$ref: 'http://a.example/1'}}");
    assert!(found[0].ends_with("is larger than 1000 bytes"), "{found:?}");
}

#[test]
fn without_a_way_to_fetch_nothing_is_fetched() {
    let (_, found) = super::open_files(&[(
        "/doc/api.yaml",
        &format!("{HEAD}components: {{schemas: {{A: {{$ref: 'https://a.example/'}}}}}}\n"),
    )]);
    assert_eq!(found[0].rule.id, "reference-remote");
    assert!(found[0].message.ends_with("remote references are off"));
}

#[test]
fn a_remote_protobuf_text_imports_from_its_own_place() {
    let world = World {
        files: &[("/doc/local.proto", "message Local {}")],
        remote: &[
            (
                "https://a.example/x/order.proto",
                "import \"line.proto\";\nimport \"local.proto\";\nmessage Order { Line line = 1; }",
            ),
            ("https://a.example/x/line.proto", "message Line {}"),
        ],
        hosts: &["a.example"],
        ..World::default()
    };
    let (document, found) = read(
        &world,
        "{A: {schemaFormat: application/vnd.google.protobuf;version=3, schema: {$ref: 'https://a.example/x/order.proto'}}}",
    );
    assert_eq!(
        paths(&document),
        [
            "/doc/api.yaml",
            "https://a.example/x/order.proto",
            "https://a.example/x/line.proto"
        ]
    );
    assert_eq!(
        found[0].message,
        "`https://a.example/x/local.proto` does not exist"
    );
}

#[test]
fn a_file_that_is_included_by_its_url_again_is_the_same_file() {
    let url = "https://example.com/rules.yaml";
    let root = format!("[{url}, {url}]");
    let loader = MemoryLoader::new([("/doc/rules.yaml", &*root)]);
    let settings = Settings {
        remote: Remote {
            hosts: vec!["example.com".parse().unwrap()],
            map: Vec::new(),
        },
        loader: Arc::new(loader.with_remote([(url, "extends: rules.yaml")])),
        ..Settings::default()
    };
    let (document, _) = open_alone(Path::new("/doc/rules.yaml"), &settings).unwrap();
    let names = document.root().and_then(Node::as_array).unwrap();
    let mut found = Vec::new();
    let ids: Vec<_> = names
        .iter()
        .map(|name| document.include(name.text().unwrap(), &settings, &mut found))
        .collect();
    assert!(ids[0].is_some() && found.is_empty(), "{found:?}");
    assert_eq!(ids[0], ids[1]);
    let extended = document
        .tree(ids[0].unwrap())
        .and_then(|root| root.get("extends"));
    let again = document.include(extended.unwrap().text().unwrap(), &settings, &mut found);
    assert_eq!(again, ids[0]);
}
