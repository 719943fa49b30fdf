//! What templates are given, read from the templates themselves, so that it is always true.
use std::collections::BTreeSet;

use super::templates;

/// Words of the language of templates.
const WORDS: [&str; 12] = [
    "if", "unless", "each", "with", "else", "this", "eq", "len", "lookup", "log", "true", "false",
];

const INTRODUCTION: &str = "\
# Templates of the pages

Each file is one part of a page, in the language of [Handlebars](https://handlebarsjs.com/guide/). Change those that you want to be
different, remove the others (what is not here is as Tidings has it), and name this folder:

    tidings docs orders.asyncapi.yaml -o orders.html --template-dir FOLDER

- `{{field}}` writes a text of the document so that it is nothing but text. `{{{field_html}}}` writes HTML that was made from Markdown
  and is safe; other fields may not be written like that, and a template that does is refused.
- A page takes no scripts and no style sheets but its own: what a template adds of these is not run. Rules of yours go into a file for
  `--css`; `page.css` has those that there are, and begins with the custom properties that make a theme.
- The search reads titles where `contents` lists them, each as a `<bdi>` in a link: what is not listed there is not found.
- A field that does not exist is an error, so that a template that is out of date does not leave things out in silence.

The fields of each part, those of lists within it included; a name before a point is that of an object:

";

/// A page about all templates and their fields, as Markdown.
#[must_use]
pub fn templates_readme() -> String {
    let mut out = INTRODUCTION.to_owned();
    for (name, text) in templates() {
        let found = words(text);
        let (parts, fields): (Vec<_>, Vec<_>) =
            found.iter().partition(|word| word.starts_with('>'));
        let listed = |words: &[&String]| {
            let words = words
                .iter()
                .map(|word| format!("`{}`", word.trim_start_matches('>')));
            words.collect::<Vec<_>>().join(", ")
        };
        out += &format!("- **{name}**: {}", listed(&fields));
        if !parts.is_empty() {
            out += &format!("; within it {}", listed(&parts));
        }
        out.push('\n');
    }
    out
}

/// Names of fields in a template, and of the templates in it with `>` before them.
fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.split("{{").skip(1) {
        let inside = rest.trim_start_matches('{').split("}}").next();
        let inside = inside.unwrap_or_default().trim();
        if inside.starts_with(['/', '!']) {
            continue;
        }
        let partial = inside.strip_prefix('>').map(str::trim);
        let mut words = match partial {
            Some(inside) => inside.split_whitespace(),
            None => inside.split_whitespace(),
        };
        if partial.is_some() {
            found.extend(words.next().map(|name| format!(">{name}")));
        }
        // Behind `=` stands what a name in another template means.
        let words = words.map(|word| word.split('=').next_back().unwrap_or(word));
        let words = words.map(|word| word.trim_matches(['#', '(', ')', '^', '~']));
        let is_field = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic()) && !WORDS.contains(word)
        };
        found.extend(words.filter(is_field).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_templates() {
        let text = r#"{{#if (eq kind "strong")}}{{a.b}}{{else}}{{{c_html}}}{{/if}}{{> part d rows=e}}{{@first}}{{this}}{{!no}}"#;
        let found: Vec<_> = words(text).into_iter().collect();
        assert_eq!(found, [">part", "a.b", "c_html", "d", "e", "kind"]);
    }
}
