"""Words for engines: what serves a model, how much of a prompt at once, how wide its cache is."""

WORDS = {
    "app.engine.usual": ("the cheapest", "占用最少者"),
    "app.engine.transformers": ("transformers", "transformers"),
    "app.engine.llama.cpp": ("llama.cpp", "llama.cpp"),
    "app.engine.vllm": ("vLLM", "vLLM"),
    "cli.engine-all": (
        "{engine}, the prompt in one piece: {levels}",
        "{engine}，提示一次送入：{levels}",
    ),
    "cli.engine-pieces": (
        "{engine}, {prefill:,} tokens of the prompt at once: {levels}",
        "{engine}，提示每次送入 {prefill:,} 个词元：{levels}",
    ),
    "cli.engine-none": (
        "no engine loads it: reckoned as transformers would run it: {levels}",
        "没有引擎加载此级别，按 transformers 估算：{levels}",
    ),
    "problem.engine-unknown": (
        "There is no engine {name}: take one of {known}, or leave it out for the cheapest.",
        "没有名为 {name} 的引擎：请用 {known} 之一，或省略以取占用最少者。",
    ),
    "problem.engine-serves-none": (
        "{engine} serves none of {levels} with a cache of {kv_bits} bits here: take another engine, "
        "level or --kv-bits.",
        "在此处 {engine} 无法以 {kv_bits} 位缓存运行 {levels} 中的任何一个：请换引擎、级别或 --kv-bits。",
    ),
    "problem.deploy-prefill-whole": (
        "A prompt in pieces gives other answers with {model} in transformers: leave out --prefill.",
        "在 transformers 中，{model} 的提示分段送入会得到不同的回答：请去掉 --prefill。",
    ),
    "problem.kv-bits-unknown": (
        "A cache of {given} bits is not known: take one of {known}.",
        "不支持 {given} 位的 KV 缓存：请用 {known} 之一。",
    ),
    "problem.prefill-unreadable": (
        "--prefill is a number of tokens, or all for the prompt in one piece, and {text} is neither.",
        "--prefill 应为词元数，或用 all 表示一次送入，而 {text} 两者都不是。",
    ),
}
