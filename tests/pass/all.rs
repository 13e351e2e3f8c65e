//! What compiles, case by case, in one program: trybuild builds each program it is given from scratch.

mod ambient;
mod context;
mod fallbacks;
mod fixed;
mod functions;
mod modules;
mod names;
mod required;
mod values;

fn main() {
    ambient::main();
    context::main();
    fallbacks::main();
    fixed::main();
    functions::main();
    modules::main();
    names::main();
    required::main();
    values::main();
}
