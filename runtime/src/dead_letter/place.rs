//! Where dead letters lie and came from, and what is done with one of them.
use super::{
    address_to,
    letter::{DeadLetter, Decision},
};
use crate::{Channel, DynTransport, Message, Result, template::Template, transport::publish_one};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Place {
    pub(super) transport: Arc<dyn DynTransport>,
    /// Whose dead letters they are.
    pub(super) channel: Channel,
    /// Where they lie.
    pub(super) queue: Channel,
}

impl Place {
    /// Whether a dead letter is gone now.
    pub(super) async fn carry_out(
        &self,
        letter: &Message,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<bool> {
        let letter = DeadLetter::of(letter);
        match decide(&letter) {
            Decision::Keep => Ok(false),
            Decision::Drop => Ok(true),
            Decision::Replay => {
                let channel = self.channel_of(&letter);
                let mut message = letter.message;
                if let Some(group) = &letter.group {
                    address_to(&mut message, group);
                }
                publish_one(&*self.transport, &channel, &message).await?;
                Ok(true)
            }
        }
    }

    /// Where the message of a dead letter came from.
    fn channel_of(&self, letter: &DeadLetter) -> Channel {
        let (own, address) = (&self.channel, &*letter.address);
        if address.is_empty() || (*own.address == *address && !own.wildcard) {
            return own.clone();
        }
        if own.wildcard && Template::parse(&own.address).is_match(address) {
            return Channel {
                address: address.into(),
                wildcard: false,
                ..own.clone()
            };
        }
        Channel::new(letter.kind.unwrap_or(own.kind), address)
    }
}
