//! What has no fields of its own: types of the language, and those of Google that stand for something else.
use crate::ir::{Format, Native, Slot, Ty, protobuf::Kind};

/// The type of such a value, and what the runtime is told of it.
pub(super) fn plain(name: &str) -> Option<(Slot, Kind)> {
    let (ty, kind) = match name.strip_prefix("google.protobuf.") {
        Some(name) => known(name)?,
        None => scalar(name)?,
    };
    Some((Slot::new(ty), kind))
}

fn scalar(name: &str) -> Option<(Ty, Kind)> {
    let (ty, kind) = match name {
        "double" => (Ty::Native(Native::Double), "Double"),
        "float" => (Ty::Native(Native::Float), "Float"),
        "int32" => (Ty::Int("i32"), "Int32"),
        "int64" => (Ty::Int("i64"), "Int64"),
        "uint32" => (Ty::Int("u32"), "Uint32"),
        "uint64" => (Ty::Int("u64"), "Uint64"),
        "sint32" => (Ty::Int("i32"), "Sint32"),
        "sint64" => (Ty::Int("i64"), "Sint64"),
        "fixed32" => (Ty::Int("u32"), "Fixed32"),
        "fixed64" => (Ty::Int("u64"), "Fixed64"),
        "sfixed32" => (Ty::Int("i32"), "Sfixed32"),
        "sfixed64" => (Ty::Int("i64"), "Sfixed64"),
        "bool" => (Ty::Bool, "Bool"),
        "string" => (Ty::Text(Format::Plain), "String"),
        "bytes" => (Ty::Native(Native::Bytes), "Bytes"),
        _ => return None,
    };
    Some((ty, Kind::Plain(kind)))
}

/// One of Google's, by its own name.
fn known(name: &str) -> Option<(Ty, Kind)> {
    let text = || Slot::new(Ty::Text(Format::Plain));
    let json = || Box::new(Slot::new(Ty::Json));
    let (ty, kind) = match name {
        "Any" => (Ty::Native(Native::Protobuf("Any")), "ANY"),
        "Duration" => (Ty::Native(Native::Protobuf("Duration")), "DURATION"),
        "Timestamp" => (Ty::Native(Native::Protobuf("Timestamp")), "TIMESTAMP"),
        "Empty" => (Ty::Native(Native::Nothing), "EMPTY"),
        "FieldMask" => (Ty::List(Box::new(text())), "FIELD_MASK"),
        "Struct" => (Ty::Map(json()), "STRUCT"),
        "ListValue" => (Ty::List(json()), "LIST_VALUE"),
        "Value" => (Ty::Json, "VALUE"),
        "NullValue" => return Some((Ty::Native(Native::Nothing), Kind::Plain("Null"))),
        "BoolValue" => (Ty::Bool, "BOOL_VALUE"),
        "BytesValue" => (Ty::Native(Native::Bytes), "BYTES_VALUE"),
        "DoubleValue" => (Ty::Native(Native::Double), "DOUBLE_VALUE"),
        "FloatValue" => (Ty::Native(Native::Float), "FLOAT_VALUE"),
        "Int32Value" => (Ty::Int("i32"), "INT32_VALUE"),
        "Int64Value" => (Ty::Int("i64"), "INT64_VALUE"),
        "StringValue" => (Ty::Text(Format::Plain), "STRING_VALUE"),
        "UInt32Value" => (Ty::Int("u32"), "UINT32_VALUE"),
        "UInt64Value" => (Ty::Int("u64"), "UINT64_VALUE"),
        _ => return None,
    };
    Some((ty, Kind::Known(kind)))
}
