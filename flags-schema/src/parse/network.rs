//! Addresses and networks.

use crate::printable::quoted;
use ipnet::IpNet;
use std::net::IpAddr;

/// The network that `text` names (`10.0.0.0/8`, `2001:db8::/32`); a bare address is itself alone.
///
/// Bits of the host are cleared: `10.1.2.3/8` is `10.0.0.0/8`. Allocates nothing unless it fails.
///
/// # Errors
/// A message that names the text and what is wrong with it.
///
/// ```
/// use flags_schema::parse::network;
///
/// assert_eq!(network("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
/// assert_eq!(network("::1").unwrap().to_string(), "::1/128");
/// assert!(network("10.0.0.0/33").is_err());
/// ```
pub fn network(text: &str) -> Result<IpNet, String> {
    let Some((host, prefix)) = text.split_once('/') else { return address(text).map(IpNet::from) };
    let host = address(host).map_err(|error| format!("{} is no network: {error}", quoted(text)))?;
    let longest: u8 = if host.is_ipv4() { 32 } else { 128 };
    let length = Some(prefix)
        .filter(|digits| {
            digits.bytes().all(|b| b.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'))
        })
        .and_then(|digits| digits.parse().ok());
    length
        .and_then(|length| IpNet::new(host, length).ok())
        .map(|network| network.trunc())
        .ok_or_else(|| format!("{} is no network: its prefix is not 0 to {longest}", quoted(text)))
}

/// The IPv4 or IPv6 address that `text` names. Allocates nothing unless it fails.
///
/// # Errors
/// A message that names the text.
pub fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{} is no IP address", quoted(text)))
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn networks() {
        for (text, expected) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.168.1.7", "192.168.1.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("::", "::/128"),
        ] {
            assert_eq!(network(text).map(|n| n.to_string()), Ok(expected.into()), "{text}");
        }
        for (text, part) in [
            ("", "`` is no IP address"),
            ("localhost", "is no IP address"),
            ("10.0.0", "is no IP address"),
            ("10.0.0.256", "is no IP address"),
            ("010.0.0.1", "is no IP address"),
            ("10.0.0.0/", "0 to 32"),
            ("10.0.0.0/33", "0 to 32"),
            ("10.0.0.0/+8", "0 to 32"),
            ("10.0.0.0/08", "0 to 32"),
            ("::/129", "0 to 128"),
            ("10.0.0.0/8/8", "0 to 32"),
            ("10.0.0.0/255.0.0.0", "0 to 32"),
            ("x/8", "`x` is no IP address"),
        ] {
            let error = network(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
