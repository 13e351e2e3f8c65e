#!/usr/bin/env python3
"""Writes buckets.csv: 1,000 assignments, from nothing but hashlib and integers.

The file beside this script pins where every user of every flag stands. It is written once and never
regenerated: a change in it is a change of who sees what, in every program that uses these flags. The
script is kept so that anyone can see that an independent implementation gives the same figures:

    python3 tests/golden/make_buckets.py | diff - tests/golden/buckets.csv

Columns: `salt` and `key` are what is hashed. `rollout` and `variant` are the top 64 bits of the two
buckets. `in_<p>` says whether the key is in at p percent, `split` which variant of a 50/30/20 split it
falls into. `rule_salt`, `rule_rollout`, `rule_in_10` and `rule_split` are the same for a rule of that flag.
"""

import hashlib

PERCENTAGES = ["0.001", "1", "10", "25", "50", "75", "99.999"]
SPLIT = [("control", 50), ("variant_a", 30), ("variant_b", 20)]

# The salts of most flags are their keys; the last five are explicit ones.
FLAGS = [
    "community.forums", "community.profiles", "experimental.ai_signals", "security.2fa", "new-dashboard",
    "checkout-test", "checkout-button-test", "gradual-rollout", "enhanced_analytics", "beta_features",
    "dashboard_widget", "new_feature", "advanced_processing", "phase1_config_externalization",
    "phase1_pydantic_settings", "phase1_environment_configs", "phase2_health_checks", "phase4_code_quality",
    "a", "A.Very-Long_flag." + "key" * 20,
    "checkout-2026", "0", "größe", "機能フラグ", "salt with spaces and ünïcödé 🎲",
]
# A rule's salt ends with its name, or with its position when it has none.
RULES = ["premium in the EU", "1", "2", "admins", "ten percent again", "regla número uno"]

FIXED_KEYS = [
    "user-1", "user-2", "beta1", "admin1", "anonymous", "1", "42", "007", "-1", "9223372036854775807", "1.5",
    "0.1", "true", "false", "null", "a", "A", " ", " padded ", "Ärger", "user@example.com", "用户42", "🦀", "e\u0301",
    "\u00e9", "x" * 15, "x" * 16, "x" * 63, "x" * 64, "x" * 1000, "https://example.com/users/1?tab=2#top",
]


def rollout_bucket(salt, key):
    """The whole arithmetic, for the rollout stream."""
    k = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big")
    s = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:16], "big") | 1
    return k * s % 2**128 >> 64


def variant_bucket(salt, key):
    """The same for the variant stream: the other half of the salt's digest."""
    k = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big")
    t = int.from_bytes(hashlib.sha256(salt.encode()).digest()[16:], "big") | 1
    return k * t % 2**128 >> 64


def is_in(bucket, percentage):
    """Half-open, in thousandths of a percent: 0 is nobody, 100 everybody."""
    whole, _, fraction = percentage.partition(".")
    thousandths = int(whole) * 1000 + int((fraction + "000")[:3])
    return thousandths == 100_000 or bucket < thousandths * 2**64 // 100_000


def split(bucket):
    """The ranges are laid out in declared order; the last takes the rest."""
    cumulative = 0
    for name, weight in SPLIT[:-1]:
        cumulative += weight * 1000
        if bucket < cumulative * 2**64 // 100_000:
            return name
    return SPLIT[-1][0]


def keys(salt):
    """Forty keys: ten fixed ones, and user ids, UUIDs and hexadecimal ids that no two salts share."""
    at = FLAGS.index(salt)
    for n in range(10):
        yield FIXED_KEYS[(at * 10 + n) % len(FIXED_KEYS)]
    for n in range(10):
        yield f"user-{at * 1000 + 100 + n}"
    for n in range(20):
        digits = hashlib.sha256(f"{salt}#{n}".encode()).hexdigest()
        if n % 2:
            yield digits[: 8 + n]
        else:
            yield f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def main():
    answer = {True: "1", False: "0"}
    print(",".join(
        ["salt", "key", "rollout"] + [f"in_{p}" for p in PERCENTAGES]
        + ["variant", "split", "rule_salt", "rule_rollout", "rule_in_10", "rule_split"]))
    for at, salt in enumerate(FLAGS):
        for n, key in enumerate(keys(salt)):
            rule = f"{salt}/{RULES[(at + n) % len(RULES)]}"
            rollout, variant, rule_rollout = rollout_bucket(salt, key), variant_bucket(salt, key), rollout_bucket(rule, key)
            row = [salt, key, str(rollout)] + [answer[is_in(rollout, p)] for p in PERCENTAGES]
            row += [str(variant), split(variant), rule, str(rule_rollout), answer[is_in(rule_rollout, "10")]]
            row += [split(variant_bucket(rule, key))]
            assert not any("," in field or '"' in field or "\n" in field for field in row)
            print(",".join(row))


if __name__ == "__main__":
    main()
