//! The worker's log: every line to standard error, which the host reads, and the latest
//! errors at hand, because llama.cpp says the reason of a failure in its log alone.

use std::{
    collections::VecDeque,
    fmt::{Debug, Write as _},
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Registry,
    layer::{Context, Layer, SubscriberExt},
};

/// Error lines kept: the first says the reason, the rest only that it failed.
const KEPT: usize = 16;

/// The latest errors. A static, because the log of a C library has no owner.
static ERRORS: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Sends the log of this process to standard error.
pub(super) fn install() {
    // It can be set once; a second worker in one process only happens in tests.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(Lines));
}

/// The errors since the last call, oldest first.
#[cfg_attr(not(feature = "llama"), expect(dead_code, reason = "only a C library hides its reasons there"))]
pub(in crate::engine) fn take_errors() -> Vec<String> {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
}

struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = *event.metadata().level();
        let text = line.text.trim_end();
        if level == Level::ERROR {
            let mut errors = ERRORS.lock().unwrap_or_else(PoisonError::into_inner);
            if errors.len() == KEPT {
                errors.pop_front();
            }
            errors.push_back(text.to_owned());
        }
        // A host that is gone reads no log; the frames say so.
        let _ = io::stderr().write_all(format!("{level} {}{text}\n", line.source).as_bytes());
    }
}

/// The fields of an event that make its line.
#[derive(Default)]
struct Line {
    source: String,
    text: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" | "text" => self.text.push_str(value),
            "module" => self.source = format!("{value}: "),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.text, "{value:?}");
        }
    }
}
