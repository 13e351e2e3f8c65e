//! What a function returns when it does not run.

#![deny(warnings)]

use flags_runtime::{Context, FlagDisabled, WhenDisabled, feature_flag};

flags_runtime::flags!(inline = "flags: { new-ui: off }");

#[derive(Debug, PartialEq)]
enum Failure {
    Disabled(&'static str),
}

impl From<FlagDisabled> for Failure {
    fn from(disabled: FlagDisabled) -> Self {
        Self::Disabled(disabled.flag())
    }
}

#[derive(Debug, PartialEq)]
enum Answer {
    Page,
    Nothing,
}

impl WhenDisabled for Answer {
    fn when_disabled(_disabled: FlagDisabled) -> Self {
        Self::Nothing
    }
}

#[feature_flag("new-ui")]
fn nothing(ctx: &Context) {
    unreachable!("the flag is off");
}

#[feature_flag("new-ui")]
fn option(ctx: &Context) -> Option<String> {
    unreachable!("the flag is off");
}

#[feature_flag("new-ui")]
fn result(ctx: &Context) -> Result<u32, Failure> {
    Ok(1)
}

#[feature_flag("new-ui")]
fn boxed_error(ctx: &Context) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("not reached".into())
}

#[feature_flag("new-ui")]
fn own(ctx: &Context) -> Answer {
    Answer::Page
}

#[feature_flag("new-ui", default)]
fn zero(ctx: &Context) -> u32 {
    1
}

#[feature_flag("new-ui", else = return text.len())]
fn diverging(text: &str, ctx: &Context) -> usize {
    0
}

#[feature_flag("new-ui", else = vec![String::from(r#"a"b"#), format!("{}", text.len())])]
fn expression(text: &str, ctx: &Context) -> Vec<String> {
    Vec::new()
}

pub(crate) fn main() {
    let ctx = &Context::anonymous();
    nothing(ctx);
    assert_eq!(option(ctx), None);
    assert_eq!(result(ctx), Err(Failure::Disabled("new-ui")));
    assert_eq!(boxed_error(ctx).unwrap_err().to_string(), "the flag `new-ui` is off");
    assert_eq!(own(ctx), Answer::Nothing);
    assert_eq!(zero(ctx), 0);
    assert_eq!(diverging("four", ctx), 4);
    assert_eq!(expression("four", ctx), [r#"a"b"#, "4"]);
}
