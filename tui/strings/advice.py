"""Words for what experience says beside the measurements: size, task, writing, vocabulary, data."""

WORDS: dict[str, tuple[str, str]] = {
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
