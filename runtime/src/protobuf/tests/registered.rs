//! Values behind a registry's header, and what is refused of others.
use super::*;

static ONE: Descriptor = Descriptor::new("t.One", &[implicit(1, "v", "v", Kind::Int32)]);

/// A message of the schema that a registry calls 258, at a place in it.
fn at(place: &'static [i64]) -> Registered {
    let message = Registered::new(&ONE, "syntax = \"proto3\";", place);
    message.set_id(258);
    message
}

fn refused(of: &Registered, bytes: &[u8]) -> String {
    told(&of.read::<One<i32>>("M", &message(bytes)).unwrap_err())
}

#[test]
fn the_place_of_a_message_stands_behind_the_number_of_its_schema() {
    let value = One { v: 150 };
    let long: Vec<i64> = (0..64).map(|at| at * 64).collect();
    for (place, written) in [
        (&[0][..], vec![0]),
        (&[1], vec![2, 2]),
        (&[0, 0], vec![4, 0, 0]),
        (&[2, 64, 1], vec![6, 4, 0x80, 0x01, 2]),
    ] {
        let header = [&[0, 0, 0, 1, 2][..], &written].concat();
        let bytes = [&header[..], &[0x08, 0x96, 0x01]].concat();
        let of = at(place);
        assert_eq!(of.write("M", &value).unwrap(), bytes);
        assert_eq!(of.read::<One<i32>>("M", &message(&bytes)).unwrap(), value);
        // What values begin with has no bytes.
        assert_eq!(of.read::<One<i32>>("M", &message(&header)).unwrap().v, 0);
    }
    let deep = at(long.leak());
    let bytes = deep.write("M", &value).unwrap();
    assert_eq!(bytes[5..7], [0x80, 0x01]);
    assert_eq!(deep.read::<One<i32>>("M", &message(&bytes)).unwrap(), value);
    let spelt_out = [0, 0, 0, 1, 2, 2, 0, 0x08, 7];
    let read: One<i32> = at(&[0]).read("M", &message(&spelt_out)).unwrap();
    assert_eq!(read.v, 7);
}

#[test]
fn what_is_of_another_schema_or_message_is_refused() {
    assert_eq!(
        refused(&at(&[0]), &[0, 0, 0, 1, 2, 4, 0, 2, 0x08, 7]),
        "/payload: is the message at [0, 1] of its schema, and that at [0] is read"
    );
    assert!(
        refused(&at(&[0]), &[0, 0, 0, 0, 7, 0])
            .starts_with("/payload: was written with schema 7 and is read by 258 only")
    );
    for bytes in [&[1, 0, 0, 1, 2, 0][..], &[0, 0, 0], &[], &[0x08, 7]] {
        assert!(refused(&at(&[0]), bytes).starts_with("/payload: has no zero and no number"));
    }
    for place in [&[1][..], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0xca, 0x01]] {
        let bytes = [&[0, 0, 0, 1, 2][..], place].concat();
        assert!(refused(&at(&[0]), &bytes).starts_with("/payload: has no place of a message"));
    }
    for short in [&[0, 0, 0, 1, 2][..], &[0, 0, 0, 1, 2, 4, 0]] {
        assert!(refused(&at(&[0]), short).starts_with("/payload: the bytes end too early"));
    }
}

#[test]
fn nothing_is_written_before_the_number_is_told_and_all_is_read() {
    let of = Registered::new(&ONE, "text", &[0]);
    assert_eq!((of.id(), of.text()), (None, "text"));
    let error = told(&of.write("M", &One { v: 1 }).unwrap_err());
    assert!(
        error.contains("cannot be written before `set_id`"),
        "{error}"
    );
    for id in [0, 9] {
        let bytes = [0, 0, 0, 0, id, 0, 0x08, 7];
        assert_eq!(of.read::<One<i32>>("M", &message(&bytes)).unwrap().v, 7);
    }
    of.set_id(0);
    assert_eq!(of.id(), Some(0));
    assert_eq!(of.write("M", &One { v: 0 }).unwrap(), [0; 6].as_slice());
}
