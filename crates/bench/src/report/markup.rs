//! What all pages have in common: the style, without fonts, scripts or anything from elsewhere, and text that is safe in a page.

/// The style sheet, light and dark.
pub(crate) const STYLE: &str = "\
:root { color-scheme: light dark; --text: #1b1f24; --soft: #59636e; --ground: #ffffff; --line: #d5dae0; --ours: #0f62ae; --peer: #9aa5b1; --limit: #d8c9a3; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --soft: #9aa5b1; --ground: #14181d; --line: #343c45; --ours: #5aa9f0; --peer: #5d6873; --limit: #6e6242; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 78rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: 0; }
p { margin: .4rem 0; max-width: 46rem; }
.facts, .unit { color: var(--soft); font-size: .9rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; }
dl.facts dt { font-weight: 600; } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.2rem; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1rem 1rem; min-width: 0; }
.map { display: grid; grid-template-columns: 8.2rem 1fr; gap: 0 .6rem; align-items: center; margin-top: .45rem; font-size: .85rem; }
.map > span { overflow-wrap: anywhere; }
.map.ours > span { font-weight: 700; }
.line { display: grid; grid-template-columns: 1fr 4.2rem; gap: .5rem; align-items: center; font-variant-numeric: tabular-nums; }
.line b { font-weight: 400; } .line.best b { font-weight: 700; }
.bar { display: block; height: .62rem; border-radius: 2px; background: var(--peer); min-width: 1px; }
.ours .bar { background: var(--ours); } .limit .bar { background: var(--limit); }
.line:nth-child(even) .bar { opacity: .72; }
.bad { color: var(--bad); }
";

/// Text as it may stand in a page.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
