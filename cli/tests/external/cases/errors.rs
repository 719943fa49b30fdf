//! Slips of a tired author: the message stands where the slip is and says how to mend it.
use super::{
    case::{Case, Named},
    run::Finding,
};

pub(crate) const CASES: [Named; 19] = [
    ("01-typo-key.yaml", typo_of_a_key),
    ("03b-indent-silent.yaml", slipped_out),
    ("04b-version.yaml", version),
    ("05-reply-missing.yaml", reply_without_channel),
    ("05b-reply-gone.yaml", reply_gone),
    ("08b-tab.yaml", tab),
    ("10-enum.yaml", enum_as_text),
    ("10b-enum-example.yaml", example_outside_enum),
    ("11-pattern.yaml", pattern),
    ("13b-location.yaml", location),
    ("14-trailing.json", trailing_comma),
    ("14b-missing-comma.json", missing_comma),
    ("14c-comment.json", comment),
    ("15-merge.yaml", merge_markers),
    ("20-null.yaml", type_null),
    ("21-quote.yaml", unclosed_quote),
    ("23-ref-nohash.yaml", reference_without_hash),
    ("26-format.yaml", format),
    ("29-ref-unquoted.yaml", reference_unquoted),
];

/// What is told at the line of a text; every error of the document must say how it is mended.
fn told(case: &mut Case, at: &str) -> Vec<Finding> {
    let (_, found) = case.findings("", &[]);
    let helped = found
        .iter()
        .filter(|it| it.is_error())
        .all(|it| !it.mend.trim().is_empty());
    case.right("every error has a help or a fix", helped);
    let line = case.line("", at);
    let told: Vec<_> = found
        .into_iter()
        .filter(|it| it.line == line && it.is_told())
        .collect();
    case.right("told where the slip is", told.len() == 1);
    told
}

/// As `told`, of an error.
fn error(case: &mut Case, at: &str) -> Vec<Finding> {
    let told = told(case, at);
    case.right("an error", told.iter().any(Finding::is_error));
    told
}

/// As `error`, of the only one: a slip of syntax.
fn syntax_error(case: &mut Case, at: &str) -> Vec<Finding> {
    let (code, found) = case.findings("", &[]);
    case.right("nothing else is told", code == 1 && found.len() == 1);
    error(case, at)
}

fn mends(found: &[Finding], words: &str) -> bool {
    found.iter().any(|it| it.mend.contains(words))
}

fn fixes(found: &[Finding], words: &str) -> bool {
    found.iter().any(|it| it.fix.contains(words))
}

fn says(found: &[Finding], words: &str) -> bool {
    found.iter().any(|it| it.says(words))
}

fn typo_of_a_key(case: &mut Case) {
    let found = error(case, "adress:");
    case.right("`address` is a fix", fixes(&found, "address"));
}

fn slipped_out(case: &mut Case) {
    let (code, found) = case.findings("", &[]);
    case.right("an error", code == 1 && found.iter().any(Finding::is_error));
    let slip = case.line("", "voidPayment:").max(62);
    let named = found.iter().any(|it| it.names_line(slip));
    case.right("the line where it slipped out is named", named);
    let told_at_once = found.iter().filter(|it| it.is_error()).count() == 1;
    case.right("one error", told_at_once);
    let helped = found.iter().all(|it| !it.mend.trim().is_empty());
    case.right("every error has a help or a fix", helped);
}

fn version(case: &mut Case) {
    let found = error(case, "asyncapi: 4.0.0");
    case.right(
        "the newest supported version is offered",
        mends(&found, "3.1.0")
            && !mends(&found, "did you mean `2")
            && !mends(&found, "did you mean `3.0"),
    );
}

/// A reply without a channel can not be used: an error, and no code that leaves it out.
fn reply_without_channel(case: &mut Case) {
    let (code, found) = case.findings("", &[]);
    let first = case.line("", "    reply:");
    let told: Vec<_> = found
        .into_iter()
        .filter(|it| it.is_error() && (first..first + 4).contains(&it.line))
        .collect();
    case.right("an error at the reply", code == 1 && told.len() == 1);
    case.right("it names the channel", says(&told, "channel"));
    case.right(
        "it has a help or a fix",
        told.iter().any(|it| !it.mend.trim().is_empty()),
    );
    let (code, talk) = generate(case);
    case.right("`generate` refuses", code == 1 && talk.contains("reply"));
}

/// A message asks for a reply address, the operation has no reply.
fn reply_gone(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let first = case.line("", "  authorizePayment:");
    let operation = case.line("", "  authorizePayment:\n").max(first);
    let starts = case.line("", "summary: Asks for a payment to be authorized.") - 2;
    let request = case.line("", "    AuthorizePayment:");
    let header = case.line("", "          replyTo:");
    let told: Vec<_> = found
        .into_iter()
        .filter(|it| it.message.contains("reply") && !it.message.contains("paymentReplies"))
        .collect();
    case.right("told once, as what it is", told.len() == 1);
    let places = [starts, starts + 1, operation, request, header];
    let at = told
        .iter()
        .any(|it| places.contains(&it.line) || (starts..starts + 8).contains(&it.line));
    case.right("at the operation or the message", at);
    case.right(
        "it says how to mend it",
        told.iter().any(|it| it.mend.contains("reply")),
    );
}

fn tab(case: &mut Case) {
    let found = syntax_error(case, "\tPaymentId");
    case.right("it speaks of the tab", says(&found, "tab"));
}

fn enum_as_text(case: &mut Case) {
    let found = error(case, "enum: EUR, USD");
    let list = [
        "[EUR, USD, GBP]",
        "[\"EUR\",\"USD\",\"GBP\"]",
        "[\"EUR\", \"USD\", \"GBP\"]",
    ];
    case.right(
        "the help shows the list",
        list.iter().any(|list| mends(&found, list)),
    );
}

fn example_outside_enum(case: &mut Case) {
    let found = told(case, "currency: eur");
    let all = ["EUR", "USD", "GBP"]
        .iter()
        .all(|value| says(&found, value));
    case.right("it shows the values", all);
    case.right("it says how to mend it", mends(&found, "EUR"));
}

fn pattern(case: &mut Case) {
    let found = error(case, "pattern: ^P-[0-9{8}$");
    let why = [
        "bracket",
        "class",
        "unclosed",
        "unbalanced",
        "unterminated",
        "closed",
        "`]`",
    ];
    let reason = |it: &Finding| {
        let text = format!("{} {}", it.message, it.mend).to_lowercase();
        why.iter().any(|word| text.contains(word))
    };
    case.right("it says why", found.iter().any(reason));
    let starts = 16;
    let place = |it: &Finding| {
        let text = format!("{} {}", it.message, it.mend);
        let counted = ["character ", "position ", "column ", "offset "];
        it.column > starts
            || text.contains("`[0-9{8}$`")
            || counted.iter().any(|word| text.contains(word))
    };
    case.right("it says where in the pattern", found.iter().any(place));
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("made");
    let (code, talk) = generate_to(case, &made);
    let source = super::crates::source(&made);
    let noted = talk.contains("pattern") && talk.contains("[0-9{8}");
    case.right(
        "`generate` refuses, or leaves it out with a note",
        noted && (code == 1 || code == 0 && !source.contains("[0-9{8}")),
    );
}

fn location(case: &mut Case) {
    let found = told(case, "#/replyto");
    case.right("`replyTo` is a fix", fixes(&found, "replyTo"));
}

fn trailing_comma(case: &mut Case) {
    let found = syntax_error(case, "\"name\": \"payments\",");
    case.right("it says `trailing comma`", says(&found, "trailing comma"));
}

fn missing_comma(case: &mut Case) {
    let found = syntax_error(case, "\"version\": \"1.0.0\"");
    let words = found.iter().any(|it| it.message.contains("comma"));
    case.right("it says `comma`", words);
}

fn comment(case: &mut Case) {
    let found = syntax_error(case, "// bumped");
    let words = found.iter().any(|it| it.message.contains("comment"));
    case.right("it says `comment`", words);
}

fn merge_markers(case: &mut Case) {
    let found = syntax_error(case, "<<<<<<< HEAD");
    let words = found.iter().any(|it| it.message.contains("merge"));
    case.right("they are called what they are", words);
}

fn type_null(case: &mut Case) {
    let found = error(case, "type: [string, null]");
    let shown = mends(&found, "'null'") || mends(&found, "\"null\"");
    case.right("the word in quotes is shown", shown);
}

fn unclosed_quote(case: &mut Case) {
    let found = syntax_error(case, "title: 'Payments");
    let words = found.iter().any(|it| it.message.contains("quote"));
    case.right("it says that a quote is not closed", words);
    case.right("at the quote", found.iter().any(|it| it.column == 10));
}

fn reference_without_hash(case: &mut Case) {
    let found = error(case, "$ref: '/channels/paymentEvents'");
    case.right(
        "`#/…` is offered",
        mends(&found, "#/channels/paymentEvents"),
    );
}

fn format(case: &mut Case) {
    let found = told(case, "format: datetime");
    case.right("`date-time` is offered", mends(&found, "date-time"));
}

fn reference_unquoted(case: &mut Case) {
    let found = error(case, "$ref: #/components/schemas/Currency");
    let quoted = [
        "'#/components/schemas/Currency'",
        "\"#/components/schemas/Currency\"",
    ];
    case.right(
        "quoting it is a fix",
        quoted.iter().any(|text| fixes(&found, text)),
    );
    case.right("it says that it is a comment", says(&found, "comment"));
}

fn generate(case: &mut Case) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    generate_to(case, &folder.path().join("made"))
}

fn generate_to(case: &mut Case, folder: &std::path::Path) -> (i32, String) {
    let file = case.file("").display().to_string();
    let folder = folder.display().to_string();
    let run = case.run(&["generate", "rust", "--isolated", &file, "-o", &folder]);
    (run.code, run.all())
}
