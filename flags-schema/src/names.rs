//! The names that a flag, a variant or an attribute has outside the document: constants, types,
//! enum variants and environment variables.

/// The name of the targeting key in conditions, in `by` and in contexts as JSON.
pub const TARGETING_KEY: &str = "user";

/// Separators of keys.
const SEPARATORS: [char; 3] = ['.', '-', '_'];

/// `community.forums` as a constant: `COMMUNITY_FORUMS`; `_2FA_ENABLED` for `2fa-enabled`.
#[must_use]
pub fn constant(key: &str) -> String {
    beginning_with("_", upper(key))
}

fn upper(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    name.extend(key.chars().map(|c| if SEPARATORS.contains(&c) { '_' } else { c.to_ascii_uppercase() }));
    name
}

/// With `start` before a digit, with which no identifier begins.
fn beginning_with(start: &str, name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("{start}{name}") } else { name }
}

/// A flag or an attribute as a type: `CheckoutButton` for `checkout-button`, `_2faMethod` for `2fa-method`.
#[must_use]
pub fn type_name(text: &str) -> String {
    beginning_with("_", camel(trimmed(&separated(text))))
}

/// A flag's variant as a variant of its enum: `FreeTrial` for `free_trial`, `V1` for `1`.
#[must_use]
pub fn variant(name: &str) -> String {
    beginning_with("V", camel(name))
}

/// A declared attribute as a method and parameter: `user_role` for `user.role`, `identity` for `$.identity`.
#[must_use]
pub fn attribute(text: &str) -> String {
    member(trimmed(&separated(text)))
}

/// Without the underscores around it.
fn trimmed(separated: &str) -> &str {
    separated.trim_matches('_')
}

/// `checkout-button` or `free_trial` as a type or enum variant: `CheckoutButton`, `FreeTrial`.
#[must_use]
pub fn camel(key: &str) -> String {
    key.split(SEPARATORS)
        .flat_map(|part| {
            let mut chars = part.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars)
        })
        .collect()
}

/// `user.role` as a method or field: `user_role`.
#[must_use]
pub fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut lower = false;
    for c in key.chars() {
        if SEPARATORS.contains(&c) {
            out.push('_');
            lower = false;
        } else {
            if c.is_ascii_uppercase() && lower {
                out.push('_');
            }
            lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// A declared value of an attribute as an enum variant: `PayAsYouGo`; `V1` for `1`, for lack of a
/// better name.
#[must_use]
pub fn value(text: &str) -> String {
    let name = camel(&separated(text));
    if name.starts_with(char::is_alphabetic) && name != "Self" { name } else { format!("V{name}") }
}

/// An attribute, or the field of an object, as a method or field: `font_size`; `_2fa` for `2fa`.
#[must_use]
pub fn member(text: &str) -> String {
    let name = snake(&separated(text));
    let fits = name.starts_with(char::is_alphabetic) && !matches!(name.as_str(), "self" | "super" | "crate");
    if fits { name } else { format!("_{name}") }
}

/// With an underscore for each character that identifiers do not have.
fn separated(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

/// The environment variable that overrides a flag.
#[must_use]
pub fn env_variable(prefix: &str, key: &str) -> String {
    format!("{prefix}{}", upper(key))
}

#[cfg(test)]
mod tests {
    use super::{attribute, camel, constant, env_variable, member, snake, type_name, value, variant};

    #[test]
    fn names_of_keys() {
        assert_eq!(constant("community.forums"), "COMMUNITY_FORUMS");
        assert_eq!(constant("new-dashboard_v2"), "NEW_DASHBOARD_V2");
        assert_eq!(constant("2fa-enabled"), "_2FA_ENABLED");
        assert_eq!(type_name("2fa-method"), "_2faMethod");
        assert_eq!(type_name("$.user plan"), "UserPlan");
        assert_eq!(variant("1"), "V1");
        assert_eq!(variant("50-off"), "V50Off");
        assert_eq!(variant("self"), "Self");
        assert_eq!(attribute("$.identity"), "identity");
        assert_eq!(attribute("user.role"), "user_role");
        assert_eq!(attribute("2fa"), "_2fa");
        assert_eq!(camel("checkout-button_test"), "CheckoutButtonTest");
        assert_eq!(camel("variant_a"), "VariantA");
        assert_eq!(snake("user.role"), "user_role");
        assert_eq!(snake("userRole"), "user_role");
        assert_eq!(value("pay as you go"), "PayAsYouGo");
        assert_eq!(value("100%"), "V100");
        assert_eq!(value("self"), "VSelf");
        assert_eq!(member("font size"), "font_size");
        assert_eq!(member("2fa"), "_2fa");
        assert_eq!(member("self"), "_self");
        assert_eq!(env_variable("FEATURE_", "a.b"), "FEATURE_A_B");
        assert_eq!(env_variable("FEATURE_", "2fa"), "FEATURE_2FA");
    }
}
