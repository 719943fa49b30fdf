//! The rules about ignores themselves.
use tidings_document::{Profile, Rule, Severity};

/// Both of them.
pub(crate) static RULES: &[&Rule] = &[&INVALID, &UNUSED];

/// `ignore-invalid`
pub(super) static INVALID: Rule = Rule {
    id: "ignore-invalid",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "an ignore has no effect",
    docs: r##"A comment `# tidings-ignore RULE: reason` leaves findings of a rule out: behind a value those of its line, above an entry or item those of
all that it holds. `# tidings-ignore-file RULE: reason` does so for the whole file and stands above its first key. In JSON, which has no comments, an object
takes `x-tidings-ignore: { RULE: reason }`, for itself and all that it holds. Several rules are parted by commas.

An ignore has no effect where it names no rule, or one that does not exist; where it gives no reason; and where the rule is one that must be heard, such as
`syntax-error`, since behind its findings nothing was checked.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: {} # tidings-ignore component-unused
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: {}
x-tidings-ignore: { component-unusd: shared with other documents }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: {}
components:
  # tidings-ignore component-unused: shared with other documents
  schemas:
    Order: { type: object }
```
"##,
};

/// `ignore-unused`
pub(super) static UNUSED: Rule = Rule {
    id: "ignore-unused",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "an ignore leaves nothing out",
    docs: r##"What was ignored is mended, or the comment stands in the wrong place. Left there, it would hide the next defect of this kind.
Ignores of rules that the profile or the configuration leaves out are not looked at.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
# tidings-ignore component-unused: shared with other documents
channels: {}
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: {}
components:
  schemas:
    Order: { type: object, x-tidings-ignore: { component-unused: shared with other documents } }
```
"##,
};
