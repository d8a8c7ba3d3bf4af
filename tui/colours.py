"""The app's two themes. A colour never speaks alone: every state has its word as well."""

from textual.theme import Theme

DARK = Theme(
    name="basefit-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f0b72f",
    success="#7bd88f",
    warning="#ffd166",
    error="#ff7b72",
    foreground="#d7dde6",
    background="#10141b",
    surface="#161c26",
    panel="#1f2733",
    dark=True,
)
LIGHT = Theme(
    name="basefit-light",
    primary="#0b62c4",
    secondary="#1a7f37",
    accent="#9a5b00",
    success="#1a7f37",
    warning="#8a5a00",
    error="#b91c1c",
    foreground="#1f2328",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e7ebf0",
    dark=False,
)
THEMES = (DARK, LIGHT)

MEMORY = {
    "weights": "#4c8dff",
    "cache": "#2fb7a8",
    "adapter": "#a78bfa",
    "optimizer": "#e879a6",
    "activations": "#e8a33d",
    "context": "#8b98a9",
    "range": "#c9b458",
}
"""The parts of the memory bar: the same order and colours wherever it appears."""

TOKENS = ("#2563a8", "#9a5b00", "#2e7d4f", "#8e3b8a", "#a63d3d")
"""Backgrounds of neighbouring tokens in a cut sentence; white text is readable on each."""
