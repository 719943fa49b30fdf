//! What layers give a handler beside its message.
use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Values of which there is one of a type.
#[derive(Clone, Default)]
pub(crate) struct Values(Vec<Arc<dyn Any + Send + Sync>>);

impl Values {
    /// Puts one in the place of what there was of its type.
    pub(crate) fn put<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        self.0.retain(|other| !(**other).is::<T>());
        self.0.push(value);
    }

    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let found = self.0.iter().find(|value| (***value).is::<T>());
        found.and_then(|value| value.clone().downcast().ok())
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        if !self.0.is_empty() {
            self.0.clear();
        }
    }
}

/// What layers give the handler of a message, which asks its [context](crate::Context::given) for it by type: a transaction, say, or
/// who sent the message.
pub struct Given(Mutex<Option<Values>>);

impl Given {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Some(Values::default())))
    }

    /// Gives a value, in the place of what there was of its type. The handler has it while it runs, its clones of the context longer.
    pub fn put<T: Any + Send + Sync>(&self, value: Arc<T>) {
        if let Some(values) = &mut *self.values() {
            values.put(value);
        }
    }

    /// Whether the handler has begun. Where it has not by the end, another layer has answered in its place.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.values().is_none()
    }

    /// The handler begins.
    pub(crate) fn take(&self) -> Values {
        self.values().take().unwrap_or_default()
    }

    fn values(&self) -> MutexGuard<'_, Option<Values>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_taken = self.is_taken();
        f.debug_struct("Given")
            .field("is_taken", &is_taken)
            .finish_non_exhaustive()
    }
}
