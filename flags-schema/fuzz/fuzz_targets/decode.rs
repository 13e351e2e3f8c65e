//! Any text is a document or has diagnostics that lie in it; a document without errors survives being
//! embedded, and applying each of its environments. What follows a line `#overlay` is every overlay.
#![no_main]

use flags_schema::{Contract, Document, Options, SourceFile, Timestamp, load, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (base, overlay) = text.split_once("\n#overlay\n").unwrap_or((text, ""));
    let read = &mut |name: &str| Ok(SourceFile::new(name, overlay));
    let loaded = load(SourceFile::new("flags.yaml", base), read, &Options { today: Some(Timestamp(0)) });
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.message.contains('\n'), "{diagnostic:?}");
        for position in diagnostic.position.iter().chain(diagnostic.related.iter().map(|it| &it.position)) {
            let source = loaded.sources.get(position.file).expect("a file that was read");
            // Where a file ends may be told as the line after its last.
            let mut lines = source.text.split('\n').chain([""]);
            let line = lines.nth(position.line as usize - 1).expect("a line of the file");
            assert!(position.column as usize <= line.chars().count() + 1, "{diagnostic:?}");
        }
    }
    let _ = render::text(&loaded.diagnostics, &loaded.sources);
    if loaded.diagnostics.has_errors() {
        return;
    }
    let document = loaded.document;
    let bytes = document.to_bytes().expect("bytes");
    assert_eq!(Document::from_bytes(&bytes).as_ref(), Ok(&document));
    let contract = Contract::of(&document);
    for environment in &document.environments {
        assert_eq!(Contract::of(&document.effective(Some(&environment.name))), contract);
    }
});
