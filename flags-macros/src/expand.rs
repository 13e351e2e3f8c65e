//! `flags!` from end to end: arguments, document, code, messages.

use crate::args::{self, Origin};
use crate::generate::{self, Input, Link, rebuild};
use crate::host::Host;
use crate::load;
use crate::locate;
use crate::report::{self, error};
use flags_schema::{Code, Document};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Expands `flags!(…)`. When the document has errors, `Flags` and every constant whose name could be read are
/// generated all the same, so that their uses do not fail too.
pub(crate) fn expand(tokens: TokenStream, host: &Host) -> TokenStream {
    let arguments = match args::parse(tokens) {
        Ok(arguments) => arguments,
        Err(problem) => return skeleton(&problem, Span::call_site(), false, host),
    };
    let (public, span) = (arguments.public, arguments.span);
    let read = match load::read(&arguments.origin, host) {
        Ok(read) => read,
        Err((fact, help)) => return skeleton(&error(span, &fact, &help), span, public, host),
    };
    let mut diagnostics = read.loaded.diagnostics.clone();
    let broken = diagnostics.has_errors();
    let expired = diagnostics.into_iter().filter(|diagnostic| diagnostic.code == Code::Expired);
    let expired: HashSet<_> = expired.filter_map(|diagnostic| diagnostic.position).collect();
    let shown = locate::display(&read.location.path, &read.location.root);
    let name = match arguments.origin {
        Origin::Inline(_) => "the inline document".to_owned(),
        Origin::Search | Origin::Path(_) => format!("`{shown}`"),
    };
    let link = (host.editor && !read.files.is_empty())
        .then(|| Link { name: shown, path: read.location.path.display().to_string() });
    let input = Input {
        document: &read.loaded.document,
        name: &name,
        link,
        public,
        span,
        expired,
        broken,
        id: call_id(host, &name),
    };
    let (code, problems) = generate::generate(&input);
    if !broken {
        // The errors come first: what has no name may be what they are about.
        diagnostics.extend(problems);
        diagnostics.sort();
    }
    let errors = report::errors(&diagnostics, &read.loaded.sources, span);
    let warnings = report::warnings(&diagnostics, &read.loaded.sources, span);
    let watched = rebuild::watched_files(&read, host);
    quote! { #errors #warnings #watched #code }
}

/// An error, and a `Flags` without flags.
fn skeleton(problem: &syn::Error, span: Span, public: bool, host: &Host) -> TokenStream {
    let document = Document::default();
    let name = "`flags.yaml`";
    let expired = HashSet::new();
    let input = Input {
        document: &document,
        name,
        link: None,
        public,
        span,
        expired,
        broken: true,
        id: call_id(host, name),
    };
    let (code, _) = generate::generate(&input);
    let problem = problem.to_compile_error();
    quote! { #problem #code }
}

/// A number that tells this call from others of the crate. It is the same in every checkout.
fn call_id(host: &Host, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let file = host.caller.as_deref().and_then(|file| crate::locate::relative(file, &host.manifest_dir));
    (file, host.position, name).hash(&mut hasher);
    hasher.finish()
}
