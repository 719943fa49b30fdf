//! What of a binding is not honoured, told by its name and where it stands.
use super::Binding;
use crate::{Channel, Error, ErrorKind, Result};

impl<'a> Binding<'a> {
    /// Refuses whatever a protocol's bindings of a channel, its operations and its messages say: for those that have no fields.
    ///
    /// # Errors
    /// When one of them says anything; names it.
    pub fn none(channel: &'a Channel, protocol: &'static str) -> Result<()> {
        let own = std::iter::once(Self::of_channel(channel, protocol));
        let operations = Self::of_operations(channel, protocol);
        let mut all = own
            .chain(operations)
            .chain(Self::of_messages(channel, protocol));
        all.try_for_each(|binding| binding?.known(&[]))
    }

    /// Refuses fields of other names.
    ///
    /// # Errors
    /// When there is one; names it.
    pub fn known(&self, fields: &[&str]) -> Result<()> {
        let mut all = self.fields();
        match all.find(|(field, _)| !fields.contains(field)) {
            Some((field, _)) => Err(self.refused(field)),
            None => Ok(()),
        }
    }

    /// Has it say nothing, since here nothing would come of it.
    ///
    /// # Errors
    /// When it says something; names that.
    pub fn nothing(&self, why: &str) -> Result<()> {
        match self.fields().next() {
            Some((field, _)) => Err(self.cannot(field, why)),
            None => Ok(()),
        }
    }

    /// The error of a field whose value makes no sense.
    #[must_use]
    pub fn wrong(&self, field: &str, what: &str) -> Error {
        self.about(ErrorKind::Invalid, field, what)
    }

    /// The error of a field that is not honoured.
    #[must_use]
    pub fn refused(&self, field: &str) -> Error {
        self.cannot(field, "cannot be kept; leave it out")
    }

    /// The same, saying why, or what to say in its place.
    #[must_use]
    pub fn cannot(&self, field: &str, why: &str) -> Error {
        self.about(ErrorKind::Unsupported, field, why)
    }

    fn about(&self, kind: ErrorKind, field: &str, what: &str) -> Error {
        let binding = self.owner.binding(self.protocol);
        let reason = format!("`{}{field}` of {binding} {what}", self.place);
        self.owner.error(kind, reason)
    }
}
