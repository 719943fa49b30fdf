//! W3C Trace Context (<https://www.w3.org/TR/trace-context/>): which trace a message belongs to, in two headers.
use crate::Message;
use bytes::Bytes;
use std::fmt;
use uuid::Uuid;

/// Header with the trace, the span and whether it is recorded.
const TRACEPARENT: &str = "traceparent";
/// Header with what vendors add.
const TRACESTATE: &str = "tracestate";
/// Longest `tracestate` that is carried on, in bytes; the recommendation asks for 512 at least.
const LONGEST_STATE: usize = 4096;

/// A place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    span: [u8; 8],
    flags: u8,
    state: Option<Bytes>,
}

impl TraceContext {
    /// The beginning of a new trace.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            trace: *Uuid::new_v4().as_bytes(),
            span: span(),
            flags: 1,
            state: None,
        }
    }

    /// The place of a message, where it says so in a way that can be understood.
    #[must_use]
    pub fn of(message: &Message) -> Option<Self> {
        let parent = std::str::from_utf8(message.header(TRACEPARENT)?).ok()?;
        let state = message.header(TRACESTATE);
        let state = state.filter(|state| state.len() <= LONGEST_STATE);
        let place = Self::parse(parent)?;
        Some(Self {
            state: state.cloned(),
            ..place
        })
    }

    /// A later version may have more after another `-`.
    fn parse(parent: &str) -> Option<Self> {
        let mut parts = parent.trim().split('-');
        let [version] = hex(parts.next()?)?;
        let (trace, span) = (hex(parts.next()?)?, hex(parts.next()?)?);
        let [flags] = hex(parts.next()?)?;
        let is_known = version != 0xff && (version != 0 || parts.next().is_none());
        let is_set = trace != [0; 16] && span != [0; 8];
        (is_known && is_set).then_some(Self {
            trace,
            span,
            flags,
            state: None,
        })
    }

    /// A place after this one, in the same trace.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            span: span(),
            ..self.clone()
        }
    }

    /// Puts it into a message, in place of what is there.
    pub fn write(&self, message: &mut Message) {
        message.set_header(TRACEPARENT, self.to_string());
        match &self.state {
            Some(state) => message.set_header(TRACESTATE, state.clone()),
            None => message.headers.retain(|(name, _)| &**name != TRACESTATE),
        }
    }

    /// The trace, as 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        digits(&self.trace)
    }

    /// The place in it, as 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        digits(&self.span)
    }
}

#[cfg(feature = "opentelemetry")]
impl TraceContext {
    /// The place of an exported span.
    pub(super) fn exported(context: &opentelemetry::trace::SpanContext) -> Self {
        let state = context.trace_state().header();
        Self {
            trace: context.trace_id().to_bytes(),
            span: context.span_id().to_bytes(),
            flags: context.trace_flags().to_u8(),
            state: (!state.is_empty()).then(|| state.into()),
        }
    }

    /// The same for an exporter.
    pub(super) fn exportable(&self) -> opentelemetry::trace::SpanContext {
        use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
        let state = self.state.as_ref().and_then(|state| {
            let state = std::str::from_utf8(state).ok()?;
            state.parse::<TraceState>().ok()
        });
        SpanContext::new(
            TraceId::from_bytes(self.trace),
            SpanId::from_bytes(self.span),
            TraceFlags::new(self.flags),
            true,
            state.unwrap_or_default(),
        )
    }
}

/// As the header has it.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (self.trace_id(), self.span_id());
        write!(f, "00-{trace}-{span}-{:02x}", self.flags)
    }
}

fn span() -> [u8; 8] {
    let mut span = [0; 8];
    span.copy_from_slice(&Uuid::new_v4().as_bytes()[8..]);
    span
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case only, as the recommendation has it.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != N * 2 || !text.bytes().all(is_hex) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_written_is_read() {
        let mut message = Message::new("");
        message.set_header(TRACEPARENT, GIVEN);
        message.set_header(TRACESTATE, "a=1");
        let place = TraceContext::of(&message).expect("it is right");
        assert_eq!(place.to_string(), GIVEN);
        let child = place.child();
        assert_eq!(child.trace_id(), place.trace_id());
        assert_ne!(child.span_id(), place.span_id());
        let mut other = Message::new("");
        child.write(&mut other);
        assert_eq!(TraceContext::of(&other), Some(child));
        assert_eq!(
            other.header(TRACESTATE).map(|state| &state[..]),
            Some(&b"a=1"[..])
        );
    }

    #[test]
    fn what_is_not_understood_is_no_place() {
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
        let later = format!("01{}-more", &GIVEN[2..]);
        assert!(TraceContext::parse(&later).is_some());
    }

    #[test]
    fn a_state_is_carried_on_up_to_a_length() {
        for length in [0, 1, LONGEST_STATE, LONGEST_STATE + 1] {
            let mut message = Message::new("");
            message.set_header(TRACEPARENT, GIVEN);
            message.set_header(TRACESTATE, vec![b'a'; length]);
            let place = TraceContext::of(&message).expect("it is right");
            place.write(&mut message);
            let carried = message.header(TRACESTATE).map(|state| state.len());
            assert_eq!(carried, (length <= LONGEST_STATE).then_some(length));
        }
    }

    #[test]
    fn whether_it_is_recorded_is_carried_on() {
        for flags in ["00", "01", "ff"] {
            let given = format!("{}{flags}", &GIVEN[..53]);
            let place = TraceContext::parse(&given).expect("it is right");
            assert_eq!(place.child().to_string()[53..], *flags);
        }
    }
}
