//! Writing frames.
use super::{Fault, Frame, KINDS, MAGIC};
use bytes::{BufMut, Bytes, BytesMut};
use tidings::{Channel, ChannelKind, Message, Str, Verdict};

impl Frame {
    pub(super) fn put(&self, out: &mut BytesMut) {
        match self {
            Self::Hello { version } => {
                out.put_u8(1);
                out.put_slice(&MAGIC);
                out.put_u16(*version);
            }
            Self::Publish {
                request,
                channel,
                messages,
            } => {
                out.put_u8(2);
                out.put_u64(*request);
                put_channel(out, channel);
                put_list(out, messages, put_message);
            }
            Self::Subscribe {
                subscription,
                channel,
                group,
                prefetch,
                private,
            } => {
                out.put_u8(3);
                out.put_u64(*subscription);
                put_channel(out, channel);
                put_option(out, group.as_ref().map(|group| group.as_bytes()));
                out.put_u32(*prefetch);
                out.put_u8(u8::from(*private));
            }
            Self::Settle {
                subscription,
                verdicts,
            } => {
                out.put_u8(4);
                out.put_u64(*subscription);
                put_list(out, verdicts, |out, (position, verdict)| {
                    out.put_u64(*position);
                    put_verdict(out, *verdict);
                });
            }
            Self::Unsubscribe { subscription } => {
                out.put_u8(5);
                out.put_u64(*subscription);
            }
            Self::Ensure { request, channels } => {
                out.put_u8(6);
                out.put_u64(*request);
                put_list(out, channels, put_channel);
            }
            Self::Goodbye => out.put_u8(7),
            Self::Ping => out.put_u8(8),
            Self::Welcome { version } => {
                out.put_u8(129);
                out.put_u16(*version);
            }
            Self::Outcomes { request, outcomes } => {
                out.put_u8(130);
                out.put_u64(*request);
                put_list(out, outcomes, put_outcome);
            }
            Self::Subscribed {
                subscription,
                outcome,
            } => {
                out.put_u8(131);
                out.put_u64(*subscription);
                put_outcome(out, outcome);
            }
            Self::Deliver {
                subscription,
                deliveries,
            } => {
                out.put_u8(132);
                out.put_u64(*subscription);
                put_list(out, deliveries, |out, delivery| {
                    out.put_u64(delivery.position);
                    out.put_u32(delivery.attempt);
                    put_message(out, &delivery.message);
                });
            }
            Self::Ended {
                subscription,
                fault,
            } => {
                out.put_u8(133);
                out.put_u64(*subscription);
                put_fault(out, fault);
            }
            Self::Refused { fault } => {
                out.put_u8(134);
                put_fault(out, fault);
            }
            Self::Farewell => out.put_u8(135),
            Self::Pong => out.put_u8(136),
        }
    }
}

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

fn put_option(out: &mut BytesMut, bytes: Option<&[u8]>) {
    out.put_u8(u8::from(bytes.is_some()));
    if let Some(bytes) = bytes {
        put_bytes(out, bytes);
    }
}

fn put_list<T>(out: &mut BytesMut, items: &[T], put: impl Fn(&mut BytesMut, &T)) {
    out.put_u32(u32::try_from(items.len()).unwrap_or(u32::MAX));
    items.iter().for_each(|item| put(out, item));
}

fn put_channel(out: &mut BytesMut, channel: &Channel) {
    out.put_u8(match channel.kind {
        ChannelKind::PointToPoint => 0,
        ChannelKind::PublishSubscribe => 1,
    });
    out.put_u16(channel.shards);
    put_bytes(out, channel.address.as_bytes());
}

fn put_message(out: &mut BytesMut, message: &Message) {
    let text = |value: &Option<Str>| {
        value
            .as_ref()
            .map(|value| Bytes::copy_from_slice(value.as_bytes()))
    };
    out.put_slice(message.id.as_bytes());
    for value in [
        &message.name,
        &message.content_type,
        &message.reply_to,
        &message.correlation_id,
    ] {
        put_option(out, text(value).as_deref());
    }
    put_option(out, message.key.as_deref());
    put_list(out, &message.headers, |out, (name, value)| {
        put_bytes(out, name.as_bytes());
        put_bytes(out, value);
    });
    put_bytes(out, &message.body);
}

fn put_verdict(out: &mut BytesMut, verdict: Verdict) {
    match verdict {
        Verdict::Ack => out.put_u8(0),
        Verdict::Retry { after } => {
            out.put_u8(1);
            out.put_u64(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
        }
        Verdict::Reject => out.put_u8(2),
        Verdict::Extend => out.put_u8(3),
    }
}

fn put_outcome(out: &mut BytesMut, outcome: &Result<(), Fault>) {
    out.put_u8(u8::from(outcome.is_err()));
    if let Err(fault) = outcome {
        put_fault(out, fault);
    }
}

fn put_fault(out: &mut BytesMut, fault: &Fault) {
    let kind = KINDS
        .iter()
        .find(|(kind, _)| *kind == fault.kind)
        .map_or(0, |(_, code)| *code);
    out.put_u8(kind);
    out.put_u8(u8::from(fault.retryable));
    put_bytes(out, fault.reason.as_bytes());
}
