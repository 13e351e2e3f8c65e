//! Rollouts by tenant: everyone of a company goes on together, and raising the percentage only adds companies.
//!
//! `cargo run --example tenants` prints twelve tenants of five people each.

use flags_runtime::{Context, OverrideError, OverrideState};

flags_runtime::flags!("examples/tenants/flags.yaml");

const PEOPLE: u32 = 5;

fn person(tenant: &str, n: u32) -> FlagsContext {
    let plan = if tenant < "tenant-07" { TenantPlan::Enterprise } else { TenantPlan::Team };
    Flags::context(format!("{tenant}-user-{n}"), tenant).tenant_plan(plan)
}

/// How many of a tenant's people have it: a dot for each who has not.
fn people(has: impl Fn(&FlagsContext) -> bool, tenant: &str) -> String {
    (0..PEOPLE).map(|n| if has(&person(tenant, n)) { '●' } else { '·' }).collect()
}

fn main() -> Result<(), OverrideError> {
    let tenants: Vec<String> = (1..=12).map(|n| format!("tenant-{n:02}")).collect();

    println!("tenant     bucket  forecast  shortcuts  archive");
    for tenant in &tenants {
        // Where the tenant stands between 0 and 100: everyone there has the same bucket.
        let bucket = Flags::REPORTS_FORECAST.bucket(&person(tenant, 0)).unwrap_or_default();
        println!(
            "{tenant}  {bucket:>6.2}  {:<8}  {:<9}  {}",
            people(|ctx| Flags::REPORTS_FORECAST.enabled(ctx), tenant),
            people(|ctx| Flags::REPORTS_SHORTCUTS.enabled(ctx), tenant),
            people(|ctx| Flags::REPORTS_ARCHIVE.enabled(ctx), tenant),
        );
    }

    println!("\nforecasts, from percentage to percentage:");
    let engine = Flags::engine();
    let mut before: Vec<&String> = Vec::new();
    for percentage in [0.0, 25.0, 50.0, 75.0, 100.0] {
        engine.set_override(Flags::REPORTS_FORECAST, OverrideState::Percentage(percentage))?;
        let with: Vec<&String> =
            tenants.iter().filter(|tenant| Flags::REPORTS_FORECAST.enabled(&person(tenant, 0))).collect();
        let kept = before.iter().all(|tenant| with.contains(tenant));
        let new: Vec<&str> =
            with.iter().filter(|tenant| !before.contains(tenant)).map(|tenant| tenant.as_str()).collect();
        println!(
            "{percentage:>4} %  {:>2} tenants, {}; new: {}",
            with.len(),
            if kept { "nobody lost it" } else { "somebody lost it" },
            if new.is_empty() { "none".to_owned() } else { new.join(" ") }
        );
        before = with;
    }
    engine.reset_override(Flags::REPORTS_FORECAST)?;

    println!("\nwithout a tenant there is nothing to ask with:");
    if let Err(missing) = FlagsContext::try_from(Context::new("user-1")) {
        println!("{missing}");
    }
    println!("\nwhy tenant-03 keeps its reports, or does not:");
    print!("{}", Flags::REPORTS_ARCHIVE.explain(&person("tenant-03", 0)));
    Ok(())
}
