//! The buffers of a worker: lent to connections for as long as they hold bytes, so that those which only wait need none.

use std::cell::RefCell;

/// Length of a buffer to read into.
pub(crate) const READ_BYTES: usize = 64 << 10;

/// Buffers of each kind that are kept.
const KEPT: usize = 16;

/// A buffer for output is kept up to this capacity.
const KEPT_OUTPUT: usize = 1 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    inputs: RefCell<Vec<Vec<u8>>>,
    outputs: RefCell<Vec<Vec<u8>>>,
}

impl Pool {
    /// A buffer of [`READ_BYTES`] bytes, with anything in it.
    pub fn input(&self) -> Vec<u8> {
        let kept = self.inputs.borrow_mut().pop();
        kept.unwrap_or_else(|| vec![0; READ_BYTES])
    }

    /// Takes a buffer to read into back; one of another length is dropped.
    pub fn return_input(&self, buffer: Vec<u8>) {
        let mut inputs = self.inputs.borrow_mut();
        if buffer.len() == READ_BYTES && inputs.len() < KEPT {
            inputs.push(buffer);
        }
    }

    /// An empty buffer for output.
    pub fn output(&self) -> Vec<u8> {
        self.outputs.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes a buffer for output back; a large one is dropped.
    pub fn return_output(&self, mut buffer: Vec<u8>) {
        let mut outputs = self.outputs.borrow_mut();
        if (1..=KEPT_OUTPUT).contains(&buffer.capacity()) && outputs.len() < KEPT {
            buffer.clear();
            outputs.push(buffer);
        }
    }
}
