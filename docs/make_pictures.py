"""Take the README's pictures from the real app: python docs/make_pictures.py, after `basefit demo`.

The evidence is what is in the store; settings are a newcomer's, whatever they are on this machine.

Rich's SVG gives every run of text a `textLength` counted in code points, which squashes Chinese to half
its width: here it is counted in terminal cells.
"""

import asyncio
import os
import re
import tempfile
import time
from html import escape, unescape
from pathlib import Path
from typing import Any

from rich.cells import cell_len

HERE = Path(__file__).parent
SIZE = (112, 34)
SCREENS = {"home": "1", "models": "2", "tokenizers": "3 r", "verdict": "5"}
"""Picture -> the keys that lead to it."""
PATIENCE_S = 120.0
_TEXT = re.compile(r'(<text[^>]*? x=")([\d.]+)("[^>]*? textLength=")([\d.]+)("[^>]*>)([^<]*)(</text>)')
_SPACE = "&#160;"


def widened(svg: str) -> str:
    """The SVG with every text as wide as its cells, and begun where its first letter stands.

    Some viewers drop the spaces at either end of a text: they are left out, and `x` moves instead.
    """

    def mend(match: re.Match[str]) -> str:
        before, x, between, length, after, text, end = match.groups()
        plain = unescape(text)
        shown = plain.strip("\xa0 ")
        if not shown:
            return match[0]
        cell = float(length) / len(plain)
        left = float(x) + cell * (len(plain) - len(plain.lstrip("\xa0 ")))
        words = escape(shown, quote=False).replace("\xa0", _SPACE).replace(" ", _SPACE)
        return f"{before}{left:.1f}{between}{cell * cell_len(shown):.1f}{after}{words}{end}"

    return _TEXT.sub(mend, svg)


async def settled(pilot: Any) -> str:
    """The screen as SVG, once it has stayed the same for two seconds."""
    last, since, began = "", time.monotonic(), time.monotonic()
    while time.monotonic() - since < 2:
        await pilot.pause(0.2)
        now = pilot.app.export_screenshot(title="basefit", simplify=True)
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - began > PATIENCE_S:
            raise RuntimeError("the screen never came to rest")
    return str(pilot.app.export_screenshot(title="basefit"))


async def take(language: str) -> None:
    """One picture of each screen in one language."""
    from catalog.evidence.store import Store
    from probes.home import open_store
    from tui.app import BasefitApp

    for name, keys in SCREENS.items():
        with tempfile.TemporaryDirectory() as fresh:
            # Home as a newcomer finds it: nothing measured yet.
            store = Store(Path(fresh) / "evidence.sqlite") if name == "home" else open_store()
            app = BasefitApp(folder=Path(fresh), store=store)
            async with app.run_test(size=SIZE) as pilot:
                for key in keys.split():
                    await pilot.press(key)
                    await pilot.pause(0.5)
                svg = widened(await settled(pilot))
        suffix = "" if language == "en" else f".{language}"
        (HERE / f"{name}{suffix}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    for chosen in ("en", "zh"):
        os.environ["BASEFIT_LANG"] = chosen
        asyncio.run(take(chosen))
