//! The page's style and frame: no fonts, no scripts, nothing from elsewhere; light and dark, narrow and wide.

use crate::report::markup::{STYLE, escape};

/// What the load's pages have beside the style of all pages.
const OWN_STYLE: &str = "\
:root { --c1: #0f62ae; --c2: #b3541e; --c3: #2e7d4f; --c4: #8a3fa0; --c5: #a8871b; --c6: #5d6873; --c7: #c2185b; --c8: #00838f; }
@media (prefers-color-scheme: dark) { :root { --c1: #5aa9f0; --c2: #f0a066; --c3: #6cc994; --c4: #cf9be0; --c5: #e0c15c; --c6: #9aa5b1; --c7: #f48fb1; --c8: #4dd0e1; } }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr)); gap: .8rem; margin: 1rem 0 1.4rem; }
.figure { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
.figure b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); font-size: .85rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 23rem), 1fr)); gap: 1.2rem; margin: 1.2rem 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 15px system-ui, sans-serif; }
@media (max-width: 40rem) { svg text { font-size: 17px; } }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg circle { stroke: none; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .85rem; color: var(--soft); margin-top: .3rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .35rem; vertical-align: -.08rem; }
pre { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
.found { border: 1px solid var(--bad); border-radius: .5rem; padding: .6rem 1rem; margin: 1rem 0; }
.note { border-left: 3px solid var(--c5); padding: .1rem .8rem; }
h2 { margin: 1.4rem 0 .4rem; } section h2 { margin: 0; }
";

/// The whole page around a body.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n<style>\n{STYLE}{OWN_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// The colour of a series.
pub(super) fn colour(index: usize) -> String {
    format!("var(--c{})", index % 8 + 1)
}

/// Names beside their colours.
pub(super) fn legend(names: &[String]) -> String {
    let mut text = String::from("<div class=\"legend\">");
    for (index, name) in names.iter().enumerate() {
        text.push_str(&format!(
            "<span><i style=\"background:{}\"></i>{}</span>",
            colour(index),
            escape(name)
        ));
    }
    text.push_str("</div>");
    text
}
