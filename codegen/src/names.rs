//! Gives every identifier, once: valid Rust, the same on each run, and never the same for two things.
mod casing;

use crate::ir::{Address, Channel, Field, Ir, Kind, Message, MessageIdx, Set, Style, Ty};
pub(crate) use casing::serde_camel;
use casing::{field, pascal, short, snake, variant};
use std::collections::{HashMap, HashSet};

/// Names of the prelude that generated code uses without a path, of its type parameters and constants, and of what reads like a
/// constructor.
const RESERVED: [&str; 38] = [
    "Self",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "PartialEq",
    "Ord",
    "PartialOrd",
    "Hash",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "Send",
    "Sync",
    "Sized",
    "Fn",
    "FnMut",
    "FnOnce",
    "Iterator",
    "ToString",
    "Unpin",
    "D",
    "S",
    "New",
    "CANDIDATES",
    "REQUIREMENTS",
];

/// Which names are taken.
pub(crate) struct Ledger {
    used: HashSet<String>,
    /// The number to try next for a name, so that thousands of one name are quickly told apart.
    next: HashMap<String, usize>,
}

impl Ledger {
    fn new(reserved: &[&str]) -> Self {
        Self {
            used: reserved.iter().map(|name| (*name).to_owned()).collect(),
            next: HashMap::new(),
        }
    }

    /// The first candidate that is free, else the first with the lowest number that is. One is made when those before it are taken.
    fn take(&mut self, candidates: impl IntoIterator<Item = String>) -> String {
        let mut candidates = candidates.into_iter().peekable();
        let first = candidates.peek().cloned().unwrap_or_default();
        let name = candidates.find(|name| !self.used.contains(name));
        let name = name.unwrap_or_else(|| self.numbered(&first));
        self.used.insert(name.clone());
        name
    }

    /// A name with the lowest number that is free.
    fn numbered(&mut self, name: &str) -> String {
        let ends_in_digit = name.ends_with(|c: char| c.is_ascii_digit());
        let separator = match ends_in_digit || name.starts_with(char::is_lowercase) {
            true => "_",
            false => "",
        };
        let base = name.trim_start_matches("r#").trim_end_matches('_');
        let next = self.next.entry(base.to_owned()).or_insert(2);
        loop {
            let numbered = format!("{base}{separator}{next}");
            *next += 1;
            if !self.used.contains(&numbered) {
                return numbered;
            }
        }
    }

    fn pascal(&mut self, words: &[&str]) -> String {
        self.take(words.iter().flat_map(|words| {
            let whole = pascal(words, "Type");
            [short(&whole), whole]
        }))
    }
}

/// Fills all identifiers in.
pub(crate) fn assign(ir: &mut Ir) {
    let mut types = Ledger::new(&RESERVED);
    messages(ir, &mut types);
    sides(ir, &mut types);
    definitions(ir, &mut types, true);
    operations(ir, &mut types);
    channels(ir, &mut types);
    headers(ir, &mut types);
    servers(ir);
    examples(ir);
    definitions(ir, &mut types, false);
    for def in &mut ir.defs {
        members(&mut def.kind);
    }
}

fn messages(ir: &mut Ir, types: &mut Ledger) {
    for message in &mut ir.messages {
        let hint = message.hint.clone();
        message.ident = types.pascal(&[&hint, &message.wire, &format!("{hint} message")]);
    }
}

fn sides(ir: &mut Ir, types: &mut Ledger) {
    let stem = ir.sides.stem.clone();
    let mut name = |ending: &str| types.pascal(&[&format!("{stem} {ending}")]);
    ir.sides.client = name("client");
    ir.sides.service = name("service");
    ir.sides.server = name("server");
    ir.sides.peer_client = name("peer client");
    ir.sides.peer_service = name("peer service");
    ir.sides.peer_server = name("peer server");
}

/// Schemas that the document names come first, so that they keep their names.
fn definitions(ir: &mut Ir, types: &mut Ledger, named: bool) {
    let payloads: HashSet<usize> = ir
        .messages
        .iter()
        .filter_map(|message| match message.payload.as_ref()?.ty {
            Ty::Def(id) => Some(id),
            _ => None,
        })
        .collect();
    for (id, def) in ir
        .defs
        .iter_mut()
        .enumerate()
        .filter(|(_, def)| def.named == named)
    {
        let role = if payloads.contains(&id) {
            "payload"
        } else {
            "value"
        };
        let hint = def.hint.clone();
        def.ident = types.pascal(&[&hint, &format!("{hint} {role}")]);
    }
}

fn headers(ir: &mut Ir, types: &mut Ledger) {
    for headers in &mut ir.headers {
        let hint = headers.hint.clone();
        headers.ident = types.pascal(&[&hint, &format!("{hint} headers")]);
        fields(&mut headers.fields, &mut Ledger::new(&[]), Some("header"));
    }
}

fn operations(ir: &mut Ir, types: &mut Ledger) {
    let mut methods = Ledger::new(&["new", "detached", "register"]);
    let mut registers = Ledger::new(&["new", "register"]);
    // The same messages of several operations are one enum.
    let mut shared: HashMap<(Vec<MessageIdx>, bool, bool), (String, String)> = HashMap::new();
    for operation in &mut ir.operations {
        operation.method = methods.take([method(&operation.key)]);
        // A new event must not break those who listen; replies are named as such.
        let is_open = operation.style == Style::Publish;
        let sets = [
            (Some(&mut operation.message), false),
            (operation.reply.as_mut(), true),
        ];
        for (set, is_reply) in sets {
            let Some(set) = set else { continue };
            set_names(set, &ir.messages, types);
            if set.messages.len() < 2 {
                continue;
            }
            let first = shared
                .entry((set.messages.clone(), is_open, is_reply))
                .or_insert_with(|| (operation.key.clone(), set.ident.clone()));
            set.same = Some(first.clone()).filter(|(_, ident)| *ident != set.ident);
        }
    }
    for operation in &mut ir.operations {
        let name = operation.method.trim_start_matches("r#");
        operation.register = registers.take([format!("register_{name}")]);
        operation.subscribe = methods.take([field(&operation.subscribe, "subscribe")]);
    }
}

fn set_names(set: &mut Set, messages: &[Message], types: &mut Ledger) {
    let variants = set.messages.iter();
    let variants = variants.map(|index| messages[*index].ident.clone());
    set.variants = variants.collect();
    set.ident = match &set.variants[..] {
        [only] => only.clone(),
        _ => types.pascal(&[&set.hint, &format!("{} message", set.hint)]),
    };
}

/// A method, other than those whose name promises readers something that operations do not do.
fn method(words: &str) -> String {
    let name = field(words, "call");
    let promises = ["from_", "into_"]
        .iter()
        .any(|start| name.starts_with(start))
        || ["cmp", "from", "iter", "iter_mut"].contains(&name.as_str());
    if promises {
        format!("call_{name}")
    } else {
        name
    }
}

fn channels(ir: &mut Ir, types: &mut Ledger) {
    // The same parameter of several channels is one type.
    let mut shared: HashMap<(String, Vec<String>, Vec<char>), String> = HashMap::new();
    for channel in &mut ir.channels {
        let key = channel.key.clone();
        let stem = stem(&key);
        channel.ident = types.pascal(&[&format!("{stem} channel")]);
        if matches!(channel.address, Address::Template { .. }) {
            channel.filter = types.pascal(&[&format!("{stem} filter")]);
        }
        parameters(channel, types, &mut shared);
    }
}

fn servers(ir: &mut Ir) {
    let mut functions = Ledger::new(&["codegen"]);
    for server in &mut ir.servers {
        server.ident = functions.take([field(&server.key, "server")]);
        let mut arguments = Ledger::new(&["codegen"]);
        for variable in &mut server.variables {
            variable.field = arguments.take([field(&variable.wire, "variable")]);
        }
    }
}

/// Examples are statics, other than the types that they stand with.
fn examples(ir: &mut Ir) {
    let types: Vec<_> = ir.messages.iter().map(|it| it.ident.clone()).collect();
    let types: Vec<_> = types.iter().map(String::as_str).collect();
    let mut statics = Ledger::new(&types);
    for message in &mut ir.messages {
        message.examples_ident = statics.take([casing::shouting(&message.ident)]);
        message.test = field(&message.examples_ident, "test");
    }
    ir.sides.contract = field(&ir.sides.service, "test");
    ir.sides.peer_contract = field(&ir.sides.peer_service, "test");
}

/// The key without the word that says what it is of.
fn stem(key: &str) -> &str {
    let at = key.len().saturating_sub("channel".len());
    match key.split_at_checked(at) {
        Some((stem, word)) if word.eq_ignore_ascii_case("channel") => stem,
        _ => key,
    }
}

fn parameters(
    channel: &mut Channel,
    types: &mut Ledger,
    shared: &mut HashMap<(String, Vec<String>, Vec<char>), String>,
) {
    let mut fields = Ledger::new(&["address"]);
    let key = channel.key.clone();
    for parameter in &mut channel.parameters {
        parameter.field = fields.take([field(&parameter.wire, "parameter")]);
        let values = parameter
            .values
            .iter()
            .map(|value| value.wire.clone())
            .collect();
        let wire = parameter.wire.clone();
        let ident = shared
            .entry((wire.clone(), values, parameter.forbidden.clone()))
            .or_insert_with(|| {
                types.pascal(&[
                    &wire,
                    &format!("{wire} parameter"),
                    &format!("{key} {wire}"),
                ])
            });
        parameter.ident.clone_from(ident);
        let mut variants = Ledger::new(&["Self"]);
        for value in &mut parameter.values {
            value.ident = variants.take([variant(&value.wire)]);
        }
    }
}

/// Names inside a definition.
fn members(kind: &mut Kind) {
    match kind {
        Kind::Struct(object) => {
            let mut ledger = Ledger::new(&[]);
            fields(&mut object.fields, &mut ledger, None);
            if let Some(extra) = &mut object.extra {
                extra.ident = ledger.take(["extra".to_owned(), "additional".to_owned()]);
            }
        }
        Kind::Enum(values) => {
            let mut ledger = Ledger::new(&["Self", "ALL"]);
            for variant in &mut values.variants {
                variant.ident = ledger.take([casing::variant(&variant.wire)]);
            }
            values.unknown = ledger.take([
                "Unknown".to_owned(),
                "Other".to_owned(),
                "Unlisted".to_owned(),
            ]);
        }
        Kind::Numbers(values) => {
            let mut ledger = Ledger::new(&["Self", "ALL"]);
            for variant in &mut values.variants {
                variant.ident = ledger.take([casing::variant(&variant.hint)]);
            }
            values.unknown = ledger.take(["Unknown".to_owned(), "Other".to_owned()]);
        }
        Kind::Const { wire, ident } => *ident = Ledger::new(&["Self"]).take([variant(wire)]),
        Kind::Union(union) => {
            let mut ledger = Ledger::new(&["Self"]);
            for variant in &mut union.variants {
                variant.ident = ledger.take([pascal(&variant.hint, "Variant")]);
            }
        }
        Kind::Newtype(_) | Kind::Alias(_) | Kind::Wrapper(_) => {}
    }
}

/// Fields by their names; those that are arguments beside a payload say with a word what they are.
fn fields(fields: &mut [Field], ledger: &mut Ledger, beside_payload: Option<&str>) {
    for item in fields {
        let name = field(item.hint.as_ref().unwrap_or(&item.wire), "field");
        item.ident = match beside_payload.filter(|_| name == "payload") {
            Some(word) => ledger.take([format!("{name}_{word}")]),
            None => ledger.take([name]),
        };
    }
}

/// The name of the generated crate, or of the module's file.
pub(crate) fn package(title: &str) -> String {
    let name = snake(title, "api");
    let taken = casing::is_keyword(&name)
        || [
            "test",
            "core",
            "std",
            "alloc",
            "proc_macro",
            "build",
            "tidings",
        ]
        .contains(&name.as_str());
    let name = if taken { name + "_api" } else { name };
    name.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_collide() {
        let mut ledger = Ledger::new(&RESERVED);
        let names: Vec<String> = ["order", "Order", "order!", "Order2", "string", ""]
            .iter()
            .map(|words| ledger.pascal(&[words]))
            .collect();
        assert_eq!(
            names,
            ["Order", "Order2", "Order3", "Order2_2", "String2", "Type"]
        );
        let mut ledger = Ledger::new(&[]);
        let of = |middle: &str| {
            format!(
                "a type that lies as deep as types can and deeper still {middle} and has the end that all have"
            )
        };
        let names = ["here", "there"].map(|middle| ledger.pascal(&[&of(middle)]));
        assert_eq!(
            names,
            [
                "ATypeThatLiesAsDeepAsTypesCanAndDeeperHasTheEndThatAllHave",
                "ATypeThatLiesAsDeepAsTypesCanAndDeeperStillThereAndHasTheEndThatAllHave"
            ]
        );
        let mut ledger = Ledger::new(&[]);
        let names: Vec<String> = ["type", "TYPE", "self", "Self", "1st", "-"]
            .iter()
            .map(|words| ledger.take([field(words, "field")]))
            .collect();
        assert_eq!(
            names,
            ["r#type", "type_2", "self_", "self_2", "field_1st", "field"]
        );
        assert_eq!(
            ["fromUser", "iter", "iterate"].map(method),
            ["call_from_user", "call_iter", "iterate"]
        );
    }
}
