//! Defects of structure: what the specification does not allow in an object.
use super::{error, warning};
use crate::Rule;

/// `not-asyncapi`
pub(crate) static NOT_ASYNCAPI: Rule = error(
    "not-asyncapi",
    &["asyncapi-is-asyncapi"],
    "the document does not say that it is an AsyncAPI document",
    r#"The root must be an object whose `asyncapi` names a version of the specification as text.

```yaml bad
openapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `version-unsupported`
pub(crate) static VERSION_UNSUPPORTED: Rule = error(
    "version-unsupported",
    &["asyncapi-is-asyncapi"],
    "the version of the specification is not known",
    r#"The versions are 2.0.0 to 2.6.0, 3.0.0 and 3.1.0; there are no others.

```yaml bad
asyncapi: 3.0.1
info: {title: Orders, version: 1.0.0}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `field-missing`
pub(crate) static FIELD_MISSING: Rule = error(
    "field-missing",
    &["asyncapi-document-resolved"],
    "a field that must be there is missing",
    r#"The specification requires this field of this object.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders}
```

A security requirement of version 2 has no `type`; version 3 wants a reference in its place.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
servers: {production: {host: example.com, protocol: mqtt, security: [{login: []}]}}
components: {securitySchemes: {login: {type: userPassword}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `field-unknown`
pub(crate) static FIELD_UNKNOWN: Rule = error(
    "field-unknown",
    &["asyncapi-document-resolved"],
    "an object has a field that the specification does not know",
    r#"Objects take the fields that the specification lists and those that begin with `x-`. Others are mostly misspelt, or belong to another version.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
chanels: {}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {}
x-team: orders
```
"#,
);

/// `field-not-allowed`
pub(crate) static FIELD_NOT_ALLOWED: Rule = error(
    "field-not-allowed",
    &["asyncapi-document-resolved"],
    "an object has a field that does not fit its kind",
    r#"The field exists, but not in this kind of object: the two together have no meaning.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components:
  securitySchemes:
    login:
      type: oauth2
      flows:
        implicit:
          authorizationUrl: https://example.com/authorize
          tokenUrl: https://example.com/token
          availableScopes: {}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components:
  securitySchemes:
    login:
      type: oauth2
      flows:
        implicit:
          authorizationUrl: https://example.com/authorize
          availableScopes: {}
```
"#,
);

/// `type-mismatch`
pub(crate) static TYPE_MISMATCH: Rule = error(
    "type-mismatch",
    &["asyncapi-document-resolved"],
    "a value is of the wrong type",
    r#"The specification asks for another type of value here. Versions such as `1.0` are numbers in YAML unless they stand in quotes.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: '1.0'}
```
"#,
);

/// `enum-mismatch`
pub(crate) static ENUM_MISMATCH: Rule = error(
    "enum-mismatch",
    &["asyncapi-document-resolved"],
    "a value is not one of those that the specification lists",
    r#"Only the listed words have a meaning here.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {}}
operations:
  order:
    action: publish
    channel: {$ref: '#/channels/orders'}
```

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Name: {type: strin}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {}}
operations:
  order:
    action: send
    channel: {$ref: '#/channels/orders'}
```
"#,
);

/// `format-mismatch`
pub(crate) static FORMAT_MISMATCH: Rule = error(
    "format-mismatch",
    &["asyncapi-document-resolved"],
    "a text does not have the form that the specification asks for",
    r#"URLs must be absolute, mail addresses whole.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0, contact: {url: example.com}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0, contact: {url: 'https://example.com'}}
```
"#,
);

/// `value-out-of-range`
pub(crate) static VALUE_OUT_OF_RANGE: Rule = error(
    "value-out-of-range",
    &["asyncapi-document-resolved"],
    "a value lies outside of what is allowed",
    r#"Lengths and counts are 0 or more, `multipleOf` is above 0, and some lists may not be empty.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Name: {type: string, maxLength: -1}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Name: {type: string, maxLength: 80}}}
```
"#,
);

/// `item-duplicate`
pub(crate) static ITEM_DUPLICATE: Rule = error(
    "item-duplicate",
    &["asyncapi-document-resolved"],
    "a list that must not holds an item twice",
    r#"Tags, servers of a channel, `required` and `enum` of a variable are sets.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Name: {required: [id, id]}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Name: {required: [id]}}}
```
"#,
);

/// `runtime-expression-invalid`
pub(crate) static RUNTIME_EXPRESSION_INVALID: Rule = error(
    "runtime-expression-invalid",
    &["asyncapi-document-resolved"],
    "a text is no runtime expression",
    r#"A location begins with `$message.header#` or `$message.payload#`, followed by a JSON pointer.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {correlationIds: {order: {location: '$header.id'}}}
```

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {correlationIds: {order: {location: $message.header/id}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {correlationIds: {order: {location: '$message.header#/id'}}}
```
"#,
);

/// `schema-format-unknown`
pub(crate) static SCHEMA_FORMAT_UNKNOWN: Rule = warning(
    "schema-format-unknown",
    &["asyncapi2-schemas"],
    "the language of a schema is not one that is looked into",
    r#"The schema is kept as it is; messages cannot be checked against it and no types can be made from it. So it is with RAML too. The rest of the document is checked all the same.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {messages: {Order: {payload: {schemaFormat: application/x-own, schema: {}}}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {messages: {Order: {payload: {schemaFormat: 'application/schema+json;version=draft-07', schema: {}}}}}
```
"#,
);
