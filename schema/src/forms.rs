//! A schema as it is compiled for the ways to hold values and for what patterns may take.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use jsonschema::ValidationError;
use jsonschema::json::{Json, SerdeJson};
use serde_json::Value;

use crate::effort::Effort;
use crate::exact::{self, Exact, ExactJson, has_literals};
use crate::explain::{Distance, Explainer};
use crate::library::{Options, Settings};
use crate::pattern::LIMITS;
use crate::{Given, Part, Violation};

/// One way of compiling a schema.
pub(crate) struct Form<F: Json> {
    inner: jsonschema::Validator<F>,
    /// For values that do not keep the schema.
    explainer: Explainer<F>,
}

impl<F: Json> Form<F> {
    fn new(
        schema: Arc<Value>,
        settings: Settings,
        options: fn(Settings) -> Options<F>,
    ) -> Result<Self, Box<ValidationError<'static>>> {
        let inner = options(settings).build(&schema);
        let inner = inner.map_err(|error| Box::new(error.to_owned()))?;
        let explainer = Explainer::new(schema, settings, options);
        Ok(Self { inner, explainer })
    }

    fn validate<'v>(&'v self, value: F::Node<'v>, part: Part) -> Vec<Violation> {
        match self.inner.is_valid(value.clone()) {
            true => Vec::new(),
            false => self.explainer.explain(value, part),
        }
    }
}

/// All ways of compiling a schema, made when they are needed.
pub(crate) struct Forms {
    usual: Form<SerdeJson>,
    /// With less for each pattern, one for each of [`LIMITS`] but the first.
    hurried: [OnceLock<Option<Form<SerdeJson>>>; LIMITS.len() - 1],
    /// For values and schemas whose numbers a float would round, one for each of [`LIMITS`].
    exact: [OnceLock<Option<Form<ExactJson>>>; LIMITS.len()],
    /// Whether the schema has such numbers.
    has_literals: bool,
    effort: Effort,
    schema: Arc<Value>,
    settings: Settings,
}

impl Forms {
    /// Compiles the usual one.
    ///
    /// # Errors
    /// What the library says against the schema.
    pub(crate) fn new(
        schema: Arc<Value>,
        settings: Settings,
    ) -> Result<Self, Box<ValidationError<'static>>> {
        Ok(Self {
            usual: Form::new(schema.clone(), settings, Settings::options)?,
            hurried: Default::default(),
            exact: Default::default(),
            has_literals: has_literals(&schema),
            effort: Effort::of(&schema),
            schema,
            settings,
        })
    }

    pub(crate) fn is_valid(&self, given: Given<'_>) -> bool {
        match self.exact(given) {
            None => self.usual(given).inner.is_valid(given.value),
            Some((exact, value)) => exact.inner.is_valid(&*value),
        }
    }

    pub(crate) fn validate(&self, given: Given<'_>, part: Part) -> Vec<Violation> {
        match self.exact(given) {
            None => self.usual(given).validate(given.value, part),
            Some((exact, value)) => exact.validate(&*value, part),
        }
    }

    pub(crate) fn distance(&self, given: Given<'_>) -> Distance {
        match self.exact(given) {
            None => self.usual(given).explainer.distance(given.value),
            Some((exact, value)) => exact.explainer.distance(&*value),
        }
    }

    fn usual(&self, given: Given<'_>) -> &Form<SerdeJson> {
        let Some(index) = self.effort.limit_for(given.value).checked_sub(1) else {
            return &self.usual;
        };
        let made = self.hurried[index].get_or_init(|| {
            let settings = self.settings.with_steps(LIMITS[index + 1]);
            Form::new(self.schema.clone(), settings, Settings::options).ok()
        });
        made.as_ref().unwrap_or(&self.usual)
    }

    /// The form and the value with exact numbers, where one of them needs that.
    fn exact<'v>(&self, given: Given<'v>) -> Option<(&Form<ExactJson>, Cow<'v, Exact>)> {
        if given.exact.is_none() && !self.has_literals {
            return None;
        }
        let index = self.effort.limit_for(given.value);
        let form = self.exact[index].get_or_init(|| {
            let settings = self.settings.with_steps(LIMITS[index]);
            Form::new(self.schema.clone(), settings, exact::options).ok()
        });
        let value = given
            .exact
            .map_or_else(|| Cow::Owned(Exact::from(given.value)), Cow::Borrowed);
        Some((form.as_ref()?, value))
    }
}
