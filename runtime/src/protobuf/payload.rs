//! Payloads to bytes and back, along their descriptor.
use super::{descriptor::Descriptor, json, read::Reading, scan::Part, write::Writing};
use crate::{InvalidMessage, Message, fault::Fault};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

impl Descriptor {
    /// A payload in bytes.
    ///
    /// # Errors
    /// When it does not fit the schema; the pointer names the place.
    pub fn write<T: Serialize + ?Sized>(
        &'static self,
        name: &str,
        payload: &T,
    ) -> Result<Bytes, InvalidMessage> {
        let mut out = Vec::new();
        let written = self.put(payload, &mut out);
        written.map(|()| out.into()).map_err(|fault| fault.of(name))
    }

    /// A payload from its bytes.
    ///
    /// # Errors
    /// When they do not fit the schema; the pointer names the place.
    pub fn read<T: DeserializeOwned>(
        &'static self,
        name: &str,
        message: &Message,
    ) -> Result<T, InvalidMessage> {
        self.take(&message.body).map_err(|fault| fault.of(name))
    }

    /// Adds a payload to bytes.
    pub(super) fn put<T: Serialize + ?Sized>(
        &'static self,
        payload: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        payload.serialize(Writing::new(self, out))
    }

    /// A payload from bytes that have nothing else.
    pub(super) fn take<T: DeserializeOwned>(&'static self, bytes: &[u8]) -> Result<T, Fault> {
        T::deserialize(Reading::new(self, &[Part::whole(bytes)]))
    }

    /// A payload in Protobuf's JSON.
    ///
    /// # Errors
    /// When it does not fit the schema, or JSON has no form of it; the pointer names the place.
    pub fn write_json<T: Serialize + ?Sized>(
        &'static self,
        name: &str,
        payload: &T,
    ) -> Result<Bytes, InvalidMessage> {
        let body = self.write(name, payload)?;
        let whole = [Part::whole(&body)];
        let shown = json::shown(Reading::new(self, &whole));
        shown
            .and_then(json::readable)
            .map(|value| value.to_string().into())
            .map_err(|fault| fault.of(name))
    }

    /// A payload from Protobuf's JSON.
    ///
    /// # Errors
    /// When it is no JSON or does not fit the schema; the pointer names the place.
    pub fn read_json<T: DeserializeOwned>(
        &'static self,
        name: &str,
        message: &Message,
    ) -> Result<T, InvalidMessage> {
        let read = || {
            let value = serde_json::from_slice(&message.body);
            let value = value.map_err(|error| Fault::new(error.to_string()))?;
            let mut out = Vec::new();
            json::put(&value, Writing::new(self, &mut out))?;
            self.take(&out)
        };
        read().map_err(|fault| fault.of(name))
    }
}
