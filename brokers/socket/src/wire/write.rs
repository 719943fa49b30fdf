//! Writing frames.
use super::{Fault, Frame, KINDS, MAGIC};
use bytes::{BufMut, BytesMut};
use std::time::{Duration, SystemTime};
use tidings::{
    Channel, ChannelKind, Message, MessageId, Str, Verdict,
    transport::{Ensure, PerKey, Wanted},
};

impl Frame {
    pub(super) fn put(&self, out: &mut BytesMut) {
        match self {
            Self::Hello {
                version,
                session,
                received,
                token,
            } => {
                out.put_u8(1);
                out.put_slice(&MAGIC);
                out.put_u16(*version);
                out.put_slice(session.as_bytes());
                put_number(out, *received);
                put_option(out, token.as_ref().map(|token| token.as_bytes()));
            }
            Self::Publish {
                request,
                within,
                settled,
                channel,
                messages,
            } => {
                out.put_u8(2);
                out.put_u64(*request);
                put_duration(out, *within);
                out.put_u8(u8::from(*settled));
                put_channel(out, channel);
                put_list(out, messages, put_message);
            }
            Self::Subscribe {
                subscription,
                channel,
                group,
                prefetch,
                prefetch_bytes,
                per_key,
                private,
            } => {
                out.put_u8(3);
                out.put_u64(*subscription);
                put_channel(out, channel);
                put_option(out, group.as_ref().map(|group| group.as_bytes()));
                out.put_u32(*prefetch);
                out.put_u64(*prefetch_bytes);
                put_per_key(out, *per_key);
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
                    put_verdict(out, verdict);
                });
            }
            Self::Unsubscribe { subscription } => {
                out.put_u8(5);
                out.put_u64(*subscription);
            }
            Self::Ensure {
                request,
                how,
                wanted,
            } => {
                out.put_u8(6);
                out.put_u64(*request);
                out.put_u8(u8::from(*how == Ensure::Create));
                put_list(out, wanted, put_wanted);
            }
            Self::Goodbye => out.put_u8(7),
            Self::Ping { received } => {
                out.put_u8(8);
                out.put_u64(*received);
            }
            Self::Void => out.put_u8(9),
            Self::Demand {
                subscription,
                deliveries,
            } => {
                out.put_u8(10);
                out.put_u64(*subscription);
                out.put_u64(*deliveries);
            }
            Self::Welcome { version, received } => {
                out.put_u8(129);
                out.put_u16(*version);
                put_number(out, *received);
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
                    let address = delivery.address.as_ref();
                    put_option(out, address.map(|address| address.as_bytes()));
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
            Self::Lost {
                subscription,
                count,
            } => {
                out.put_u8(137);
                out.put_u64(*subscription);
                put_number(out, *count);
            }
            Self::Refused { fault } => {
                out.put_u8(134);
                put_fault(out, fault);
            }
            Self::Farewell => out.put_u8(135),
            Self::Pong { received } => {
                out.put_u8(136);
                out.put_u64(*received);
            }
        }
    }
}

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

fn put_per_key(out: &mut BytesMut, per_key: Option<PerKey>) {
    out.put_u8(u8::from(per_key.is_some()));
    if let Some(PerKey {
        messages, bytes, ..
    }) = per_key
    {
        out.put_u32(u32::try_from(messages).unwrap_or(u32::MAX));
        out.put_u64(bytes as u64);
    }
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
    let kind = match channel.kind {
        ChannelKind::PointToPoint => 0,
        ChannelKind::PublishSubscribe => 1,
    };
    out.put_u8(kind | (u8::from(channel.wildcard) << 1));
    out.put_u16(channel.shards);
    put_bytes(out, channel.address.as_bytes());
}

fn put_wanted(out: &mut BytesMut, wanted: &Wanted) {
    put_channel(out, &wanted.channel);
    put_option(out, wanted.group.as_ref().map(|group| group.as_bytes()));
}

fn put_number(out: &mut BytesMut, number: Option<u64>) {
    out.put_u8(u8::from(number.is_some()));
    if let Some(number) = number {
        out.put_u64(number);
    }
}

fn put_duration(out: &mut BytesMut, duration: Duration) {
    out.put_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
}

/// In microseconds since 1970; what was before is then.
fn put_time(out: &mut BytesMut, time: Option<SystemTime>) {
    let since = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    };
    let micros = |time| u64::try_from(since(time).as_micros()).unwrap_or(u64::MAX);
    put_number(out, time.map(micros));
}

fn put_id(out: &mut BytesMut, id: &MessageId) {
    match id {
        MessageId::Uuid(id) => {
            out.put_u8(0);
            out.put_slice(id.as_bytes());
        }
        other => {
            out.put_u8(1);
            put_bytes(out, other.to_string().as_bytes());
        }
    }
}

fn put_message(out: &mut BytesMut, message: &Message) {
    put_id(out, &message.id);
    for value in [
        &message.name,
        &message.content_type,
        &message.reply_to,
        &message.correlation_id,
    ] {
        put_option(out, value.as_ref().map(|value: &Str| value.as_bytes()));
    }
    put_option(out, message.key.as_deref());
    for time in [message.created, message.expires, message.not_before] {
        put_time(out, time);
    }
    put_list(out, &message.headers, |out, (name, value)| {
        put_bytes(out, name.as_bytes());
        put_bytes(out, value);
    });
    put_bytes(out, &message.body);
}

fn put_verdict(out: &mut BytesMut, verdict: &Verdict) {
    match verdict {
        Verdict::Ack => out.put_u8(0),
        Verdict::Retry { after } => {
            out.put_u8(1);
            put_duration(out, *after);
        }
        Verdict::Reject { reason } => {
            out.put_u8(2);
            put_bytes(out, reason.as_bytes());
        }
        // What this version cannot say is given back.
        _ => out.put_u8(3),
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
    out.put_u8(u8::from(fault.ambiguous));
    put_bytes(out, fault.reason.as_bytes());
}
