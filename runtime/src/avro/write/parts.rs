//! Lists, maps and records, part by part.
use super::Writing;
use crate::{
    avro::{
        kind::{Field, Kind, TypeId, Types},
        source::{Source, put_count},
    },
    fault::Fault,
};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
};

/// The items of a list, or the entries of a map, in one block; each in its own where their number is not known before.
pub(in crate::avro) struct List<'s, 'o> {
    types: &'s Types,
    inner: TypeId,
    out: &'o mut Vec<u8>,
    depth: usize,
    length: Option<usize>,
    index: usize,
    key: String,
}

/// Begins a list or a map.
pub(super) fn list<'s, 'o>(
    writing: Writing<'s, 'o>,
    length: Option<usize>,
) -> Result<List<'s, 'o>, Fault> {
    let writing = writing.plain()?.deeper()?;
    let (Kind::Array(inner) | Kind::Map(inner)) = writing.kind() else {
        return Err(writing.unfit("a list or a map"));
    };
    if let Some(length) = length.filter(|length| *length > 0) {
        put_count(writing.out, length);
    }
    Ok(List {
        types: writing.types,
        inner: *inner,
        out: writing.out,
        depth: writing.depth,
        length,
        index: 0,
        key: String::new(),
    })
}

impl List<'_, '_> {
    fn begin(&mut self) {
        self.index += 1;
        if self.length.is_none() {
            put_count(self.out, 1);
        }
    }

    fn write<T: Serialize + ?Sized>(&mut self, id: TypeId, value: &T) -> Result<(), Fault> {
        value.serialize(Writing {
            types: self.types,
            id,
            out: self.out,
            depth: self.depth,
        })
    }

    fn finish(self) -> Result<(), Fault> {
        if self.length.is_some_and(|length| length != self.index) {
            return Err(Fault::new("has another number of items than it says"));
        }
        put_count(self.out, 0);
        Ok(())
    }
}

impl SerializeSeq for List<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.begin();
        let written = self.write(self.inner, value);
        written.map_err(|fault| fault.at(self.index - 1))
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

impl SerializeTuple for List<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

impl SerializeTupleStruct for List<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

impl SerializeMap for List<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.begin();
        let start = self.out.len();
        self.write(Types::KEY, key)?;
        Source::new(&self.out[start..])
            .text()?
            .clone_into(&mut self.key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let written = self.write(self.inner, value);
        written.map_err(|fault| fault.under(&self.key))
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

/// The fields of a record, in the order of the schema.
pub(in crate::avro) struct Fields<'s, 'o> {
    types: &'s Types,
    fields: std::slice::Iter<'s, Field>,
    out: &'o mut Vec<u8>,
    depth: usize,
}

/// Begins a record.
pub(super) fn fields<'s, 'o>(writing: Writing<'s, 'o>) -> Result<Fields<'s, 'o>, Fault> {
    let writing = writing.plain()?.deeper()?;
    let Kind::Record { fields, .. } = writing.kind() else {
        return Err(writing.unfit("a record"));
    };
    Ok(Fields {
        types: writing.types,
        fields: fields.iter(),
        out: writing.out,
        depth: writing.depth,
    })
}

impl SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let field = self.fields.next().filter(|field| field.name == key);
        let field = field.ok_or_else(|| {
            Fault::new("is no field that the schema has in this place").under(key)
        })?;
        let written = value.serialize(Writing {
            types: self.types,
            id: field.kind,
            out: self.out,
            depth: self.depth,
        });
        written.map_err(|fault| fault.under(key))
    }

    fn end(mut self) -> Result<(), Fault> {
        match self.fields.next() {
            Some(missing) => Err(Fault::new("is missing").under(&missing.name)),
            None => Ok(()),
        }
    }
}
