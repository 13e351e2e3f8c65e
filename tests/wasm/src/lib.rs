//! Flags in a module for the web.

#[cfg(feature = "flags")]
flags_runtime::flags!();

/// What the flags answer for a user, as a number: the one function that the module exports.
#[cfg(feature = "flags")]
#[unsafe(no_mangle)]
pub extern "C" fn answers(user: u32) -> u32 {
    let ctx = flags_runtime::Context::new(user.to_string()).with("plan", "premium");
    let size = u32::try_from(Flags::PAGE_SIZE.get(&ctx)).unwrap_or_default();
    let forms = [Flags::SWITCH, Flags::HALF, Flags::BETA_PAGE, Flags::BEGUN, Flags::UP];
    let on = forms.iter().filter(|flag| flag.enabled(&ctx)).count();
    size + u32::try_from(on).unwrap_or_default() + u32::from(Flags::CHECKOUT.variant(&ctx) == Checkout::Treatment)
}

/// The same without flags.
#[cfg(not(feature = "flags"))]
#[unsafe(no_mangle)]
pub extern "C" fn answers(user: u32) -> u32 {
    user.to_string().len() as u32
}
