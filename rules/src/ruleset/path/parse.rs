//! Text to steps.
use super::{
    Fault, Path, Pick, Step,
    expression::{self, Expression},
    scanner::Scanner,
};

pub(super) fn parse(text: &str) -> Result<Path, Fault> {
    let mut scanner = Scanner::new(text);
    scanner.skip_space();
    let mut steps = Vec::new();
    if !scanner.take("$") && scanner.peek().is_some_and(is_name) {
        steps.push(Step {
            deep: false,
            pick: name(&mut scanner)?,
        });
    }
    while !scanner.rest().trim_end().is_empty() {
        steps.push(step(&mut scanner)?);
    }
    if text.trim().is_empty() {
        return Err(Fault {
            at: 0..text.len(),
            message: "a path is empty; `$` is the whole document".to_owned(),
        });
    }
    Ok(Path { steps })
}

fn step(scanner: &mut Scanner<'_>) -> Result<Step, Fault> {
    let deep = scanner.take("..");
    let dotted = deep || scanner.take(".");
    scanner.skip_space();
    let pick = match scanner.peek() {
        Some('[') => bracket(scanner)?,
        Some('^') if !deep => modifier(scanner, Pick::Parent),
        Some('~') if !deep => modifier(scanner, Pick::Key),
        Some('*') if dotted => modifier(scanner, Pick::All),
        Some('@') if dotted => Pick::Filter(kind_test(scanner)?),
        Some(sign) if dotted && is_name(sign) => name(scanner)?,
        None if deep => Pick::Itself,
        _ if dotted => return Err(scanner.unexpected("a name, `*` or `[`")),
        _ => return Err(scanner.unexpected("`.`, `[`, `^` or `~`")),
    };
    Ok(Step { deep, pick })
}

fn modifier(scanner: &mut Scanner<'_>, pick: Pick) -> Pick {
    scanner.at += 1;
    pick
}

/// Signs of a name that stands without quotes.
fn is_name(sign: char) -> bool {
    !sign.is_whitespace() && !".[]()^~*,@'\"?:=!<>&|{}#`\\".contains(sign)
}

fn name(scanner: &mut Scanner<'_>) -> Result<Pick, Fault> {
    let name = scanner.take_while(is_name);
    Ok(Pick::Names(vec![name.to_owned()]))
}

/// `@string()` and the like as a step.
fn kind_test(scanner: &mut Scanner<'_>) -> Result<Expression, Fault> {
    let start = scanner.at;
    let name = scanner.take_while(|sign| sign == '@' || sign.is_ascii_alphabetic());
    let found = expression::kind_test(name);
    let found = found.ok_or_else(|| scanner.fault(start, format!("`{name}` is no test of a type")));
    scanner.expect("()")?;
    found
}

fn bracket(scanner: &mut Scanner<'_>) -> Result<Pick, Fault> {
    scanner.expect("[")?;
    scanner.skip_space();
    let pick = if scanner.take("?") {
        Pick::Filter(expression::parse(scanner)?)
    } else if scanner.take("(") {
        from_end(scanner)?
    } else if scanner.take("*") {
        Pick::All
    } else {
        names_or_slice(scanner)?
    };
    scanner.expect("]")?;
    Ok(pick)
}

/// `(@.length - 1)`: an item counted from the end, the one script that is understood.
fn from_end(scanner: &mut Scanner<'_>) -> Result<Pick, Fault> {
    let start = scanner.at;
    let script = scanner.take_while(|sign| sign != ')');
    let compact: String = script.split_whitespace().collect();
    let back = compact.strip_prefix("@.length-");
    let Some(back) = back
        .and_then(|back| back.parse::<i64>().ok())
        .filter(|back| *back > 0)
    else {
        let message =
            format!("`{script}` cannot be computed; only `@.length - 1` and the like can");
        return Err(scanner.fault(start, message));
    };
    scanner.expect(")")?;
    Ok(Pick::Slice {
        from: -back,
        to: (back > 1).then_some(1 - back),
        step: 1,
    })
}

fn names_or_slice(scanner: &mut Scanner<'_>) -> Result<Pick, Fault> {
    let mut names = Vec::new();
    loop {
        scanner.skip_space();
        let start = scanner.at;
        if matches!(scanner.peek(), Some('\'' | '"')) {
            names.push(scanner.quoted()?);
        } else {
            let item = scanner.take_while(|sign| !"],'\"?(".contains(sign)).trim();
            if item.is_empty() {
                return Err(scanner.unexpected("a name, an index or `*`"));
            }
            if names.is_empty() && item.contains(':') {
                return slice(item).ok_or_else(|| {
                    scanner.fault(
                        start,
                        format!("`{item}` is no range; write it as in `[0:2]`"),
                    )
                });
            }
            names.push(item.to_owned());
        }
        scanner.skip_space();
        if !scanner.take(",") {
            return Ok(Pick::Names(names));
        }
    }
}

fn slice(text: &str) -> Option<Pick> {
    let mut parts = text.split(':').map(str::trim);
    let mut number = || match parts.next() {
        None | Some("") => Some(None),
        Some(part) => part.parse::<i64>().ok().map(Some),
    };
    let (from, to, step) = (number()?, number()?, number()?);
    let step = usize::try_from(step.unwrap_or(1))
        .ok()
        .filter(|step| *step > 0)?;
    parts.next().is_none().then_some(Pick::Slice {
        from: from.unwrap_or(0),
        to,
        step,
    })
}
