//! Code as text. Each piece is read and printed as soon as it is made: all tokens at once would take much memory.
use super::{
    lines::Lines,
    words::{define, mention},
};
use proc_macro2::TokenStream;
use quote::quote;
use std::{
    collections::{BTreeSet, HashSet},
    mem::Discriminant,
};
use syn::{
    Block, Ident, Item, ItemFn, Path, Stmt, Token, braced,
    buffer::{Cursor, TokenBuffer},
    parse::{ParseStream, Parser, discouraged::Speculative},
    parse_quote,
};

/// What an emitter gives: code piece by piece, each made when it is asked for.
pub(super) type Pieces<'a> = Box<dyn Iterator<Item = Piece> + 'a>;

/// A piece of code. What grows with the document, such as a trait with a method for each operation, is several.
pub(super) enum Piece {
    /// Whole items, or what is whole within the block that is open: members of a trait or an implementation, statements.
    Whole(TokenStream),
    /// A trait, an implementation or a function of one begins: what stands above it, and its head as far as the body.
    Open(TokenStream, TokenStream),
    /// What was opened last ends.
    Close,
}

/// A trait, an implementation or a function with its members, one by one; as [`Piece::Open`] says.
pub(super) fn block<'a>(
    about: TokenStream,
    head: TokenStream,
    members: impl Iterator<Item = Piece> + 'a,
) -> impl Iterator<Item = Piece> + 'a {
    let open = [Piece::Open(about, head)];
    open.into_iter().chain(members).chain([Piece::Close])
}

/// So many members of a block are printed at once.
const TOGETHER: usize = 32;

/// Items as text, and the names in them.
#[derive(Default)]
pub(super) struct Code {
    lines: Lines,
    /// Heads of the blocks that are open, and how many lines each has.
    open: Vec<(TokenStream, usize)>,
    /// What stands in the innermost of these and is not yet printed: many are read together, so that the heads are read once for them.
    waiting: Vec<TokenStream>,
    /// Which of the short kinds the last item is, of which several stand together.
    last: Option<Discriminant<Item>>,
    /// Names of the types, traits, aliases and statics that it defines.
    pub(super) defined: BTreeSet<String>,
    /// Its words that may stand for what another part defines.
    pub(super) mentioned: HashSet<String>,
}

impl Code {
    pub(super) fn of(pieces: impl Iterator<Item = Piece>) -> Self {
        let mut code = Self::default();
        pieces.for_each(|piece| code.add(piece));
        code
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.text.is_empty()
    }

    pub(super) fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Whole(tokens) => self.whole(tokens),
            Piece::Open(about, head) => self.open(about, head),
            Piece::Close => self.close(),
        }
    }

    fn whole(&mut self, tokens: TokenStream) {
        self.waiting.push(tokens);
        if self.open.is_empty() || self.waiting.len() == TOGETHER {
            self.print();
        }
    }

    /// Prints what waits.
    fn print(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let tokens = self.waiting.drain(..).collect();
        let tokens = self.wrapped(tokens);
        let read = |input: ParseStream<'_>| {
            self.learn(input.cursor());
            while !input.is_empty() {
                match data(input) {
                    Some(text) => self.lines.add(&self.within(&text)),
                    None => self.item(input.parse()?),
                }
            }
            Ok(())
        };
        // Cannot happen: every emitter prints whole items. Show what is wrong, rather than nothing.
        if let Err(error) = read.parse2(tokens) {
            self.lines
                .text
                .push_str(&error.to_compile_error().to_string());
        }
    }

    fn item(&mut self, item: Item) {
        let short = matches!(item, Item::Use(_) | Item::Mod(_));
        // What is told of a type stands below it.
        if !matches!(item, Item::Macro(_)) {
            self.space(short.then(|| std::mem::discriminant(&item)));
        }
        let text = printed(item);
        self.lines.add(&self.within(&text));
    }

    /// An empty line between items, but for those of a short kind.
    fn space(&mut self, kind: Option<Discriminant<Item>>) {
        if self.open.is_empty() && (kind.is_none() || kind != self.last) {
            self.lines.text.push('\n');
        }
        self.last = kind;
    }

    fn open(&mut self, about: TokenStream, head: TokenStream) {
        self.print();
        self.space(None);
        let [all, bare] = [quote!(#about #head), head.clone()].map(|tokens| {
            let text = self.wrapped(quote!(#tokens {}));
            syn::parse2(text).map(printed).unwrap_or_default()
        });
        let (mut all, count) = (self.within(&all), self.within(&bare).len());
        if let Some(line) = all.last_mut() {
            *line = line.trim_end_matches('}');
        }
        let (above, lines) = all.split_at(all.len().saturating_sub(count));
        self.lines.add(above);
        match self.open.is_empty() {
            true => self.lines.add(lines),
            false => self.lines.open_function(lines),
        }
        self.learn(TokenBuffer::new2(quote!(#about #head)).begin());
        self.open.push((head, count));
    }

    fn close(&mut self) {
        self.print();
        self.open.pop();
        match self.open.is_empty() {
            true => self.lines.add(&["}"]),
            false => self.lines.close_function(),
        }
    }

    /// Tokens in the blocks that are open.
    fn wrapped(&self, tokens: TokenStream) -> TokenStream {
        let heads = self.open.iter().rev();
        heads.fold(tokens, |inner, (head, _)| quote!(#head { #inner }))
    }

    /// The lines that stand in the blocks that are open, without those of the blocks.
    fn within<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let heads = self.open.iter().map(|(_, lines)| lines).sum();
        let mut lines: Vec<_> = text.lines().skip(heads).collect();
        lines.truncate(lines.len().saturating_sub(self.open.len()));
        lines
    }

    fn learn(&mut self, code: Cursor<'_>) {
        if self.open.is_empty() {
            define(code, &mut self.defined);
        }
        mention(code, &mut self.mentioned);
    }

    /// The text with another before it.
    pub(super) fn text_behind(self, before: &str) -> String {
        let mut text = self.lines.text;
        text.insert_str(0, before);
        text.shrink_to_fit();
        text
    }
}

/// A macro's call in braces as text, whose content is printed as what it is: statements. Nothing is taken of what is none.
fn data(input: ParseStream<'_>) -> Option<String> {
    if !input.peek(Ident) {
        return None;
    }
    let ahead = input.fork();
    let (path, statements) = call(&ahead).ok()?;
    input.advance_to(&ahead);
    let mut function: ItemFn = parse_quote!(
        fn body() {}
    );
    function.block.stmts = statements;
    let text = printed(Item::Fn(function));
    let (_, lines) = text.split_once('\n')?;
    let path = quote!(#path).to_string().replace(' ', "");
    Some(format!("{path}! {{\n{lines}"))
}

fn call(input: ParseStream<'_>) -> syn::Result<(Path, Vec<Stmt>)> {
    let path = input.call(Path::parse_mod_style)?;
    input.parse::<Token![!]>()?;
    let content;
    braced!(content in input);
    Ok((path, content.call(Block::parse_within)?))
}

/// An item as text.
pub(super) fn printed(item: Item) -> String {
    let file = syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    };
    prettyplease::unparse(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server whose types have long names, with so many statements in its function, whole or in pieces.
    fn server(statements: usize) -> [String; 2] {
        let head = quote!(impl<TheServiceOfAnApiWithAVeryLongTitle: Send + Sync> TheServerOfAnApiWithAVeryLongTitle<TheServiceOfAnApiWithAVeryLongTitle>);
        let new = quote!(
            #[doc = " Makes one."]
            #[must_use]
            pub fn new() -> Self {
                Self
            }
        );
        let about = quote!(#[doc = " Adds all."]);
        let register = quote!(pub fn register(&self, router: &mut Router));
        let statement = quote!(router.on(|message| { handle(message) }););
        let repeated = std::iter::repeat_n(statement.clone(), statements);
        let whole = quote!(#head { #new #about #register { #(#repeated)* } #new });
        let repeated = (0..statements).map(move |_| Piece::Whole(statement.clone()));
        let function = block(about, register, repeated);
        let members = std::iter::once(Piece::Whole(new.clone())).chain(function);
        let members = members.chain([Piece::Whole(new)]);
        let pieces = block(TokenStream::new(), head, members);
        [
            Code::of([Piece::Whole(whole)].into_iter()),
            Code::of(pieces),
        ]
        .map(|code| code.text_behind(""))
    }

    #[test]
    fn pieces_are_printed_as_the_whole_would_be() {
        for statements in [1, 100, 101] {
            let [whole, pieces] = server(statements);
            assert_eq!(whole, pieces);
            assert!(pieces.starts_with("\nimpl<\n"), "{pieces}");
            assert_eq!(pieces.contains("too_many_lines"), statements > 100);
        }
    }

    #[test]
    fn what_macros_are_given_in_braces_is_printed_as_statements() {
        let call = quote!(
            codegen::object! { Lamp(extra) = |id: impl Into<String>| {}; with_state = |state: State| Some(state); }
        );
        let code = Code::of(std::iter::once(Piece::Whole(call)));
        let printed = "codegen::object! {
    Lamp(extra) = |id: impl Into<String>| {};
    with_state = |state: State| Some(state);
}
";
        assert_eq!(code.text_behind(""), printed);
    }

    #[test]
    fn pieces_define_and_mention_what_the_whole_would() {
        let method = quote!(
            fn ask(&self, order: Order) -> Answer;
        );
        let about = quote!(#[doc = " Asks."]);
        let whole = quote!(#about pub trait Service: Bound { #method });
        let pieces = block(
            about,
            quote!(pub trait Service: Bound),
            std::iter::once(Piece::Whole(method)),
        );
        let (whole, pieces) = (
            Code::of(std::iter::once(Piece::Whole(whole))),
            Code::of(pieces),
        );
        assert_eq!(pieces.defined, BTreeSet::from(["Service".to_owned()]));
        assert_eq!(pieces.mentioned, whole.mentioned);
        assert!(pieces.mentioned.contains("Answer"));
        assert_eq!(pieces.text_behind(""), whole.text_behind(""));
    }
}
