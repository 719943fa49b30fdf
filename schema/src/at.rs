//! The way to a value while it is walked.

/// The way to a value, kept on the stack: a pointer is made of it only where there is something to say.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    up: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(crate) const ROOT: Self = Self {
        up: None,
        step: Step::Root,
    };

    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self {
            up: Some(self),
            step: Step::Key(key),
        }
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self {
            up: Some(self),
            step: Step::Index(index),
        }
    }

    pub(crate) fn pointer(&self) -> String {
        let above = self.up.map(Self::pointer).unwrap_or_default();
        match self.step {
            Step::Root => above,
            Step::Key(key) => crate::pointer::join(&above, key),
            Step::Index(index) => format!("{above}/{index}"),
        }
    }
}
