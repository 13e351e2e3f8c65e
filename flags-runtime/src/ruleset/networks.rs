//! Networks that an address may lie in.

use ipnet::IpNet;
use std::net::IpAddr;

/// A set of networks, as ranges of addresses that neither meet nor overlap, in their order.
#[derive(Debug)]
pub(crate) struct Networks {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl Networks {
    pub(super) fn new(networks: &[IpNet]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(network) => v4.push((network.network().to_bits(), network.broadcast().to_bits())),
                IpNet::V6(network) => v6.push((network.network().to_bits(), network.broadcast().to_bits())),
            }
        }
        Self { v4: merged(v4), v6: merged(v6) }
    }

    /// Whether one of them holds the address. An IPv4 address may be written as IPv6, and so may a
    /// network of them.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let v4 = match address.to_canonical() {
            IpAddr::V4(address) => holds(&self.v4, address.to_bits()),
            IpAddr::V6(_) => false,
        };
        v4 || match address {
            IpAddr::V4(_) => false,
            IpAddr::V6(address) => holds(&self.v6, address.to_bits()),
        }
    }
}

/// The ranges in their order, those that overlap made one.
fn merged<T: Copy + Ord>(mut ranges: Vec<(T, T)>) -> Box<[(T, T)]> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, range| {
        let overlap = next.0 <= range.1;
        if overlap {
            range.1 = range.1.max(next.1);
        }
        overlap
    });
    ranges.into()
}

fn holds<T: Copy + Ord>(ranges: &[(T, T)], address: T) -> bool {
    let before = ranges.partition_point(|(first, _)| *first <= address);
    let range = before.checked_sub(1).and_then(|last| ranges.get(last));
    range.is_some_and(|(_, last)| address <= *last)
}

#[cfg(test)]
mod tests {
    use super::Networks;
    use ipnet::IpNet;
    use proptest::prelude::*;
    use std::net::IpAddr;

    proptest! {
        #[test]
        fn holds_what_one_of_the_networks_holds(
            networks in prop::collection::vec((0_u32..64, 24_u8..=32, any::<bool>()), 0..12),
            addresses in prop::collection::vec((0_u32..64, any::<bool>()), 1..20),
        ) {
            let address = |bits: u32, mapped: bool| -> IpAddr {
                let v4 = std::net::Ipv4Addr::from_bits(0x0a00_0000 | bits << 2);
                if mapped { v4.to_ipv6_mapped().into() } else { v4.into() }
            };
            let networks: Vec<IpNet> = networks
                .into_iter()
                .map(|(bits, length, mapped)| {
                    IpNet::new(address(bits, mapped), if mapped { length + 96 } else { length }).unwrap()
                })
                .collect();
            let set = Networks::new(&networks);
            for (bits, mapped) in addresses {
                let address = address(bits, mapped);
                let canonical = address.to_canonical();
                let one = networks.iter().any(|one| one.contains(&canonical) || one.contains(&address));
                prop_assert_eq!(set.contains(address), one, "{} in {:?}", address, networks);
            }
        }
    }
}
