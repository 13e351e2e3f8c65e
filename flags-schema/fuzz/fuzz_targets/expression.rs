//! Any text is an expression whose printing reads back as the same, or has mistakes that lie in it.
#![no_main]

use flags_schema::expression::{parse, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(condition) => {
            let printed = print(&condition);
            assert_eq!(parse(&printed), Ok(condition), "{printed}");
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            let length = text.chars().count();
            for error in errors {
                assert!(error.offset + error.length <= length.max(error.offset + 1), "{error:?}");
                assert!(!error.message.contains('\n'), "{error:?}");
            }
        }
    }
});
