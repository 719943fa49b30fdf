//! Generated types read every valid value, write it back as it was, and refuse what is not valid.
use serde_json::{Value, from_str, from_value, json, to_value};
use std::fmt::Debug;
use tidings::{InvalidMessage, Message, TypedMessage, Validate, Violations};

/// Reads a value and writes it back.
#[track_caller]
fn keeps<T: tidings::codegen::serde::Serialize + tidings::codegen::serde::de::DeserializeOwned>(
    value: &Value,
) -> T {
    let read: T = from_str(&value.to_string()).unwrap();
    assert_eq!(to_value(&read).unwrap(), *value);
    read
}

#[track_caller]
fn refuses<T: tidings::codegen::serde::de::DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

/// The pointers and reasons of what is wrong with a message of that body.
fn violations<M: TypedMessage>(body: &Value) -> Vec<String> {
    let error = M::decode(&Message::new(body.to_string())).err();
    let list = |error: InvalidMessage| {
        let texts = error
            .violations()
            .iter()
            .map(|violation| format!("{}: {}", violation.pointer, violation.reason));
        texts.collect()
    };
    error.map(list).unwrap_or_default()
}

#[test]
fn objects_keep_what_the_document_says() {
    let customer: objects::Customer = keeps(&json!({
        "customerId": "C1", "name": "Ada", "vip": true, "e-mail address": "a@b.c", "type": "x",
        "labels": { "colour": "red", "size": 4 }, "anything": null
    }));
    assert_eq!(customer.e_mail_address.as_deref(), Some("a@b.c"));
    assert_eq!(customer.labels.unwrap().extra["size"], 4);
    assert_eq!(customer.anything, Some(Value::Null));
    let error = refuses::<objects::Strict>(json!({ "only": "a", "more": 1 }));
    assert!(error.contains("unknown field `more`"), "{error}");
    let error = refuses::<objects::Customer>(json!({ "customerId": "C1", "vip": true }));
    assert!(error.contains("missing field `name`"), "{error}");
}

#[test]
fn what_the_document_does_not_name_is_written_again() {
    let customer = json!({ "customerId": "C1", "name": "Ada", "vip": true, "since": 2019, "tags": [{ "a": null }, 1.5] });
    let read: objects::Customer = keeps(&customer);
    assert_eq!(read.extra["since"], 2019);
    let mut read = objects::Customer::new("C1", "Ada", true).with_age(40);
    read.extra.insert("nick".to_owned(), json!("ada"));
    let expected =
        json!({ "customerId": "C1", "name": "Ada", "vip": true, "age": 40, "nick": "ada" });
    assert_eq!(to_value(&read).unwrap(), expected);
    assert_eq!(objects::Labels::new(), objects::Labels::default());
}

#[test]
fn messages_are_read_as_json_schema_means_them() {
    let with = |name: &str, value: Value| {
        let mut object = json!({ "customerId": "C1", "name": "Ada", "vip": true });
        object[name] = value;
        object
    };
    let right = with("age", json!(40.0));
    let written = objects::Sample::decode(&Message::new(right.to_string())).unwrap();
    assert_eq!(written.age, Some(40));
    let written = objects::Sample::new(written.payload.with_balance(5.0)).encode();
    let text = String::from_utf8(written.unwrap().body.to_vec()).unwrap();
    assert!(text.contains(r#""age":40,"balance":5}"#), "{text}");
    for (wrong, pointer) in [
        (with("age", Value::Null), "/payload/age"),
        (with("age", json!(40.5)), "/payload/age"),
        (with("strict", json!(["a"])), "/payload/strict"),
        (json!(["C1", "Ada", true]), "/payload"),
    ] {
        let told = violations::<objects::Sample>(&wrong);
        assert_eq!(told.len(), 1, "{wrong}");
        assert!(told[0].starts_with(&format!("{pointer}: ")), "{told:?}");
    }
}

#[test]
fn texts_that_are_listed_are_texts() {
    for wrong in [json!({ "red": null }), json!(["red"])] {
        let error = refuses::<enums::Light>(wrong);
        assert!(error.contains("expected a text"), "{error}");
    }
    let error = refuses::<union_discriminator::Bike>(json!({ "kind": { "bike": null } }));
    assert!(error.contains("expected a text"), "{error}");
}

#[test]
fn what_json_has_no_number_for_is_not_sent() {
    for balance in [f64::NAN, f64::INFINITY] {
        let customer = objects::Customer::new("C1", "Ada", true).with_balance(balance);
        let error = objects::Sample::new(customer).encode().unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/payload/balance");
    }
}

#[test]
fn a_value_tells_all_that_is_wrong_with_it() {
    let mut customer = objects::Customer::new("C1", "Ada", true);
    assert_eq!(customer.validate(), Ok(()));
    customer.balance = Some(f64::NAN);
    customer.extra.insert("name".to_owned(), json!("Eve"));
    let places = |wrong: Violations| {
        let places = wrong.list().iter().map(|wrong| wrong.pointer.clone());
        places.collect::<Vec<_>>().join(" ")
    };
    let wrong = customer.validate().unwrap_err();
    assert!(
        wrong.to_string().contains("; /name: is there as a field"),
        "{wrong}"
    );
    assert_eq!(places(wrong), "/balance /name");
    let wrong = objects::Sample::new(customer).validate().unwrap_err();
    assert_eq!(places(wrong), "/payload/balance /payload/name");
}

#[test]
fn extra_holds_no_property_that_has_a_field() {
    let mut customer = objects::Customer::new("C1", "Ada", true);
    customer.extra.insert("name".to_owned(), json!("Eve"));
    let error = objects::Sample::new(customer).encode().unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/payload/name");
}

#[test]
fn what_is_wrong_in_a_branch_is_told_with_its_place() {
    let visit = json!({
        "pet": { "petType": "Dog", "name": "Rex", "packSize": "three" }, "vehicle": { "kind": "bike" }
    });
    let told = violations::<union_discriminator::Sample>(&visit);
    assert!(told[0].starts_with("/payload/pet/packSize: "), "{told:?}");
}

#[test]
fn constants_write_themselves() {
    let bike = union_discriminator::Bike::new().with_gears(21);
    let expected = json!({ "kind": "bike", "gears": 21 });
    assert_eq!(to_value(&bike).unwrap(), expected);
    let cat = union_discriminator::Cat::new("Tom");
    let expected = json!({ "petType": "Cat", "name": "Tom" });
    assert_eq!(to_value(&cat).unwrap(), expected);
    // One that is used elsewhere too has any value there, and in the union only its own.
    let load = |form: &str| {
        let load = union_discriminator::Pallet::new(form);
        let visit = union_discriminator::Visit::new(cat.clone().into(), bike.clone().into());
        union_discriminator::Sample::new(visit.with_load(load.into())).encode()
    };
    assert!(load("Pallet").is_ok());
    let error = load("Barrel").unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/payload/load/form");
}

#[test]
fn tags_that_branches_have_as_no_property_are_checked_before_they_are_sent() {
    use union_discriminator::{Adult, Bike, Cat, Few, Group, Guest, Sample, Visit};
    let sent = |guest: Guest| {
        let visit = Visit::new(Cat::new("Tom").into(), Bike::new().into());
        let sent = Sample::new(visit.with_guest(guest)).encode();
        sent.map_err(|error| {
            let first = &error.violations()[0];
            format!("{}: {}", first.pointer, first.reason)
        })
    };
    // One that is used elsewhere too.
    let mut adult = Adult::new().with_name("Ada");
    let error = sent(adult.clone().into()).unwrap_err();
    assert_eq!(error, "/payload/guest/role: is ``, and not `Adult`");
    adult.extra.insert("role".to_owned(), "Adult".into());
    assert!(sent(adult.into()).is_ok());
    // A union within a union.
    let mut few = Few::new();
    assert_eq!(to_value(&few).unwrap(), json!({ "size": "Few" }));
    let error = sent(Group::from(few.clone()).into()).unwrap_err();
    assert_eq!(error, "/payload/guest/role: is ``, and not `Group`");
    few.extra.insert("role".to_owned(), "Group".into());
    assert!(sent(Group::from(few).into()).is_ok());
}

#[test]
fn headers_and_numbers_with_one_value_write_themselves() {
    let tell = headers::Tell::new("at noon".to_owned(), "acme");
    let message = tell.encode().unwrap();
    for (name, value) in [
        ("form", "letter"),
        ("tenant", "acme"),
        ("version", "2"),
        ("final", "true"),
    ] {
        assert_eq!(
            message.header(name).map(|text| &text[..]),
            Some(value.as_bytes())
        );
        let mut other = message.clone();
        other.set_header(name, "\"x\"");
        let read = headers::Tell::decode(&other);
        let pointer = |error: InvalidMessage| error.violations()[0].pointer.clone();
        let told = (name != "tenant").then(|| format!("/headers/{name}"));
        assert_eq!(read.err().map(pointer), told);
    }
    assert_eq!(headers::Tell::decode(&message), Ok(tell));
    let first = union_const::DrawingEditionFirst::new();
    assert_eq!(to_value(&first).unwrap(), json!({ "v": 1 }));
    assert_eq!(first, union_const::DrawingEditionFirst::default());
}

#[test]
fn constants_that_tell_branches_apart_are_always_sent() {
    use union_discriminator::{Bike, Cat, Home, Place, Sample, Shop, ShopKind, Visit};
    let home = Home::new("Elm Street");
    let expected = json!({ "kind": "Home", "street": "Elm Street" });
    assert_eq!(to_value(&home).unwrap(), expected);
    keeps::<Place>(&expected);
    let sent = |place: Place| {
        let visit = Visit::new(Cat::new("Tom").into(), Bike::new().into());
        Sample::new(visit.with_place(place)).encode()
    };
    assert!(sent(home.into()).is_ok());
    let error = sent(Shop::new().into()).unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/payload/place/kind");
    assert!(sent(Shop::new().with_kind(ShopKind::Shop).into()).is_ok());
}

#[test]
fn enums_are_open_and_limits_on_values_are_checked() {
    let light: enums::Light = keeps(&json!("blue"));
    assert_eq!(light, enums::Light::Unknown("blue".to_owned()));
    assert_eq!(keeps::<enums::Light>(&json!("red")), enums::Light::Red);
    keeps::<enums::TrafficPriority>(&json!("-1"));
    keeps::<enums::TrafficPriority>(&json!(""));
    assert_eq!("err".parse(), Ok(enums::TrafficOutcome::Err));
    assert_eq!(enums::TrafficOutcome::ALL.len(), 4);
    refuses::<enums::TrafficOnly>(json!("never"));
    let wrong = json!({ "light": "red", "lanes": 3, "grip": 0.7, "alarm": false, "version": 4 });
    assert_eq!(
        violations::<enums::Sample>(&wrong),
        [
            "/payload/lanes: is none of 1, 2, 4",
            "/payload/grip: is none of 0.5, 1",
            "/payload/alarm: is not true",
            "/payload/version: is none of 3",
        ]
    );
}

#[test]
fn unlisted_texts_are_read_of_events_and_never_sent() {
    let reason = "/payload/light: `blue` is none of `red`, `amber`, `green`";
    let command = json!({ "light": "blue", "lanes": 1 });
    assert_eq!(violations::<enums::Sample>(&command), [reason]);
    let event = Message::new(json!({ "light": "blue" }).to_string());
    let mut event = enums::Changed::decode(&event).unwrap();
    assert_eq!(event.light, enums::Light::Unknown("blue".to_owned()));
    let error = event.encode().unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/payload/light");
    event.payload.light = "green".parse().unwrap();
    assert!(event.encode().is_ok());
    let all = enums::Light::ALL.iter().map(enums::Light::as_str);
    assert_eq!(all.collect::<Vec<_>>(), ["red", "amber", "green"]);
    assert!("blue".parse::<enums::Light>().is_err());
}

#[test]
fn collections_keep_their_items() {
    let basket: collections::Basket = keeps(&json!({
        "items": [{ "sku": "a" }], "prices": { "a": 1.5 }, "position": [2.0, "x"], "matrix": [[1], []],
        "stock": { "a": 3 }, "anything": [1, "b"], "free": { "z": 1, "a": 2 }, "patterned": { "x-a": true }
    }));
    assert_eq!(basket.position, Some((2.0, "x".to_owned())));
    refuses::<collections::Basket>(json!({ "items": [], "prices": {}, "position": [1.0] }));
    assert!(collections::Count::try_from(0).is_ok());
}

#[test]
fn nested_types_are_named_by_their_path() {
    let company: nested::Company = keeps(&json!({
        "address": { "street": "s", "country": { "code": "dk" } },
        "branches": [{ "manager": { "name": "m" } }],
        "properties": { "properties": "p" }
    }));
    let country: nested::CompanyAddressCountry = company.address.country.unwrap();
    assert_eq!(country.code, Some(nested::CompanyAddressCountryCode::Dk));
    let branch: nested::CompanyBranch = company.branches.unwrap().remove(0);
    assert_eq!(branch.manager.unwrap().name.as_deref(), Some("m"));
}

#[test]
fn a_discriminator_finds_the_branch_and_loses_nothing() {
    let visit: union_discriminator::Visit = keeps(&json!({
        "pet": { "petType": "Dog", "name": "Rex", "packSize": 3 }, "vehicle": { "kind": "bike", "gears": 21 }
    }));
    assert!(matches!(visit.pet, union_discriminator::Pet::Dog(dog) if dog.pack_size == 3));
    assert!(matches!(
        visit.vehicle,
        union_discriminator::Vehicle::Bike(_)
    ));
    let error = refuses::<union_discriminator::Pet>(json!({ "petType": "Cow", "name": "Elsa" }));
    assert_eq!(error, "`petType` is none of `Cat`, `Dog`, `Pet`");
    refuses::<union_discriminator::Pet>(json!({ "petType": "Dog", "name": "Rex" }));
}

#[test]
fn constants_types_and_keys_tell_branches_apart() {
    let drawing: union_const::Drawing = keeps(&json!({
        "shape": { "type": "rectangle", "width": 2.0 }, "label": ["a"], "place": 5, "owner": { "company": "c" },
        "state": "other", "unclear": { "b": "x" }, "frame": { "material": "wood", "kind": "gilded", "gold": 9.5 }
    }));
    assert!(matches!(
        drawing.shape,
        union_const::DrawingShape::Square(_)
    ));
    assert!(matches!(drawing.label, union_const::DrawingLabel::List(_)));
    assert!(matches!(
        drawing.place,
        Some(Some(union_const::DrawingPlace::Number(5)))
    ));
    assert!(matches!(
        drawing.owner,
        Some(union_const::DrawingOwner::WithCompany(_))
    ));
    assert!(
        matches!(&drawing.frame, Some(union_const::DrawingFrame::Gilded(frame)) if frame.material == "wood")
    );
    keeps::<union_const::Drawing>(
        &json!({ "shape": { "type": "circle", "radius": 1.0 }, "label": "l", "place": null }),
    );
    let second = json!({ "shape": { "type": "circle", "radius": 1 }, "label": "l", "edition": { "v": 2.0 } });
    assert_eq!(violations::<union_const::Sample>(&second), [""; 0]);
    refuses::<union_const::DrawingOwner>(json!({ "company": "c", "person": "p" }));
    refuses::<union_const::DrawingLabel>(json!(true));
}

#[test]
fn null_and_absent_are_kept_apart() {
    let base = json!({ "requiredNullable": null, "requiredNumber": 1, "list": [1, null] });
    assert_eq!(keeps::<nullable::Profile>(&base).optional_nullable, None);
    let with = |name: &str, value: Value| {
        let mut object = base.clone();
        object[name] = value;
        object
    };
    assert_eq!(
        keeps::<nullable::Profile>(&with("optionalNullable", Value::Null)).optional_nullable,
        Some(None)
    );
    assert_eq!(
        keeps::<nullable::Profile>(&with("branch", Value::Null)).branch,
        Some(None)
    );
    keeps::<nullable::Profile>(&with("branch", json!({ "url": "u" })));
    keeps::<nullable::Profile>(&with("listed", Value::Null));
    let error = refuses::<nullable::Profile>(json!({ "requiredNumber": 1, "list": [] }));
    assert!(
        error.contains("missing field `requiredNullable`"),
        "{error}"
    );
}

#[test]
fn formats_have_their_types() {
    let record: formats::Record = keeps(&json!({
        "id": "0191d9a5-2f43-7c7e-9c33-0d9a4e2c3b10", "at": "2026-03-01T09:30:00Z", "day": "2026-03-01",
        "clock": "09:30:00Z", "lasted": "P1DT2H", "page": "https://example.com", "mail": "a@b.c", "v4": "127.0.0.1", "v6": "::1",
        "picture": "AAEC", "small": 1, "large": 9_000_000_000_i64, "ratio": 0.5,
        "ticket": "0191d9a5-2f43-7c7e-9c33-0d9a4e2c3b11"
    }));
    let _: (Option<i32>, Option<i64>, Option<std::net::Ipv4Addr>) =
        (record.small, record.large, record.v4);
    assert_eq!(record.picture.as_deref(), Some(&[0, 1, 2][..]));
    let right = |name: &str, value: &str| {
        let mut right = json!({ "id": record.id, "at": "2024-02-29T12:30:00.120+02:00" });
        right[name] = value.into();
        right
    };
    // As it was written, and not as it might have been.
    let late: formats::Record = keeps(&right("day", "2024-02-29"));
    assert_eq!(
        late.at.timestamp(),
        "2024-02-29T10:30:00.12Z".parse().unwrap()
    );
    for (name, host, is_one) in [
        ("host", "xn--mnchen-3ya.de", true),
        ("host", "xn--vek", false),
        ("host", "ä.org", false),
        ("idnHost", "münchen.de", true),
        ("idnHost", "a\u{b7}b.org", false),
        ("idnMail", "ä@münchen.de", true),
        ("idnMail", "ä@-x.org", false),
    ] {
        let record: formats::Record = keeps(&right(name, host));
        assert_eq!(record.validate().is_ok(), is_one, "{name} {host}");
    }
    for (name, wrong) in [
        ("id", "no"),
        ("at", "yesterday"),
        ("at", "2024-02-29 12:30:00Z"),
        ("at", "2024-02-29T12:30:00+02:00[Europe/Paris]"),
        ("day", "20240229"),
        ("day", "2024-02-29T12:30:00"),
        ("picture", "***"),
    ] {
        refuses::<formats::Record>(right(name, wrong));
    }
}

#[test]
fn dates_may_stay_texts_of_their_format() {
    let body = |at: &str, until: &str| json!({ "from": at, "until": until, "stops": [at, null], "day": "2024-02-29" });
    let right = "2024-02-29t12:30:00.120000000000+02:00";
    let wrong = "2024-02-30T12:30:00Z";
    let visit: dates_text::VisitPayload = keeps(&body(right, right));
    let _: (&String, Option<&Option<String>>) = (&visit.from, visit.stops.iter().flatten().next());
    assert_eq!(visit.validate(), Ok(()));
    assert_eq!(
        violations::<dates_text::Visit>(&body(wrong, right)),
        ["from", "stops/0"].map(|at| format!("/payload/{at}: is not a valid `date-time`"))
    );
    refuses::<dates_text::VisitPayload>(body(right, wrong));
}

#[test]
fn integers_are_as_wide_as_their_limits() {
    let record = |more: &str| {
        let text = format!(
            r#"{{"id":"0191d9a5-2f43-7c7e-9c33-0d9a4e2c3b10","at":"2026-03-01T09:30:00Z",{more}}}"#
        );
        formats::Sample::decode(&Message::new(text.clone())).map(|sample| (sample, text))
    };
    let wide = r#""tiny":-128,"level":65535,"supply":340282366920938463463374607431768211455,"depth":-36893488147419103232"#;
    let (sample, text) = record(wide).unwrap();
    assert_eq!(sample.supply, Some(u128::MAX));
    let _: (Option<i8>, Option<u16>, Option<i128>) = (sample.tiny, sample.level, sample.depth);
    assert_eq!(sample.encode().unwrap().body, text);
    for wrong in [
        r#""tiny":128"#,
        r#""level":-1"#,
        r#""supply":340282366920938463463374607431768211456"#,
        r#""depth":-36893488147419103233"#,
        r#""depth":1001"#,
    ] {
        assert!(record(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_broken_limit_is_told_with_its_place() {
    let good = json!({
        "id": "O-000001", "quantity": 5, "price": 100, "lines": ["ab"], "note": null, "weight": 2.5,
        "parts": [{ "kind": "screw", "length": 5 }, { "kind": "glue" }], "pair": [1, "x"]
    });
    assert_eq!(violations::<limits::Sample>(&good), [""; 0]);
    let bad = json!({
        "id": "O-000001", "quantity": 1001, "price": 1, "lines": ["ab", "c", "ab"], "note": "a note that is much too long",
        "weight": 0.3, "code": "ab", "labels": { "a": "longer than five" }, "parts": [{ "kind": "screw", "length": 4 }], "pair": [0, ""]
    });
    assert_eq!(
        violations::<limits::Sample>(&bad),
        [
            "/payload/quantity: 1001 is more than 1000",
            "/payload/weight: 0.3 is not a multiple of 0.5",
            "/payload/note: longer than 20 characters",
            "/payload/code: shorter than 3 characters",
            "/payload/code: does not match `^[A-Z]{3}$`",
            "/payload/lines/2: is there more than once",
            "/payload/lines/1: shorter than 2 characters",
            "/payload/labels/a: longer than 5 characters",
            "/payload/parts/0/length: 4 is less than 5",
            "/payload/pair/0: 0 is less than 1",
        ]
    );
    let error = "O-1".parse::<limits::OrderId>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`OrderId`: does not match `^O-[0-9]{6}$`"
    );
    assert_eq!(limits::Price::try_from(7).unwrap().get(), 7);
    assert!(limits::Price::try_from(0).is_err());
    assert_eq!(
        violations::<limits::Sample>(
            &json!({ "id": "x", "quantity": 1, "price": 1, "lines": ["ab"] })
        )
        .len(),
        1
    );
}

#[test]
fn places_within_lists_of_lists_and_maps_of_maps_are_told_whole() {
    let sample = json!({
        "id": "O-000001", "quantity": 5, "price": 100, "lines": ["ab"],
        "grid": [[], [0, 0.5, 2]], "groups": { "a": { "b": 1, "c": 0 } }
    });
    assert_eq!(
        violations::<limits::Sample>(&sample),
        [
            "/payload/grid/1/2: 2 is more than 1",
            "/payload/groups/a/c: 0 is less than 1",
        ]
    );
}

#[test]
fn listed_values_and_multiples_that_other_keywords_exclude_are_refused() {
    let sample = |name: &str, value: Value| {
        let mut sample = json!({ "id": "O-000001", "quantity": 5, "price": 100, "lines": ["ab"] });
        sample[name] = value;
        violations::<limits::Sample>(&sample).len()
    };
    for (name, right) in [
        ("far", json!(0)),
        ("listed", json!(1)),
        ("worded", json!("a")),
    ] {
        assert_eq!(sample(name, right), 0, "{name}");
    }
    for (name, wrong) in [
        ("far", json!(5)),
        ("listed", json!(100)),
        ("listed", json!(2.5)),
        ("listed", json!(null)),
        ("listed", json!("a")),
        ("worded", json!(1)),
        ("worded", json!(null)),
    ] {
        assert_eq!(sample(name, wrong.clone()), 1, "{name}: {wrong}");
    }
}

#[test]
fn types_may_contain_themselves() {
    keeps::<recursion::Node>(&json!({
        "value": 1, "left": { "value": 2 }, "right": null, "children": [{ "value": 3 }], "tree": [[], [[]]],
        "expression": { "left": 1, "right": { "left": 2, "right": 3 } },
        "base": { "kind": "Branch", "inner": { "kind": "Leaf", "size": 4 } }, "self": { "x": "y" }
    }));
}

#[test]
fn all_of_is_one_type_with_everything() {
    let employee: all_of::Employee = keeps(&json!({
        "name": "Ada", "since": "2026-01-01", "salary": 1, "contact": { "mail": "m", "fax": "f" }
    }));
    assert_eq!(employee.contact.unwrap().fax.as_deref(), Some("f"));
    assert_eq!(
        violations::<all_of::Sample>(&json!({ "name": "", "since": "2026-01-01", "salary": 1 })),
        ["/payload/name: shorter than 1 characters"]
    );
}

#[test]
fn names_that_collide_keep_their_names_on_the_wire() {
    let order: names_collide::OrderPayload = keeps(&json!({
        "fooBar": "1", "foo_bar": "2", "foo-bar": "3", "self": "4", "extra": "5", "1": "6", "": "7", "名前": "8", "more": 9
    }));
    assert_eq!(order.foo_bar_2.as_deref(), Some("2"));
    assert_eq!(order.extra.as_deref(), Some("5"));
    assert_eq!(order.additional["more"], 9);
    assert_ne!(
        keeps::<names_collide::OptionValue>(&json!("a")),
        keeps(&json!("A"))
    );
}

#[test]
fn hostile_text_stays_text() {
    let wire = json!({ "\"; }": "\"\\", "a\nb": "*/", "`": "`\"" });
    let payload: hostile_text::EvilPayload = from_value(wire.clone()).unwrap();
    let message = hostile_text::Evil::new(payload)
        .with_x("\"*/".to_owned())
        .encode()
        .unwrap();
    assert_eq!(message.name.as_deref(), Some("evil\"; panic!(\"x\"); //"));
    assert_eq!(
        serde_json::from_slice::<Value>(&message.body).unwrap(),
        wire
    );
    assert_eq!(
        message.header("x-\"*/\\").map(|value| &value[..]),
        Some(&b"\"*/"[..])
    );
}

#[test]
fn headers_are_typed_text() {
    let mut ask = headers::Ask::new(headers::AskPayload::new("why"))
        .with_attempt(3_u64)
        .with_urgent(true);
    ask.headers.mode = Some(headers::AskHeadersMode::Fast);
    ask.headers.tags = Some(vec!["a".to_owned()]);
    ask.headers.name = Some("n".to_owned());
    let wire = ask.encode().unwrap();
    let header = |name: &str| {
        wire.header(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    };
    assert_eq!(
        header("correlationId"),
        Some(ask.headers.correlation_id.to_string())
    );
    assert_eq!(
        wire.correlation_id.as_deref(),
        header("correlationId").as_deref()
    );
    assert_eq!(header("mode").as_deref(), Some("fast"));
    assert_eq!(header("tags").as_deref(), Some("[\"a\"]"));
    assert_eq!(header("tenant"), None);
    assert_eq!(headers::Ask::decode(&wire).unwrap(), ask);

    let mut wrong = wire.clone();
    wrong.set_header("attempt", "many");
    wrong.set_header("correlationId", "1");
    wrong.body = "{}".into();
    let error = headers::Ask::decode(&wrong).unwrap_err();
    let pointers: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.pointer.as_str())
        .collect();
    assert_eq!(
        pointers,
        ["/headers/correlationId", "/headers/attempt", "/payload"]
    );
    let short = ask.with_tenant("x").encode().unwrap_err();
    assert_eq!(short.violations()[0].pointer, "/headers/tenant");
}

#[test]
fn parameters_fill_in_the_address() {
    let customer: parameters::Customer = "c-7".parse().unwrap();
    let channel = parameters::OrderEventsChannel {
        region: parameters::Region::Eu,
        customer,
    };
    assert_eq!(channel.address(), "orders.eu.c-7.events");
    assert_eq!(channel.address().parse(), Ok(channel));
    for other in [
        "orders.xx.c-7.events",
        "orders.eu.c-7",
        "orders.eu.c 7.events",
    ] {
        assert!(
            other.parse::<parameters::OrderEventsChannel>().is_err(),
            "{other}"
        );
    }
    assert!(
        ["", "a.b", "a b", "*", "#"]
            .iter()
            .all(|text| text.parse::<parameters::Customer>().is_err())
    );
    assert_eq!("us".parse(), Ok(parameters::Region::Us));
    assert!("xx".parse::<parameters::Region>().is_err());
}

#[test]
fn payloads_need_not_be_objects() {
    let text = payloads::Text::from("abc".to_owned()).encode().unwrap();
    assert_eq!(&text.body[..], b"\"abc\"");
    assert!(
        payloads::Text::from("too long".to_owned())
            .encode()
            .is_err()
    );
    assert_eq!(
        violations::<payloads::List>(&json!([1, 10])),
        ["/payload/1: 10 is more than 9"]
    );
    assert_eq!(
        payloads::Maybe::decode(&Message::new("null"))
            .unwrap()
            .payload,
        None
    );
    assert_eq!(payloads::Nothing.encode().unwrap().body.len(), 0);
    let raw = payloads::Raw::from(tidings::codegen::Bytes::from_static(b"\xff\x00"))
        .encode()
        .unwrap();
    assert_eq!(
        raw.content_type.as_deref(),
        Some("application/octet-stream")
    );
    assert_eq!(
        &payloads::Raw::decode(&raw).unwrap().payload[..],
        b"\xff\x00"
    );
    // Without a name, the content type tells.
    let json = r#"{"a": true}"#;
    for (content_type, body, expected) in [
        ("application/octet-stream", json, "Raw("),
        ("avro/binary", "\x04ab", "Avro("),
        (
            "Application/vnd.example+JSON; charset=utf-8",
            json,
            "Vendor(",
        ),
    ] {
        let mut message = Message::new(body);
        message.content_type = Some(content_type.into());
        let read = payloads::ReceiveAllCommand::decode(&message).unwrap();
        assert!(format!("{read:?}").starts_with(expected), "{read:?}");
    }
    let any = payloads::ReceiveAllCommand::from(payloads::Vendor::new(
        payloads::VendorPayload::new().with_a(true),
    ));
    assert_eq!(
        payloads::ReceiveAllCommand::decode(&any.encode().unwrap()).unwrap(),
        any
    );
}
