//! The chart: four panels with a line for each map, as one SVG that needs nothing from elsewhere.
//!
//! Numbers of keys and times have logarithmic axes, so that equal distances are equal ratios; memory has an even one from zero.
//! Our maps are drawn last and thicker; one legend names the lines of all panels.

use std::fmt::Write as _;

use crate::points::{Curve, Growth, Point};

const WIDTH: f64 = 1120.0;
const HEIGHT: f64 = 962.0;
/// What is above and below the panels.
const HEAD: f64 = 146.0;
const FOOT: f64 = 40.0;
/// The room around the plot of a panel, and its size.
const LEFT: f64 = 64.0;
const TOP: f64 = 50.0;
const PLOT: (f64, f64) = (466.0, 290.0);
const PANEL: (f64, f64) = (WIDTH / 2.0, (HEIGHT - HEAD - FOOT) / 2.0);

/// Ours first; the others are told apart by hue and by lightness.
const COLOURS: [&str; 8] = [
    "#0f62ae", "#12876f", "#c2570c", "#8a3ffc", "#5f6b76", "#b3261e", "#9a7b00", "#d12771",
];

const STYLE: &str = "text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1b1f24; } \
.title { font-size: 23px; font-weight: 700; } .panel { font-size: 16px; font-weight: 700; } .soft { fill: #59636e; } \
.grid { stroke: #e3e7eb; } .axis { stroke: #8a949e; } polyline { fill: none; stroke-width: 2; stroke-linejoin: round; } .ours { stroke-width: 3.4; }";

/// What one panel shows.
struct Panel {
    title: &'static str,
    unit: &'static str,
    even: bool,
    pick: fn(&Point) -> Option<f64>,
}

const PANELS: [Panel; 4] = [
    Panel {
        title: "Lookup of a random key",
        unit: "nanoseconds, logarithmic",
        even: false,
        pick: |point| point.lookup,
    },
    Panel {
        title: "Insert, from empty up to all keys",
        unit: "nanoseconds, logarithmic",
        even: false,
        pick: |point| point.insert,
    },
    Panel {
        title: "Scan of 100, each entry",
        unit: "nanoseconds, logarithmic",
        even: false,
        pick: |point| point.scan,
    },
    Panel {
        title: "Memory",
        unit: "resident bytes a key",
        even: true,
        pick: |point| point.memory,
    },
];

/// A number of keys in few letters.
fn keys(count: f64) -> String {
    match count {
        millions if millions >= 1e6 => format!("{} M", millions / 1e6),
        thousands if thousands >= 1e3 => format!("{} k", thousands / 1e3),
        few => few.to_string(),
    }
}

/// 1, 2 and 5 times each power of ten from `low` to `high`.
fn steps(low: f64, high: f64) -> Vec<f64> {
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    powers
        .flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)))
        .filter(|mark| (low * 0.999..=high * 1.001).contains(mark))
        .collect()
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `value`, or the largest that is at most that.
fn rounded(value: f64, up: bool) -> f64 {
    let marks = steps(value / 10.0, value * 10.0);
    if up {
        marks.into_iter().find(|mark| *mark >= value * 0.999)
    } else {
        marks.into_iter().rfind(|mark| *mark <= value * 1.001)
    }
    .unwrap_or(value)
}

/// An axis: which values it spans, and where its marks are.
struct Axis {
    low: f64,
    high: f64,
    even: bool,
    marks: Vec<f64>,
}

impl Axis {
    /// An axis for `values`, which are positive.
    fn over(values: &[f64], even: bool) -> Self {
        let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let least = values.iter().copied().fold(most, f64::min);
        if even {
            let step = rounded(most / 6.0, true);
            let count = (most / step).ceil();
            let marks = (0..=count as i32).map(|mark| f64::from(mark) * step);
            return Self {
                low: 0.0,
                high: count * step,
                even,
                marks: marks.collect(),
            };
        }
        let (low, high) = (rounded(least, false), rounded(most, true));
        let marks = steps(low, high);
        Self {
            low,
            high: high.max(low * 2.0),
            even,
            marks,
        }
    }

    /// Where a value is, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        if self.even {
            value / self.high
        } else {
            (value / self.low).ln() / (self.high / self.low).ln()
        }
    }
}

/// Text that is safe in a drawing.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Draws all.
pub fn svg(growth: &Growth) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
         <title>How cost grows with the number of keys</title>\n<style>{STYLE}</style>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    let machine = &growth.machine;
    let caches = machine.caches.iter().map(|cache| format!(", {cache}"));
    let commit = growth
        .commit
        .iter()
        .map(|commit| format!(", commit {commit}"));
    let facts = format!(
        "{}, {} cores{}, {:.0} GiB; {}{}",
        machine.processor,
        machine.cores,
        caches.collect::<String>(),
        machine.memory as f64 / f64::from(1 << 30),
        growth.date,
        commit.collect::<String>(),
    );
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        out,
        "<text class=\"title\" x=\"24\" y=\"42\">How cost grows with the number of keys</text>\n<text x=\"24\" y=\"68\">Keys of 8 random bytes, one thread, the maps of each size in turns, every answer checked.</text>\n\
         <text class=\"soft\" x=\"24\" y=\"90\">{}</text>",
        escape(&facts)
    );
    legend(&growth.curves, &mut out);
    for (index, panel) in PANELS.iter().enumerate() {
        let at = (
            (index % 2) as f64 * PANEL.0,
            HEAD + (index / 2) as f64 * PANEL.1,
        );
        draw(panel, &growth.curves, at, &mut out);
    }
    let _ = writeln!(
        out,
        "<text class=\"soft\" x=\"24\" y=\"{}\">Less is better in all four panels.</text>\n</svg>",
        HEIGHT - 16.0
    );
    out
}

/// Whether a map is ours.
fn is_ours(map: &str) -> bool {
    map.starts_with("ours") || map == "ferntree"
}

fn class(map: &str) -> &'static str {
    if is_ours(map) { " class=\"ours\"" } else { "" }
}

/// The names beside pieces of their lines.
fn legend(curves: &[Curve], out: &mut String) {
    let mut x = 24.0;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let (ours, name) = (is_ours(&curve.map), escape(&curve.title));
        let _ = writeln!(
            out,
            "<polyline{} stroke=\"{colour}\" points=\"{x:.0},117 {:.0},117\"/><circle cx=\"{:.0}\" cy=\"117\" r=\"3.4\" fill=\"{colour}\"/>\
             <text x=\"{:.0}\" y=\"122\" font-weight=\"{}\">{name}{}</text>",
            class(&curve.map),
            x + 30.0,
            x + 15.0,
            x + 38.0,
            if ours { "700" } else { "400" },
            if ours { " (ours)" } else { "" },
        );
        let letters = curve.title.chars().count() + if ours { 7 } else { 0 };
        x += 66.0 + 7.2 * letters as f64;
    }
}

/// Draws one panel with its upper left corner at `at`.
fn draw(panel: &Panel, curves: &[Curve], at: (f64, f64), out: &mut String) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let values: Vec<f64> = points().filter_map(panel.pick).collect();
    let sizes: Vec<f64> = points().map(|point| point.keys as f64).collect();
    if values.is_empty() {
        return;
    }
    let (across, up) = (Axis::over(&sizes, false), Axis::over(&values, panel.even));
    let (left, top) = (at.0 + LEFT, at.1 + TOP);
    let bottom = top + PLOT.1;
    let x = |value: f64| left + across.share(value) * PLOT.0;
    let y = |value: f64| bottom - up.share(value) * PLOT.1;
    let _ = writeln!(
        out,
        "<text class=\"panel\" x=\"{:.0}\" y=\"{:.0}\">{}</text><text class=\"soft\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
        at.0 + 24.0,
        at.1 + 20.0,
        panel.title,
        at.0 + 24.0,
        at.1 + 38.0,
        panel.unit
    );
    for mark in &up.marks {
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\"/><text class=\"soft\" x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{mark}</text>",
            left + PLOT.0,
            y(*mark),
            left - 8.0,
            y(*mark) + 4.5
        );
    }
    for mark in across
        .marks
        .iter()
        .filter(|mark| mark.log10().fract().abs() < 1e-9 || **mark == across.high)
    {
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/><text class=\"soft\" x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"middle\">{2}</text>",
            x(*mark),
            bottom + 19.0,
            keys(*mark)
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{left:.1}\" x2=\"{0:.1}\" y1=\"{bottom:.1}\" y2=\"{bottom:.1}\"/><text class=\"soft\" x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"end\">keys</text>",
        left + PLOT.0,
        bottom + 36.0
    );
    let mut lines: Vec<_> = curves.iter().zip(COLOURS.iter().cycle()).collect();
    lines.sort_by_key(|(curve, _)| is_ours(&curve.map));
    for (curve, colour) in lines {
        let known = curve
            .points
            .iter()
            .filter_map(|point| (panel.pick)(point).map(|value| (x(point.keys as f64), y(value))));
        let known: Vec<(f64, f64)> = known.collect();
        let path: Vec<String> = known
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = write!(
            out,
            "<polyline{} stroke=\"{colour}\" points=\"{}\"/>",
            class(&curve.map),
            path.join(" ")
        );
        for (x, y) in known {
            let _ = write!(
                out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.4\" fill=\"{colour}\"/>"
            );
        }
        out.push('\n');
    }
}
