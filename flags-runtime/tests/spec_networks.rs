//! Networks: an address lies in one, or in one of a list.

mod support;

use support::conditions;

#[test]
fn cidr() {
    conditions(
        "",
        &[
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "10.255.255.255"}"#, "true"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "11.0.0.0"}"#, "false"),
            ("{ ip: { cidr: 10.1.2.3/8 } }", r#"{"ip": "10.9.9.9"}"#, "true"),
            ("{ ip: { cidr: 10.0.0.1 } }", r#"{"ip": "10.0.0.1"}"#, "true"),
            ("{ ip: { cidr: 10.0.0.1 } }", r#"{"ip": "10.0.0.2"}"#, "false"),
            ("{ ip: { cidr: 0.0.0.0/0 } }", r#"{"ip": "203.0.113.7"}"#, "true"),
            ("{ ip: { cidr: [10.0.0.0/8, 192.168.0.0/16] } }", r#"{"ip": "192.168.7.7"}"#, "true"),
            ("{ ip: { cidr: [10.0.0.0/8, 192.168.0.0/16] } }", r#"{"ip": "172.16.0.1"}"#, "false"),
            ("{ ip: { cidr: '2001:db8::/32' } }", r#"{"ip": "2001:db8:0:1::5"}"#, "true"),
            ("{ ip: { cidr: '2001:db8::/32' } }", r#"{"ip": "2001:db9::1"}"#, "false"),
            ("{ ip: { cidr: '2001:db8::1' } }", r#"{"ip": "2001:0DB8:0::1"}"#, "true"),
            ("{ not: { ip: { cidr: 10.0.0.0/8 } } }", r#"{"ip": "172.16.0.1"}"#, "true"),
            ("\"ip cidr ['10.0.0.0/8', '::1']\"", r#"{"ip": "::1"}"#, "true"),
        ],
    );
}

#[test]
fn families_meet_only_where_one_is_written_as_the_other() {
    conditions(
        "",
        &[
            ("{ ip: { cidr: 0.0.0.0/0 } }", r#"{"ip": "::1"}"#, "false"),
            ("{ ip: { cidr: '::/0' } }", r#"{"ip": "10.0.0.1"}"#, "false"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "::ffff:10.0.0.1"}"#, "true"),
            ("{ ip: { cidr: '::/0' } }", r#"{"ip": "::ffff:10.0.0.1"}"#, "true"),
            ("{ ip: { cidr: '::ffff:0:0/96' } }", r#"{"ip": "::ffff:10.0.0.1"}"#, "true"),
        ],
    );
}

#[test]
fn what_is_no_address_is_unknown() {
    conditions(
        "",
        &[
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "10.0.0.1/32"}"#, "unknown"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "10.0.0.1:80"}"#, "unknown"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "10.0.1"}"#, "unknown"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "010.0.0.1"}"#, "unknown"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "example.com"}"#, "unknown"),
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": 167772161}"#, "unknown"),
        ],
    );
}

#[test]
fn declared_addresses() {
    conditions(
        "ip: address, ips: [address]",
        &[
            ("{ ip: { cidr: 10.0.0.0/8 } }", r#"{"ip": "10.0.0.1"}"#, "true"),
            ("{ ips: { cidr: 10.0.0.0/8 } }", r#"{"ips": ["192.0.2.1", "10.0.0.1"]}"#, "true"),
            ("{ ip: 10.0.0.1 }", r#"{"ip": "10.0.0.1"}"#, "true"),
        ],
    );
}
