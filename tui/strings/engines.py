"""Words for engines: what serves a model, how much of a prompt at once, how wide its cache is."""

WORDS = {
    "app.engine.usual": ("the cheapest", "占用最少者"),
    "app.engine.transformers": ("transformers", "transformers"),
    "app.engine.llama.cpp": ("llama.cpp", "llama.cpp"),
    "app.engine.vllm": ("vLLM", "vLLM"),
    "app.engine.exllama": ("ExLlamaV2", "ExLlamaV2"),
    "app.trainer.basefit": ("basefit's own trial", "basefit 试训"),
    "app.trainer.peft": ("PEFT (TRL, transformers)", "PEFT（TRL、transformers）"),
    "app.trainer.peft-deepspeed": ("PEFT under DeepSpeed", "PEFT + DeepSpeed"),
    "app.trainer.llama-factory": ("LLaMA-Factory", "LLaMA-Factory"),
    "app.trainer.axolotl": ("Axolotl", "Axolotl"),
    "app.trainer.unsloth": ("Unsloth", "Unsloth"),
    "app.trainer.litgpt": ("LitGPT", "LitGPT"),
    "app.offload.usual": ("nothing", "无"),
    "app.offload.experts": ("experts", "专家"),
    "memory.experts-moved": ("experts of a layer at work", "一层专家（运行时）"),
    "cli.active": ("{total} ({active} active)", "{total}（激活 {active}）"),
    "cli.offloaded": (
        "Experts in the host's memory: {size}, {share} of them for a token.",
        "专家留在主机内存：{size}，每个词元用到其中 {share}。",
    ),
    "cli.offloaded-16": (
        "Experts in the host's memory, where they stay at 16 bits: {size}, {share} of them for a token.",
        "专家留在主机内存，保持 16 位：{size}，每个词元用到其中 {share}。",
    ),
    "cli.offloaded-held": ("Its experts in the host's memory: {size}.", "其专家留在主机内存：{size}。"),
    "cli.offloaded-room": ("Free in the host's memory: {size}", "主机可用内存：{size}"),
    "cli.offloaded-speed": (
        "Decoding by the host link: {expected} tokens/s ({low} to {high}), estimated.",
        "经主机链路解码：每秒 {expected} 个词元（{low} 至 {high}），估算值。",
    ),
    "reason.host-too-small": (
        "The host's memory is too small: its experts take {bytes}, {host_bytes} are free.",
        "主机内存不足：专家需要 {bytes}，可用 {host_bytes}。",
    ),
    "reason.relax-host": (
        "{model} at {level}, with {bytes} free in the host's memory instead of {host_bytes}.",
        "若主机可用内存从 {host_bytes} 增至 {bytes}：{model}（{level}）。",
    ),
    "cli.speed-of": (
        "Decoding by {engine}: {expected} tokens/s ({low} to {high}), estimated.",
        "用 {engine} 解码：每秒 {expected} 个词元（{low} 至 {high}），估算值。",
    ),
    "cli.speed-of-uncalibrated": (
        "Decoding by {engine}: {expected} tokens/s ({low} to {high}), estimated and not calibrated: "
        "too few speeds are published.",
        "用 {engine} 解码：每秒 {expected} 个词元（{low} 至 {high}），估算值，公开数据太少，未校准。",
    ),
    "cli.speed-of-prompt": (
        "A prompt by any engine: {expected} tokens/s ({low} to {high}), estimated and not calibrated.",
        "任一引擎处理提示：每秒 {expected} 个词元（{low} 至 {high}），估算值，未校准。",
    ),
    "cli.uncalibrated": (
        "?: a speed that is not calibrated, for lack of published ones: `basefit deploy` measures it.",
        "?：公开数据不足而未校准的速度；可用 basefit deploy 实测。",
    ),
    "problem.offload-unknown": (
        "--offload {given} is not known: it takes {known}.",
        "不支持 --offload {given}：可用 {known}。",
    ),
    "problem.offload-nothing": (
        "{model} has no experts to leave in the host's memory: take out --offload, or a lower level.",
        "{model} 没有可留在主机内存的专家：请去掉 --offload，或换更低的级别。",
    ),
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
