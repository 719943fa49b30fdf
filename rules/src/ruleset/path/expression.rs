//! Expressions of filters: the part of JavaScript's that rulesets use, parsed by precedence. What is beyond it is a fault.
use std::sync::Arc;

use tidings_schema::Pattern;

use super::{Fault, scanner::Scanner};

/// An expression over a value and what is around it.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Pattern(Arc<Pattern>),
    List(Vec<Expression>),
    /// `@` and its relatives.
    This(This),
    /// `a.name`
    Member(Box<Expression>, String),
    /// `a[b]`
    Item(Box<Expression>, Box<Expression>),
    /// `a.method(b)`
    Call(Box<Expression>, Method, Vec<Expression>),
    /// `!a`, `-a`, `+a`
    Unary(char, Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `a ? b : c`
    Choice(Box<[Expression; 3]>),
}

/// What a name with `@` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum This {
    Value,
    Property,
    Parent,
    ParentProperty,
    Path,
    Root,
    /// `@string()` and the like: whether the value is of a kind.
    Is(&'static str),
}

/// Methods of texts, lists and patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    EndsWith,
    Includes,
    IndexOf,
    Match,
    StartsWith,
    Test,
    ToLowerCase,
    ToUpperCase,
    Trim,
}

const METHODS: &[(&str, Method)] = &[
    ("endsWith", Method::EndsWith),
    ("includes", Method::Includes),
    ("indexOf", Method::IndexOf),
    ("match", Method::Match),
    ("startsWith", Method::StartsWith),
    ("test", Method::Test),
    ("toLowerCase", Method::ToLowerCase),
    ("toUpperCase", Method::ToUpperCase),
    ("trim", Method::Trim),
];

/// Operators between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Same,
    NotSame,
    Equal,
    NotEqual,
    AtMost,
    AtLeast,
    Less,
    More,
    In,
    Matches,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// Each operator with how strongly it binds; longer ones before those that they begin with.
const OPERATORS: &[(&str, Operator, u8)] = &[
    ("||", Operator::Or, 1),
    ("&&", Operator::And, 2),
    ("===", Operator::Same, 3),
    ("!==", Operator::NotSame, 3),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<=", Operator::AtMost, 4),
    (">=", Operator::AtLeast, 4),
    ("<", Operator::Less, 4),
    (">", Operator::More, 4),
    ("in ", Operator::In, 4),
    ("in[", Operator::In, 4),
    ("~=", Operator::Matches, 7),
    ("+", Operator::Plus, 5),
    ("-", Operator::Minus, 5),
    ("*", Operator::Times, 6),
    ("/", Operator::Divide, 6),
    ("%", Operator::Modulo, 6),
];

const KINDS: &[&str] = &[
    "@string", "@number", "@boolean", "@null", "@object", "@array", "@integer", "@scalar",
];

/// How deep expressions may nest.
const DEEPEST: usize = 50;

/// Operators and members that one expression may have: chains of them nest too.
const MOST: usize = 500;

/// The test that a name such as `@string` stands for.
pub(super) fn kind_test(name: &str) -> Option<Expression> {
    let kind = KINDS.iter().find(|kind| **kind == name)?;
    Some(Expression::This(This::Is(kind)))
}

/// Reads one expression.
pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Expression, Fault> {
    let mut parser = Parser {
        scanner,
        depth: 0,
        parts: 0,
    };
    parser.choice()
}

struct Parser<'s, 't> {
    scanner: &'s mut Scanner<'t>,
    depth: usize,
    parts: usize,
}

impl Parser<'_, '_> {
    fn choice(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("the expression nests deeper than {DEEPEST} levels");
            return Err(self.scanner.fault(self.scanner.at, message));
        }
        let condition = self.binary(0)?;
        self.scanner.skip_space();
        let found = if self.scanner.take("?") {
            let yes = self.choice()?;
            self.scanner.expect(":")?;
            Expression::Choice(Box::new([condition, yes, self.choice()?]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(found)
    }

    /// Counts an operator or member.
    fn part(&mut self) -> Result<(), Fault> {
        self.parts += 1;
        if self.parts > MOST {
            let message = format!("the expression has more than {MOST} parts");
            return Err(self.scanner.fault(self.scanner.at, message));
        }
        Ok(())
    }

    fn binary(&mut self, least: u8) -> Result<Expression, Fault> {
        let mut left = self.unary()?;
        loop {
            self.scanner.skip_space();
            let rest = self.scanner.rest();
            let next = OPERATORS.iter().find(|(text, ..)| rest.starts_with(text));
            let Some((text, operator, binding)) = next.filter(|(.., binding)| *binding > least)
            else {
                return Ok(left);
            };
            self.part()?;
            self.scanner.at += text.trim_end_matches('[').len();
            let right = self.binary(*binding)?;
            let right = match (operator, right) {
                (Operator::Matches, Expression::Text(source)) => self.pattern(&source, "")?,
                (_, right) => right,
            };
            left = Expression::Binary(*operator, left.into(), right.into());
        }
    }

    fn unary(&mut self) -> Result<Expression, Fault> {
        let mut signs = Vec::new();
        loop {
            self.scanner.skip_space();
            self.part()?;
            if self.scanner.take("void ") {
                self.unary()?;
                return Ok(Expression::Undefined);
            }
            match self.scanner.peek().filter(|sign| "!-+".contains(*sign)) {
                Some(sign) => signs.push(sign),
                None => break,
            }
            self.scanner.at += 1;
        }
        let mut found = self.primary()?;
        loop {
            self.part()?;
            found = if self.scanner.take("?.") || self.scanner.take(".") {
                self.member(found)?
            } else if self.scanner.take("[") {
                let key = self.choice()?;
                self.scanner.expect("]")?;
                Expression::Item(found.into(), key.into())
            } else {
                break;
            };
        }
        let around = |inner, sign| Expression::Unary(sign, Box::new(inner));
        Ok(signs.into_iter().rev().fold(found, around))
    }

    fn member(&mut self, of: Expression) -> Result<Expression, Fault> {
        let start = self.scanner.at;
        let name = self.scanner.take_while(is_identifier).to_owned();
        if name.is_empty() {
            return Err(self.scanner.unexpected("a name"));
        }
        if !self.scanner.take("(") {
            return Ok(Expression::Member(of.into(), name));
        }
        let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = METHODS.iter().map(|(name, _)| *name).collect();
            let message = format!("`{name}()` is not known; there are {}", known.join(", "));
            return Err(self.scanner.fault(start, message));
        };
        let mut arguments = self.list(")")?;
        if let (Method::Match, Some(Expression::Text(source))) = (method, arguments.first()) {
            arguments = vec![self.pattern(&source.clone(), "")?];
        }
        Ok(Expression::Call(of.into(), *method, arguments))
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        self.scanner.skip_space();
        match self.scanner.peek() {
            Some('(') => {
                self.scanner.at += 1;
                let inner = self.choice()?;
                self.scanner.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.scanner.at += 1;
                Ok(Expression::List(self.list("]")?))
            }
            Some('\'' | '"') => Ok(Expression::Text(self.scanner.quoted()?)),
            Some('/') => self.literal_pattern(),
            Some(sign) if sign.is_ascii_digit() => self.number(),
            Some(sign) if is_identifier(sign) || sign == '@' => self.word(),
            _ => Err(self.scanner.unexpected("a value")),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, Fault> {
        let mut items = Vec::new();
        self.scanner.skip_space();
        if self.scanner.take(end) {
            return Ok(items);
        }
        loop {
            items.push(self.choice()?);
            self.scanner.skip_space();
            if !self.scanner.take(",") {
                self.scanner.expect(end)?;
                return Ok(items);
            }
        }
    }

    fn number(&mut self) -> Result<Expression, Fault> {
        let start = self.scanner.at;
        let text = self
            .scanner
            .take_while(|sign| sign.is_ascii_digit() || sign == '.');
        let number = text.parse().map(Expression::Number);
        number.map_err(|_| self.scanner.fault(start, format!("`{text}` is no number")))
    }

    fn word(&mut self) -> Result<Expression, Fault> {
        let start = self.scanner.at;
        let at = if self.scanner.take("@") { "@" } else { "" };
        let name = format!("{at}{}", self.scanner.take_while(is_identifier));
        Ok(match name.as_str() {
            "true" | "false" => Expression::Bool(name == "true"),
            "null" => Expression::Null,
            "undefined" => Expression::Undefined,
            "@" => Expression::This(This::Value),
            "@property" | "index" => Expression::This(This::Property),
            "@parent" => Expression::This(This::Parent),
            "@parentProperty" => Expression::This(This::ParentProperty),
            "@path" => Expression::This(This::Path),
            "@root" => Expression::This(This::Root),
            other => match kind_test(other) {
                Some(test) => {
                    self.scanner.expect("()")?;
                    test
                }
                None => {
                    let message =
                        format!("`{other}` is not known; `@` is the value, `@property` its key");
                    return Err(self.scanner.fault(start, message));
                }
            },
        })
    }

    /// `/source/flags`
    fn literal_pattern(&mut self) -> Result<Expression, Fault> {
        let start = self.scanner.at;
        let (mut in_class, mut escaped) = (false, false);
        let rest = &self.scanner.rest()[1..];
        let end = rest.char_indices().find_map(|(at, sign)| {
            let is_end = sign == '/' && !in_class && !escaped;
            in_class = !escaped && (sign == '[' || in_class && sign != ']') || escaped && in_class;
            escaped = sign == '\\' && !escaped;
            is_end.then_some(at)
        });
        let Some(end) = end else {
            let message = "this regular expression does not end".to_owned();
            return Err(self.scanner.fault(start, message));
        };
        self.scanner.at = start + end + 2;
        let flags = self.scanner.take_while(|sign| sign.is_ascii_alphabetic());
        self.pattern(&rest[..end], flags)
    }

    fn pattern(&self, source: &str, flags: &str) -> Result<Expression, Fault> {
        Pattern::new(source, flags)
            .map(|pattern| Expression::Pattern(pattern.into()))
            .map_err(|message| self.scanner.fault(0, message))
    }
}

fn is_identifier(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '_' | '$')
}
