//! The shapes of arrivals, with what a file leaves to defaults.

use crate::load::draw::arrivals::Shape;
use crate::load::file::{Arrival, Runtime, Span};

/// The shape of the arrivals, with its defaults.
pub(super) fn shape(runtime: &Runtime, base: f64, seconds: f64) -> Shape {
    let or =
        |span: Option<Span>, usual: f64| span.map_or(usual, |span| span.0.as_secs_f64()).max(0.001);
    match runtime.arrival {
        Arrival::Uniform => Shape::Uniform,
        Arrival::Poisson => Shape::Poisson,
        Arrival::Ramp => {
            let ramp = runtime.ramp.clone().unwrap_or_default();
            Shape::Ramp(ramp.to.unwrap_or(10.0 * base), or(ramp.duration, seconds))
        }
        Arrival::Spike => {
            let spike = runtime.spike.clone().unwrap_or_default();
            Shape::Spike(
                spike.rate.unwrap_or(10.0 * base),
                spike
                    .start
                    .map_or(seconds / 3.0, |start| start.0.as_secs_f64()),
                or(spike.duration, seconds / 6.0),
            )
        }
        Arrival::Sinusoidal => {
            let sine = runtime.sinusoidal.clone().unwrap_or_default();
            Shape::Sinusoidal(
                sine.amplitude.unwrap_or(base / 2.0),
                or(sine.period, seconds),
            )
        }
        Arrival::Sawtooth => {
            let saw = runtime.sawtooth.clone().unwrap_or_default();
            Shape::Sawtooth(saw.to.unwrap_or(2.0 * base), or(saw.period, seconds / 4.0))
        }
    }
}
