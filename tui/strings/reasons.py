"""Why a (model, level) stands where it stands, and the words for states."""

WORDS = {
    "fits.yes": ("fits", "可容纳"),
    "fits.tight": ("tight", "勉强"),
    "fits.unknown": ("unknown whether it fits", "无法判断能否容纳"),
    "fits.no": ("too big", "放不下"),
    "provenance.measured": ("measured", "实测"),
    "provenance.imported": ("imported", "导入"),
    "provenance.published": ("published", "已发表"),
    "provenance.estimated": ("estimated", "估算"),
    "verdict.recommended": ("recommended", "推荐"),
    "verdict.possible": ("possible", "可选"),
    "verdict.rejected": ("rejected", "排除"),
    "verdict.unmeasured": ("not measured", "未测量"),
    "damage.reference": ("reference", "基准"),
    "damage.indistinguishable": ("indistinguishable", "无差别"),
    "damage.slightly-worse": ("slightly worse", "略差"),
    "time.s": ("{count} s", "{count} 秒"),
    "time.min": ("{count} min", "{count} 分钟"),
    "time.h": ("{count} h", "{count} 小时"),
    "damage.worse": ("worse", "较差"),
    "damage.broken": ("broken", "已损坏"),
    "reason.best-measured": (
        "Best measured on your text: {bits_per_byte} ±{margin} bits per byte.",
        "在您的文本上实测最好：每字节 {bits_per_byte} ±{margin} 比特。",
    ),
    "reason.imported": (
        "Not measured here: this rests on imported results ({count}).",
        "并非在本机实测：依据的是导入的结果（{count} 条）。",
    ),
    "reason.best-imported": (
        "Best on your text by imported results: {bits_per_byte} ±{margin} bits per byte.",
        "按导入的结果，在您的文本上最好：每字节 {bits_per_byte} ±{margin} 比特。",
    ),
    "reason.best-imported-trial": (
        "Best on your data by an imported trial{trials}: {bits_per_byte} ±{margin} bits per "
        "byte of the answers "
        "({before} before).",
        "按导入的试训结果{trials}，在您的数据上最好：答案每字节 {bits_per_byte} ±{margin} "
        "比特（试训前 {before}）。",
    ),
    "reason.best-after-trial": (
        "Best after the trial{trials} on your data: {bits_per_byte} ±{margin} bits per byte of "
        "the answers "
        "({before} before).",
        "在您的数据上试训{trials}后最好：答案每字节 {bits_per_byte} ±{margin} 比特（试训前 {before}）。",
    ),
    "reason.best-estimated": (
        "Nothing measured yet: expected {points} ±{points_margin} points of {benchmarks}, the best "
        "that fits, "
        "by published scores, size, training text, maker and level. An estimate, until it is measured.",
        "尚未测量：预计 {benchmarks} 为 {points} ±{points_margin} 分，是放得下的模型中最好的，"
        "依据为已发表的成绩、规模、训练数据、开发者与量化级别。实测之前只是估算。",
    ),
    "reason.scores-published": (
        "Its own published scores stand behind that: {count} tables, {tables} among them.",
        "其中有它自己已发表的成绩：共 {count} 个表格，包括 {tables}。",
    ),
    "reason.least-risk": (
        "Nothing surely fits. This may fit, and needs the least at worst: {high_bytes}.",
        "没有一定放得下的。此项或许放得下，最坏情况下所需最少：{high_bytes}。",
    ),
    "reason.more-risk": (
        "May fit, but needs more at worst than {model} at {level}: {high_bytes}.",
        "或许放得下，但最坏情况下比 {model}（{level}）需要更多：{high_bytes}。",
    ),
    "reason.beats": (
        "Better than {model} at {level} by {difference} ±{margin} bits per byte of your text.",
        "在您的文本上优于 {model}（{level}），每字节少 {difference} ±{margin} 比特。",
    ),
    "reason.beats-tuned": (
        "Better than {model} at {level} by {difference} ±{margin} bits per byte of your data's "
        "answers, after "
        "the trials{trials}.",
        "试训{trials}后在您数据的答案上优于 {model}（{level}），每字节少 {difference} ±{margin} 比特。",
    ),
    "reason.beats-estimated": (
        "Expected to beat {model} at {level} by {points} ±{points_margin} points of {benchmarks}: "
        "an estimate, "
        "neither is measured.",
        "预计优于 {model}（{level}），{benchmarks} 高 {points} ±{points_margin} 分：只是估算，"
        "两者都未实测。",
    ),
    "reason.tie-smaller-wins-estimated": (
        "Not expected to be told from {model} at {level}, which takes {saved_bytes} more: an estimate.",
        "预计与 {model}（{level}）没有差别，后者多用 {saved_bytes}：只是估算。",
    ),
    "reason.worse-than-estimated": (
        "Expected to be weaker than {model} at {level} by {points} ±{points_margin} points of "
        "{benchmarks}: an "
        "estimate, until measured.",
        "预计弱于 {model}（{level}），{benchmarks} 低 {points} ±{points_margin} 分：实测之前只是估算。",
    ),
    "reason.tie-larger-estimated": (
        "Not expected to be better than {model} at {level}: an estimate, until measured.",
        "预计不优于 {model}（{level}）：实测之前只是估算。",
    ),
    "reason.tie-smaller-wins": (
        "A tie with {model} at {level} on your text ({difference} ±{margin} bits per byte): the "
        "smaller wins, "
        "{saved_bytes} less.",
        "在您的文本上与 {model}（{level}）不分上下（每字节相差 {difference} ±{margin} 比特）：取较小者，"
        "省 {saved_bytes}。",
    ),
    "reason.tie-smaller-wins-tuned": (
        "A tie with {model} at {level} after the trials{trials} on your data ({difference} "
        "±{margin} bits per byte): "
        "the smaller wins, {saved_bytes} less.",
        "在您的数据上试训{trials}后与 {model}（{level}）不分上下（每字节相差 {difference} "
        "±{margin} 比特）：取较小者，"
        "省 {saved_bytes}。",
    ),
    "reason.worse-than": (
        "Worse than {model} at {level} by {difference} ±{margin} bits per byte of your text.",
        "在您的文本上不如 {model}（{level}），每字节多 {difference} ±{margin} 比特。",
    ),
    "reason.worse-than-tuned": (
        "Worse than {model} at {level} by {difference} ±{margin} bits per byte of your data's "
        "answers, after "
        "the trials{trials}.",
        "试训{trials}后在您数据的答案上不如 {model}（{level}），每字节多 {difference} ±{margin} 比特。",
    ),
    "reason.tie-larger": (
        "No better on your text than {model} at {level} beyond the noise ({difference} ±{margin} bits per "
        "byte).",
        "在您的文本上与 {model}（{level}）相比没有超出误差的优势（每字节 {difference} ±{margin} 比特）。",
    ),
    "reason.tie-larger-tuned": (
        "No better after the trials{trials} on your data than {model} at {level} beyond the "
        "noise ({difference} "
        "±{margin} bits per byte).",
        "在您的数据上试训{trials}后与 {model}（{level}）相比没有超出误差的优势（每字节 "
        "{difference} ±{margin} 比特）。",
    ),
    "reason.damage-reference": ("The reference the levels are held against.", "其他量化级别以此为基准。"),
    "reason.damage-indistinguishable": (
        "{level} cannot be told from the reference here: KL {kl_nats} ±{kl_margin} nats.",
        "{level} 与基准无法区分：KL {kl_nats} ±{kl_margin} 纳特。",
    ),
    "reason.damage-slightly-worse": (
        "{level} costs a little: KL {kl_nats} ±{kl_margin} nats.",
        "{level} 略有损失：KL {kl_nats} ±{kl_margin} 纳特。",
    ),
    "reason.damage-worse": (
        "{level} costs a good deal: KL {kl_nats} ±{kl_margin} nats.",
        "{level} 损失明显：KL {kl_nats} ±{kl_margin} 纳特。",
    ),
    "reason.same-experts": (
        "Of its choices of experts {same_experts} are the reference's at {level}.",
        "在 {level} 下，专家选择有 {same_experts} 与基准相同。",
    ),
    "reason.kl-too-high": (
        "{level} breaks this model: KL {kl_nats} ±{kl_margin} nats.",
        "{level} 使该模型失效：KL {kl_nats} ±{kl_margin} 纳特。",
    ),
    "reason.does-not-fit": (
        "Does not fit: needs {expected_bytes} ({low_bytes} to {high_bytes}), the budget is {budget_bytes}.",
        "放不下：需要 {expected_bytes}（{low_bytes} 至 {high_bytes}），预算为 {budget_bytes}。",
    ),
    "reason.tight": (
        "Tight: {expected_bytes} expected, but it may need up to {high_bytes}; the budget is "
        "{budget_bytes}.",
        "勉强：预计 {expected_bytes}，但最多可能用到 {high_bytes}，预算为 {budget_bytes}。",
    ),
    "reason.not-measured": (
        "Fits, but was not measured.",
        "可容纳，但尚未测量。",
    ),
    "reason.gain-too-small": (
        "{model} at {level} is better by {difference} ±{margin} bits per byte of your text, too "
        "little here to "
        "be worth {saved_bytes} more.",
        "在您的文本上 {model}（{level}）每字节好 {difference} ±{margin} 比特，但在此不值得多用 "
        "{saved_bytes}。",
    ),
    "reason.gain-too-small-here": (
        "Better than {model} at {level} by {difference} ±{margin} bits per byte of your text, but "
        "not worth "
        "{saved_bytes} more for this task.",
        "在您的文本上比 {model}（{level}）每字节好 {difference} ±{margin} 比特，"
        "但对此任务不值得多用 {saved_bytes}。",
    ),
    "reason.gain-too-small-tuned": (
        "{model} at {level} is better after the trials{trials} by {difference} ±{margin} bits "
        "per byte of "
        "your data's answers, too little here to be worth {saved_bytes} more.",
        "试训{trials}后 {model}（{level}）在您数据的答案上每字节好 {difference} ±{margin} 比特，"
        "但在此不值得多用 {saved_bytes}。",
    ),
    "reason.gain-too-small-here-tuned": (
        "Better than {model} at {level} after the trials{trials} by {difference} ±{margin} bits "
        "per byte "
        "of your data's answers, but not worth {saved_bytes} more for this task.",
        "试训{trials}后在您数据的答案上比 {model}（{level}）每字节好 {difference} ±{margin} 比特，"
        "但对此任务不值得多用 {saved_bytes}。",
    ),
    "reason.gain-of-level": (
        "{model} at {level} may be better by {points} ±{points_margin} points of {benchmarks}, but "
        "by its level: "
        "at one and the same level the two are hardly told apart.",
        "{model}（{level}）的 {benchmarks} 可能高 {points} ±{points_margin} 分，但那是量化级别的差别："
        "同一级别下两者难分高下。",
    ),
    "reason.gain-of-level-here": (
        "Perhaps better than {model} at {level} by {points} ±{points_margin} points of "
        "{benchmarks}, but by the "
        "level: at one and the same level the two are hardly told apart.",
        "{benchmarks} 可能比 {model}（{level}）高 {points} ±{points_margin} 分，但那是量化级别的差别："
        "同一级别下两者难分高下。",
    ),
    "reason.gain-too-small-estimated": (
        "{model} at {level} may be better by {points} ±{points_margin} points of {benchmarks}: too "
        "little or "
        "too unsure to be worth {saved_bytes} more.",
        "{model}（{level}）的 {benchmarks} 可能高 {points} ±{points_margin} 分："
        "太少或太不确定，不值得多用 {saved_bytes}。",
    ),
    "reason.gain-too-small-here-estimated": (
        "Perhaps better than {model} at {level} by {points} ±{points_margin} points of {benchmarks}: too "
        "little or too unsure to be worth {saved_bytes} more.",
        "{benchmarks} 可能比 {model}（{level}）高 {points} ±{points_margin} 分："
        "太少或太不确定，不值得多用 {saved_bytes}。",
    ),
    "reason.licence": (
        "Its licence ({licence}) does not allow commercial use.",
        "其许可证（{licence}）不允许商用。",
    ),
    "reason.licence-unknown": (
        "The catalog does not know the licence of {model}: read it before commercial use.",
        "目录中没有 {model} 的许可证信息：商用前请自行查看。",
    ),
    "reason.licence-condition": (
        "Commercial use under a condition of its licence ({licence}): {condition}",
        "商用须遵守其许可证（{licence}）的条件：{condition}",
    ),
    "reason.context-too-short": (
        "Made for {native} tokens of context, {context} are wanted.",
        "原生上下文为 {native} 个词元，需要 {context} 个。",
    ),
    "reason.too-slow": (
        "Too slow: {speed} tokens/s measured, {wanted} wanted.",
        "太慢：实测每秒 {speed} 个词元，要求 {wanted} 个。",
    ),
    "reason.too-slow-estimated": (
        "Too slow: {engine} should reach {speed} tokens/s, {wanted} are wanted: see `basefit deploy`.",
        "太慢：{engine} 预计每秒约 {speed} 个词元，要求 {wanted} 个；可用 basefit deploy 实测。",
    ),
    "reason.reaches-speed": (
        "{engine} should decode {speed} tokens/s ({low} to {high}); {wanted} are wanted.",
        "{engine} 预计每秒解码 {speed} 个词元（{low} 至 {high}），要求 {wanted} 个。",
    ),
    "reason.reaches-speed-uncalibrated": (
        "{engine} may decode {speed} tokens/s ({low} to {high}, not calibrated: too few are published); "
        "{wanted} are wanted, and `basefit deploy` measures it.",
        "{engine} 可能每秒解码 {speed} 个词元（{low} 至 {high}，公开数据不足，未校准），要求 {wanted} 个；"
        "可用 basefit deploy 实测。",
    ),
    "reason.speed-unknown": (
        "Whether it decodes {wanted} tokens/s is unknown without a card's name: see `basefit deploy`.",
        "未指定显卡型号，无法判断能否每秒解码 {wanted} 个词元；可用 basefit deploy 实测。",
    ),
    "reason.too-long-to-tune": (
        "Tuning on your data would take {hours} hours, {wanted} at most are wanted.",
        "在您的数据上微调需 {hours} 小时，上限为 {wanted} 小时。",
    ),
    "reason.too-long-to-tune-estimated": (
        "Tuning on your data would take about {hours} hours (estimated), {wanted} at most are wanted.",
        "在您的数据上微调估计需 {hours} 小时，上限为 {wanted} 小时。",
    ),
    "reason.too-dear-to-tune": (
        "Tuning on your data would cost about {money} dollars, {wanted} at most are wanted.",
        "在您的数据上微调约需 {money} 美元，上限为 {wanted} 美元。",
    ),
    "reason.little-training-data": (
        "Trained on {tokens} tokens only, fewer than {least}: left out until it is measured on your text.",
        "训练数据仅 {tokens} 个词元，少于 {least}：在您的文本上实测之前不予考虑。",
    ),
    "reason.scored-beyond-context": (
        "{windows} windows were longer than the {native} tokens it was made for: its bits per byte "
        "read too "
        "many.",
        "有 {windows} 个窗口超过它原生的 {native} 个词元：其每字节比特偏高。",
    ),
    "reason.of-this-text": (
        "Each ± is of this text: its windows lie side by side ({touching} of {pairs} neighbours), "
        "so another "
        "text of the kind may differ by more.",
        "各 ± 仅就本文本而言：窗口彼此相邻（{pairs} 对中的 {touching} 对），同类的其他文本可能相差更多。",
    ),
    "reason.of-this-text-alike": (
        "Each ± is of this text: neighbouring windows are alike (correlation {likeness}), so "
        "another text of "
        "the kind may differ by more.",
        "各 ± 仅就本文本而言：相邻窗口相似（相关系数 {likeness}），同类的其他文本可能相差更多。",
    ),
    "reason.language-unlisted": (
        "Its makers do not list {languages} as its language: left out until it is measured on your text.",
        "其语言列表中没有 {languages}：在您的文本上实测之前不予考虑。",
    ),
    "reason.context-native": (
        "The context can grow to {native} tokens, where the model itself ends.",
        "上下文可增至 {native} 个词元，即模型自身的上限。",
    ),
    "reason.context-used": (
        "The context cannot grow: {native} tokens are what the model was made for.",
        "上下文不能再增：{native} 个词元即模型自身的上限。",
    ),
    "reason.kind-unwanted": (
        "A {kind} model, and {wanted} models are asked for: `--kind any` lets it in.",
        "这是 {kind} 类模型，而要求的是 {wanted} 类：加 --kind any 即可参选。",
    ),
    "reason.none-of-kind": (
        "No candidate is a {wanted} model: `--kind any` asks for every kind.",
        "没有 {wanted} 类的候选模型：--kind any 表示不限种类。",
    ),
    "reason.lora-needs-16-bits": (
        "LoRA trains on unquantized weights, and only quantized levels are allowed ({levels}): allow bf16, "
        "or use qlora.",
        "LoRA 需要未量化的权重，而只允许了量化级别（{levels}）：请加入 bf16，或改用 qlora。",
    ),
    "reason.qlora-needs-quantized": (
        "QLoRA trains on quantized weights, and no such level is allowed ({levels}): allow nf4, or lora.",
        "QLoRA 需要量化的权重，而所允许的级别中没有（{levels}）：请加入 nf4，或改用 lora。",
    ),
    "reason.tuning-limits-without-tuning": (
        "Hours or money for tuning are limited, yet the use is to serve alone: the limits change nothing.",
        "限制了微调的时间或费用，但用途只是推理：这些限制不起作用。",
    ),
    "reason.writing-is-not-tuned": (
        "Literary writing is better left untuned: instruction data makes it plainer. Serve a large base.",
        "文学写作不宜做指令微调：指令数据会使文字平淡。请直接使用大的基座模型。",
    ),
    "reason.none-commercial": (
        "Commercial use is wanted, and no candidate's licence allows it.",
        "要求可商用，但没有候选模型的许可证允许。",
    ),
    "reason.context-beyond-all": (
        "{context} tokens of context are wanted, more than any candidate was made for.",
        "需要 {context} 个词元的上下文，超过所有候选模型的原生长度。",
    ),
    "reason.measure-leader": (
        "Measure {model} ({levels}), about {time}: the verdict rests on an estimate of it.",
        "测量 {model}（{levels}），约 {time}：目前的结论只基于对它的估算。",
    ),
    "reason.measure-after-download": (
        "To measure it: none of these is on this disk. {model} is about {bytes} to download, then its "
        "levels take about {time}: `basefit recommend --candidates {model} --measure`.",
        "实测：以上模型均不在本机。{model} 约需下载 {bytes}，其各级别再测约 {time}："
        "basefit recommend --candidates {model} --measure。",
    ),
    "reason.measure-challenger": (
        "Measure {model} ({levels}), about {time}: {chance} likely to change the verdict.",
        "测量 {model}（{levels}），约 {time}：有 {chance} 的可能改变结论。",
    ),
    "reason.try-leader": (
        "Try {model} on your data, about {time}: others may tune better ({chance}).",
        "在您的数据上试训 {model}，约 {time}：其他模型微调后可能更好（{chance}）。",
    ),
    "reason.try-challenger": (
        "Try {model} on your data, about {time}: {chance} likely to change the verdict.",
        "在您的数据上试训 {model}，约 {time}：有 {chance} 的可能改变结论。",
    ),
}
