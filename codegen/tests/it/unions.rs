//! How unions whose branches have JSON types of their own are read.
use super::code;

/// How a payload that is one of these is read, by the type of its value.
fn arms(branches: &str) -> String {
    let text = code(&format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ oneOf: {branches} }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
"
    ));
    let arms = text.split_once("match value {").unwrap().1;
    arms.split_once("} };").unwrap().0.to_owned()
}

#[test]
fn only_null_is_left_of_all_types() {
    let all = "[{ type: string }, { type: number }, { type: boolean }, { type: array }, { type: object }]";
    assert!(arms(all).contains(" Value::Null => { return Err("));
    let some = "[{ type: string }, { type: integer }, { type: array }, { type: object }]";
    assert!(arms(some).contains(" _ => { return Err("));
}
