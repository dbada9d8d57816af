//! Line charts as SVG, drawn here: two axes, even or logarithmic, and a line for each series.

use std::fmt::Write as _;

use super::markup::{colour, legend};
use crate::report::markup::escape;

/// Inside the frame, in units of the drawing.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;

/// The most points of a line; of more, each is the highest of its neighbours.
const MOST: usize = 600;

/// A line.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// How an axis runs.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// From 0 on.
    Even,
    /// By powers of ten.
    Logarithmic,
}

/// What stands at an axis.
pub(super) type Label<'a> = &'a dyn Fn(f64) -> String;

/// A chart.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) lines: Vec<Line>,
    pub(super) scale: Scale,
    pub(super) x_label: &'a str,
    /// Where the x axis is marked, and how; made from its range if there are none.
    pub(super) x_marks: Vec<(f64, String)>,
    pub(super) y_label: Label<'a>,
}

/// A step of 1, 2 or 5 times a power of ten that divides a range into a few parts.
fn step(range: f64) -> f64 {
    let rough = range / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let part = rough / power;
    let nice = match part {
        part if part <= 1.0 => 1.0,
        part if part <= 2.0 => 2.0,
        part if part <= 5.0 => 5.0,
        _ => 10.0,
    };
    nice * power
}

/// Marks from 0 to the end of a range.
fn even_marks(most: f64) -> Vec<f64> {
    if !(most > 0.0 && most.is_finite()) {
        return vec![0.0];
    }
    let step = step(most);
    (0..=(most / step).floor() as usize)
        .map(|index| index as f64 * step)
        .collect()
}

/// Fewer points, without losing a peak.
fn thin(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let width = points.len().div_ceil(MOST).max(1);
    let highest = |chunk: &[(f64, f64)]| {
        let first = chunk.first().copied()?;
        Some(chunk.iter().copied().fold(
            first,
            |best, point| if point.1 > best.1 { point } else { best },
        ))
    };
    points.chunks(width).filter_map(highest).collect()
}

impl Chart<'_> {
    /// The chart as a section of a page; nothing if there is nothing to draw.
    pub(super) fn section(&self) -> String {
        let all = || self.lines.iter().flat_map(|line| &line.points);
        if all().next().is_none() {
            return String::new();
        }
        let most_x = all().map(|point| point.0).fold(0.0, f64::max);
        let most_y = all().map(|point| point.1).fold(0.0, f64::max);
        let least_y = all()
            .map(|point| point.1)
            .filter(|y| *y > 0.0)
            .fold(f64::INFINITY, f64::min);
        let (low, high) = match self.scale {
            Scale::Even => (0.0, if most_y > 0.0 { most_y * 1.05 } else { 1.0 }),
            Scale::Logarithmic if least_y.is_finite() => {
                let (low, high) = (least_y.log10().floor(), most_y.log10().ceil());
                (low, if high > low { high } else { low + 1.0 })
            }
            Scale::Logarithmic => (0.0, 1.0),
        };
        let x = |value: f64| {
            let share = if most_x > 0.0 { value / most_x } else { 0.5 };
            LEFT + share * (WIDTH - LEFT - RIGHT)
        };
        let y = |value: f64| {
            let value = match self.scale {
                Scale::Even => value,
                Scale::Logarithmic => value.max(1e-9).log10().max(low),
            };
            HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        };
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(self.title)
        );
        let marks = match self.scale {
            Scale::Even => even_marks(high),
            Scale::Logarithmic => (low as i32..=high as i32)
                .map(|power| 10_f64.powi(power))
                .collect(),
        };
        for mark in marks {
            let at = y(mark);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                escape(&(self.y_label)(mark))
            );
        }
        self.x_axis(most_x, &x, &mut svg);
        for (index, line) in self.lines.iter().enumerate() {
            draw(&thin(&line.points), &colour(index), (&x, &y), &mut svg);
        }
        svg.push_str("</svg>");
        let names: Vec<String> = self.lines.iter().map(|line| line.name.clone()).collect();
        format!(
            "<section><h2>{}</h2>{svg}{}</section>\n",
            escape(self.title),
            legend(&names)
        )
    }

    fn x_axis(&self, most: f64, x: &dyn Fn(f64) -> f64, svg: &mut String) {
        let made: Vec<(f64, String)> = match self.x_marks.is_empty() {
            true => even_marks(most)
                .into_iter()
                .map(|mark| {
                    (
                        mark,
                        crate::report::number(mark)
                            .trim_end_matches(".00")
                            .to_owned(),
                    )
                })
                .collect(),
            false => self.x_marks.clone(),
        };
        for (mark, text) in made.iter().filter(|(mark, _)| *mark <= most * 1.0001) {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x(*mark),
                HEIGHT - BOTTOM + 16.0,
                escape(text)
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            HEIGHT - 4.0,
            escape(self.x_label)
        );
    }
}

/// A line, or a dot if there is but one point.
fn draw(
    points: &[(f64, f64)],
    colour: &str,
    (x, y): (&dyn Fn(f64) -> f64, &dyn Fn(f64) -> f64),
    svg: &mut String,
) {
    if let [point] = points {
        let _ = write!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" style=\"fill:{colour}\"/>",
            x(point.0),
            y(point.1)
        );
        return;
    }
    let _ = write!(svg, "<polyline style=\"stroke:{colour}\" points=\"");
    for point in points {
        let _ = write!(svg, "{:.1},{:.1} ", x(point.0), y(point.1));
    }
    svg.push_str("\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!(even_marks(10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(even_marks(0.0), [0.0]);
        assert_eq!(even_marks(7_300_000.0).len(), 4);
    }

    #[test]
    fn thinning_keeps_the_peak() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), 1.0)).collect();
        points[4321].1 = 99.0;
        let thinned = thin(&points);
        assert!(thinned.len() <= MOST);
        assert!(thinned.iter().any(|point| point.1 == 99.0));
    }
}
