//! Models of the whole tree under loom, one or more for each protocol of `docs/concurrency.md`; `ci/loom.sh` runs them.
//!
//! Each model prepares a map, then lets two threads run an operation or two. Values are loom atomics behind `Arc`s, made by the thread that
//! inserts them: loom refuses a load by a thread that cannot know that they have been made, so that a value, record, layer or node that is
//! seen before its content is a failure. Freeing is not modelled: under loom the guards of a map keep everything.
#![cfg(loom)]

mod finger;
mod harness;
mod layers;
mod one_leaf;
mod split;
mod unlink;
