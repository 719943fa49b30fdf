//! What goes out comes back, and what comes otherwise is an error.
mod generated;

use super::*;
use tidings::MessageId;

fn samples() -> Vec<Frame> {
    let mut message = Message::named("Order", "application/json", "{}");
    message.id = MessageId::Uuid(Uuid::nil());
    message.reply_to = Some("replies".into());
    message.correlation_id = Some("1".into());
    message.key = Some("key".into());
    message.headers = vec![("a".into(), "1".into()), ("a".into(), Bytes::new())];
    message.created = Some(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    message.expires = Some(std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(u64::MAX / 2));
    let mut foreign = Message::new("");
    foreign.id = MessageId::from("a foreign id");
    foreign.not_before = message.created;
    let channel = Channel::publish_subscribe("orders/ü");
    let fault = Fault {
        kind: ErrorKind::TooLarge,
        retryable: true,
        ambiguous: true,
        reason: "too large".into(),
    };
    let after = Duration::from_millis(5);
    let verdicts = [
        Verdict::Ack,
        Verdict::Retry { after },
        Verdict::reject("no"),
        Verdict::Release,
    ];
    let delivery = Delivery {
        position: 1,
        attempt: 2,
        address: Some("orders.eu".into()),
        message: Arc::new(message.clone()),
    };
    let group = Some("g".into());
    vec![
        Frame::Hello {
            version: VERSION,
            session: Uuid::nil(),
            received: Some(4),
            token: Some("t".into()),
        },
        Frame::Publish {
            request: 7,
            within: after,
            settled: true,
            channel: channel.clone(),
            messages: vec![message, foreign],
        },
        Frame::Subscribe {
            subscription: 1,
            channel: channel.clone(),
            group,
            prefetch: 9,
            prefetch_bytes: 1 << 40,
            per_key: Some(PerKey::new(16, 1 << 20)),
            private: true,
        },
        Frame::Demand {
            subscription: 1,
            deliveries: 256,
        },
        Frame::Settle {
            subscription: 1,
            verdicts: (1..).zip(verdicts).collect(),
        },
        Frame::Unsubscribe {
            subscription: u64::MAX,
        },
        Frame::Ensure {
            request: 3,
            how: Ensure::Check,
            wanted: vec![
                Wanted::channel(channel.clone()),
                Wanted::channel(channel).group("g"),
            ],
        },
        Frame::Goodbye,
        Frame::Void,
        Frame::Ping { received: 5 },
        Frame::Welcome {
            version: 1,
            received: None,
        },
        Frame::Outcomes {
            request: 7,
            outcomes: vec![Ok(()), Err(fault.clone())],
        },
        Frame::Subscribed {
            subscription: 1,
            outcome: Err(fault.clone()),
        },
        Frame::Deliver {
            subscription: 1,
            deliveries: vec![delivery],
        },
        Frame::Ended {
            subscription: 1,
            fault: fault.clone(),
        },
        Frame::Lost {
            subscription: 1,
            count: Some(3),
        },
        Frame::Refused { fault },
        Frame::Farewell,
        Frame::Pong { received: u64::MAX },
    ]
}

/// What fuzzing begins with: written by `UPDATE_EXPECT=1`.
#[test]
fn the_seeds_of_fuzzing_are_frames_of_this_version() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let mut seeds = Vec::new();
    for (number, frame) in samples().into_iter().enumerate() {
        seeds.push((
            format!("socket_frame/{number:02}"),
            frame.encode().slice(4..),
        ));
    }
    let all = |connecting| {
        let frames = samples().into_iter().map(|frame| frame.encode());
        let of_it =
            frames.filter(|frame| (frame[4] < 128) == connecting && ![1, 7].contains(&frame[4]));
        of_it.fold(Vec::new(), |all, frame| [&all[..], &frame].concat())
    };
    seeds.push(("socket_session/connecting".to_owned(), all(true).into()));
    seeds.push(("socket_session/listening".to_owned(), all(false).into()));
    for (name, bytes) in seeds {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let there = std::fs::read(&path).unwrap_or_default();
        assert_eq!(
            Bytes::from(there),
            bytes,
            "{}: `UPDATE_EXPECT=1` renews it",
            path.display()
        );
    }
}

#[test]
fn frames_come_back_as_they_were() {
    for frame in samples() {
        assert_eq!(Frame::decode(frame.encode().slice(4..)), Ok(frame));
    }
}

#[test]
fn cut_short_or_changed_they_are_errors_or_other_frames_but_never_a_panic() {
    for frame in samples() {
        let bytes = frame.encode().slice(4..);
        for end in 0..bytes.len() {
            assert!(Frame::decode(bytes.slice(..end)).is_err());
        }
        for place in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = bytes.to_vec();
                changed[place] ^= flip;
                drop(Frame::decode(changed.into()));
            }
        }
    }
}

#[test]
fn a_count_that_lies_takes_no_memory() {
    let mut bytes = BytesMut::new();
    bytes.put_u8(130);
    bytes.put_u64(1);
    bytes.put_u32(u32::MAX);
    assert_eq!(
        Frame::decode(bytes.freeze()),
        Err(Malformed("a length reaches beyond the frame"))
    );
}

#[test]
fn the_bound_on_a_message_leaves_room_for_the_frame() {
    assert!(too_large(&Message::new(vec![0; MAX_MESSAGE])).is_none());
    assert!(too_large(&Message::new(vec![0; MAX_MESSAGE + 1])).is_some());
    let mut many = Message::new("");
    many.headers = vec![("".into(), Bytes::new()); MAX_FRAME / 8];
    assert!(too_large(&many).is_some());
    let deliveries = vec![Delivery {
        position: 1,
        attempt: 1,
        address: Some("a".repeat(MAX_NAME).into()),
        message: Arc::new(Message::new(vec![0; MAX_MESSAGE])),
    }];
    assert!(
        Frame::Deliver {
            subscription: 1,
            deliveries
        }
        .encode()
        .len()
            <= MAX_FRAME
    );
}

#[test]
fn a_publish_counts_for_its_bytes_within_bounds() {
    assert_eq!(share(0) as usize, LEAST);
    assert_eq!(share(LEAST + 1) as usize, LEAST + 1);
    assert_eq!(share(usize::MAX) as usize, WINDOW);
}
