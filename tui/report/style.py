"""How the page looks: light and dark, on a screen and on paper, in Latin letters and in Chinese."""

import re

from tui.colours import DARK, LIGHT, MEMORY

SERIES_LIGHT = ("#0b62c4", "#c2410c", "#1a7f37", "#8e3b8a", "#a16207", "#0f766e", "#b91c1c", "#64748b")
SERIES_DARK = ("#6cb6ff", "#ff9e64", "#7bd88f", "#d19bf0", "#f0c14b", "#4fd1c5", "#ff7b72", "#94a3b8")
SANS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "PingFang SC", '
    '"Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", '
    '"WenQuanYi Micro Hei", sans-serif'
)
MONO = (
    'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", '
    '"Noto Sans Mono CJK SC", "Microsoft YaHei", monospace'
)


def _colours(theme_is_dark: bool) -> dict[str, str | None]:
    theme = DARK if theme_is_dark else LIGHT
    series = SERIES_DARK if theme_is_dark else SERIES_LIGHT
    return {
        "ground": theme.background,
        "surface": theme.surface,
        "panel": theme.panel,
        "ink": theme.foreground,
        "link": theme.primary,
        "good": theme.success,
        "warning": theme.warning,
        "bad": theme.error,
        "faint": "#8b98a9" if theme_is_dark else "#57606a",
        "rule": "#2d3846" if theme_is_dark else "#d5dae1",
    } | {f"s{i}": colour for i, colour in enumerate(series)}


def _variables(theme_is_dark: bool) -> str:
    return "".join(f"--{name}:{value};" for name, value in _colours(theme_is_dark).items())


def _series() -> str:
    rules = [f".chart .s{i}{{fill:var(--s{i})}}.chart .s{i}-line{{stroke:var(--s{i})}}" for i in range(8)]
    rules += [f".chart .m-{name}{{fill:{colour}}}" for name, colour in MEMORY.items()]
    return "".join(rules)


_SHOWN = "".join(
    f"#show-{language}:not(:checked)~article.{language}{{display:none}}"
    f"#show-{language}:checked~nav label[for=show-{language}]{{background:var(--panel);font-weight:600}}"
    f"#show-{language}:focus-visible~nav label[for=show-{language}]{{outline:2px solid var(--link)}}"
    for language in ("en", "zh")
)

_CHART = f"""
.chart text{{font-size:12px;fill:var(--ink)}}.chart .tick,.chart .label{{fill:var(--faint)}}
.chart .strong{{font-weight:700}}
.chart .name{{paint-order:stroke;stroke:var(--surface);stroke-width:3px}}
.chart .grid{{stroke:var(--rule)}}.chart .axis{{stroke:var(--faint)}}
.chart .error{{stroke:var(--faint);opacity:.35}}
.chart .plain{{fill:none;stroke:var(--ink);stroke-width:1.4}}
.chart .ring{{fill:none;stroke:var(--ink);stroke-width:1.8}}
.chart .front{{fill:none;stroke:var(--faint);stroke-width:1.6;stroke-dasharray:5 4}}
.chart .curve{{fill:none;stroke-width:2}}.chart .level{{stroke-width:1.6;stroke-dasharray:5 4}}
.chart .whisker{{stroke:var(--ink);stroke-width:1.4}}
.chart .budget{{stroke:var(--bad);stroke-width:2}}
.chart .m-whole{{fill:var(--faint)}}
.chart .band0{{fill:var(--good);opacity:.14}}.chart .band1{{fill:var(--good);opacity:.05}}
.chart .band2{{fill:var(--warning);opacity:.16}}.chart .band3{{fill:var(--bad);opacity:.16}}
{_series()}
""".strip()

PICTURE = f".chart{{font-family:{SANS}}}.tokens{{font:14px {MONO}}}" + re.sub(
    r"var\(--(\w+)\)", lambda found: str(_colours(False)[found[1]]), _CHART
)
"""The rules of a picture in a file of its own, in light colours: few readers of SVG know variables."""

STYLE = f"""
:root{{color-scheme:light dark;{_variables(False)}}}
@media (prefers-color-scheme:dark){{:root{{{_variables(True)}}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 {SANS};
-webkit-text-size-adjust:100%}}
article{{max-width:1080px;margin:0 auto;padding:32px 24px 64px}}
.switch{{position:absolute;opacity:0;pointer-events:none}}
nav{{position:absolute;top:20px;right:24px;display:flex;gap:4px}}
nav label{{cursor:pointer;padding:2px 10px;border-radius:6px;font-size:14px}}
{_SHOWN}
h1{{font-size:26px;line-height:1.3;margin:2px 0 20px;padding-right:150px}}
h2{{font-size:20px;line-height:1.3;margin:44px 0 12px;padding-top:14px;border-top:1px solid var(--rule)}}
h3{{font-size:16px;margin:26px 0 8px}}
p{{margin:8px 0}}
.subtitle{{color:var(--faint);font-size:14px;margin:0}}
.lead{{background:var(--surface);border:1px solid var(--rule);border-left:6px solid var(--faint);
border-radius:10px;padding:18px 24px}}
.lead.good{{border-left-color:var(--good)}}.lead.warning{{border-left-color:var(--warning)}}
.lead.bad{{border-left-color:var(--bad)}}
.lead p{{margin:0}}
.badge{{font-size:13px;font-weight:600;color:var(--faint)}}
.good .badge{{color:var(--good)}}.warning .badge{{color:var(--warning)}}.bad .badge{{color:var(--bad)}}
.answer{{font-size:32px;line-height:1.25;font-weight:700;overflow-wrap:anywhere}}
.lead .sentence{{font-size:18px;margin-top:8px}}
.lead dl{{display:flex;flex-wrap:wrap;gap:12px 36px;margin:16px 0 0;background:none;border:0;padding:0}}
.lead dl div{{display:block;border:0;padding:0}}
.lead dt{{font-size:13px;color:var(--faint);width:auto}}.lead dd{{font-size:18px;font-weight:600}}
.note{{border-left:4px solid var(--faint);padding:6px 14px;background:var(--surface);
border-radius:0 6px 6px 0}}
.note.good{{border-color:var(--good)}}.note.warning{{border-color:var(--warning)}}
.note.bad{{border-color:var(--bad)}}
ul{{margin:8px 0;padding-left:22px}}li{{margin:4px 0}}
.table{{overflow-x:auto}}
table{{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}}
th{{text-align:left;font-weight:600;color:var(--faint);border-bottom:2px solid var(--rule);
padding:6px 10px 6px 0;vertical-align:bottom;word-break:keep-all}}
td{{border-bottom:1px solid var(--rule);padding:6px 10px 6px 0;vertical-align:top;
overflow-wrap:break-word}}
.right{{text-align:right}}td.right,td.short{{white-space:nowrap}}
tr.good td{{background:color-mix(in srgb,var(--good) 12%,transparent)}}
tr.good td:first-child,tr.warning td:first-child{{padding-left:8px}}
tr.warning td{{background:color-mix(in srgb,var(--warning) 12%,transparent)}}
dl{{margin:8px 0;font-size:15px}}
dl div{{display:flex;gap:16px;padding:4px 0;border-bottom:1px solid var(--rule)}}
dt{{flex:none;width:210px;color:var(--faint)}}dd{{margin:0;min-width:0;overflow-wrap:anywhere}}
code,pre,.id{{font-family:{MONO};font-size:13px}}
code{{overflow-wrap:anywhere}}
.id{{color:var(--link);text-decoration:none;white-space:nowrap}}a.id:hover{{text-decoration:underline}}
.id:target{{background:var(--warning);color:var(--ground)}}
.command{{margin:12px 0}}
pre{{margin:0;padding:10px 14px;background:var(--panel);border-radius:8px;
white-space:pre-wrap;overflow-wrap:anywhere}}
.gives{{font-size:14px;columns:3 260px;margin:6px 0 0}}.gives li{{margin:1px 0;break-inside:avoid}}
figure{{margin:18px 0 30px;background:var(--surface);border:1px solid var(--rule);border-radius:10px;
padding:16px 20px}}
figcaption{{font-size:15px;margin-bottom:10px}}figcaption strong{{display:block;font-size:17px}}
.chart{{display:block;width:100%;max-width:900px;height:auto;margin:0 auto;font-family:inherit}}
{_CHART}
@media (max-width:640px){{article{{padding:56px 14px 40px}}.answer{{font-size:26px}}h1{{padding-right:0}}
dl div{{display:block}}.table td{{min-width:88px}}}}
@page{{size:A4;margin:14mm 12mm}}
@media print{{:root{{color-scheme:light;{_variables(False)}--ground:#fff}}
body{{font-size:10.5pt}}article{{max-width:none;padding:0}}nav{{display:none}}
*{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
.answer{{font-size:22pt}}h1{{padding-right:0}}h2,h3,figcaption{{break-after:avoid}}
figure,.lead,tr,.command{{break-inside:avoid}}thead{{display:table-header-group}}
table{{font-size:7.6pt}}th,td{{padding:3px 6px 3px 0}}.table{{overflow:visible}}
code,pre,.id{{font-size:7.4pt}}
.id{{color:inherit}}h2{{margin-top:26px}}.chart{{max-width:640px}}}}
"""
