"""The bell and the desktop's notification: only where they are, and only as words."""

import io
import platform
import shutil
import sys

import pytest

from tui import notice

DESKTOP = {"DISPLAY": ":0"}
FOREIGN = "-x <b>$(touch /tmp/x)</b>\n\x1b]0;title\x07"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


@pytest.mark.parametrize(
    ("system", "tool"), [("Linux", "/usr/bin/notify-send"), ("Darwin", "/usr/bin/osascript")]
)
def test_words_are_words_of_an_argument(tools, monkeypatch: pytest.MonkeyPatch, system, tool) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    found = notice.command(FOREIGN, DESKTOP)
    assert found[0] == tool
    assert "touch" in found[-1]
    assert not any("touch" in word for word in found[:-1])
    assert "\x1b" not in found[-1]
    assert "\n" not in found[-1]
    assert system != "Linux" or "<b>" not in found[-1]


def test_nothing_where_there_is_no_desktop(tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert notice.command("done", {}) is None
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert notice.command("done", DESKTOP) is None


@pytest.mark.parametrize(
    ("said", "bell", "desktop"),
    [("", True, True), ("off", False, False), ("bell", True, False), ("Desktop", False, True)],
)
def test_either_can_be_left_out(said: str, bell: bool, desktop: bool) -> None:
    environment = {notice.VARIABLE: said}
    assert (notice.wants("bell", environment), notice.wants("desktop", environment)) == (bell, desktop)


def test_it_rings_in_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(notice, "notify", told.append)
    monkeypatch.delenv(notice.VARIABLE, raising=False)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    notice.ring("done")
    assert (stream.getvalue(), told) == ("", [])
    stream.isatty = lambda: True  # type: ignore[method-assign]
    notice.ring("done")
    assert (stream.getvalue(), told) == ("\a", ["done"])
