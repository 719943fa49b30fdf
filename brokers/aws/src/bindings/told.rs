//! Reading one binding: its fields are known by name, and what is wrong with it says where.
use serde_json::{Map, Value};
use tidings::{Channel, Error, ErrorKind, Result};

/// An object of a binding.
#[derive(Clone)]
pub(crate) struct Told<'a> {
    channel: &'a Channel,
    fields: Option<&'a Map<String, Value>>,
    /// Where it stands, with a dot behind it: `queue.redrivePolicy.`.
    place: String,
    protocol: &'static str,
}

impl<'a> Told<'a> {
    /// The channel's own.
    pub(crate) fn of_channel(channel: &'a Channel, protocol: &'static str) -> Self {
        Self {
            channel,
            fields: channel.bindings.of(protocol).and_then(Value::as_object),
            place: String::new(),
            protocol,
        }
    }

    /// An object in it, as a place of its own.
    pub(crate) fn at(&self, place: impl std::fmt::Display, value: &'a Value) -> Result<Self> {
        let place = format!("{}{place}", self.place);
        let Some(fields) = value.as_object() else {
            return Err(self.wrong_at(&place, "is no object"));
        };
        Ok(Self {
            fields: Some(fields),
            place: place + ".",
            ..self.clone()
        })
    }

    /// Its fields; those that say nothing to a transport are left out.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let fields = self.all_fields();
        fields.filter(|(name, _)| *name != "bindingVersion" && !name.starts_with("x-"))
    }

    /// Its fields, where all names are the document's own.
    pub(crate) fn all_fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let fields = self.fields.into_iter().flatten();
        fields.map(|(name, value)| (&**name, value))
    }

    pub(crate) fn text(&self, field: &str, value: &'a Value) -> Result<&'a str> {
        value
            .as_str()
            .ok_or_else(|| self.wrong(field, "is no text"))
    }

    pub(crate) fn whole(&self, field: &str, value: &Value, most: u64) -> Result<u64> {
        let number = value.as_u64().filter(|number| *number <= most);
        number.ok_or_else(|| self.wrong(field, &format!("is no whole number up to {most}")))
    }

    pub(crate) fn is(&self, field: &str, value: &Value) -> Result<bool> {
        value
            .as_bool()
            .ok_or_else(|| self.wrong(field, "is neither `true` nor `false`"))
    }

    /// Has it say nothing, since of this here nothing would come of it.
    pub(crate) fn nothing(&self, why: &str) -> Result<()> {
        match self.fields().next() {
            Some((field, _)) => Err(self.cannot(field, why)),
            None => Ok(()),
        }
    }

    /// A field whose value makes no sense.
    pub(crate) fn wrong(&self, field: &str, what: &str) -> Error {
        self.wrong_at(&format!("{}{field}", self.place), what)
    }

    fn wrong_at(&self, place: &str, what: &str) -> Error {
        self.error(
            ErrorKind::Invalid,
            &format!("`{place}` of the `{}` binding {what}", self.protocol),
        )
    }

    /// A field that is not kept here.
    pub(crate) fn refused(&self, field: &str) -> Error {
        self.cannot(field, "cannot be kept; leave it out")
    }

    /// A field that is not kept here, and why or what to say in its place.
    pub(crate) fn cannot(&self, field: &str, why: &str) -> Error {
        let reason = format!(
            "`{}{field}` of the `{}` binding {why}",
            self.place, self.protocol
        );
        self.error(ErrorKind::Unsupported, &reason)
    }

    fn error(&self, kind: ErrorKind, reason: &str) -> Error {
        Error::new(kind, "bind", reason).with("channel", &self.channel.address)
    }
}

/// Refuses by its name whatever a binding says that has no fields here, wherever it stands.
#[cfg(feature = "kinesis")]
pub(crate) fn none(channel: &Channel, protocol: &'static str) -> Result<()> {
    let own = Told::of_channel(channel, protocol);
    let mut all = vec![own.clone()];
    let operations = channel.bindings.operations(protocol);
    for (name, binding) in operations.chain(channel.bindings.messages(protocol)) {
        all.push(own.at(name, binding)?);
    }
    for told in all {
        if let Some((field, _)) = told.fields().next() {
            return Err(told.refused(field));
        }
    }
    Ok(())
}
