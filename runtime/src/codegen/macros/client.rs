//! Clients and servers: what they are made of, and how a message gets to the method of a service.

/// Implements how a client is made that is declared beside it around the runtime's.
#[doc(hidden)]
#[macro_export]
macro_rules! __client {
    ($name:ident) => {
        /// Over the transport of that client, with its layers.
        impl ::core::convert::From<$crate::codegen::Client> for $name {
            fn from(client: $crate::codegen::Client) -> Self {
                Self { client }
            }
        }

        impl $name {
            /// A client over any transport.
            #[must_use]
            pub fn new(transport: ::std::sync::Arc<dyn $crate::codegen::DynTransport>) -> Self {
                $crate::codegen::Client::new(transport).into()
            }

            /// A client without a transport, for what is only made, by `outgoing`: in handlers, and for an outbox.
            #[must_use]
            pub fn detached() -> Self {
                $crate::codegen::Client::detached().into()
            }
        }
    };
}

/// Has a router hand the messages of a channel to the method of a server's service; to one that is told the message's own channel, where
/// `channel` is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __handle {
    ($router:ident.$on:ident($($channel:expr),+), $server:ident, $side:ident::$method:ident($($own:ident)?)) => {{
        let service = ::std::sync::Arc::clone(&$server.service);
        $router.$on($($channel),+, move |message: $crate::codegen::Received<_>| {
            let service = ::std::sync::Arc::clone(&service);
            async move {
                $(let $own = message.metadata.channel()?;)?
                $side::$method(&service, $($own,)? message).await
            }
        });
    }};
}
