//! Whether a template writes only what is safe without escaping.
use handlebars::template::{
    BlockParam, DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement,
};

/// A field that is written as it is, though it may be any text of a document; read from what the template means, since the same can
/// be written in several ways.
pub(super) fn unescaped(template: &Template) -> Option<String> {
    template.elements.iter().find_map(in_element)
}

/// Whether it gives another template a block, or defines one of its own: two that do so to each other never end, and nobody counts how
/// deep they are.
pub(super) fn gives_block(template: &Template) -> bool {
    template.elements.iter().any(|element| match element {
        TemplateElement::DecoratorExpression(_)
        | TemplateElement::DecoratorBlock(_)
        | TemplateElement::PartialBlock(_) => true,
        TemplateElement::HelperBlock(helper) => {
            let inner = [&helper.template, &helper.inverse];
            inner.into_iter().flatten().any(gives_block)
        }
        _ => false,
    })
}

fn in_element(element: &TemplateElement) -> Option<String> {
    match element {
        TemplateElement::HtmlExpression(helper) => {
            let is_plain = helper.params.is_empty() && helper.hash.is_empty();
            let name = name(&helper.name);
            (!is_plain || !is_html(&name)).then_some(name)
        }
        TemplateElement::Expression(helper) | TemplateElement::HelperBlock(helper) => {
            in_helper(helper)
        }
        TemplateElement::DecoratorExpression(decorator)
        | TemplateElement::DecoratorBlock(decorator)
        | TemplateElement::PartialExpression(decorator)
        | TemplateElement::PartialBlock(decorator) => in_decorator(decorator),
        TemplateElement::RawString(_) | TemplateElement::Comment(_) => None,
        _ => Some("what is not known".to_owned()),
    }
}

fn in_helper(helper: &HelperTemplate) -> Option<String> {
    let named = match &helper.block_param {
        None => Vec::new(),
        Some(BlockParam::Single(one)) => vec![name(one)],
        Some(BlockParam::Pair((one, other))) => vec![name(one), name(other)],
        Some(_) => vec!["unknown_html".to_owned()],
    };
    let renamed = helper
        .hash
        .keys()
        .cloned()
        .chain(named)
        .find(|name| is_html(name));
    let inner = [&helper.template, &helper.inverse];
    renamed.or_else(|| inner.into_iter().flatten().find_map(unescaped))
}

fn in_decorator(decorator: &DecoratorTemplate) -> Option<String> {
    let renamed = decorator.hash.keys().find(|name| is_html(name)).cloned();
    renamed.or_else(|| decorator.template.as_ref().and_then(unescaped))
}

fn name(parameter: &Parameter) -> String {
    parameter.as_name().unwrap_or("an expression").to_owned()
}

/// Whether a field is HTML, by its name. A text of the document may not be given such a name.
fn is_html(name: &str) -> bool {
    name.ends_with("_html") && !name.contains(['[', '(', '"', '\''])
}
