//! `runtime`: threads, connections, and when requests are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Span;

/// Threads, connections, and when requests are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Runtime {
    /// Threads that send.
    pub num_threads: usize,
    /// Connections of each thread.
    pub connections_per_thread: usize,
    /// Requests that a connection may have sent without an answer.
    pub pipeline: usize,
    /// Whether each thread stays on a core of its own.
    pub pin: bool,
    /// Operations per second of all threads together, sent whether or not the server keeps up. Not said: as many as it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// When the requests of `rate` are sent.
    pub arrival: Arrival,
    /// A request without an answer for so long is counted as a timeout, and its connection given up.
    pub timeout: Span,
    /// The shape "ramp".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// The shape "spike".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spike: Option<Spike>,
    /// The shape "sinusoidal".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sinusoidal: Option<Sinusoidal>,
    /// The shape "sawtooth".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sawtooth: Option<Sawtooth>,
}

impl Default for Runtime {
    fn default() -> Self {
        Self {
            num_threads: 1,
            connections_per_thread: 1,
            pipeline: 1,
            pin: false,
            rate: None,
            arrival: Arrival::default(),
            timeout: Span::seconds(10),
            ramp: None,
            spike: None,
            sinusoidal: None,
            sawtooth: None,
        }
    }
}

/// When requests are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// At equal distances.
    #[default]
    Uniform,
    /// Each independently of the others.
    Poisson,
    /// At a rate that rises evenly.
    Ramp,
    /// At a rate that jumps up for a while.
    Spike,
    /// At a rate that swings.
    Sinusoidal,
    /// At a rate that rises evenly and falls at once, again and again.
    Sawtooth,
}

impl Arrival {
    /// The name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Poisson => "poisson",
            Self::Ramp => "ramp",
            Self::Spike => "spike",
            Self::Sinusoidal => "sinusoidal",
            Self::Sawtooth => "sawtooth",
        }
    }
}

/// From `runtime.rate` to another rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ramp {
    /// The rate at the end; ten times `runtime.rate` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// How long it takes; the whole run if not said. The end's rate goes on after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

/// From `runtime.rate` to another rate and back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Spike {
    /// The other rate; ten times `runtime.rate` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// When it begins; after a third of the run if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Span>,
    /// How long it lasts; a sixth of the run if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

/// Around `runtime.rate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sinusoidal {
    /// How far up and down; half of `runtime.rate` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amplitude: Option<f64>,
    /// How long a swing takes; the whole run if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Span>,
}

/// From `runtime.rate` up, again and again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sawtooth {
    /// The rate at the top; twice `runtime.rate` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// How long a tooth is; a quarter of the run if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Span>,
}
