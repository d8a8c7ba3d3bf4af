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
        "{model} at {level} with {context} tokens of context in {batch} sequences needs {needed_bytes} at "
        "least, and {device} has {free_bytes} free: ask for less context or a lower level, or free memory.",
        "{model}（{level}，上下文 {context} 个词元，{batch} 条序列）至少需要 {needed_bytes}，而 {device} "
        "只有 {free_bytes} 可用：请缩短上下文、降低级别，或腾出内存。",
    ),
}
