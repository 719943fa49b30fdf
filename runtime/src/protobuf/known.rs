//! Google's own messages that stand for something else than their fields.
use super::descriptor::{Descriptor, Field, Kind, Known, Shape};

macro_rules! known {
    ($($about:literal $name:ident: $text:literal = $known:ident($fields:expr);)*) => {$(
        #[doc = $about]
        pub static $name: Descriptor = Descriptor::known(concat!("google.protobuf.", $text), $fields, Known::$known);
    )*};
}

const fn value(kind: Kind) -> Field {
    Field::new(1, "value", "value", kind, Shape::Implicit)
}

known! {
    "`google.protobuf.Any`" ANY: "Any" = Any(&[
        Field::new(1, "type_url", "typeUrl", Kind::String, Shape::Implicit),
        Field::new(2, "value", "value", Kind::Bytes, Shape::Implicit),
    ]);
    "`google.protobuf.Duration`" DURATION: "Duration" = Duration(TIME);
    "`google.protobuf.Empty`" EMPTY: "Empty" = Empty(&[]);
    "`google.protobuf.FieldMask`" FIELD_MASK: "FieldMask" = FieldMask(&[
        Field::new(1, "paths", "paths", Kind::String, Shape::Repeated),
    ]);
    "`google.protobuf.ListValue`" LIST_VALUE: "ListValue" = Only(&[
        Field::new(1, "values", "values", Kind::Message(&VALUE), Shape::Repeated),
    ]);
    "`google.protobuf.Struct`" STRUCT: "Struct" = Only(&[
        Field::new(1, "fields", "fields", Kind::Message(&VALUE), Shape::Map(Kind::String)),
    ]);
    "`google.protobuf.Timestamp`" TIMESTAMP: "Timestamp" = Timestamp(TIME);
    "`google.protobuf.Value`" VALUE: "Value" = Value(&[
        Field::new(0, "kind", "", Kind::Oneof(&VALUES), Shape::Optional),
    ]);
    "`google.protobuf.BoolValue`" BOOL_VALUE: "BoolValue" = Only(&[value(Kind::Bool)]);
    "`google.protobuf.BytesValue`" BYTES_VALUE: "BytesValue" = Only(&[value(Kind::Bytes)]);
    "`google.protobuf.DoubleValue`" DOUBLE_VALUE: "DoubleValue" = Only(&[value(Kind::Double)]);
    "`google.protobuf.FloatValue`" FLOAT_VALUE: "FloatValue" = Only(&[value(Kind::Float)]);
    "`google.protobuf.Int32Value`" INT32_VALUE: "Int32Value" = Only(&[value(Kind::Int32)]);
    "`google.protobuf.Int64Value`" INT64_VALUE: "Int64Value" = Only(&[value(Kind::Int64)]);
    "`google.protobuf.StringValue`" STRING_VALUE: "StringValue" = Only(&[value(Kind::String)]);
    "`google.protobuf.UInt32Value`" UINT32_VALUE: "UInt32Value" = Only(&[value(Kind::Uint32)]);
    "`google.protobuf.UInt64Value`" UINT64_VALUE: "UInt64Value" = Only(&[value(Kind::Uint64)]);
}

const TIME: &[Field] = &[
    Field::new(1, "seconds", "seconds", Kind::Int64, Shape::Implicit),
    Field::new(2, "nanos", "nanos", Kind::Int32, Shape::Implicit),
];

/// What any JSON value may be, by the names that writing asks for.
static VALUES: [Field; 6] = [
    choice(1, "null_value", Kind::Null),
    choice(2, "number_value", Kind::Double),
    choice(3, "string_value", Kind::String),
    choice(4, "bool_value", Kind::Bool),
    choice(5, "struct_value", Kind::Message(&STRUCT)),
    choice(6, "list_value", Kind::Message(&LIST_VALUE)),
];

const fn choice(number: u32, name: &'static str, kind: Kind) -> Field {
    Field::new(number, name, "", kind, Shape::Required)
}
