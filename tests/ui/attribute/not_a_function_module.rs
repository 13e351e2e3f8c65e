//! A module is no function.

use flags_runtime::feature_flag;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
mod forums {
    pub fn post() {}
}

fn main() {}
