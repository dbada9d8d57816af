//! The program `masstree`.
fn main() {}
