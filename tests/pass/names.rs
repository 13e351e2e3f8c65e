//! Names that Rust has other plans for, in a function's block, under two attributes.

#![deny(warnings)]

use flags_runtime::feature_flag;

pub(crate) fn main() {
    flags_runtime::flags!(
        inline = r#"
context:
  { "$.identity": string, 2fa: boolean, gen: string, try: string, async: [string], union: string, macro_rules: string,
    share: { type: string, values: [50 %, self, err] } }
flags:
  2fa-enabled: on
  404: { state: on, variants: [1, 2nd], off: "2nd", rules: [{ when: { "$.identity": jo, 2fa: true }, serve: "1" }] }
  gen: { state: on, off: try, variants: { gen: { gen: 1, font size: 2 }, try: { gen: 2, font size: 2 } } }
  self: off
  "null": off
  a.b-c_d: on
  outcome: { state: on, variants: { ok: { weight: 50 }, err: { weight: 25 }, type: { weight: 25 } } }
  strings: { type: object, value: { vec: [a], string: b, 2nd: true } }
"#
    );

    #[feature_flag(r"a.b-c_d")]
    #[feature_flag("self", negate)]
    fn twice(ctx: &FlagsContext) -> Option<u32> {
        Some(1)
    }

    let ctx = &Flags::context("somebody").r#gen("a").r#try("b").r#async(["c"]).union("d").macro_rules("e");
    assert_eq!(twice(ctx), Some(1));
    assert!(Flags::_2FA_ENABLED.enabled(ctx));
    let ctx = &Flags::context("somebody").identity("jo")._2fa(true).r#gen("a");
    assert_eq!((Flags::_404.variant(ctx), _404::V1.as_str(), _404::V2nd.as_str()), (_404::V1, "1", "2nd"));
    let value = Flags::GEN.value(ctx);
    assert_eq!(value.r#gen, if Flags::GEN.variant(ctx) == Gen::Gen { 1 } else { 2 });
    assert_eq!(value.font_size, 2);
    assert!(Outcome::ALL.contains(&Flags::OUTCOME.variant(ctx)));
    assert_eq!("err".parse::<Outcome>(), Ok(Outcome::Err));
    assert!("err".parse::<Share>() == Ok(Share::Err) && Share::V50.as_str() == "50 %");
    let strings = Flags::STRINGS.get(ctx);
    assert!(strings._2nd && strings.vec == ["a"] && strings.string == "b");
    assert!(!Flags::SELF.enabled(ctx) && !Flags::NULL.enabled(ctx));
}
