//! Templates whose partials are calls of a helper, which gives them their place in the view.
use handlebars::{
    Handlebars, TemplateError,
    template::{DecoratorTemplate, Parameter, Subexpression, Template, TemplateElement},
};

/// What is called in the place of a partial; no template can write such a name.
pub(super) const NAME: &str = " part";

/// No templates yet. A field that is not there is an error.
pub(super) fn registry() -> Handlebars<'static> {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates.set_prevent_indent(true);
    templates
}

/// Adds a template that calls others so.
pub(super) fn register(
    templates: &mut Handlebars<'static>,
    name: &str,
    text: &str,
) -> Result<(), TemplateError> {
    templates.register_template_string(name, text)?;
    let template = templates.get_template(name).cloned();
    if let Some(mut template) = template {
        in_template(&mut template);
        templates.register_template(name, template);
    }
    Ok(())
}

fn in_template(template: &mut Template) {
    for element in &mut template.elements {
        match element {
            TemplateElement::HelperBlock(helper) => {
                let inner = [&mut helper.template, &mut helper.inverse];
                inner.into_iter().flatten().for_each(in_template);
            }
            TemplateElement::PartialExpression(partial) => {
                if let Some(call) = call(partial) {
                    *element = call;
                }
            }
            _ => {}
        }
    }
}

/// The same as a call, where the name of the part stands there.
fn call(partial: &DecoratorTemplate) -> Option<TemplateElement> {
    let Parameter::Name(name) = &partial.name else {
        return None;
    };
    let this = || Parameter::parse("this").ok();
    let context = partial.params.first().cloned().or_else(this)?;
    let params = vec![Parameter::Literal(name.as_str().into()), context];
    let name = Parameter::Name(NAME.to_owned());
    Some(*Subexpression::new(name, params, partial.hash.clone()).element)
}
