//! The document's types as a person writes them with serde: without what they do not know, and with it.
macro_rules! plain {
    ($module:ident { $($extra:tt)* }) => {
        pub(crate) mod $module {
            use serde::{Deserialize, Serialize};

            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub(crate) struct Order {
                order_id: String,
                customer: Customer,
                status: Status,
                currency: String,
                total: u64,
                #[serde(skip_serializing_if = "Option::is_none")]
                discount: Option<f64>,
                express: bool,
                lines: Vec<Line>,
                #[serde(skip_serializing_if = "Option::is_none")]
                labels: Option<Vec<String>>,
                #[serde(skip_serializing_if = "Option::is_none")]
                note: Option<String>,
                #[serde(skip_serializing_if = "Option::is_none")]
                voucher: Option<String>,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "lowercase")]
            enum Status {
                Placed,
                Packed,
                Shipped,
            }

            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Customer {
                customer_id: String,
                name: String,
                #[serde(skip_serializing_if = "Option::is_none")]
                age: Option<u8>,
                #[serde(skip_serializing_if = "Option::is_none")]
                phone: Option<String>,
                address: Address,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            struct Address {
                street: String,
                city: String,
                #[serde(skip_serializing_if = "Option::is_none")]
                zip: Option<String>,
                country: String,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            struct Line {
                sku: String,
                #[serde(skip_serializing_if = "Option::is_none")]
                title: Option<String>,
                quantity: u16,
                price: u64,
                #[serde(skip_serializing_if = "Option::is_none")]
                weight: Option<f64>,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub(crate) struct Payment {
                payment_id: String,
                order: Order,
                method: Method,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            #[serde(tag = "kind")]
            enum Method {
                Card(Card),
                Transfer(Transfer),
            }

            #[derive(Serialize, Deserialize)]
            struct Card {
                number: String,
                holder: String,
                month: u8,
                year: u64,
                $($extra)*
            }

            #[derive(Serialize, Deserialize)]
            struct Transfer {
                iban: String,
                #[serde(skip_serializing_if = "Option::is_none")]
                reference: Option<String>,
                $($extra)*
            }
        }
    };
}

plain!(dropping {});
plain!(keeping {
    #[serde(flatten)]
    extra: std::collections::BTreeMap<String, serde_json::Value>,
});
