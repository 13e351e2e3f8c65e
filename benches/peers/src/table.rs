//! The table: rows are workloads, columns are engines.

use crate::columns::{Column, ROWS, limit, ours};
use crate::support::clock::pin;
use crate::support::rounds::{Measured, Row, measure};

pub fn print(peers: impl IntoIterator<Item = Column>) {
    pin(1);
    let mut columns: Vec<Column> = [limit(), ours()].into_iter().chain(peers).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut batches: Vec<_> =
        columns.iter_mut().map(|column| std::mem::take(&mut column.batches).into_iter()).collect();
    let rows = ROWS.map(|(name, operations)| Row {
        name,
        operations,
        columns: batches.iter_mut().map(|column| column.next().flatten()).collect(),
    });
    let rows = measure(rows.into_iter().collect(), 41, 1e6);
    println!("Nanoseconds per evaluation; `ratio` is ours to the limit's, of the same rounds.\n");
    println!("| work | {} | ratio | {} |", names[..2].join(" | "), names[2..].join(" | "));
    println!("|{}", "---|".repeat(names.len() + 2));
    for Measured { name, nanoseconds, ratios } in rows {
        let cells: Vec<String> = nanoseconds.iter().map(|ns| figure(*ns)).collect();
        println!("| {name} | {} | {:.2} | {} |", cells[..2].join(" | "), ratios[1], cells[2..].join(" | "));
    }
    let several = |name: &str, short: fn(f64) -> String, of: &dyn Fn(&Column) -> Vec<Option<f64>>| {
        let cell = |column: &Column| {
            let figures = of(column);
            if figures.iter().all(Option::is_none) {
                return String::new();
            }
            let figures = figures.into_iter().map(|value| value.map_or("–".to_owned(), short));
            figures.collect::<Vec<_>>().join(" / ")
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        println!("| {name} | {} | | {} |", cells[..2].join(" | "), cells[2..].join(" | "));
    };
    several(
        "two threads, throughput over one: W1 / W5",
        |throughput| format!("{throughput:.1}"),
        &|column| column.scaling.to_vec(),
    );
    several("allocations: W1 / W5 / context", short, &|column| column.allocations.to_vec());
    several("parse and compile 1,000 / 10,000 flags, ms", short, &|column| column.loads.to_vec());
}

fn figure(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n.is_nan() => String::new(),
        n if n < 10.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

fn short(value: f64) -> String {
    if value >= 10.0 || value.fract() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}
