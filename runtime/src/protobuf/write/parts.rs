//! Lists, maps and messages, part by part.
use super::{Writing, deeper, only};
use crate::{
    fault::Fault,
    protobuf::{
        descriptor::{Descriptor, Field, Kind, Shape},
        unknown::UnknownFields,
        wire::{close, open},
    },
};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
};

/// The items of a list, or the entries of a map.
pub(in crate::protobuf) struct List<'o> {
    out: &'o mut Vec<u8>,
    number: u32,
    kind: Kind,
    key: Kind,
    depth: usize,
    /// Where the lengths of messages are put that stand around it.
    around: [Option<usize>; 2],
    /// Where items that stand together began.
    together: Option<(usize, usize)>,
    /// Where the length of the entry is put that is being written.
    entry: usize,
    index: usize,
}

/// Begins a list.
pub(super) fn list(writing: Writing<'_>) -> Result<List<'_>, Fault> {
    let (mut writing, around) = bare(writing, "list_value")?;
    let before = writing.out.len();
    let together = match writing.shape {
        Shape::Repeated => None,
        Shape::Packed => writing.begin().map(|start| (before, start)),
        _ => return Err(writing.kind.unfit("a list")),
    };
    let number = together.map_or(writing.number, |_| 0);
    Ok(List {
        out: writing.out,
        number,
        kind: writing.kind,
        key: Kind::Null,
        depth: writing.depth,
        around,
        together,
        entry: 0,
        index: 0,
    })
}

/// Begins a map.
pub(super) fn map(writing: Writing<'_>) -> Result<List<'_>, Fault> {
    let (writing, around) = bare(writing, "struct_value")?;
    let Shape::Map(key) = writing.shape else {
        return Err(writing.kind.unfit("a map"));
    };
    Ok(List {
        out: writing.out,
        number: writing.number,
        kind: writing.kind,
        key,
        depth: writing.depth,
        around,
        together: None,
        entry: 0,
        index: 0,
    })
}

/// The list or the map without Google's messages that stand for it.
fn bare<'o>(
    mut writing: Writing<'o>,
    name: &str,
) -> Result<(Writing<'o>, [Option<usize>; 2]), Fault> {
    let mut around = [None; 2];
    for start in &mut around {
        let (Shape::Optional | Shape::Required | Shape::Implicit, Kind::Message(of)) =
            (writing.shape, writing.kind)
        else {
            break;
        };
        let Some(field) = only(of, name) else { break };
        let depth = deeper(writing.depth)?;
        *start = writing.begin();
        writing = Writing::of(field, writing.out, depth);
    }
    Ok((writing, around))
}

impl List<'_> {
    fn write<T: Serialize + ?Sized>(
        &mut self,
        number: u32,
        kind: Kind,
        value: &T,
    ) -> Result<(), Fault> {
        let index = self.index;
        let written = value.serialize(Writing {
            out: self.out,
            number,
            kind,
            shape: Shape::Required,
            depth: self.depth,
        });
        written.map_err(|fault| fault.at(index))
    }

    fn finish(self) {
        match self.together {
            Some((before, _)) if self.index == 0 => self.out.truncate(before),
            Some((_, start)) => close(self.out, start),
            None => {}
        }
        for start in self.around.into_iter().rev().flatten() {
            close(self.out, start);
        }
    }
}

impl SerializeSeq for List<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.write(self.number, self.kind, value)?;
        self.index += 1;
        Ok(())
    }

    fn end(self) -> Result<(), Fault> {
        self.finish();
        Ok(())
    }
}

impl SerializeTuple for List<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Fault> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for List<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Fault> {
        SerializeSeq::end(self)
    }
}

impl SerializeMap for List<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.entry = open(self.out, self.number);
        self.write(1, self.key, key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.write(2, self.kind, value)?;
        close(self.out, self.entry);
        self.index += 1;
        Ok(())
    }

    fn end(self) -> Result<(), Fault> {
        self.finish();
        Ok(())
    }
}

/// The fields of a message.
pub(in crate::protobuf) struct Members<'o> {
    out: &'o mut Vec<u8>,
    of: &'static Descriptor,
    /// The field that comes next, most likely.
    next: usize,
    start: Option<usize>,
    depth: usize,
}

/// What no field of the schema is, in its own tags.
const UNKNOWN: Field = Field::new(0, UnknownFields::NAME, "", Kind::Bytes, Shape::Required);

/// Begins a message.
pub(super) fn members(mut writing: Writing<'_>) -> Result<Members<'_>, Fault> {
    let Kind::Message(of) = writing.kind else {
        return Err(writing.kind.unfit("a message"));
    };
    let depth = deeper(writing.depth)?;
    let start = writing.begin();
    Ok(Members {
        out: writing.out,
        of,
        next: 0,
        start,
        depth,
    })
}

impl Members<'_> {
    fn field(&mut self, name: &str) -> Result<&'static Field, Fault> {
        let is_it = |field: &Field| field.name == name;
        let fields = self.of.fields;
        let ahead = fields.iter().skip(self.next).position(is_it);
        let at = ahead.map(|ahead| self.next + ahead);
        let at = at.or_else(|| fields.iter().position(is_it));
        match at {
            Some(at) => {
                self.next = at + 1;
                Ok(&fields[at])
            }
            None if name == UnknownFields::NAME => Ok(const { &UNKNOWN }),
            None => Err(Fault::new("is no field that the schema has").under(name)),
        }
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let field = self.field(key)?;
        let written = value.serialize(Writing::of(field, self.out, self.depth));
        written.map_err(|fault| fault.under(key))
    }

    fn end(self) -> Result<(), Fault> {
        if let Some(start) = self.start {
            close(self.out, start);
        }
        Ok(())
    }
}
