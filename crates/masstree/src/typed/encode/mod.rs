//! The encodings, by family. Each file opens with its format.

mod composite;
mod floats;
mod integers;
mod pointers;
mod std_types;
mod strings;
#[cfg(test)]
mod tests;
mod tuples;

pub use floats::Total;
