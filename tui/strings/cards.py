"""Words on a card's figures, and on what it computes in."""

WORDS: dict[str, tuple[str, str]] = {
    "card.from.measured": ("measured", "实测"),
    "card.from.data-sheet": ("data sheet", "规格表"),
    "card.from.driver": ("from the driver", "由驱动推算"),
    "cli.card-figures": (
        "{name}: {bandwidth} GB/s ({bandwidth_from}), {rate} TFLOP/s ({rate_from}).",
        "{name}：{bandwidth} GB/s（{bandwidth_from}），{rate} TFLOP/s（{rate_from}）。",
    ),
    "cli.card-context": ("Driver context {size}, measured.", "驱动上下文 {size}，实测。"),
    "cli.card-paced": (
        "Speeds are corrected by {count} models that basefit deploy ran on such a card.",
        "速度已按 basefit deploy 在这种显卡上的 {count} 次实测修正。",
    ),
    "app.models.card-figures": (
        "card: {bandwidth} GB/s {bandwidth_from}, {rate} TFLOP/s {rate_from}",
        "显卡：{bandwidth} GB/s {bandwidth_from}，{rate} TFLOP/s {rate_from}",
    ),
}
