//! Environments applied, documents embedded, contracts compared: what a program does with a document.

#![cfg(feature = "yaml")]

use flags_schema::{
    Contract, Document, EmbeddedDocument, FileId, FlagState, Loaded, Options, Position, SourceFile, Spanned,
    Value, load,
};

const BASE: &str = "
environments:
  staging: { overlay: staging }
  production: { overlay: production, default: true }
settings: { default_rollout: 10 }
segments:
  beta: { users: [beta1] }
flags:
  new-ui:
    state: off
    environments:
      staging: { state: beta }
      production: { state: gradual, rollout: 5 }
  checkout:
    state: on
    variants:
      control: { weight: 50, value: { color: blue, size: 1 } }
      treatment: { weight: 50, value: { color: green, size: 2.5 } }
    rules:
      - { when: { user: admin }, serve: treatment }
  page-size: { type: integer, value: 20 }
";

const STAGING: &str = "
segments:
  beta: { users: [beta2] }
flags:
  new-ui: on
";

const PRODUCTION: &str = "
settings: { default_rollout: 20 }
flags:
  new-ui: { rollout: 7 }
  checkout:
    variants:
      control: { weight: 90 }
      treatment: { weight: 10, value: { color: red, size: 3 } }
    rules: []
  page-size: { value: 50 }
";

fn read(base: &str) -> Loaded {
    let mut overlay = |name: &str| {
        Ok(SourceFile::new(
            format!("flags.{name}.yaml"),
            if name == "staging" { STAGING } else { PRODUCTION },
        ))
    };
    load(SourceFile::new("flags.yaml", base), &mut overlay, &Options::default())
}

fn document(base: &str) -> Document {
    let loaded = read(base);
    assert_eq!(loaded.diagnostics.as_slice(), []);
    loaded.document
}

#[test]
fn the_last_layer_wins_and_every_value_knows_its_position() {
    let base = document(BASE);
    let production = base.effective(Some("production"));
    let [new_ui, checkout, page_size] = production.flags.as_slice() else { panic!("three flags") };
    let at = |position: flags_schema::Position| {
        (production.files[usize::from(position.file.0)].as_str(), position.line)
    };

    assert_eq!(new_ui.answer.state.value, FlagState::Gradual);
    assert_eq!(at(new_ui.answer.state.position), ("flags.yaml", 13), "the flag's own map");
    assert_eq!(at(new_ui.answer.rollout.as_ref().unwrap().position), ("flags.production.yaml", 4));
    let weights: Vec<String> =
        checkout.variants.iter().map(|variant| variant.weight.unwrap().value.to_string()).collect();
    assert_eq!(weights, ["90", "10"]);
    assert_eq!(at(checkout.variants[0].value.as_ref().unwrap().position), ("flags.yaml", 17));
    assert_eq!(at(checkout.variants[1].value.as_ref().unwrap().position), ("flags.production.yaml", 8));
    assert!(checkout.answer.rules.is_empty(), "rules are replaced, all of them");
    assert_eq!(at(page_size.answer.value.as_ref().unwrap().position), ("flags.production.yaml", 10));
    assert_eq!(production.settings.default_rollout.unwrap().value.to_string(), "20");
    assert_eq!(production.segments, base.segments);

    let staging = base.effective(Some("staging"));
    assert_eq!(
        staging.flags[0].answer.state.value,
        FlagState::On,
        "the overlay comes after the flag's own map"
    );
    assert_eq!(staging.segments[0].users[0].value, "beta2");

    let alone = base.effective(None);
    assert_eq!(alone.flags, base.flags);
    assert_eq!(base.effective(Some("nowhere")).flags, base.flags);
}

#[test]
fn an_embedded_document_is_the_same() {
    let document = document(BASE);
    let bytes = document.to_bytes().unwrap();
    let back = Document::from_bytes(&bytes).unwrap();
    assert_eq!(back, document);
    assert_eq!(back.flags[0].key.position, document.flags[0].key.position, "positions are kept");
    for damaged in [&[][..], &[9], &bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat()] {
        Document::from_bytes(damaged).unwrap_err();
    }
}

#[test]
fn a_packed_document_is_read_flag_by_flag() {
    let mut document = document(BASE);
    document.flags[0].answer.off = Some(Spanned::new(Value::Integer(1), Position::new(FileId(20), 7, 300)));
    let embedded = EmbeddedDocument::new(document.to_bytes().unwrap()).unwrap();
    assert_eq!(embedded.to_document().unwrap(), document);
    assert_eq!(embedded.len(), document.flags.len());
    let far = embedded.flag(0, None).unwrap().answer.off.unwrap();
    assert_eq!(far.position, Position::new(FileId(20), 7, 300));
    let mut spare = None;
    for environment in [None, Some("staging"), Some("production"), Some("nowhere")] {
        let effective = document.effective(environment);
        for (index, flag) in effective.flags.iter().enumerate() {
            assert_eq!(embedded.flag(index, environment).as_deref(), Ok(flag), "{environment:?}");
            let evaluated = embedded.evaluated_flag(index, environment, spare.take()).unwrap();
            assert_eq!(*evaluated, *flag, "nothing in it is only for people");
            spare = Some(evaluated);
        }
    }
    for (index, (flag, contract)) in document.flags.iter().zip(embedded.contract()).enumerate() {
        let contract = contract.unwrap();
        assert_eq!(contract.key, flag.key.as_str());
        assert_eq!(embedded.key(index), Some(flag.key.as_str()));
        assert_eq!(contract.mutability, flag.mutability.value);
        assert_eq!(contract.value_type, flag.value_type.as_ref().map(|it| it.value));
        assert!(contract.variants.iter().eq(flag.variants.iter().map(|variant| &variant.name.value)));
    }
    embedded.flag(document.flags.len(), None).unwrap_err();
}

#[test]
fn damaged_bytes_are_no_document_and_no_panic() {
    let bytes = document(BASE).to_bytes().unwrap();
    let mut refused = 0;
    for (index, byte) in (0..bytes.len()).flat_map(|index| [0, 1, 0x7f, 0x80, 0xff].map(|byte| (index, byte)))
    {
        let mut damaged = bytes.clone();
        damaged[index] ^= byte;
        let whole = Document::from_bytes(&damaged);
        match EmbeddedDocument::new(damaged) {
            Ok(embedded) => {
                let flags = (0..embedded.len()).map(|flag| embedded.flag(flag, Some("production")));
                let sound = flags.flatten().count() == embedded.len();
                assert_eq!(sound, whole.is_ok());
                let _ = embedded.contract().count();
            }
            Err(error) => assert_eq!(whole.as_ref(), Err(&error)),
        }
        refused += usize::from(whole.is_err());
    }
    assert!(refused > bytes.len());
}

#[test]
fn fingerprints_follow_the_meaning() {
    let base = document(BASE);
    let (whole, contract) = (base.fingerprint(), Contract::of(&base).fingerprint());
    assert_eq!(whole.to_string().len(), 64);
    assert_ne!(whole, contract);
    for (from, to, same_whole, same_contract) in [
        ("\nflags:", "\n\n# a comment\nflags:", true, true),
        ("{ color: blue, size: 1 }", "{color: \"blue\", size: 1}", true, true),
        ("state: beta", "state: off", false, true),
        ("{ color: blue, size: 1 }", "{ color: blue, size: 7 }", false, true),
        ("value: 20", "value: 21", false, true),
        ("  new-ui:", "  newer-ui:", false, false),
        ("blue, size: 1", "1, size: 1", false, false),
        ("type: integer", "type: float", false, false),
        ("segments:", "context: { plan: string }\nsegments:", false, false),
    ] {
        let text = BASE.replacen(from, to, 1);
        assert_ne!(text, BASE, "{from}");
        let other = read(&text).document;
        assert_eq!(other.fingerprint() == whole, same_whole, "{to}: the document");
        let both = Contract::of(&other).fingerprint();
        assert_eq!(both == contract, same_contract, "{to}: the contract");
    }
}

#[test]
fn the_order_of_flags_is_no_part_of_the_contract() {
    let one = document("flags: { a: on, b: off }\n");
    let other = document("flags: { b: on, a: off }\n");
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_eq!(Contract::of(&one).fingerprint(), Contract::of(&other).fingerprint());
}

#[test]
fn a_document_of_other_answers_keeps_the_contract() {
    let contract = Contract::of(&document(BASE));
    let report = contract.check(&document(
        "flags:\n  page-size: { type: integer, value: 1 }\n  checkout:\n    state: off\n    variants:\n      \
         control: { value: { color: red, size: 1 } }\n      treatment: { value: { color: red, size: 2 } }\n  \
         search: on\n",
    ));
    assert_eq!(report.diagnostics, []);
    assert_eq!(report.missing, ["new-ui"]);
    assert_eq!(report.added, ["search"]);
}

#[test]
fn overlays_keep_the_contract_too() {
    let look = |color: &str| {
        format!(
            "environments: {{ production: {{}} }}\nflags:\n  look:\n    type: object\n    value: {{ color: {color} }}\n    \
             environments: {{ production: {{ value: {{ color: {color} }} }} }}\n"
        )
    };
    let contract = Contract::of(&document(&look("blue")));
    assert_eq!(contract.check(&document(&look("red"))).diagnostics, []);
    let lines: Vec<u32> =
        contract.check(&document(&look("7"))).diagnostics.iter().map(|d| d.position.unwrap().line).collect();
    assert_eq!(lines, [5, 6]);
}
