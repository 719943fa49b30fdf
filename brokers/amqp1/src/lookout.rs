//! Looks at what comes in until the broker has opened the connection, since the client does not tell what it said.
use bytes::{Buf, BytesMut};
use fe2o3_amqp::types::performatives::Open;

/// Longest beginning that is looked at; what opens a connection is a few hundred bytes.
const MOST: usize = 64 << 10;

/// What came and is not understood yet.
#[derive(Debug, Default)]
pub(crate) struct Lookout {
    came: BytesMut,
    is_over: bool,
}

impl Lookout {
    /// Takes in what came; gives what the broker said once that is whole.
    pub(crate) fn see(&mut self, bytes: &[u8]) -> Option<Open> {
        if self.is_over {
            return None;
        }
        self.came.extend_from_slice(bytes);
        self.is_over = self.came.len() > MOST;
        let open = self.frames();
        if open.is_some() || self.is_over {
            self.is_over = true;
            self.came = BytesMut::new();
        }
        open
    }

    /// Passes headers and frames of SASL; the first frame of the protocol itself ends it.
    fn frames(&mut self) -> Option<Open> {
        loop {
            let head: [u8; 8] = self.came.get(..8)?.try_into().ok()?;
            if head.starts_with(b"AMQP") {
                self.came.advance(8);
                continue;
            }
            let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            let size = usize::try_from(size).ok()?.max(8);
            if self.came.len() < size {
                return None;
            }
            let frame = self.came.split_to(size);
            let (offset, kind) = (usize::from(head[4]) * 4, head[5]);
            if kind == 0 {
                self.is_over = true;
                return serde_amqp::from_slice(frame.get(offset..)?).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, Offer};
    use fe2o3_amqp::types::{
        performatives::{ChannelMax, MaxFrameSize},
        primitives::{OrderedMap, Symbol, Value},
    };

    fn open(properties: &[(&str, &str)], offered: &[&str]) -> Open {
        let mut all = OrderedMap::new();
        for (name, value) in properties {
            all.insert(Symbol::from(*name), Value::String((*value).to_owned()));
        }
        let offered: Vec<_> = offered.iter().map(|name| Symbol::from(*name)).collect();
        Open {
            container_id: "broker".to_owned(),
            hostname: None,
            max_frame_size: MaxFrameSize(1024),
            channel_max: ChannelMax(10),
            idle_time_out: None,
            outgoing_locales: None,
            incoming_locales: None,
            offered_capabilities: Some(offered.into()),
            desired_capabilities: None,
            properties: Some(all),
        }
    }

    fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [&size[..], &[2, kind, 0, 0], body].concat()
    }

    #[test]
    fn what_opens_the_connection_is_seen_however_it_comes() {
        let said = open(&[("product", "apache-activemq-artemis")], &["SHARED-SUBS"]);
        let bytes = [
            b"AMQP\x03\x01\x00\x00".to_vec(),
            frame(1, b"mechanisms"),
            b"AMQP\x00\x01\x00\x00".to_vec(),
            frame(0, &serde_amqp::to_vec(&said).unwrap()),
            frame(0, b"whatever comes then"),
        ];
        let bytes = bytes.concat();
        for chunk in [1, 7, bytes.len()] {
            let mut lookout = Lookout::default();
            let seen: Vec<_> = bytes
                .chunks(chunk)
                .filter_map(|chunk| lookout.see(chunk))
                .collect();
            assert_eq!(seen, std::slice::from_ref(&said));
        }
    }

    #[test]
    fn odd_bytes_are_not_kept() {
        let mut lookout = Lookout::default();
        for _ in 0..100 {
            assert_eq!(lookout.see(&[0x7f; 1024]), None);
        }
        assert!(lookout.came.is_empty());
    }

    #[test]
    fn brokers_are_told_apart_and_others_refused() {
        let artemis = open(
            &[("product", "apache-activemq-artemis")],
            &["SHARED-SUBS", "DELAYED_DELIVERY"],
        );
        let all = Offer {
            dialect: Dialect::Artemis,
            shared: true,
            delays: true,
        };
        assert_eq!(Offer::read(&artemis).unwrap(), all);
        let classic = open(
            &[("product", "ActiveMQ"), ("topic-prefix", "topic://")],
            &[],
        );
        let none = Offer {
            dialect: Dialect::Classic,
            shared: false,
            delays: false,
        };
        assert_eq!(Offer::read(&classic).unwrap(), none);
        let less = Offer {
            delays: false,
            ..all.clone()
        };
        assert!(all.covers(&all) && all.covers(&less));
        assert!(!less.covers(&all) && !all.covers(&none));
        let other = Offer::read(&open(&[("product", "RabbitMQ")], &[]))
            .unwrap_err()
            .to_string();
        assert!(
            other.contains("`RabbitMQ`") && other.contains("Artemis or Classic"),
            "{other}"
        );
    }
}
