//! Expressions: what they mean, what is told about mistakes, and that printing loses nothing.

use flags_schema::expression::{MAX_DEPTH, parse, print};
use flags_schema::{Comparison, Condition, Operator, Position, Requirement, Spanned, Value};
use proptest::prelude::*;

fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Position::default())
}

fn compare(attribute: &str, operator: Operator, operand: impl Into<Operand>) -> Condition {
    Condition::Compare(Comparison {
        attribute: nowhere(attribute.to_owned()),
        operator: nowhere(operator),
        operand: nowhere(operand.into().0),
        ignore_case: false,
    })
}

struct Operand(Value);

impl From<&str> for Operand {
    fn from(text: &str) -> Self {
        Self(Value::String(text.to_owned()))
    }
}

impl From<i64> for Operand {
    fn from(number: i64) -> Self {
        Self(Value::Integer(number))
    }
}

impl From<f64> for Operand {
    fn from(number: f64) -> Self {
        Self(Value::Float(number))
    }
}

impl From<bool> for Operand {
    fn from(value: bool) -> Self {
        Self(Value::Bool(value))
    }
}

impl<const N: usize> From<[&str; N]> for Operand {
    fn from(texts: [&str; N]) -> Self {
        Self(Value::List(texts.into_iter().map(|t| nowhere(Value::String(t.to_owned()))).collect()))
    }
}

fn segment(name: &str) -> Condition {
    Condition::Segment(nowhere(name.to_owned()))
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn exists(attribute: &str) -> Condition {
    compare(attribute, Operator::Exists, true)
}

/// Each comparison, what it means, and how it is printed.
#[test]
fn comparisons() {
    use Operator::{
        Cidr, Contains, ContainsAny, EndsWith, Eq, Gt, Gte, In, Lt, Lte, Neq, Nin, Regex, SemverGte, Within,
    };
    for (text, expected, printed) in [
        ("plan == 'premium'", compare("plan", Eq, "premium"), "plan == 'premium'"),
        ("plan==\"premium\"", compare("plan", Eq, "premium"), "plan == 'premium'"),
        ("plan equals 'premium'", compare("plan", Eq, "premium"), "plan == 'premium'"),
        ("plan != 'free'", compare("plan", Neq, "free"), "plan != 'free'"),
        ("age>18", compare("age", Gt, 18), "age > 18"),
        ("age >= -5", compare("age", Gte, -5), "age >= -5"),
        ("score < 80.5", compare("score", Lt, 80.5), "score < 80.5"),
        ("score <= 1e3", compare("score", Lte, 1000.0), "score <= 1000.0"),
        ("n greater_than 9223372036854775807", compare("n", Gt, i64::MAX), "n > 9223372036854775807"),
        ("paid == true", compare("paid", Eq, true), "paid == true"),
        ("plan in ['a', 'b',]", compare("plan", In, ["a", "b"]), "plan in ['a', 'b']"),
        ("plan not-in ['a']", compare("plan", Nin, ["a"]), "plan not-in ['a']"),
        ("plan nin ['a']", compare("plan", Nin, ["a"]), "plan not-in ['a']"),
        ("plan in []", compare("plan", In, []), "plan in []"),
        ("groups contains 'x'", compare("groups", Contains, "x"), "groups contains 'x'"),
        ("groups contains_any ['x']", compare("groups", ContainsAny, ["x"]), "groups contains_any ['x']"),
        ("email endswith '@x'", compare("email", EndsWith, "@x"), "email endswith '@x'"),
        (r"email =~ '^\d+\.x$'", compare("email", Regex, r"^\d+\.x$"), r"email =~ '^\d+\.x$'"),
        (r"path =~ 'a\\\\b'", compare("path", Regex, r"a\\b"), r"path =~ 'a\\\b'"),
        ("v semver_gte '1.2'", compare("v", SemverGte, "1.2"), "v semver_gte '1.2'"),
        ("ip cidr ['10.0.0.0/8']", compare("ip", Cidr, ["10.0.0.0/8"]), "ip cidr ['10.0.0.0/8']"),
        ("signup_date within '30d'", compare("signup_date", Within, "30d"), "signup_date within '30d'"),
        ("user.role == 'x'", compare("user.role", Eq, "x"), "user.role == 'x'"),
        ("größe == 1", compare("größe", Eq, 1), "größe == 1"),
        ("`odd name` == 1", compare("odd name", Eq, 1), "`odd name` == 1"),
        ("`and` == 1", compare("and", Eq, 1), "`and` == 1"),
        ("contains contains 'x'", compare("contains", Contains, "x"), "`contains` contains 'x'"),
        ("exists == 1", compare("exists", Eq, 1), "`exists` == 1"),
        (r"a == 'it\'s'", compare("a", Eq, "it's"), r#"a == "it's""#),
        (r#"a == "\"'""#, compare("a", Eq, "\"'"), r#"a == '"\''"#),
        (r"a == '\n\t\r\\\u{e9}\u{1F600}'", compare("a", Eq, "\n\t\r\\é😀"), r"a == '\n\t\r\é😀'"),
        ("exists(email)", exists("email"), "exists(email)"),
        ("exists ( `e mail` )", exists("e mail"), "exists(`e mail`)"),
        ("segment(\"beta\")", segment("beta"), "segment('beta')"),
    ] {
        let condition = parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(condition, expected, "{text}");
        assert_eq!(print(&condition), printed, "{text}");
        assert_eq!(parse(printed).as_ref(), Ok(&expected), "{printed}");
    }
}

/// `not` binds tighter than `and`, `and` tighter than `or`.
#[test]
fn precedence() {
    use Condition::{All, Any};
    let number = |name, n: i64| compare(name, Operator::Eq, n);
    let (a, b, c) = (|| number("a", 1), || number("b", 2), || number("c", 3));
    for (text, expected, printed) in [
        ("! exists(a)", not(exists("a")), "!exists(a)"),
        ("!segment('s')", not(segment("s")), "!segment('s')"),
        ("not not a == 1", not(not(a())), "!!(a == 1)"),
        ("!a == 1 && b == 2", All(vec![not(a()), b()]), "!(a == 1) && b == 2"),
        ("a == 1 && b == 2 && c == 3", All(vec![a(), b(), c()]), "a == 1 && b == 2 && c == 3"),
        ("a == 1 or b == 2 and c == 3", Any(vec![a(), All(vec![b(), c()])]), "a == 1 || b == 2 && c == 3"),
        ("a == 1 && b == 2 || c == 3", Any(vec![All(vec![a(), b()]), c()]), "a == 1 && b == 2 || c == 3"),
        ("(a == 1 || b == 2) && c == 3", All(vec![Any(vec![a(), b()]), c()]), "(a == 1 || b == 2) && c == 3"),
        ("a == 1 && (b == 2 && c == 3)", All(vec![a(), All(vec![b(), c()])]), "a == 1 && (b == 2 && c == 3)"),
        ("!(a == 1||b==2)", not(Any(vec![a(), b()])), "!(a == 1 || b == 2)"),
        ("((a == 1))", a(), "a == 1"),
        ("\n a\n==\n1 ", a(), "a == 1"),
    ] {
        let condition = parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(condition, expected, "{text}");
        assert_eq!(print(&condition), printed, "{text}");
    }
}

#[test]
fn case_is_ignored_where_it_says_so() {
    let Ok(Condition::All(members)) = parse("email endswith '@X' ignore_case && plan == 'x'") else {
        panic!()
    };
    let ignored: Vec<bool> =
        members.iter().map(|m| matches!(m, Condition::Compare(c) if c.ignore_case)).collect();
    assert_eq!(ignored, [true, false]);
}

#[test]
fn every_operator_has_an_expression() {
    for operator in Operator::ALL {
        if *operator == Operator::Exists {
            continue;
        }
        let condition = compare("a", *operator, "x");
        assert_eq!(parse(&format!("a {operator} 'x'")).as_ref(), Ok(&condition), "{operator}");
        assert_eq!(parse(&print(&condition)), Ok(condition), "{operator}");
    }
}

fn flag(name: &str, variants: &[&str]) -> Condition {
    let variants = variants.iter().map(|variant| nowhere((*variant).to_owned())).collect();
    Condition::Flag(Requirement { flag: nowhere(name.to_owned()), variants })
}

#[test]
fn flags_are_asked_for_by_name() {
    for (text, expected, printed) in [
        ("flag('a')", flag("a", &[]), "flag('a')"),
        ("not flag(\"a\")", not(flag("a", &[])), "!flag('a')"),
        ("flag('a') == 'x'", flag("a", &["x"]), "flag('a') == 'x'"),
        ("flag('a') in ['x']", flag("a", &["x"]), "flag('a') == 'x'"),
        ("flag('a') != 'x'", not(flag("a", &["x"])), "!(flag('a') == 'x')"),
        ("flag('a') in ['x','y']", flag("a", &["x", "y"]), "flag('a') in ['x', 'y']"),
        ("flag('a') not-in ['x', 'y']", not(flag("a", &["x", "y"])), "!(flag('a') in ['x', 'y'])"),
        ("`flag` == 'x'", compare("flag", Operator::Eq, "x"), "`flag` == 'x'"),
        ("flag == 'x'", compare("flag", Operator::Eq, "x"), "`flag` == 'x'"),
    ] {
        let parsed = parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(parsed, expected, "{text}");
        assert_eq!(print(&expected), printed);
    }
}

#[test]
fn positions_count_lines_and_characters() {
    let text = "größe == 1\n  && plan in ['ü',\n'b'] && segment('s') && exists(e)";
    let Ok(Condition::All(members)) = parse(text) else { panic!() };
    let at = |position: Position| (position.line, position.column);
    let Condition::Compare(first) = &members[0] else { panic!() };
    assert_eq!((at(first.attribute.position), at(first.operator.position)), ((1, 1), (1, 7)));
    assert_eq!(at(first.operand.position), (1, 10));
    let Condition::Compare(second) = &members[1] else { panic!() };
    assert_eq!((at(second.attribute.position), at(second.operator.position)), ((2, 6), (2, 11)));
    assert_eq!(at(second.operand.position), (2, 14));
    let Value::List(values) = &second.operand.value else { panic!() };
    assert_eq!(values.iter().map(|v| at(v.position)).collect::<Vec<_>>(), [(2, 15), (3, 1)]);
    let Condition::Segment(segment) = &members[2] else { panic!() };
    assert_eq!(at(segment.position), (3, 17));
    let Condition::Compare(last) = &members[3] else { panic!() };
    assert_eq!((at(last.attribute.position), at(last.operator.position)), ((3, 32), (3, 25)));
}

/// A mistake: its offset and length, a part of the message, a part of the help.
type Mistake = (usize, usize, &'static str, &'static str);

fn assert_mistakes(table: &[(&str, &[Mistake])]) {
    for (text, expected) in table {
        let errors = parse(text).err().unwrap_or_default();
        assert_eq!(errors.len(), expected.len(), "{text}: {errors:#?}");
        for (error, (offset, length, message, help)) in errors.iter().zip(*expected) {
            assert_eq!((error.offset, error.length), (*offset, *length), "{text}: {error:?}");
            assert!(error.message.contains(message), "{text}: {error:?}");
            assert!(error.help.as_deref().unwrap_or_default().contains(help), "{text}: {error:?}");
            assert!(!error.message.ends_with('.'), "{text}: {error:?}");
            assert!(error.message.starts_with(|c: char| !c.is_uppercase()), "{text}: {error:?}");
        }
    }
}

#[test]
fn mistaken_operators() {
    assert_mistakes(&[
        ("plan = 'x'", &[(5, 1, "`=` is no operator", "write `==`")]),
        ("plan === 'x'", &[(5, 3, "`===` is no operator", "write `==`")]),
        ("plan <> 'x'", &[(5, 2, "`<>` is no operator", "write `!=`")]),
        ("plan !== 'x'", &[(5, 3, "`!==` is no operator", "write `!=`")]),
        ("age => 5", &[(4, 2, "no operator", "write `>=`")]),
        ("age =< 5", &[(4, 2, "no operator", "write `<=`")]),
        ("email ~ 'x'", &[(6, 1, "no operator", "write `=~`")]),
        ("email !~ 'x'", &[(6, 2, "no operator", "!(email =~")]),
        ("plan equls 'x'", &[(5, 5, "unknown operator `equls`", "did you mean `equals`?")]),
        ("plan Contains 'x'", &[(5, 8, "unknown operator `Contains`", "did you mean `contains`?")]),
        ("plan is 'x'", &[(5, 2, "unknown operator `is`", "write `==`")]),
        ("plan matches 'x'", &[(5, 7, "unknown operator", "`=~`")]),
        ("plan foobarbaz 'x'", &[(5, 9, "unknown operator", "there are")]),
        ("plan not in ['x']", &[(5, 3, "one word", "write `not-in`")]),
        ("email exists", &[(6, 6, "goes around", "write `exists(email)`")]),
        ("premium", &[(0, 7, "compared with nothing", "`premium == true`")]),
        ("a == 1 && premium", &[(10, 7, "compared with nothing", "`exists(premium)`")]),
        ("plan 'x'", &[(5, 3, "an operator belongs between `plan` and `'x'`", "write one")]),
        ("age >= 18 < 65", &[(10, 1, "unexpected `<`", "write two")]),
    ]);
}

#[test]
fn mistaken_connectives() {
    assert_mistakes(&[
        ("", &[(0, 0, "empty", "plan == 'premium'")]),
        (" \n", &[(2, 0, "empty", "")]),
        ("a == 1 & b == 2", &[(7, 1, "`&` is no operator", "write `&&`")]),
        ("a == 1 | b == 2", &[(7, 1, "`|` is no operator", "write `||`")]),
        ("a == 1 AND b == 2", &[(7, 3, "`AND` is no operator", "write `and`")]),
        ("NOT a == 1 Or b == 2", &[(0, 3, "`NOT`", "write `not`"), (11, 2, "`Or`", "write `or`")]),
        ("a == 1 &&", &[(7, 2, "`&&` has no condition after it", "")]),
        ("(a == 1 &&)", &[(8, 2, "`&&` has no condition after it", "")]),
        ("a == 1 && || b == 2", &[(10, 2, "`||` has no condition before it", "")]),
        ("and a == 1", &[(0, 3, "`and` has no condition before it", "")]),
        ("!", &[(0, 1, "`!` has no condition after it", "")]),
        ("a == 1, b == 2", &[(6, 1, "unexpected `,`", "`&&` or `||`")]),
        ("a == 1 b == 2", &[(7, 1, "unexpected `b` after a condition", "`&&` or `||`")]),
        ("18 <= age", &[(0, 2, "starts with an attribute", "attribute first")]),
        ("true", &[(0, 4, "starts with an attribute", "")]),
        ("'plan' == 'x'", &[(0, 6, "starts with an attribute", "`plan`")]),
        ("== 'x'", &[(0, 2, "unexpected `==`", "start with an attribute")]),
        ("(a == 1", &[(0, 1, "this `(` is never closed", "add a `)`")]),
        ("a == 1)", &[(6, 1, "this `)` was never opened", "")]),
        ("a == 1) && b = 2", &[(6, 1, "never opened", ""), (13, 1, "`=` is no operator", "")]),
        ("()", &[(1, 1, "a condition is missing here", "")]),
        // Several at once, each told.
        (
            "plan = premium & segment(beta) || age >",
            &[
                (5, 1, "`=`", "`==`"),
                (7, 7, "`premium` is no value", ""),
                (15, 1, "`&`", "`&&`"),
                (17, 7, "takes a segment's name", ""),
                (38, 1, "nothing to compare with", ""),
            ],
        ),
    ]);
}

#[test]
fn mistaken_operands() {
    assert_mistakes(&[
        ("plan ==", &[(5, 2, "`==` has nothing to compare with", "'premium'")]),
        ("plan in && a == 1", &[(5, 2, "`in` has nothing to compare with", "['free', 'premium']")]),
        ("plan == premium", &[(8, 7, "`premium` is no value", "as a text it is `'premium'`")]),
        ("paid == True", &[(8, 4, "`True` is no value", "write `true`")]),
        ("plan == null", &[(8, 4, "nothing equals `null`", "exists")]),
        ("plan == `x`", &[(8, 3, "is an attribute", "quotes")]),
        ("plan == == 'x'", &[(8, 2, "`==` stands where a value belongs", "")]),
        ("plan in ('a', 'b')", &[(8, 1, "in brackets", "['a', 'b']")]),
        ("plan in ['a' 'b']", &[(13, 3, "`'b'` stands where a `,`", "commas")]),
        ("plan in ['a', ['b']]", &[(14, 1, "a list holds no lists", "")]),
        ("plan in ['a', b, C]", &[(14, 1, "`b` is no value", "`'b'`"), (17, 1, "`C` is no value", "`'C'`")]),
        ("plan in [,]", &[(9, 1, "`,` stands where a value belongs", "")]),
        ("plan in ['a'", &[(8, 1, "this `[` is never closed", "add a `]`")]),
        ("signup within 30d", &[(14, 3, "`30d` is no number", "quotes")]),
        ("signup after 2026-12-01T09:00:00Z", &[(13, 20, "`2026-12-01T09:00:00Z` is no number", "quotes")]),
        ("ip cidr 10.0.0.0/8", &[(8, 10, "is no number", "quotes")]),
        ("zip == 007", &[(7, 3, "is no number", "quotes")]),
        ("a == 9223372036854775808", &[(5, 19, "64-bit", "")]),
        ("a == 1e999", &[(5, 5, "64-bit", "")]),
        ("a == .5", &[(5, 1, "unexpected character `.`", "0.5")]),
        ("a == 1 + 2", &[(7, 1, "unexpected character `+`", "no arithmetic")]),
        ("$plan == 'x'", &[(0, 1, "unexpected character `$`", "no variables")]),
        (
            "email endswith 'x' ignorecase",
            &[(19, 10, "unexpected `ignorecase`", "did you mean `ignore_case`?")],
        ),
    ]);
}

#[test]
fn mistaken_quotes_and_functions() {
    assert_mistakes(&[
        ("plan == 'x", &[(8, 1, "has no closing '", "add a '")]),
        ("plan in ['x]", &[(9, 1, "has no closing '", "add a '")]),
        ("`plan == 'x'", &[(0, 1, "the name that starts here has no closing `", "")]),
        ("plan == “x”", &[(8, 3, "typographic quotes", "straight quotes")]),
        ("plan == ‘x", &[(8, 1, "typographic quotes", "straight quotes")]),
        (r"plan == '\u0041'", &[(9, 2, "without a code point", r"\u{e9}")]),
        (r"plan == 'ü\u{110000}'", &[(10, 2, "without a code point", "")]),
        ("segment(beta)", &[(0, 7, "takes a segment's name in quotes", "segment('beta')")]),
        ("segment()", &[(0, 7, "takes a segment's name", "")]),
        ("segment('a', 'b')", &[(0, 7, "takes one argument", "")]),
        ("segment('a'", &[(7, 1, "never closed", "")]),
        ("exists('email')", &[(0, 6, "takes an attribute, without quotes", "exists(email)")]),
        ("segmnt('a')", &[(0, 6, "unknown function `segmnt`", "did you mean `segment`?")]),
        ("flag(wallet)", &[(0, 4, "takes a flag's name in quotes", "flag('wallet')")]),
        ("flg('a')", &[(0, 3, "unknown function `flg`", "did you mean `flag`?")]),
        ("flag('a') > 'b'", &[(10, 1, "does not compare variants", "`==`")]),
        ("flag('a') in []", &[(13, 1, "compared with the names", "in quotes")]),
        ("flag('a') == 5", &[(13, 1, "compared with the names", "in quotes")]),
        ("flag('a') 'b'", &[(10, 3, "an operator belongs between", "")]),
        ("percentage(5)", &[(0, 10, "unknown function", "there are `exists(attribute)`")]),
    ]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}a == 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert!(parse(&format!("{}a == 1", "!".repeat(MAX_DEPTH))).is_ok());
    for text in [
        nested(MAX_DEPTH + 1),
        format!("{}a == 1", "!(".repeat(MAX_DEPTH)),
        "!".repeat(1_000_000),
        "(".repeat(1_000_000),
    ] {
        let errors = parse(&text).expect_err("too deep");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].message.contains("nested deeper than 64 levels"), "{errors:?}");
    }
}

#[test]
fn long_expressions_and_many_mistakes_are_bounded() {
    let long = vec!["plan == 'premium'"; 50_000].join(" || ");
    assert!(matches!(parse(&long), Ok(Condition::Any(members)) if members.len() == 50_000));
    for mistake in [
        "= ",
        "a = ",
        "& ",
        "[",
        "]",
        ")",
        "'\\u{",
        "“",
        "a b ",
        "segment(",
        "a in [1,,",
        "\\u{",
        "a == b || ",
    ] {
        let errors = parse(&mistake.repeat(50_000)).expect_err(mistake);
        assert!((1..=20).contains(&errors.len()), "{mistake}: {}", errors.len());
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::Float),
        text().prop_map(Value::String),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,8}", "[\\\\'\"`nrtu{}0-9\n\r\t ]{0,8}", ".{0,8}", "(\\PC|\\pC){0,6}"]
}

fn name() -> impl Strategy<Value = String> {
    let words = [
        "and",
        "OR",
        "not",
        "true",
        "null",
        "in",
        "not-in",
        "exists",
        "segment",
        "ignore_case",
        "",
        "-",
        "a.",
    ];
    prop_oneof![
        "[a-z_][a-z0-9_.-]{0,8}",
        proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        text(),
    ]
}

fn comparison() -> impl Strategy<Value = Condition> {
    let operand = prop_oneof![
        scalar(),
        proptest::collection::vec(scalar().prop_map(nowhere), 0..4).prop_map(Value::List),
    ];
    (name(), proptest::sample::select(Operator::ALL), operand, any::<bool>()).prop_map(
        |(attribute, operator, operand, ignore_case)| {
            let is_exists = operator == Operator::Exists;
            Condition::Compare(Comparison {
                attribute: nowhere(attribute),
                operator: nowhere(operator),
                operand: nowhere(if is_exists { Value::Bool(true) } else { operand }),
                ignore_case: ignore_case && !is_exists,
            })
        },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    let asked = (name(), prop::collection::vec(name(), 0..3)).prop_map(|(name, variants)| {
        let variants: Vec<&str> = variants.iter().map(String::as_str).collect();
        flag(&name, &variants)
    });
    let leaf = prop_oneof![4 => comparison(), 1 => name().prop_map(|n| segment(&n)), 1 => asked];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(not),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_loses_nothing(condition in condition()) {
        let printed = print(&condition);
        prop_assert_eq!(parse(&printed), Ok(condition), "{}", printed);
    }

    #[test]
    fn any_text_is_an_expression_or_is_told_why_not(
        text in prop_oneof![
            "(\\PC|\\pC){0,40}",
            "([a-b]|==|=~|&&|\\|\\||!|[()\\[\\],'\"`\\\\.0-9-]|in|not|exists|segment| ){0,24}",
        ]
    ) {
        match parse(&text) {
            Ok(condition) => prop_assert_eq!(parse(&print(&condition)), Ok(condition)),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                let length = text.chars().count();
                for error in errors {
                    prop_assert!(error.offset + error.length <= length.max(error.offset + 1), "{:?}", error);
                    prop_assert!(!error.message.contains('\n'));
                }
            }
        }
    }
}
