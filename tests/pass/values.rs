//! Variants and values of every type.

#![deny(warnings)]

use flags_runtime::Context;
use std::time::Duration;

flags_runtime::flags!(
    inline = r#"
flags:
  checkout.button:
    state: targeted
    users: { treatment: [somebody] }
    variants:
      control:
        value: { color: blue, size: 3, ratio: 1, text: null, style: { bold: true }, tags: [a, b], links: [{ to: /, type: page }] }
      treatment:
        value: { color: green, size: 4, ratio: 1.5, text: "Buy", style: { bold: false }, tags: [], links: [] }
  greeting:
    state: off
    off: polite
    variants: { plain: hi, polite: good evening }
  sort:
    state: on
    variants: [type, default, some-thing]
  page_size: { type: integer, value: 20 }
  ratio: { type: float, value: 0.5 }
  timeout: { type: duration, value: 1m30s }
  title: { type: string, value: Home }
  verbose: { type: boolean, value: true }
  banner: { type: object, value: { text: Sale, until: 5, sizes: [1, 2] } }
  layout: { type: json, value: { columns: 3, widgets: [news, { name: weather }] } }
  theme:
    state: on
    type: json
    variants: { control: { weight: 100, value: plain }, treatment: { weight: 0, value: { color: gold } }, none: { weight: 0 } }
    users: { treatment: [gold], none: [nobody] }
"#
);

pub(crate) fn main() {
    let ctx = &Context::new("user-123");
    assert_eq!(Flags::CHECKOUT_BUTTON.variant(ctx), CheckoutButton::Control);
    let look = Flags::CHECKOUT_BUTTON.value(ctx);
    let style: &CheckoutButtonValueStyle = &look.style;
    assert!(style.bold);
    assert_eq!((look.color.as_str(), look.size, look.ratio, &look.text), ("blue", 3, 1.0, &None));
    assert_eq!(look.tags, ["a", "b"]);
    assert_eq!((look.links[0].to.as_str(), look.links[0].r#type.as_str()), ("/", "page"));
    assert_eq!(look.clone(), look);

    let layout: flags_runtime::ValueRef<flags_runtime::Json> = Flags::LAYOUT.get(ctx);
    assert_eq!((layout["columns"].as_i64(), layout["widgets"][1]["name"].as_str()), (Some(3), Some("weather")));
    assert_eq!(Flags::THEME.variant(ctx), Theme::Control);
    assert_eq!(*Flags::THEME.value(ctx), "plain");
    assert_eq!(Flags::THEME.value(&Context::new("gold"))["color"], "gold");
    assert!(Flags::THEME.value(&Context::new("nobody")).is_null());

    assert_eq!(Flags::GREETING.variant(ctx), Greeting::Polite);
    assert_eq!(Flags::GREETING.value(ctx).as_str(), "good evening");

    assert!(Sort::ALL.contains(&Flags::SORT.variant(ctx)));
    assert_eq!(Sort::ALL, [Sort::Type, Sort::Default, Sort::SomeThing]);
    assert_eq!(Sort::SomeThing.as_str(), "some-thing");
    assert_eq!(format!("{:>12}", Sort::SomeThing), "  some-thing");
    assert_eq!("default".parse(), Ok(Sort::Default));
    let unknown = "random".parse::<Sort>().unwrap_err();
    assert_eq!(unknown.to_string(), "unknown name `random`: expected `type`, `default`, `some-thing`");

    let size: i64 = Flags::PAGE_SIZE.get(ctx);
    let ratio: f64 = Flags::RATIO.get(ctx);
    let timeout: Duration = Flags::TIMEOUT.get(ctx);
    assert_eq!((size, ratio, timeout), (20, 0.5, Duration::from_secs(90)));
    assert_eq!(Flags::TITLE.get(ctx).as_str(), "Home");
    assert!(Flags::VERBOSE.get(ctx) && Flags::VERBOSE.enabled(ctx));
    let banner = Flags::BANNER.get(ctx);
    assert_eq!(*banner, Banner { text: "Sale".into(), until: 5, sizes: vec![1, 2] });
}
