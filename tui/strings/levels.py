"""Words for measured levels in the app: the Run screen's live line, its plot, a level's worst windows."""

WORDS = {
    "app.key.windows": ("windows", "窗口"),
    "app.key.quantity": ("bits per byte or PPL", "比特/字节或困惑度"),
    "app.key.other-list": ("jobs or levels", "任务或级别"),
    "app.column.ppl": ("PPL", "困惑度"),
    "app.run.plot-ppl": (
        "perplexity (lower is better; one tokenizer only)",
        "困惑度（越低越好，仅限同一分词器）",
    ),
    "app.run.memory": ("memory {memory}", "内存 {memory}"),
    "app.phase.head": ("head", "输出头"),
    "app.unit.windows": ("windows", "窗口"),
    "app.windows.title": (
        "Where {model} at {level} is hurt most, against {reference}",
        "{model}（{level}）相对 {reference} 损失最大的窗口",
    ),
    "app.windows.title-reference": (
        "What {model} at {level} finds hardest",
        "{model}（{level}）最难预测的窗口",
    ),
    "app.windows.entry": (
        "{number} of {count}: {delta} nats/byte (now {nats}), KL {kl}, bytes {start}-{end}",
        "第 {number}/{count} 个：{delta} 纳特/字节（现为 {nats}），KL {kl}，字节 {start}-{end}",
    ),
    "app.windows.entry-reference": (
        "{number} of {count}: {nats} nats/byte, bytes {start}-{end}",
        "第 {number}/{count} 个：{nats} 纳特/字节，字节 {start}-{end}",
    ),
    "app.windows.none": (
        "{model} at {level} gave no finite numbers, or was measured before windows were kept: "
        "measure it again.",
        "{model}（{level}）没有给出有限的数，或测量时尚未保存窗口：请重新测量。",
    ),
    "app.windows.gone": (
        "{path} is gone or is another text now: only the places are shown.",
        "{path} 已不在或内容已变：只显示位置。",
    ),
}
