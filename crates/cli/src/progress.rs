//! Progress bars, on a terminal only.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for so many bytes, or one without an end. It shows itself on standard error, and only if that is a terminal.
pub fn bytes(what: &'static str, total: Option<u64>) -> ProgressBar {
    bar(what, total, "{bytes} of {total_bytes}", "{bytes}")
}

/// A bar for so many rows, or one without an end.
pub fn rows(what: &'static str, total: Option<u64>) -> ProgressBar {
    bar(
        what,
        total,
        "{human_pos} of {human_len} rows",
        "{human_pos} rows",
    )
}

fn bar(what: &'static str, total: Option<u64>, ended: &str, endless: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let template = match total {
        Some(_) => format!("{{msg}} [{{bar:40}}] {ended}, {{eta}} left"),
        None => format!("{{spinner}} {{msg}} {endless}, {{elapsed}}"),
    };
    let bar = ProgressBar::with_draw_target(total, target).with_message(what);
    // The template is one of the two above; without it the bar would only look plainer.
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
