//! Rows by their numbers and the ids of their messages, as two arrays that are written as they travel: for each row that is published
//! nothing else is made of them.
use sqlx::{
    Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo},
};
use tidings::MessageId;

/// The numbers of PostgreSQL's types: `select oid, typname from pg_type`.
const INT8: u32 = 20;
const TEXT: u32 = 25;

/// How many letters a UUID has.
const UUID: usize = 36;

pub(super) struct Numbers<'a>(pub(super) &'a [(i64, MessageId)]);

pub(super) struct Ids<'a>(pub(super) &'a [(i64, MessageId)]);

impl Type<Postgres> for Numbers<'_> {
    fn type_info() -> PgTypeInfo {
        <Vec<i64> as Type<Postgres>>::type_info()
    }
}

impl Type<Postgres> for Ids<'_> {
    fn type_info() -> PgTypeInfo {
        <Vec<String> as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Numbers<'_> {
    fn encode_by_ref(&self, into: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        begin(into, INT8, self.0.len())?;
        for (number, _) in self.0 {
            put(into, &number.to_be_bytes())?;
        }
        Ok(IsNull::No)
    }
}

impl<'q> Encode<'q, Postgres> for Ids<'_> {
    fn encode_by_ref(&self, into: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        begin(into, TEXT, self.0.len())?;
        for (_, id) in self.0 {
            match id {
                MessageId::Uuid(id) => {
                    let mut text = [0; UUID];
                    put(into, id.hyphenated().encode_lower(&mut text).as_bytes())?;
                }
                id => put(into, id.to_text().as_bytes())?,
            }
        }
        Ok(IsNull::No)
    }
}

/// An array of one dimension without nulls, whose first element is the first.
fn begin(into: &mut Vec<u8>, kind: u32, count: usize) -> Result<(), BoxDynError> {
    let count = u32::try_from(count)?;
    for number in [1, 0, kind, count, 1] {
        into.extend_from_slice(&number.to_be_bytes());
    }
    Ok(())
}

fn put(into: &mut Vec<u8>, element: &[u8]) -> Result<(), BoxDynError> {
    into.extend_from_slice(&u32::try_from(element.len())?.to_be_bytes());
    into.extend_from_slice(element);
    Ok(())
}
