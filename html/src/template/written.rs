//! A template as a table: what is read much faster than its text, by `ready.rs`. Lists begin with their number and texts with their
//! length; what a piece is stands before it as a letter. What no template of ours has ends the build.
use std::collections::BTreeMap;

use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};

/// The same with its name.
pub(super) fn entry(name: &str, template: &Template) -> String {
    let mut table = Table(String::new());
    table.text(name);
    let mut inner = Table(String::new());
    inner.template(template);
    table.text(&inner.0);
    table.0
}

struct Table(String);

impl Table {
    fn template(&mut self, template: &Template) {
        self.count(template.elements.len());
        for element in &template.elements {
            match element {
                TemplateElement::RawString(text) => self.piece('t').text(text),
                TemplateElement::Expression(helper) => self.piece('e').call(helper),
                TemplateElement::HtmlExpression(helper) => self.piece('h').call(helper),
                TemplateElement::HelperBlock(helper) => self.piece('b').block(helper),
                other => panic!("a table has no {other:?}"),
            }
        }
    }

    fn block(&mut self, helper: &HelperTemplate) {
        assert!(
            helper.block_param.is_none() && !helper.chain,
            "a table has no {helper:?}"
        );
        self.call(helper);
        for inner in [&helper.template, &helper.inverse] {
            self.count(inner.iter().len());
            inner.iter().for_each(|inner| self.template(inner));
        }
    }

    fn call(&mut self, helper: &HelperTemplate) {
        self.parameter(&helper.name);
        self.count(helper.params.len());
        helper.params.iter().for_each(|param| self.parameter(param));
        self.count(helper.hash.len());
        for (name, param) in helper.hash.iter().collect::<BTreeMap<_, _>>() {
            self.text(name);
            self.parameter(param);
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        match parameter {
            Parameter::Name(name) => self.piece('n').text(name),
            Parameter::Path(_) => self
                .piece('p')
                .text(parameter.as_name().unwrap_or_default()),
            Parameter::Literal(value) => self.piece('l').text(&value.to_string()),
            Parameter::Subexpression(inner) => match inner.as_element() {
                TemplateElement::Expression(helper) => self.piece('s').call(helper),
                other => panic!("a table has no {other:?}"),
            },
            other => panic!("a table has no {other:?}"),
        }
    }

    fn piece(&mut self, letter: char) -> &mut Self {
        self.0.push(letter);
        self
    }

    fn count(&mut self, number: usize) {
        self.0.push_str(&format!("{number} "));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.push_str(text);
    }
}
