//! Defects of the text itself: what stands before any meaning.
use super::error;
use crate::Rule;

/// `syntax-error`
pub(crate) static SYNTAX_ERROR: Rule = error(
    "syntax-error",
    &["parser"],
    "the text is not YAML or JSON",
    r#"The file cannot be read as YAML, or as JSON where its name ends in `.json`. Nothing else in it is checked until that is mended.

```yaml bad
asyncapi: 3.0.0
info:
  title: Orders: all of them
  version: 1.0.0
```

The place is where the slip was made: where a quotation mark opens that is not closed, or the entry that slipped out of its object some lines before reading fails.

```yaml bad
asyncapi: 3.0.0
info:
  title: 'Orders
  version: 1.0.0
```

```yaml good
asyncapi: 3.0.0
info:
  title: 'Orders: all of them'
  version: 1.0.0
```
"#,
);

/// `key-duplicate`
pub(crate) static KEY_DUPLICATE: Rule = error(
    "key-duplicate",
    &["parser"],
    "a key occurs twice in one object",
    r#"Tools disagree on which of the two values counts, so that one of them is lost without notice.

```yaml bad
asyncapi: 3.0.0
info:
  title: Orders
  version: 1.0.0
  title: Invoices
```

```yaml good
asyncapi: 3.0.0
info:
  title: Orders
  version: 1.0.0
```
"#,
);

/// `document-empty`
pub(crate) static DOCUMENT_EMPTY: Rule = error(
    "document-empty",
    &["asyncapi-is-asyncapi"],
    "the file holds nothing",
    r#"There is no value in the file, only space or comments.

```yaml bad
# nothing yet
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `document-too-large`
pub(crate) static DOCUMENT_TOO_LARGE: Rule = error(
    "document-too-large",
    &[],
    "a file holds more values than are read",
    r#"Reading is bounded, so that no file can exhaust the memory. The bound is far above what documents need.

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `nesting-too-deep`
pub(crate) static NESTING_TOO_DEEP: Rule = error(
    "nesting-too-deep",
    &[],
    "objects and lists are nested deeper than is read",
    r#"Reading is bounded to 200 levels, so that no file can exhaust the stack.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
x-deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
  [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
  ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
x-deep: [[[]]]
```
"#,
);

/// `alias-expansion-too-large`
pub(crate) static ALIAS_EXPANSION_TOO_LARGE: Rule = error(
    "alias-expansion-too-large",
    &[],
    "YAML aliases stand for too many values",
    r#"A few aliases of aliases can stand for billions of values. What all aliases of a file stand for is bounded. References (`$ref`) copy nothing.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
x-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
x-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
x-e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
x-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
x-a: &a [1, 1]
x-b: [*a, *a]
```
"#,
);
