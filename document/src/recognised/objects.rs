//! The names of the fields of objects, by which a file is known to hold AsyncAPI, JSON Schema or Avro.

/// Keywords of JSON Schema and its dialects.
pub(super) const SCHEMA: &str = "\
    $anchor $comment $defs $dynamicAnchor $dynamicRef $id $ref $schema additionalItems additionalProperties allOf anyOf const \
    contains contentEncoding contentMediaType contentSchema default definitions dependencies dependentRequired \
    dependentSchemas deprecated description discriminator else enum example examples exclusiveMaximum exclusiveMinimum \
    externalDocs format id if items maxContains maxItems maxLength maxProperties maximum minContains minItems minLength \
    minProperties minimum multipleOf not nullable oneOf pattern patternProperties prefixItems properties propertyNames \
    readOnly required then title type unevaluatedItems unevaluatedProperties uniqueItems writeOnly xml";

/// The fields that objects may have, an object a line: of AsyncAPI, of Avro, and those of bindings taken together. One that has
/// no others is one of ours, whatever is wrong with it.
pub(super) const OBJECTS: &[&str] = &[
    SCHEMA,
    "aliases default doc fields items logicalType name namespace order precision scale size symbols type values",
    "bindings contentType correlationId description examples externalDocs headers messageId name oneOf payload schema \
        schemaFormat summary tags title traits",
    "address bindings description externalDocs messages parameters publish servers subscribe summary tags title",
    "action bindings channel description externalDocs message messages operationId reply security summary tags title traits",
    "address channel description location messages",
    "bindings description externalDocs host pathname protocol protocolVersion security summary tags title url variables",
    "default description enum examples location schema",
    "bearerFormat description flows in name openIdConnectUrl scheme scopes type",
    "contact description externalDocs license tags termsOfService title version",
    "description email externalDocs name url",
    "channelBindings channels correlationIds externalDocs messageBindings messageTraits messages operationBindings \
        operationTraits operations parameters replies replyAddresses schemas securitySchemes serverBindings serverVariables \
        servers tags",
    BINDING,
];

/// Fields of bindings.
const BINDING: &str = "\
    ack autoDelete bcc bindingVersion cc cleanSession clientId deliveryMode destination destinationType destinations durable exchange \
    exclusive expiration groupId headers is keepAlive key lastWill mandatory messageExpiryInterval method partitions priority qos \
    query queue replicas replyTo retain schemaIdLocation schemaIdPayloadEncoding schemaLookupStrategy schemaRegistryUrl \
    schemaRegistryVendor sessionExpiryInterval statusCode timestamp topic topicConfiguration type userId vhost";

/// Fields by one of which an object within a file is known; its other fields may be any of such an object.
pub(super) const TELLING: &str = "\
    $anchor $id action additionalProperties address bindingVersion const contentType description enum exchange \
    exclusiveMaximum exclusiveMinimum format groupId headers items location logicalType maxItems maxLength maxProperties \
    maximum messageId messages method minItems minLength minProperties minimum multipleOf not nullable partitions pattern \
    patternProperties payload properties protocol publish qos query queue required subscribe topic uniqueItems";

/// Keywords that a schema with unknown ones is known by, beside its type.
pub(super) const ASSERTING: &str = "\
    exclusiveMaximum exclusiveMinimum format maxLength maximum minLength minimum multipleOf pattern";

/// Whether a name is among those of a table.
pub(super) fn is_among(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}
