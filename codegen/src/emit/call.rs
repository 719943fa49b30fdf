//! What somebody on the other side of an operation does for their part of it: Rust that compiles as it stands with the generated crate.
use super::{client, code::printed, ident};
use crate::ir::{Ir, Operation, Set, Style};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::BTreeSet;

/// Most messages that are told apart one by one; more are shown as what they are together.
const APART: usize = 8;

/// A function, or the implementation of a trait where one has to answer.
pub(crate) fn call(ir: &Ir, operation: &Operation, package: &str) -> Option<String> {
    let names = names(ir, operation).into_iter().map(ident);
    let package: Ident = syn::parse_str(&package.replace('-', "_")).ok()?;
    let mut items = vec![quote!(use #package::{#(#names),*};)];
    match (operation.receives, operation.style) {
        (true, _) => items.push(ask(ir, operation)),
        (false, Style::Publish) => items.push(listen(ir, operation)),
        (false, _) => items.extend([
            quote!(
                struct Mine;
            ),
            answer(ir, operation),
        ]),
    }
    let items = items.into_iter().map(|item| syn::parse2(item).map(printed));
    let items: Vec<String> = items.collect::<Result<_, _>>().ok()?;
    Some(items.join("\n"))
}

/// What of the crate is named.
fn names<'a>(ir: &'a Ir, operation: &'a Operation) -> BTreeSet<&'a str> {
    let asks = operation.receives;
    let hears = !asks && operation.style == Style::Publish;
    let side = match asks || hears {
        true => &ir.sides.client,
        false => &ir.sides.peer_service,
    };
    let reply = operation.reply.as_ref();
    let names_reply = |reply: &&Set| !asks || is_told_apart(reply);
    let reply = reply.filter(names_reply).map(|reply| &*reply.ident);
    // Who answers is told the channel where its address has parameters.
    let open = match asks || hears {
        true => client::channel(ir, operation).0.is_some(),
        false => client::has_parameters(ir, operation),
    };
    let channel = open.then(|| &*ir.channels[operation.channel].ident);
    let names_message = !hears || is_told_apart(&operation.message);
    let message = names_message.then_some(&*operation.message.ident);
    let names = [Some(&**side), message, reply, channel];
    names.into_iter().flatten().collect()
}

fn is_told_apart(set: &Set) -> bool {
    (2..=APART).contains(&set.variants.len())
}

/// A channel whose address is not always the same, as a parameter and as an argument.
fn channel(ir: &Ir, operation: &Operation) -> (Option<TokenStream>, Option<TokenStream>) {
    let parameter = client::channel(ir, operation).0;
    let argument = parameter.as_ref().map(|_| quote!(channel,));
    (parameter, argument)
}

fn ask(ir: &Ir, operation: &Operation) -> TokenStream {
    let (name, side) = (ident(&operation.method), ident(&ir.sides.client));
    let message = ident(&operation.message.ident);
    let (parameter, argument) = channel(ir, operation);
    let body = match (operation.style, &operation.reply) {
        (Style::Gather, Some(_)) => quote! {
            let wait = std::time::Duration::from_secs(5);
            let mut replies = client.#name(#argument message).gather(10, wait).await?;
            while let Some(reply) = replies.next().await {
                println!("{:?}", reply?.message);
            }
        },
        (_, Some(reply)) => {
            let asked = quote!(client.#name(#argument message).await?);
            shown(reply, &ident("reply"), &asked)
        }
        (_, None) => quote!(client.#name(#argument message).await?;),
    };
    quote! {
        async fn #name(client: &#side, #parameter message: #message) -> Result<(), tidings::BoxError> {
            #body
            Ok(())
        }
    }
}

/// Prints a value, told apart where it is one of several messages.
fn shown(set: &Set, name: &Ident, value: &TokenStream) -> TokenStream {
    let print = format!("{{{name}:?}}");
    if !is_told_apart(set) {
        return quote!(let #name = #value; println!(#print););
    }
    let of = ident(&set.ident);
    let variants = set.variants.iter().map(|name| ident(name));
    quote!(match #value { #(#of::#variants(#name) => println!(#print),)* })
}

fn listen(ir: &Ir, operation: &Operation) -> TokenStream {
    let (name, side) = (ident(&operation.subscribe), ident(&ir.sides.client));
    let (parameter, argument) = channel(ir, operation);
    let event = &operation.message;
    let of = ident(&event.ident);
    let variants = event.variants.iter().map(|name| ident(name));
    let shown = match is_told_apart(event) {
        false => quote!(println!("{:?}", *event);),
        // There may be others tomorrow.
        true => {
            quote!(match &*event { #(#of::#variants(event) => println!("{event:?}"),)* _ => {} })
        }
    };
    quote! {
        async fn listen(client: &#side, #parameter) -> Result<(), tidings::BoxError> {
            let mut events = client.#name(#argument Some("my-group")).await?;
            while let Some(event) = events.next().await {
                let event = event?;
                #shown
                event.ack().await?;
            }
            Ok(())
        }
    }
}

fn answer(ir: &Ir, operation: &Operation) -> TokenStream {
    let (name, side) = (ident(&operation.method), ident(&ir.sides.peer_service));
    let message = ident(&operation.message.ident);
    let reply = operation.reply.as_ref().map(|reply| ident(&reply.ident));
    let reply = reply.map_or_else(|| quote!(()), |reply| quote!(#reply));
    let channel = client::has_parameters(ir, operation).then(|| {
        let name = ident(&ir.channels[operation.channel].ident);
        quote!(_channel: #name,)
    });
    quote! {
        impl #side for Mine {
            async fn #name(
                &self,
                #channel
                message: tidings::Received<#message>,
            ) -> Result<#reply, tidings::HandlerError> {
                todo!("answer {:?}", message.message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use std::path::Path;

    /// What is printed for the operation of this key of one of our documents.
    #[track_caller]
    fn check(document: &str, key: &str, expected: Expect) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../specs")
            .join(document);
        let reading = tidings_document::Settings::default();
        let document = tidings_document::open(&path, &reading).unwrap().0;
        let api = tidings_document::read(&document).0.unwrap();
        let settings = crate::Settings::default();
        let calls = crate::plan(&api, &settings).0.calls(&settings);
        let mut calls = calls.into_iter();
        let call = calls.find(|(id, _)| api[*id].key.value == key).unwrap();
        expected.assert_eq(&call.1);
    }

    #[test]
    fn a_request_is_made_by_the_client() {
        check(
            "orders.asyncapi.yaml",
            "createOrder",
            expect![[r#"
            use order_service::{CreateOrder, CreateOrderReply, OrderClient};

            async fn create_order(
                client: &OrderClient,
                message: CreateOrder,
            ) -> Result<(), tidings::BoxError> {
                match client.create_order(message).await? {
                    CreateOrderReply::OrderCreated(reply) => println!("{reply:?}"),
                    CreateOrderReply::OrderRejected(reply) => println!("{reply:?}"),
                }
                Ok(())
            }
        "#]],
        );
    }

    #[test]
    fn events_are_heard_by_the_client() {
        check(
            "orders.asyncapi.yaml",
            "publishOrderEvents",
            expect![[r#"
                use order_service::{OrderClient, OrderEvent, OrderEventsChannel};

                async fn listen(
                    client: &OrderClient,
                    channel: &OrderEventsChannel,
                ) -> Result<(), tidings::BoxError> {
                    let mut events = client.subscribe_to_order_events(channel, Some("my-group")).await?;
                    while let Some(event) = events.next().await {
                        let event = event?;
                        match &*event {
                            OrderEvent::OrderPlaced(event) => println!("{event:?}"),
                            OrderEvent::OrderCancelled(event) => println!("{event:?}"),
                            _ => {}
                        }
                        event.ack().await?;
                    }
                    Ok(())
                }
            "#]],
        );
    }

    #[test]
    fn requests_of_the_application_are_answered_by_a_trait() {
        let document = "styles/publish-async-responses.asyncapi.yaml";
        check(
            document,
            "enquireRooms",
            expect![[r#"
            use room_finder::{RoomEnquiry, RoomFinderPeerService, RoomOffer};

            struct Mine;

            impl RoomFinderPeerService for Mine {
                async fn enquire_rooms(
                    &self,
                    message: tidings::Received<RoomEnquiry>,
                ) -> Result<RoomOffer, tidings::HandlerError> {
                    todo!("answer {:?}", message.message)
                }
            }
        "#]],
        );
    }

    #[test]
    fn a_message_without_a_reply_is_sent() {
        let document = "styles/one-way.asyncapi.yaml";
        check(
            document,
            "sendMail",
            expect![[r#"
            use mail_room::{MailRoomClient, SendMail};

            async fn send_mail(
                client: &MailRoomClient,
                message: SendMail,
            ) -> Result<(), tidings::BoxError> {
                client.send_mail(message).await?;
                Ok(())
            }
        "#]],
        );
    }
}
