//! Schemas: JSON Schema draft-07 with the additions of AsyncAPI, and of OpenAPI where a payload says so.
use std::ops::Deref;

use super::{Extensions, ExternalDocs, Place, SchemaId};
use crate::{Node, Number, Text};

/// A schema or subschema.
#[derive(Debug, Clone)]
pub struct Schema<'a> {
    /// The node.
    pub node: &'a Node,
    /// Key in the map that defines it: of `components/schemas`, `definitions` or `properties`; `None` for other inline schemas.
    pub key: Option<Text<'a>>,
    /// Name among the schemas of the components or definitions of its file, or of the first reference with one that led to it.
    pub name: Option<String>,
    /// Where it is defined.
    pub place: Place,
    /// JSON pointer of its definition in its file.
    pub pointer: String,
    /// The dialect that it is written in.
    pub format: SchemaFormat,
    /// What it says.
    pub kind: SchemaKind<'a>,
}

/// What a schema says.
#[derive(Debug, Clone)]
pub enum SchemaKind<'a> {
    /// `true` allows every value, `false` none.
    Bool(bool),
    /// Keywords.
    Object(Box<SchemaObject<'a>>),
    /// A reference that leads nowhere, or only to itself (which is reported): allows every value.
    Unresolved,
}

impl<'a> Schema<'a> {
    /// Its keywords, where it has any.
    #[must_use]
    pub fn object(&self) -> Option<&SchemaObject<'a>> {
        match &self.kind {
            SchemaKind::Object(object) => Some(object),
            _ => None,
        }
    }
}

/// The keywords of a schema. References in it are already followed: the ids name what they lead to. Those that most schemas do
/// not have are in [`MoreKeywords`], as which it can be read too: a document has very many schemas.
#[derive(Debug, Clone, Default)]
pub struct SchemaObject<'a> {
    /// `title`
    pub title: Option<Text<'a>>,
    /// `description`, Markdown.
    pub description: Option<Text<'a>>,
    /// `type`; `None` allows all.
    pub types: Option<Types>,
    /// `format`
    pub format: Option<Text<'a>>,
    /// `enum`
    pub enumeration: Option<&'a [Node]>,
    /// `const`
    pub constant: Option<&'a Node>,
    /// `default`
    pub default: Option<&'a Node>,
    /// `examples`, and `example` of OpenAPI.
    pub examples: Vec<&'a Node>,
    /// `properties`
    pub properties: Vec<Property<'a>>,
    /// `required`
    pub required: Vec<Text<'a>>,
    /// `additionalProperties`
    pub additional_properties: Option<SchemaId>,
    /// `items`, and `prefixItems`.
    pub items: Option<Items>,
    /// Its other keywords, where it has any.
    pub(crate) more: Option<Box<MoreKeywords<'a>>>,
}

/// Keywords that most schemas do not have.
#[derive(Debug, Clone, Default)]
pub struct MoreKeywords<'a> {
    /// `nullable` of OpenAPI 3.0.
    pub nullable: bool,
    /// `deprecated`
    pub deprecated: bool,
    /// `readOnly`
    pub read_only: bool,
    /// `writeOnly`
    pub write_only: bool,
    /// `patternProperties`
    pub pattern_properties: Vec<Property<'a>>,
    /// `propertyNames`
    pub property_names: Option<SchemaId>,
    /// `minProperties`
    pub min_properties: Option<u64>,
    /// `maxProperties`
    pub max_properties: Option<u64>,
    /// `unevaluatedProperties`
    pub unevaluated_properties: Option<SchemaId>,
    /// `dependencies` and `dependentSchemas`, where the value is a schema.
    pub dependencies: Vec<Property<'a>>,
    /// `discriminator`: name of the property that says which schema holds.
    pub discriminator: Option<Text<'a>>,
    /// `mapping` of OpenAPI's discriminator: value and the schema it names.
    pub discriminator_mapping: Vec<(Text<'a>, Option<SchemaId>)>,
    /// `additionalItems`, and `items` beside `prefixItems`.
    pub additional_items: Option<SchemaId>,
    /// `unevaluatedItems`
    pub unevaluated_items: Option<SchemaId>,
    /// `contains`
    pub contains: Option<SchemaId>,
    /// `minContains`
    pub min_contains: Option<u64>,
    /// `maxContains`
    pub max_contains: Option<u64>,
    /// `minItems`
    pub min_items: Option<u64>,
    /// `maxItems`
    pub max_items: Option<u64>,
    /// `uniqueItems`
    pub unique_items: bool,
    /// `minimum`
    pub minimum: Option<Number>,
    /// `maximum`
    pub maximum: Option<Number>,
    /// `exclusiveMinimum`
    pub exclusive_minimum: Option<Number>,
    /// `exclusiveMaximum`
    pub exclusive_maximum: Option<Number>,
    /// `multipleOf`
    pub multiple_of: Option<Number>,
    /// `minLength`, in characters.
    pub min_length: Option<u64>,
    /// `maxLength`, in characters.
    pub max_length: Option<u64>,
    /// `pattern`, an ECMA 262 regular expression.
    pub pattern: Option<Text<'a>>,
    /// `contentEncoding`
    pub content_encoding: Option<Text<'a>>,
    /// `contentMediaType`
    pub content_media_type: Option<Text<'a>>,
    /// `allOf`, and what a `$ref` leads to where it stands beside other keywords.
    pub all_of: Vec<SchemaId>,
    /// `anyOf`
    pub any_of: Vec<SchemaId>,
    /// `oneOf`
    pub one_of: Vec<SchemaId>,
    /// `not`
    pub not: Option<SchemaId>,
    /// `if`
    pub if_: Option<SchemaId>,
    /// `then`
    pub then: Option<SchemaId>,
    /// `else`
    pub else_: Option<SchemaId>,
    /// `externalDocs`
    pub external_docs: Option<ExternalDocs<'a>>,
    /// `x-` keywords.
    pub extensions: Extensions<'a>,
}

/// None of them.
static NO_MORE: MoreKeywords<'static> = MoreKeywords {
    nullable: false,
    deprecated: false,
    read_only: false,
    write_only: false,
    pattern_properties: Vec::new(),
    property_names: None,
    min_properties: None,
    max_properties: None,
    unevaluated_properties: None,
    dependencies: Vec::new(),
    discriminator: None,
    discriminator_mapping: Vec::new(),
    additional_items: None,
    unevaluated_items: None,
    contains: None,
    min_contains: None,
    max_contains: None,
    min_items: None,
    max_items: None,
    unique_items: false,
    minimum: None,
    maximum: None,
    exclusive_minimum: None,
    exclusive_maximum: None,
    multiple_of: None,
    min_length: None,
    max_length: None,
    pattern: None,
    content_encoding: None,
    content_media_type: None,
    all_of: Vec::new(),
    any_of: Vec::new(),
    one_of: Vec::new(),
    not: None,
    if_: None,
    then: None,
    else_: None,
    external_docs: None,
    extensions: Extensions(Vec::new()),
};

impl<'a> Deref for SchemaObject<'a> {
    type Target = MoreKeywords<'a>;

    fn deref(&self) -> &Self::Target {
        self.more.as_deref().unwrap_or(&NO_MORE)
    }
}

/// A named subschema.
#[derive(Debug, Clone, Copy)]
pub struct Property<'a> {
    /// Name (or pattern).
    pub name: Text<'a>,
    /// Schema of its value.
    pub schema: SchemaId,
}

/// `items`.
#[derive(Debug, Clone)]
pub enum Items {
    /// One schema for all.
    All(SchemaId),
    /// One schema a position.
    Each(Vec<SchemaId>),
}

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `null`
    Null,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`
    String,
    /// `array`
    Array,
    /// `object`
    Object,
}

impl Type {
    /// Every type with its name in a schema.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Null, "null"),
        (Self::Boolean, "boolean"),
        (Self::Integer, "integer"),
        (Self::Number, "number"),
        (Self::String, "string"),
        (Self::Array, "array"),
        (Self::Object, "object"),
    ];

    /// Its name in a schema.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Types(u8);

impl Types {
    /// Adds a type.
    pub fn insert(&mut self, kind: Type) {
        self.0 |= 1 << kind as u8;
    }

    /// Whether a type is in it.
    #[must_use]
    pub fn contains(self, kind: Type) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Its types in the order of [`Type::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Type> {
        Type::ALL
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(move |kind| self.contains(*kind))
    }

    /// The only type, where there is just one.
    #[must_use]
    pub fn only(self) -> Option<Type> {
        let mut types = self.iter();
        types.next().filter(|_| types.next().is_none())
    }

    /// The set without one type.
    #[must_use]
    pub fn without(self, kind: Type) -> Self {
        Self(self.0 & !(1 << kind as u8))
    }
}

/// The language of a payload's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaFormat {
    /// AsyncAPI's own superset of draft-07, also when nothing is said.
    AsyncApi,
    /// JSON Schema draft-04.
    JsonSchema04,
    /// JSON Schema draft-06.
    JsonSchema06,
    /// JSON Schema draft-07, or of a draft that is not said or not known.
    JsonSchema,
    /// JSON Schema 2019-09.
    JsonSchema2019,
    /// JSON Schema 2020-12, and OpenAPI 3.1.
    JsonSchema2020,
    /// OpenAPI 3.0.
    OpenApi30,
    /// Avro.
    Avro,
    /// Protocol Buffers.
    Protobuf,
    /// RAML data type.
    Raml,
    /// Something else.
    Other,
}

impl SchemaFormat {
    /// Whether it is JSON Schema of 2019-09 or later.
    #[must_use]
    pub fn is_newer(self) -> bool {
        matches!(self, Self::JsonSchema2019 | Self::JsonSchema2020)
    }
}
