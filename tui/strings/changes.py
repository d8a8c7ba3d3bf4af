"""Words for what would change a verdict."""

WORDS: dict[str, tuple[str, str]] = {
    "reason.more-memory": (
        "With {bytes} instead of {budget_bytes}, {model} at {level} would fit: measured better by "
        "{difference} ±{margin} bits per byte of your text.",
        "若内存由 {budget_bytes} 增至 {bytes}，可容纳 {model}（{level}）："
        "在您的文本上实测每字节好 {difference} ±{margin} 比特。",
    ),
    "reason.more-memory-tuned": (
        "With {bytes} instead of {budget_bytes}, {model} at {level} would fit: better after the "
        "trials{trials} by {difference} ±{margin} bits per byte of your data's answers.",
        "若内存由 {budget_bytes} 增至 {bytes}，可容纳 {model}（{level}）："
        "试训{trials}后在您数据的答案上每字节好 {difference} ±{margin} 比特。",
    ),
    "reason.more-memory-first": (
        "With {bytes} instead of {budget_bytes}, {model} at {level} would surely fit, the first that does.",
        "若内存由 {budget_bytes} 增至 {bytes}，{model}（{level}）一定放得下，是最先放得下的。",
    ),
    "reason.more-memory-surely": (
        "With {bytes} instead of {budget_bytes}, {model} at {level} would surely fit.",
        "若内存由 {budget_bytes} 增至 {bytes}，{model}（{level}）一定放得下。",
    ),
    "reason.more-memory-unmeasured": (
        "With {bytes} instead of {budget_bytes}, {model} at {level} would fit: expected better, untested.",
        "若内存由 {budget_bytes} 增至 {bytes}，可容纳 {model}（{level}）：预计更好，尚未实测。",
    ),
    "reason.more-text": (
        "The runner-up, {model} at {level}, is within the noise: more text could separate them.",
        "第二名 {model}（{level}）的差距在误差之内：更多文本可以分出高下。",
    ),
    "reason.more-text-tuned": (
        "The runner-up, {model} at {level}, is within the noise after the trials: more held-out rows could "
        "separate them.",
        "试训后第二名 {model}（{level}）的差距在误差之内：更多留出的数据可以分出高下。",
    ),
    "reason.longer-context": (
        "Up to {reached} tokens of context fit; {context} would need {bytes}.",
        "上下文最多可到 {reached} 个词元；{context} 个则需要 {bytes}。",
    ),
    "reason.nearest": (
        "The nearest to it is {model} at {level}, which these would let in:",
        "最接近的是 {model}（{level}），放宽以下各项即可：",
    ),
    "reason.relax-budget": (
        "For {model} at {level}: a budget of {bytes} instead of {budget_bytes}.",
        "若选 {model}（{level}）：预算由 {budget_bytes} 增至 {bytes}。",
    ),
    "reason.relax-kind": (
        "For {model} at {level}: allow {kind} models too (`--kind any`), not {wanted} alone.",
        "若选 {model}（{level}）：除 {wanted} 外也允许 {kind} 类模型（--kind any）。",
    ),
    "reason.relax-licence": (
        "For {model} at {level}: give up commercial use ({licence}).",
        "若选 {model}（{level}）：放弃商用要求（{licence}）。",
    ),
    "reason.relax-context": (
        "For {model} at {level}: {native} tokens of context instead of {context}.",
        "若选 {model}（{level}）：上下文由 {context} 降至 {native} 个词元。",
    ),
    "reason.relax-level": (
        "For {model}: a level above {level}, which breaks it.",
        "若选 {model}：改用高于 {level} 的量化级别，该级别使其失效。",
    ),
    "reason.relax-speed": (
        "For {model} at {level}: {speed} tokens/s (measured) instead of {wanted}.",
        "若选 {model}（{level}）：速度由每秒 {wanted} 降至 {speed} 个词元（实测）。",
    ),
    "reason.relax-speed-estimated": (
        "For {model} at {level}: about {speed} tokens/s by {engine} (estimated) instead of {wanted}.",
        "若选 {model}（{level}）：用 {engine} 时速度由每秒 {wanted} 降至约 {speed} 个词元（估算）。",
    ),
    "reason.relax-hours": (
        "For {model} at {level}: {hours} hours of tuning instead of {wanted}, by the trial's speed.",
        "若选 {model}（{level}）：按试训的速度，微调时间由 {wanted} 增至 {hours} 小时。",
    ),
    "reason.relax-hours-estimated": (
        "For {model} at {level}: about {hours} hours of tuning (estimated) instead of {wanted}.",
        "若选 {model}（{level}）：微调时间由 {wanted} 增至约 {hours} 小时（估算）。",
    ),
    "reason.relax-money": (
        "For {model} at {level}: about {money} dollars of tuning instead of {wanted}.",
        "若选 {model}（{level}）：微调费用由 {wanted} 增至约 {money} 美元。",
    ),
    "reason.relax-levels": (
        "Allow {level} among the levels.",
        "请在量化级别中允许 {level}。",
    ),
    "reason.relax-by-measuring": (
        "{model} at {level} is out on what the catalog says alone: measuring it on your text lets it in.",
        "{model}（{level}）仅因目录信息被排除：在您的文本上实测后即可参选。",
    ),
}
