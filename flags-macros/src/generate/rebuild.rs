//! What makes cargo build again: the expansion names the files that it was made from.

use crate::host::Host;
use crate::load::LoadedDocument;
use crate::locate;
use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;

/// An item that makes the compiler list the files, and `FLAGS_FILE` where it matters, among the crate's
/// dependencies.
///
/// It is inside a function that is never called, so that the bytes do not reach the binary. A constant would put
/// them into the library's metadata twice.
pub(crate) fn watched_files(read: &LoadedDocument, host: &Host) -> TokenStream {
    let files = read.files.iter().map(|file| {
        let path = include_path(file, host);
        quote! { let _ = ::core::include_bytes!(#path); }
    });
    let variable =
        read.location.by_environment.then(|| quote! { let _ = ::core::option_env!("FLAGS_FILE"); });
    let files: TokenStream = files.collect();
    if files.is_empty() && variable.is_none() {
        return TokenStream::new();
    }
    quote! {
        #[allow(dead_code)]
        const _: () = {
            fn __track() { #files #variable }
        };
    }
}

/// Relative to the calling file where that is known, so that two checkouts build the same library.
fn include_path(file: &Path, host: &Host) -> String {
    let directory = host.caller.as_deref().and_then(Path::parent);
    directory
        .and_then(|directory| locate::relative(file, directory))
        .unwrap_or_else(|| file.display().to_string())
}
