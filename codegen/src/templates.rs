//! The texts of a generated crate that are no Rust: where values go in them, and which there are.

/// What that of `Cargo.toml` may ask for.
pub(crate) const MANIFEST_VALUES: [&str; 5] =
    ["name", "version", "description", "runtime", "workspace"];
/// What that of `README.md` may ask for.
pub(crate) const README_VALUES: [&str; 4] = ["title", "source", "about", "operations"];

/// Texts in the place of ours, in which `{{name}}` stands for a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    /// Of `Cargo.toml`.
    pub manifest: Option<String>,
    /// Of `README.md`.
    pub readme: Option<String>,
}

impl Templates {
    /// The names of the files that a crate has a template for.
    pub const FILES: [&str; 2] = ["Cargo.toml", "README.md"];

    /// Takes a text for a file.
    ///
    /// # Errors
    /// When there is no template for that file, or the text asks for a value that there is not.
    pub fn set(&mut self, file: &str, text: String) -> Result<(), String> {
        let (place, values) = match file {
            "Cargo.toml" => (&mut self.manifest, &MANIFEST_VALUES[..]),
            "README.md" => (&mut self.readme, &README_VALUES[..]),
            _ => {
                let files = Self::FILES.join("` and `");
                return Err(format!("is no template; there are `{files}`"));
            }
        };
        let mut rest = text.as_str();
        while let Some((_, name, after)) = placeholder(rest) {
            if !values.contains(&name) {
                let values = values.join("}}`, `{{");
                return Err(format!(
                    "has no value for `{{{{{name}}}}}`; there are `{{{{{values}}}}}`"
                ));
            }
            rest = after;
        }
        *place = Some(text);
        Ok(())
    }
}

/// The template with its `{{names}}` replaced, once: a value that looks like a name stays as it is.
pub(crate) fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, name, after)) = placeholder(rest) {
        out.push_str(before);
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out + rest
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_templates() {
        let values = [("a", "{{b}}".to_owned()), ("b", "x".to_owned())];
        assert_eq!(fill("{{a}}-{{b}}-{{c}}", &values), "{{b}}-x-");
    }

    #[test]
    fn a_template_that_asks_for_what_there_is_not_is_refused() {
        let mut templates = Templates::default();
        let mut refused = |file: &str, text: &str| templates.set(file, text.to_owned()).err();
        assert_eq!(refused("README.md", "{{title}} {{about}}"), None);
        assert_eq!(
            refused("Cargo.toml", "name = {{title}}").as_deref(),
            Some(
                "has no value for `{{title}}`; there are `{{name}}`, `{{version}}`, `{{description}}`, `{{runtime}}`, `{{workspace}}`"
            )
        );
        assert!(refused("lib.rs", "").is_some());
        assert_eq!(templates.readme.as_deref(), Some("{{title}} {{about}}"));
        assert_eq!(templates.manifest, None);
    }
}
