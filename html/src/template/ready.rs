//! The templates as the build script has read them (`written.rs`), without the lines that errors would name: those are known where
//! their text is read.
use std::collections::HashMap;

use handlebars::{
    Path, PathSeg,
    template::{HelperTemplate, Parameter, Subexpression, Template, TemplateElement},
};

const ALL: &str = include_str!(concat!(env!("OUT_DIR"), "/templates.table"));

/// All templates with their names; each is made when it is asked for.
pub(super) fn all() -> impl Iterator<Item = (&'static str, impl FnOnce() -> Template)> {
    let mut rest = Table(ALL);
    std::iter::from_fn(move || {
        let is_more = !rest.0.is_empty();
        is_more.then(|| {
            let (name, table) = (rest.text(), rest.text());
            (name, move || {
                let mut template = Table(table).template();
                template.name = Some(name.to_owned());
                template
            })
        })
    })
}

struct Table<'a>(&'a str);

/// Why a table can be read.
const MADE: &str = "the build script makes tables so";

impl<'a> Table<'a> {
    fn template(&mut self) -> Template {
        let mut template = Template::new();
        template.elements = self.many(Self::element);
        template
    }

    fn element(&mut self) -> TemplateElement {
        match self.letter() {
            't' => TemplateElement::RawString(self.text().to_owned()),
            'e' => TemplateElement::Expression(self.call()),
            'h' => TemplateElement::HtmlExpression(self.call()),
            _ => {
                let mut helper = self.call();
                helper.block = true;
                helper.template = self.many(Self::template).pop();
                helper.inverse = self.many(Self::template).pop();
                TemplateElement::HelperBlock(helper)
            }
        }
    }

    fn call(&mut self) -> Box<HelperTemplate> {
        match *self.expression().element {
            TemplateElement::Expression(helper) => helper,
            _ => unreachable!("expressions are made of nothing else"),
        }
    }

    fn expression(&mut self) -> Subexpression {
        let (name, params) = (self.parameter(), self.many(Self::parameter));
        let hash: HashMap<_, _> = self
            .many(|table| (table.text().to_owned(), table.parameter()))
            .into_iter()
            .collect();
        Subexpression::new(name, params, hash)
    }

    fn parameter(&mut self) -> Parameter {
        match self.letter() {
            'n' => Parameter::Name(self.text().to_owned()),
            'p' => Parameter::Path(path(self.text())),
            'l' => Parameter::Literal(self.text().parse().expect(MADE)),
            _ => Parameter::Subexpression(self.expression()),
        }
    }

    fn many<T>(&mut self, one: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.count()).map(|_| one(self)).collect()
    }

    fn letter(&mut self) -> char {
        let letter = self.0.chars().next().expect(MADE);
        self.0 = &self.0[letter.len_utf8()..];
        letter
    }

    fn text(&mut self) -> &'a str {
        let length = self.count();
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        text
    }

    fn count(&mut self) -> usize {
        let (number, rest) = self.0.split_once(' ').expect(MADE);
        self.0 = rest;
        number.parse().expect(MADE)
    }
}

/// What a field is found by. Names alone need no parser.
fn path(text: &str) -> Path {
    let segments = || text.split('.').filter(|name| *name != "this");
    let is_named = segments().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    match is_named {
        true => {
            let segments = segments().map(|name| PathSeg::Named(name.to_owned()));
            Path::Relative((segments.collect(), text.to_owned()))
        }
        false => match text.strip_prefix('@') {
            Some(name) => Path::Local((0, name.to_owned(), text.to_owned())),
            None => Path::parse(text).expect(MADE),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{call, list, written};
    use super::*;

    /// A template without what no page of ours is written by: lines, and where to indent if anything were indented.
    fn bare(template: &mut Template) {
        template.mapping.clear();
        for element in &mut template.elements {
            let TemplateElement::HelperBlock(helper) = element else {
                continue;
            };
            let inner = [&mut helper.template, &mut helper.inverse];
            inner.into_iter().flatten().for_each(bare);
            let call = Subexpression::new(
                helper.name.clone(),
                helper.params.clone(),
                helper.hash.clone(),
            );
            let TemplateElement::Expression(mut same) = *call.element else {
                unreachable!("expressions are made of nothing else");
            };
            (same.block, same.chain) = (helper.block, helper.chain);
            same.block_param = helper.block_param.clone();
            (same.template, same.inverse) = (helper.template.clone(), helper.inverse.clone());
            *helper = same;
        }
    }

    #[test]
    fn templates_are_what_is_read_from_their_text() {
        let mut texts = call::registry();
        let mut names = Vec::new();
        for (name, text) in list::all() {
            call::register(&mut texts, name, list::read(name, text)).expect("a template");
            names.push(name);
        }
        for (name, template) in all() {
            let mut expected = texts.get_template(name).cloned().expect("a template");
            bare(&mut expected);
            assert_eq!(template(), expected, "{name}");
            names.retain(|other| *other != name);
        }
        assert_eq!(names, [""; 0]);
    }

    #[test]
    fn what_tables_have_is_read_from_them() {
        let text = "{{a.b}}{{{this}}} {{#if (eq @first 1)}}{{> part this.c d=\"<é>\" e=null}}{{else}}{{../f}}{{/if}}";
        let mut texts = call::registry();
        call::register(&mut texts, "whole", text).expect("a template");
        let mut expected = texts.get_template("whole").cloned().expect("a template");
        let table = written::entry("whole", &expected);
        let mut table = Table(&table);
        assert_eq!(table.text(), "whole");
        bare(&mut expected);
        expected.name = None;
        assert_eq!(Table(table.text()).template(), expected);
        assert_eq!(table.0, "");
    }
}
