//! What an expression of a filter comes to, with JavaScript's ideas of truth and sameness.
use std::borrow::Cow;

use tidings_document::{Node, Value};
use tidings_schema::Pattern;

use super::{
    Key, Walk,
    expression::{Expression, Method, Operator, This},
};

/// A value of JavaScript, as far as filters meet it.
#[derive(Debug, Clone)]
pub(super) enum Js<'a, 'e> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// An object or array of the document.
    Node(&'a Node),
    List(Vec<Js<'a, 'e>>),
    Pattern(&'e Pattern),
}

impl<'a> Walk<'a> {
    /// Whether an expression holds for a place.
    pub(super) fn holds(&self, expression: &Expression, frame: u32) -> bool {
        self.evaluate(expression, frame).is_truthy()
    }

    fn evaluate<'e>(&self, expression: &'e Expression, frame: u32) -> Js<'a, 'e> {
        let value = |inner: &'e Expression| self.evaluate(inner, frame);
        match expression {
            Expression::Undefined => Js::Undefined,
            Expression::Null => Js::Null,
            Expression::Bool(value) => Js::Bool(*value),
            Expression::Number(value) => Js::Number(*value),
            Expression::Text(text) => Js::Text(Cow::Owned(text.clone())),
            Expression::Pattern(pattern) => Js::Pattern(pattern),
            Expression::List(items) => Js::List(items.iter().map(value).collect()),
            Expression::This(this) => self.this(*this, frame),
            Expression::Member(of, name) => self.member(&value(of), name),
            Expression::Item(of, key) => self.member(&value(of), &value(key).text()),
            Expression::Call(of, method, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(value).collect();
                call(&value(of), *method, arguments.first())
            }
            Expression::Unary('!', inner) => Js::Bool(!value(inner).is_truthy()),
            Expression::Unary('-', inner) => Js::Number(-value(inner).number()),
            Expression::Unary(_, inner) => Js::Number(value(inner).number()),
            Expression::Binary(Operator::Or, left, right) => {
                let left = value(left);
                if left.is_truthy() { left } else { value(right) }
            }
            Expression::Binary(Operator::And, left, right) => {
                let left = value(left);
                if left.is_truthy() { value(right) } else { left }
            }
            Expression::Binary(operator, left, right) => {
                binary(*operator, &value(left), &value(right))
            }
            Expression::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                value(if value(condition).is_truthy() {
                    yes
                } else {
                    no
                })
            }
        }
    }

    fn this<'e>(&self, this: This, frame: u32) -> Js<'a, 'e> {
        let found = self.frame(frame);
        let key_of = |frame: Option<u32>| match frame.and_then(|frame| self.frame(frame).key) {
            Some(Key::Name(name)) => Js::Text(Cow::Borrowed(name.value)),
            Some(Key::Item(at)) => Js::Number(at as f64),
            None => Js::Null,
        };
        match this {
            This::Value => Js::of(found.node),
            This::Property => key_of(Some(frame)),
            This::Parent => found
                .parent
                .map_or(Js::Undefined, |parent| Js::of(self.frame(parent).node)),
            This::ParentProperty => key_of(found.parent),
            This::Path => Js::Text(Cow::Owned(self.shown(frame))),
            This::Root => Js::of(self.frame(self.root()).node),
            This::Is(kind) => Js::Bool(is_kind(found.node, kind)),
        }
    }

    fn member<'e>(&self, of: &Js<'a, 'e>, name: &str) -> Js<'a, 'e> {
        let length = |length: usize| Js::Number(length as f64);
        match of {
            Js::Text(text) if name == "length" => length(text.encode_utf16().count()),
            Js::List(items) if name == "length" => length(items.len()),
            Js::List(items) => name
                .parse()
                .ok()
                .and_then(|at: usize| items.get(at).cloned())
                .unwrap_or(Js::Undefined),
            Js::Node(node) => match &node.value {
                Value::Array(items) if name == "length" => length(items.len()),
                _ => self.value_at(node, name).map_or(Js::Undefined, Js::of),
            },
            _ => Js::Undefined,
        }
    }
}

fn is_kind(node: &Node, kind: &str) -> bool {
    match &node.value {
        Value::Object(_) => kind == "@object",
        // JavaScript takes lists for objects too.
        Value::Array(_) => matches!(kind, "@array" | "@object"),
        Value::Number(number) => {
            matches!(kind, "@number" | "@scalar")
                || kind == "@integer" && number.as_f64().is_some_and(|value| value.fract() == 0.0)
        }
        Value::String(_) => matches!(kind, "@string" | "@scalar"),
        Value::Bool(_) => matches!(kind, "@boolean" | "@scalar"),
        Value::Null => matches!(kind, "@null" | "@scalar"),
    }
}

impl<'a> Js<'a, '_> {
    fn of(node: &'a Node) -> Self {
        match &node.value {
            Value::Null => Js::Null,
            Value::Bool(value) => Js::Bool(*value),
            Value::Number(number) => Js::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Js::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Js::Node(node),
        }
    }

    fn is_truthy(&self) -> bool {
        match self {
            Js::Undefined | Js::Null => false,
            Js::Bool(value) => *value,
            Js::Number(number) => *number != 0.0 && !number.is_nan(),
            Js::Text(text) => !text.is_empty(),
            Js::Node(_) | Js::List(_) | Js::Pattern(_) => true,
        }
    }

    fn number(&self) -> f64 {
        match self {
            Js::Null => 0.0,
            Js::Bool(value) => f64::from(u8::from(*value)),
            Js::Number(number) => *number,
            Js::Text(text) if text.trim().is_empty() => 0.0,
            Js::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        }
    }

    fn text(&self) -> Cow<'a, str> {
        match self {
            Js::Text(text) => text.clone(),
            Js::Undefined => "undefined".into(),
            Js::Null => "null".into(),
            Js::Bool(value) => value.to_string().into(),
            Js::Number(number) => number.to_string().into(),
            Js::Node(_) | Js::List(_) | Js::Pattern(_) => "[object Object]".into(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Js::Undefined, Js::Undefined) | (Js::Null, Js::Null) => true,
            (Js::Bool(a), Js::Bool(b)) => a == b,
            (Js::Number(a), Js::Number(b)) => a == b,
            (Js::Text(a), Js::Text(b)) => a == b,
            (Js::Node(a), Js::Node(b)) => std::ptr::eq(*a, *b),
            _ => false,
        }
    }

    fn is_equal(&self, other: &Self) -> bool {
        let is_nothing = |value: &Self| matches!(value, Js::Undefined | Js::Null);
        let is_plain = |value: &Self| matches!(value, Js::Bool(_) | Js::Number(_) | Js::Text(_));
        self.is_same(other)
            || is_nothing(self) && is_nothing(other)
            || is_plain(self)
                && is_plain(other)
                && !matches!((self, other), (Js::Text(_), Js::Text(_)))
                && self.number() == other.number()
    }
}

fn binary<'a, 'e>(operator: Operator, left: &Js<'a, 'e>, right: &Js<'a, 'e>) -> Js<'a, 'e> {
    let compare = |fits: fn(std::cmp::Ordering) -> bool| {
        let order = match (left, right) {
            (Js::Text(a), Js::Text(b)) => Some(a.cmp(b)),
            _ => left.number().partial_cmp(&right.number()),
        };
        Js::Bool(order.is_some_and(fits))
    };
    let number = |number: f64| Js::Number(number);
    match operator {
        Operator::Same => Js::Bool(left.is_same(right)),
        Operator::NotSame => Js::Bool(!left.is_same(right)),
        Operator::Equal => Js::Bool(left.is_equal(right)),
        Operator::NotEqual => Js::Bool(!left.is_equal(right)),
        Operator::Less => compare(std::cmp::Ordering::is_lt),
        Operator::More => compare(std::cmp::Ordering::is_gt),
        Operator::AtMost => compare(std::cmp::Ordering::is_le),
        Operator::AtLeast => compare(std::cmp::Ordering::is_ge),
        Operator::In => call(right, Method::Includes, Some(left)),
        Operator::Matches => call(right, Method::Test, Some(left)),
        Operator::Plus => match (left, right) {
            (Js::Text(_), _) | (_, Js::Text(_)) => {
                Js::Text(Cow::Owned(format!("{}{}", left.text(), right.text())))
            }
            _ => number(left.number() + right.number()),
        },
        Operator::Minus => number(left.number() - right.number()),
        Operator::Times => number(left.number() * right.number()),
        Operator::Divide => number(left.number() / right.number()),
        Operator::Modulo => number(left.number() % right.number()),
        // Both are decided before their right side is computed.
        Operator::Or | Operator::And => Js::Undefined,
    }
}

/// Calls a method; what the value has not got gives nothing, where JavaScript would stop.
fn call<'a, 'e>(of: &Js<'a, 'e>, method: Method, argument: Option<&Js<'a, 'e>>) -> Js<'a, 'e> {
    let argument = argument.unwrap_or(&Js::Undefined);
    let wanted = argument.text();
    match (of, method, argument) {
        (Js::Pattern(pattern), Method::Test, _) => Js::Bool(pattern.is_match(&wanted)),
        (Js::List(items), Method::Includes, _) => {
            Js::Bool(items.iter().any(|item| item.is_same(argument)))
        }
        (Js::Node(node), Method::Includes, _) => {
            let mut items = node.as_array().into_iter().flatten();
            Js::Bool(items.any(|item| Js::of(item).is_same(argument)))
        }
        (Js::Text(_) | Js::Number(_), Method::Match, Js::Pattern(pattern)) => {
            Js::Bool(pattern.is_match(&of.text()))
        }
        (Js::Text(_) | Js::Number(_), method, _) => {
            let text = of.text();
            match method {
                Method::Includes => Js::Bool(text.contains(&*wanted)),
                Method::StartsWith => Js::Bool(text.starts_with(&*wanted)),
                Method::EndsWith => Js::Bool(text.ends_with(&*wanted)),
                Method::IndexOf => Js::Number(text.find(&*wanted).map_or(-1.0, |at| at as f64)),
                Method::ToLowerCase => Js::Text(Cow::Owned(text.to_lowercase())),
                Method::ToUpperCase => Js::Text(Cow::Owned(text.to_uppercase())),
                Method::Trim => Js::Text(Cow::Owned(text.trim().to_owned())),
                Method::Match | Method::Test => Js::Undefined,
            }
        }
        _ => Js::Undefined,
    }
}
