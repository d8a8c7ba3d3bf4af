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
    "reason.trained-on-little": (
        "Trained on {tokens} tokens only, fewer than {least}: such a base can be left out where "
        "another does as "
        "well; it counts here because it was measured.",
        "训练数据仅 {tokens} 个词元，少于 {least}：有同样好的其他模型时可不选它；它已经实测，"
        "因此仍参与比较。",
    ),
    "reason.larger-at-4-bits": (
        "A larger model at 4 bits before a smaller one at 16, here {model}: it is better by {difference} "
        "±{margin} bits per byte, as published of LLaMA (WikiText-2 perplexity of 33B at 4 bits "
        "{ppl_33b_at_4}, of 13B at 16 {ppl_33b_smaller_at_16}; 65B {ppl_65b_at_4}, 33B "
        "{ppl_65b_smaller_at_16}).",
        "较大模型用 4 位优于较小模型（这里是 {model}）用 16 位：每字节好 {difference} ±{margin} 比特，"
        "与已发表的 LLaMA 结果一致（WikiText-2 困惑度：33B 用 4 位 {ppl_33b_at_4}，13B 用 16 位 "
        "{ppl_33b_smaller_at_16}；65B {ppl_65b_at_4}，33B {ppl_65b_smaller_at_16}）。",
    ),
    "reason.larger-at-4-bits-estimated": (
        "A larger model at 4 bits before a smaller one at 16, here {model}: expected, as published "
        "of LLaMA "
        "(WikiText-2 perplexity of 33B at 4 bits {ppl_33b_at_4}, of 13B at 16 {ppl_33b_smaller_at_16}; 65B "
        "{ppl_65b_at_4}, 33B {ppl_65b_smaller_at_16}).",
        "较大模型用 4 位优于较小模型（这里是 {model}）用 16 位：这是预计，依据已发表的 LLaMA 结果"
        "（WikiText-2 困惑度：33B 用 4 位 {ppl_33b_at_4}，13B 用 16 位 {ppl_33b_smaller_at_16}；"
        "65B {ppl_65b_at_4}，33B {ppl_65b_smaller_at_16}）。",
    ),
    "reason.simple-task-small": (
        "A simple task ({task}) needs no large model: in LoRA Land {count} models of {least_parameters} to "
        "{most_parameters} parameters tuned at 4 bits reach {tuned} on average over 31 tasks, "
        "GPT-4 {hosted}.",
        "简单任务（{task}）不需要大模型：LoRA Land 中 {count} 个 {least_parameters} 至 {most_parameters} "
        "参数的模型经 4 位微调后，31 项任务平均 {tuned}，GPT-4 为 {hosted}。",
    ),
    "reason.simple-task-smaller": (
        "A simple task ({task}) needs no large model, {model} may do: in LoRA Land {count} models of "
        "{least_parameters} to {most_parameters} parameters tuned at 4 bits reach {tuned} on "
        "average over 31 "
        "tasks, GPT-4 {hosted}.",
        "简单任务（{task}）不需要大模型，{model} 或许足够：LoRA Land 中 {count} 个 {least_parameters} 至 "
        "{most_parameters} 参数的模型经 4 位微调后，31 项任务平均 {tuned}，GPT-4 为 {hosted}。",
    ),
    "reason.simple-task-tune": (
        "For a simple task ({task}) tuning does more than size: in LoRA Land {count} models of "
        "{least_parameters} to {most_parameters} parameters go from {untuned} to {tuned} on "
        "average over 31 "
        "tasks, GPT-4 has {hosted}.",
        "对简单任务（{task}），微调比规模更有用：LoRA Land 中 {count} 个 {least_parameters} 至 "
        "{most_parameters} 参数的模型，31 项任务平均由 {untuned} 升至 {tuned}，GPT-4 为 {hosted}。",
    ),
    "reason.writing-largest": (
        "For literary writing the largest model that fits, and no other that may be chosen is larger: "
        "{parameters} parameters.",
        "文学写作宜选放得下的最大模型；可选的模型中没有比它更大的：{parameters} 参数。",
    ),
    "reason.writing-larger-weaker": (
        "For literary writing usually the largest model that fits; {model} at {level} is larger, "
        "but weaker by "
        "{difference} ±{margin} bits per byte.",
        "文学写作通常宜选放得下的最大模型；{model}（{level}）更大，但每字节差 {difference} "
        "±{margin} 比特。",
    ),
    "reason.writing-larger-weaker-estimated": (
        "For literary writing usually the largest model that fits; {model} at {level} is larger, "
        "but expected to "
        "be weaker by {points} ±{points_margin} points of {benchmarks}.",
        "文学写作通常宜选放得下的最大模型；{model}（{level}）更大，但预计 {benchmarks} 低 {points} "
        "±{points_margin} 分。",
    ),
    "reason.writing-text": (
        "For literary writing train, if at all, on good text of that kind and not on instruction "
        "data: that "
        "makes the writing plainer.",
        "文学写作若要训练，应使用同类的优秀文本，而不是指令数据：指令数据会使文字平淡。",
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
    "reason.longer-context": (
        "Up to {reached} tokens of context fit; {context} would need {bytes}.",
        "上下文最多可到 {reached} 个词元；{context} 个则需要 {bytes}。",
    ),
    "reason.context-native": (
        "The context can grow to {native} tokens, where the model itself ends.",
        "上下文可增至 {native} 个词元，即模型自身的上限。",
    ),
    "reason.context-used": (
        "The context cannot grow: {native} tokens are what the model was made for.",
        "上下文不能再增：{native} 个词元即模型自身的上限。",
    ),
    "reason.nearest": (
        "The nearest to it is {model} at {level}, which these would let in:",
        "最接近的是 {model}（{level}），放宽以下各项即可：",
    ),
    "reason.relax-budget": (
        "For {model} at {level}: a budget of {bytes} instead of {budget_bytes}.",
        "若选 {model}（{level}）：预算由 {budget_bytes} 增至 {bytes}。",
    ),
    "reason.kind-unwanted": (
        "A {kind} model, and {wanted} models are asked for: `--kind any` lets it in.",
        "这是 {kind} 类模型，而要求的是 {wanted} 类：加 --kind any 即可参选。",
    ),
    "reason.relax-kind": (
        "For {model} at {level}: allow {kind} models too (`--kind any`), not {wanted} alone.",
        "若选 {model}（{level}）：除 {wanted} 外也允许 {kind} 类模型（--kind any）。",
    ),
    "reason.none-of-kind": (
        "No candidate is a {wanted} model: `--kind any` asks for every kind.",
        "没有 {wanted} 类的候选模型：--kind any 表示不限种类。",
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
    "reason.vocabulary-published": (
        "{model} takes {tokens_per_character} tokens for a Chinese character as published; "
        "`basefit tokenizers` counts it on your text.",
        "据公布，{model} 每个汉字约 {tokens_per_character} 个词元；"
        "可用 basefit tokenizers 在您的文本上实测。",
    ),
    "reason.vocabulary-not-for-tuning": (
        "Do not extend its vocabulary for tuning: that takes {needed} tokens of text. Change the base.",
        "不要为微调扩充词表：那需要 {needed} 个词元的文本。应改换基座模型。",
    ),
    "reason.vocabulary-extend": (
        "Extending its vocabulary pays from {needed} tokens of text on: see `basefit vocab {model}`.",
        "有 {needed} 个词元以上的文本时，扩充词表才合算；可用 basefit vocab {model} 测算。",
    ),
    "reason.data-none": (
        "No data to tune on yet: {few} rows have beaten the untuned model, {curated} good ones go far.",
        "还没有微调数据：{few} 条即可胜过未微调的模型，{curated} 条精选数据已相当够用。",
    ),
    "reason.data-few": (
        "{rows} rows are few: {few} have beaten the untuned model elsewhere. Collect more, varied ones.",
        "{rows} 条偏少：别处 {few} 条已胜过未微调的模型。请多收集，并注意多样。",
    ),
    "reason.data-some": (
        "{rows} rows are enough to gain; up to about {curated}, more and more varied ones still help.",
        "{rows} 条已足以见效；到约 {curated} 条之前，更多、更多样仍有帮助。",
    ),
    "reason.data-enough": (
        "{rows} rows are plenty: from about {curated} on, quality and variety count for more than number.",
        "{rows} 条很充足：约 {curated} 条以上，质量与多样性比数量更重要。",
    ),
    "reason.data-still-learning": (
        "At {examples} examples it still gained {difference} ±{margin} bits per byte of the "
        "answers: more data "
        "should help.",
        "训练 {examples} 条后答案每字节仍在下降 {difference} ±{margin} 比特：更多数据应有帮助。",
    ),
    "reason.data-flat": (
        "By {examples} examples the gain is within the noise ({difference} ±{margin} bits per byte of the "
        "answers).",
        "到 {examples} 条时改进已在误差之内（答案每字节 {difference} ±{margin} 比特）。",
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
    "reason.vocabulary-costs": (
        "A Han character costs it {tokens_per_han_char} tokens on your text, {other} takes "
        "{other_tokens_per_han_char}: {ratio} times the compute for the same Chinese.",
        "在您的文本上，它每个汉字要 {tokens_per_han_char} 个词元，"
        "{other} 只要 {other_tokens_per_han_char} 个：同样的中文，计算量为其 {ratio} 倍。",
    ),
    "reason.vocabulary-cheapest": (
        "No candidate's tokenizer is cheaper in Chinese: {tokens_per_han_char} tokens a Han character.",
        "候选模型中它的分词器处理中文最省：每个汉字 {tokens_per_han_char} 个词元。",
    ),
}
