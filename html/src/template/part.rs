//! Parts of templates without copies: the library gives each partial a copy of its context, in which every look at a field copies
//! again what is found. Here they get the place of their context in the whole view.
use std::sync::atomic::{AtomicUsize, Ordering};

use handlebars::{
    BlockContext, BlockParamHolder, Context, Handlebars, Helper, HelperDef, HelperResult,
    JsonValue, Output, RenderContext, RenderError, RenderErrorReason, Renderable,
};

/// Writes the template that it is told the name of, by a place in the view.
#[derive(Default)]
pub(super) struct Part {
    /// How many are being written, each within the one before.
    depth: AtomicUsize,
}

/// How many may be within each other. Ours are few; more than these never end.
const DEEPEST: usize = 32;

impl HelperDef for Part {
    fn call<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        templates: &'reg Handlebars<'reg>,
        view: &'rc Context,
        state: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = call.param(0).and_then(|name| name.value().as_str());
        let name = name.unwrap_or_default();
        if state.is_current_template(name) {
            return Err(RenderErrorReason::CannotIncludeSelf.into());
        }
        let known = state.get_partial(name);
        let Some(template) = known.or_else(|| templates.get_template(name)) else {
            return Err(RenderErrorReason::PartialNotFound(name.to_owned()).into());
        };
        let around = state.get_current_template_name();
        let block = block(call, state)?;
        if self.depth.fetch_add(1, Ordering::Relaxed) >= DEEPEST {
            let text = format!("`{name}` is within itself, by way of other templates");
            return Err(RenderErrorReason::Other(text).into());
        }
        state.push_block(block);
        let done = template.render(templates, view, state, out);
        state.pop_block();
        self.depth.fetch_sub(1, Ordering::Relaxed);
        state.set_current_template_name(around);
        done
    }
}

/// Where a part begins, with what it is told by name; whether it is within the first of a list is known in it too.
fn block<'rc>(
    call: &Helper<'rc>,
    state: &RenderContext<'_, 'rc>,
) -> Result<BlockContext<'rc>, RenderError> {
    let mut block = BlockContext::new();
    if let Some(around) = state.block() {
        block
            .local_variables_mut()
            .clone_from(around.local_variables());
    }
    let context = call.param(1);
    match context.and_then(|context| context.context_path()) {
        Some(path) => block.base_path_mut().clone_from(path),
        None => {
            block.set_base_value(context.map_or(JsonValue::Null, |found| found.value().clone()))
        }
    }
    for (name, told) in call.hash() {
        let path = told.context_path();
        let below = path.and_then(|path| path.strip_prefix(block.base_path().as_slice()));
        let told = match below {
            Some(path) => BlockParamHolder::path(path.to_vec()),
            None => BlockParamHolder::value(told.value().clone()),
        };
        block.set_block_param(name, told);
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::{
        Writer, all,
        call::{NAME, register, registry},
    };

    #[test]
    fn no_template_of_ours_has_its_context_copied() {
        let writer = Writer::of_site(&std::collections::BTreeMap::new()).unwrap();
        for (name, _) in all() {
            let template = writer.templates.get_template(name).unwrap();
            let told = format!("{template:?}");
            assert!(!told.contains("PartialExpression"), "{name}");
        }
    }

    /// What a template says with the library's own partials, and with parts.
    fn both(text: &str, part: &str) -> [Result<String, String>; 2] {
        let mut own = registry();
        let mut ours = own.clone();
        ours.register_helper(NAME, Box::new(Part::default()));
        for (name, text) in [("whole", text), ("part", part), ("other", "{{y}}")] {
            own.register_template_string(name, text).unwrap();
            register(&mut ours, name, text).unwrap();
        }
        let view =
            json!({ "x": "<x>", "y": 1, "in": { "y": 2, "list": [{ "y": 3 }, { "y": 4 }] } });
        [own, ours].map(|templates| {
            let text = templates.render("whole", &view);
            text.map_err(|error| error.to_string())
        })
    }

    #[test]
    fn parts_write_what_partials_do() {
        for (text, part, expected) in [
            ("{{> part}}", "{{x}}{{y}}", "&lt;x&gt;1"),
            ("{{> part in}}!", "{{y}}", "2!"),
            ("a\n{{> part in}}\nb", "{{y}}\n", "a\n2\nb"),
            ("{{> part in.list}}", "{{#each this}}{{y}}{{/each}}", "34"),
            (
                "{{#each in.list}}{{> part this}}{{/each}}",
                "{{#if @first}}1st {{/if}}{{> other this}};",
                "1st 3;4;",
            ),
            (
                "{{> part in}}{{> other}}",
                "{{#each list}}{{> other this}}{{../y}}{{/each}}",
                "32421",
            ),
            (
                "{{#with in}}{{> part z=list w=\"t\"}}{{/with}}",
                "{{w}}{{y}}{{#each z}}{{y}}{{> other}}{{w}}{{/each}}",
                "t233t44t",
            ),
            ("{{#with in}}{{> part z=../y}}{{/with}}", "{{z}}{{y}}", "12"),
            ("{{> part \"text\"}}", "{{this}}", "text"),
            (
                "{{#*inline \"here\"}}{{y}}{{/inline}}{{> here in}}",
                "",
                "2",
            ),
        ] {
            let [own, ours] = both(text, part);
            assert_eq!(own.as_deref(), Ok(expected), "{text}");
            assert_eq!(ours.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn parts_within_each_other_end() {
        let mut templates = registry();
        templates.register_helper(NAME, Box::new(Part::default()));
        for (name, text) in [("one", "{{> other}}"), ("other", "{{> one}}")] {
            register(&mut templates, name, text).unwrap();
        }
        let error = templates.render("one", &json!({})).expect_err("no end");
        assert!(error.to_string().contains("is within itself"), "{error}");
    }

    #[test]
    fn parts_fail_where_partials_do() {
        for (text, part) in [
            ("{{> nothing}}", ""),
            ("{{> whole}}", ""),
            ("{{> part in}}", "{{x}}"),
            ("{{> part in}}", "\n{{> part}}"),
        ] {
            let [own, ours] = both(text, part);
            assert!(own.is_err(), "{text}");
            assert_eq!(ours, own, "{text}");
        }
    }
}
