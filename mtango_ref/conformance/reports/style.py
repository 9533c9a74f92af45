"""How the HTML report looks."""

STYLE = """
:root { color-scheme: light dark;
  --ground: #fff; --panel: #f5f6f8; --line: #dfe2e7; --ink: #1b1f24; --soft: #5c6672;
  --good: #1a7f42; --bad: #c3261f; --off: #8a93a0; --bad-ground: #fdeeed; --good-ground: #eaf6ee; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #14171b; --panel: #1d2127; --line: #343a43; --ink: #e6e9ed; --soft: #9aa5b1;
  --good: #56c783; --bad: #ff7b72; --off: #7b8592; --bad-ground: #351b1b;
  --good-ground: #16291d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; text-transform: capitalize; }
h4 { font-size: .8rem; margin: 1rem 0 .35rem; color: var(--soft); font-weight: 600; }
p { margin: 0 0 .75rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: .85em; color: var(--soft); }
pre { font-size: .8rem; line-height: 1.45; margin: 0; padding: .75rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px; max-height: 26rem; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.kicker { color: var(--soft); font-size: .85rem; margin: 0 0 .25rem; }
.verdict { display: inline-block; font-weight: 600; padding: .3rem .8rem; border-radius: 6px; }
.verdict.failed { background: var(--bad-ground); color: var(--bad); }
.verdict.passed { background: var(--good-ground); color: var(--good); }
.bar { display: flex; gap: 2px; height: .6rem; border-radius: 4px; overflow: hidden;
  margin: .5rem 0 .4rem; }
.bar span { min-width: 4px; }
.bar .passed { background: var(--good); } .bar .failed { background: var(--bad); }
.bar .not-implemented { background: var(--off); }
.legend { font-size: .85rem; color: var(--soft); }
.legend span { margin-right: 1.25rem; }
.legend .passed b, td.passed { color: var(--good); }
.legend .failed b, td.failed, td.failed a { color: var(--bad); }
td.not-implemented, .legend .not-implemented b { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0; padding: 1rem; background: var(--panel); border-radius: 8px; }
.facts dt { font-size: .75rem; color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.note { border-left: 3px solid var(--off); padding-left: .75rem; color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 400; }
thead th { color: var(--soft); font-size: .75rem; padding: .25rem .5rem; }
tbody th[scope=rowgroup] { font-weight: 600; padding: .9rem .5rem .2rem; }
tbody th[scope=rowgroup]::first-letter { text-transform: uppercase; }
tbody th[scope=row] { padding: .2rem .5rem .2rem 1.5rem; }
td { padding: .2rem .5rem; }
tbody tr + tr { border-top: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; width: 9rem; }
td.failed { font-weight: 600; background: var(--bad-ground); }
td.none { color: var(--line); }
.failure { border: 1px solid var(--line); border-left: 3px solid var(--bad); border-radius: 6px;
  margin: 0 0 .5rem; padding: 0 1rem; }
.failure summary { padding: .6rem 0; cursor: pointer; overflow-wrap: anywhere; }
.failure .name { font-weight: 600; }
.failure .first { display: block; color: var(--soft); font-size: .85rem; padding-left: 1.1rem; }
.failure[open] .first { display: none; }
.failure[open] { padding-bottom: 1rem; }
blockquote { margin: 0 0 .75rem; color: var(--soft); font-style: italic; }
.differences { margin: 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.sides > div { min-width: 0; }
.names { margin-top: 1.5rem; }
.names summary { cursor: pointer; }
.names summary h2 { display: inline; }
.names .count { color: var(--soft); }
.names ul { margin: 0; padding-left: 1.2rem; font-size: .9rem; }
.names small { display: block; color: var(--soft); }
footer { margin-top: 3rem; color: var(--soft); font-size: .8rem; }
@media (max-width: 40rem) { .n { width: 3rem; } .sides { grid-template-columns: 1fr; }
  tbody th[scope=row] { padding-left: .5rem; overflow-wrap: anywhere; } }
@media print { .failure, pre { break-inside: avoid; } pre { max-height: none; } }
"""
