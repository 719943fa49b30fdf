//! A message of 1 KB of each kind, with all that the document names and nothing else.
use serde_json::{Value as Json, json};

pub(crate) fn order() -> Json {
    let line = |at: u32| {
        json!({
            "sku": format!("LAMP-{at:04}"),
            "title": "Lamp of cast iron, glass on four sides",
            "quantity": at + 1,
            "price": 12_900 + at,
            "weight": 14.5,
        })
    };
    json!({
        "orderId": "2024-02-29-000017",
        "customer": {
            "customerId": "C-20481",
            "name": "Office of street lighting",
            "age": 41,
            "phone": "+49 30 1234567",
            "address": { "street": "Street of the lamps 17", "city": "Berlin", "zip": "10115", "country": "DE" },
        },
        "status": "placed",
        "currency": "EUR",
        "total": 64_515,
        "discount": 2.5,
        "express": true,
        "lines": (0..5).map(line).collect::<Vec<_>>(),
        "labels": ["street", "public", "iron"],
        "note": "Deliver to the yard, ring twice, the gate is on the left.",
    })
}

pub(crate) fn payment() -> Json {
    json!({
        "paymentId": "P-9000017",
        "order": order(),
        "method": { "kind": "Card", "number": "4111111111111111", "holder": "A. Lamplighter", "month": 7, "year": 2031 },
    })
}
