"""Words about the machine and about loading a model on it."""

WORDS: dict[str, tuple[str, str]] = {
    "unknown.nvml-missing": (
        "no NVIDIA driver on this machine; if there is a card, install its driver",
        "本机没有 NVIDIA 驱动；若装有显卡，请先安装驱动",
    ),
    "unknown.nvml-mismatch": (
        "the NVIDIA driver was updated while it was in use; restart the machine",
        "NVIDIA 驱动在使用中被更新；请重启本机",
    ),
    "unknown.nvml-no-driver": (
        "the NVIDIA driver is installed but not loaded; run nvidia-smi to see why, or restart",
        "NVIDIA 驱动已安装但未加载；请加载驱动（nvidia-smi 会说明原因）或重启本机",
    ),
    "unknown.nvml-permission": (
        "the driver does not let this account see it; ask for permission, or run where it may",
        "驱动不允许当前账户读取；请申请权限，或换用有权限的账户",
    ),
    "unknown.nvml-unsupported": ("this card does not report it", "该显卡不提供此项"),
    "unknown.nvml-failed": ("the driver could not say ({detail})", "驱动未能给出（{detail}）"),
    "unknown.cuda-hidden": (
        'CUDA_VISIBLE_DEVICES is "{detail}" and hides every card; unset it to use one',
        "CUDA_VISIBLE_DEVICES 为“{detail}”，隐藏了所有显卡；取消设置即可使用",
    ),
    "unknown.no-nvidia-card": ("the driver sees no card", "驱动没有发现显卡"),
    "unknown.torch-missing": (
        "torch is not installed; this brings one for it: {mend}",
        "没有安装 torch；可安装适用的版本：{mend}",
    ),
    "unknown.torch-no-cuda": (
        "the installed torch ({torch}) was built without CUDA; this brings one with it: {mend}",
        "所装 torch（{torch}）不含 CUDA；可换成含 CUDA 的版本：{mend}",
    ),
    "unknown.torch-no-cuda-alone": (
        "the installed torch ({torch}) was built without CUDA, and no build from 2.11 on runs on "
        "driver {driver} "
        "(CUDA {runs}) and a card of capability {capability}; try a driver of {least} or newer",
        "所装 torch（{torch}）不含 CUDA，且 2.11 及以后没有适合驱动 {driver}（CUDA {runs}）和计算能力 "
        "{capability} 的版本；可尝试 {least} 或更新的驱动",
    ),
    "unknown.driver-too-old": (
        "driver {driver} runs CUDA {runs}, and the installed torch ({torch}) needs {needs}: "
        "update the driver to "
        "{least} or newer, or take another build: {mend}",
        "驱动 {driver} 支持 CUDA {runs}，而所装 torch（{torch}）需要 {needs}：请把驱动更新到 "
        "{least} 或更新，"
        "或换用其他版本：{mend}",
    ),
    "unknown.driver-too-old-alone": (
        "driver {driver} runs CUDA {runs}, and the installed torch ({torch}) needs {needs}: "
        "update the driver to "
        "{least} or newer",
        "驱动 {driver} 支持 CUDA {runs}，而所装 torch（{torch}）需要 {needs}：请把驱动更新到 "
        "{least} 或更新",
    ),
    "unknown.card-no-code": (
        "the installed torch ({torch}) has no code for a card of capability {capability}; this "
        "build has: {mend}",
        "所装 torch（{torch}）没有适用于计算能力 {capability} 的代码；可换用此版本：{mend}",
    ),
    "unknown.card-no-code-alone": (
        "the installed torch ({torch}) has no code for a card of capability {capability}, and no "
        "build from 2.11 "
        "on has with driver {driver}",
        "所装 torch（{torch}）没有适用于计算能力 {capability} 的代码，2.11 及以后在驱动 {driver} 上也没有",
    ),
    "unknown.rocm-unsupported": (
        "AMD cards (ROCm) are not supported yet",
        "尚不支持 AMD 显卡（ROCm）",
    ),
    "unknown.xpu-unsupported": (
        "Intel cards (XPU) are not supported yet",
        "尚不支持 Intel 显卡（XPU）",
    ),
    "unknown.mps-unsupported": (
        "Apple's GPU (MPS) is not supported yet",
        "尚不支持 Apple GPU（MPS）",
    ),
    "problem.device-none": (
        "There is no device {device} on this machine: {why}. Use --device cpu.",
        "本机没有设备 {device}：{why}。请使用 --device cpu。",
    ),
    "problem.device-unusable": (
        "{device} cannot be used: {why}. --device cpu goes without.",
        "{device} 无法使用：{why}。可使用 --device cpu。",
    ),
    "data.holder-unnamed": ("others", "其他进程"),
    "problem.card-full": (
        "{name} needs {needed_bytes} at least on {device}, and {free_bytes} are free (held: "
        "{holders}): end what "
        "holds it, name another card with --device, or take --device cpu.",
        "{name} 在 {device} 上至少需要 {needed_bytes}，而只有 {free_bytes} 可用（占用：{holders}）："
        "请结束占用的程序，用 --device 指定其他显卡，或使用 --device cpu。",
    ),
    "problem.card-shared": (
        "{device}: {free_bytes} free of {total_bytes}; held by {holders}.",
        "{device}：{total_bytes} 中可用 {free_bytes}；占用者 {holders}。",
    ),
    "problem.device-failed": (
        "The card failed in the middle of the work ({detail}). What is measured is kept, and the "
        "same command "
        "goes on from there; if it comes again, `basefit doctor` says what the driver sees.",
        "显卡在工作中出错（{detail}）。已测得的会保留，同一命令可继续；如再次出现，"
        "`basefit doctor` 会说明驱动的状态。",
    ),
    "problem.device-mixed": (
        "{device} names the processor beside a card: name cards alone, or cpu.",
        "{device} 同时指定了处理器和显卡：请只指定显卡，或只用 cpu。",
    ),
    "problem.device-no-code": (
        "This torch ({torch}) has no code for {device}, of capability {capability} (it is built "
        "for {built}): "
        "`basefit doctor` says which build has, and --device cpu goes without.",
        "所装 torch（{torch}）没有适用于 {device}（计算能力 {capability}）的代码（它为 {built} 编译）："
        "`basefit doctor` 会说明哪个版本适用，也可使用 --device cpu。",
    ),
    "problem.deploy-level-unsupported": (
        "deploy loads by transformers and bitsandbytes, which have no {level}: take one of {levels}.",
        "deploy 用 transformers 与 bitsandbytes 加载模型，无法构建 {level}：请从 {levels} 中选择。",
    ),
    "problem.spec-config-unsupported": (
        'transformers has no class for architecture "{architecture}": give a checkpoint of another one.',
        "transformers 中没有架构“{architecture}”的实现：请换用其他架构的检查点。",
    ),
    "problem.deploy-length": (
        "A context of {context} tokens leaves no room for a prompt and {new_tokens} new tokens: "
        "ask for fewer new tokens or a longer context.",
        "上下文只有 {context} 个词元，容不下提示和 {new_tokens} 个新词元：请减少新词元数或加长上下文。",
    ),
    "problem.deploy-too-large": (
        "{model} at {level} with {context} tokens of context in {batch} sequences needs "
        "{needed_bytes} at "
        "least, and {device} has {free_bytes} free: ask for less context or a lower level, or "
        "free memory.",
        "{model}（{level}，上下文 {context} 个词元，{batch} 条序列）至少需要 {needed_bytes}，而 {device} "
        "只有 {free_bytes} 可用：请缩短上下文、降低级别，或腾出内存。",
    ),
}
