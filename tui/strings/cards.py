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
    "cli.float16": (
        "float16: {name} has no bfloat16 (compute capability {capability}).",
        "float16：{name} 没有 bfloat16（计算能力 {capability}）。",
    ),
    "app.models.float16": (
        "float16: this card has no bfloat16",
        "float16：这张显卡没有 bfloat16",
    ),
    "note.float16": (
        "float16: this card has no bfloat16, so the levels are compared with float16 and computed in it.",
        "float16：这张显卡没有 bfloat16，各级别以 float16 为参照，并用它计算。",
    ),
    "problem.states-overflow": (
        "After layer {layer} the states at {level} leave the range of float16, which ends at 65,504: try "
        "--reference fp32, or --device cpu.",
        "在 {level} 下，第 {layer} 层之后的隐藏状态超出 float16 的范围（上限 65,504）："
        "请用 --reference fp32 或 --device cpu。",
    ),
    "problem.logits-overflow": (
        "The logits of {model} leave the range of float16, which ends at 65,504: take the level fp32, or "
        "--device cpu.",
        "{model} 的 logits 超出 float16 的范围（上限 65,504）：请换用 fp32，或用 --device cpu。",
    ),
    "problem.training-overflow": (
        "At step {step} the training at {level} left the range of float16, which ends at 65,504: lower "
        "--rate, or train with --device cpu.",
        "在第 {step} 步，{level} 的训练超出 float16 的范围（上限 65,504）："
        "请降低 --rate，或用 --device cpu 训练。",
    ),
    "trial.failed.float16-overflow": (
        "The numbers left the range of float16, also at a third of the rate: this card has no bfloat16; "
        "the run says nothing of the model.",
        "数值超出 float16 的范围，降到三分之一学习率后仍然如此：这张显卡没有 bfloat16，"
        "这并不说明模型不好。",
    ),
}
