//! The statements that were run, as they are logged.
use std::{
    fmt::Debug,
    sync::{Mutex, PoisonError},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry,
};

static HEARD: Mutex<Vec<Heard>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) statement: String,
    pub(crate) seconds: f64,
}

/// From now on.
pub(crate) fn listen() {
    // The first of a process, so that there is none before.
    let _ = tracing::subscriber::set_global_default(registry().with(Listener));
}

/// What was heard since that was asked last.
pub(crate) fn take() -> Vec<Heard> {
    std::mem::take(&mut *HEARD.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut heard = Heard::default();
            event.record(&mut heard);
            HEARD
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(heard);
        }
    }
}

impl Visit for Heard {
    /// The statement is within the summary where it is short.
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_told = match field.name() {
            "db.statement" => !value.is_empty(),
            "summary" => self.statement.is_empty(),
            _ => false,
        };
        if is_told {
            self.statement = value.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.seconds = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
