//! How a queue and what leads to it are made and looked at.
use crate::{error::error, source::Source};
use lapin::{
    options::{ExchangeBindOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tidings::{Error, Result};

impl Source {
    /// Makes what is missing; what is there and different is a conflict. Gives how many consumers there are.
    pub(crate) async fn declare(&self, wire: &lapin::Channel) -> Result<u32> {
        if let Some(exchange) = &self.exchange {
            exchange.declare(wire, false).await?;
        }
        self.draw(wire).await?;
        if let Some(letters) = &self.letters {
            letters.queue(wire, false).await?;
        }
        let consumers = self.queue(wire, false).await?;
        if let Some((exchange, pattern)) = &self.bound {
            let options = QueueBindOptions::default();
            wire.queue_bind(
                self.queue.clone(),
                exchange.clone(),
                pattern.clone(),
                options,
                FieldTable::default(),
            )
            .await
            .map_err(|cause| self.failed(cause))?;
        }
        Ok(consumers)
    }

    /// Has the exchange of shards get what the channel's own does.
    async fn draw(&self, wire: &lapin::Channel) -> Result<()> {
        let (Some(exchange), Some((upstream, (name, pattern)))) = (&self.exchange, &self.upstream)
        else {
            return Ok(());
        };
        if let Some(upstream) = upstream {
            upstream.declare(wire, false).await?;
        }
        let options = ExchangeBindOptions::default();
        wire.exchange_bind(
            exchange.name.clone(),
            name.clone(),
            pattern.clone(),
            options,
            FieldTable::default(),
        )
        .await
        .map_err(|cause| self.failed(cause))
    }

    /// How many consumers there are.
    pub(crate) async fn consumers(&self, wire: &lapin::Channel) -> Result<u32> {
        self.queue(wire, true).await
    }

    /// Says what is missing or different, and makes nothing.
    pub(crate) async fn check(&self, wire: &lapin::Channel) -> Result<()> {
        if let Some(exchange) = &self.exchange {
            exchange.check(wire).await?;
        }
        self.queue(wire, true).await?;
        // It is there, so that this makes nothing, but compares.
        self.queue(wire, false).await.map(drop)
    }

    async fn queue(&self, wire: &lapin::Channel, passive: bool) -> Result<u32> {
        let options = QueueDeclareOptions {
            passive,
            ..self.options
        };
        let declared = wire
            .queue_declare(self.queue.clone(), options, self.arguments.clone())
            .await;
        let declared = declared.map_err(|cause| self.failed(cause))?;
        Ok(declared.consumer_count())
    }

    fn failed(&self, cause: lapin::Error) -> Error {
        error("declare", cause).with("queue", &self.queue)
    }
}
