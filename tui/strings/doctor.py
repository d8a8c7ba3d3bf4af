"""Words of `basefit doctor`."""

WORDS: dict[str, tuple[str, str]] = {
    "doctor.looking": (
        "Looking; importing the libraries takes some seconds.",
        "正在检查；导入各库需要几秒。",
    ),
    "doctor.column.state": ("state", "状态"),
    "doctor.column.name": ("of", "对象"),
    "doctor.column.says": ("what is there, or what to do", "现状，或该怎么做"),
    "doctor.state.good": ("good", "正常"),
    "doctor.state.note": ("note", "提示"),
    "doctor.state.mend": ("mend", "待修复"),
    "doctor.name.driver": ("driver", "驱动"),
    "doctor.name.card": ("card", "显卡"),
    "doctor.name.torch": ("torch", "torch"),
    "doctor.name.bitsandbytes": ("bitsandbytes", "bitsandbytes"),
    "doctor.name.gptqmodel": ("GPTQModel", "GPTQModel"),
    "doctor.name.disk": ("disk", "磁盘"),
    "doctor.name.hub": ("Hub", "Hub"),
    "doctor.name.store": ("store", "存储"),
    "doctor.driver": ("{version}, for CUDA up to {cuda}", "{version}，支持到 CUDA {cuda}"),
    "doctor.no-card": ("no GPU is used: {why}", "不使用 GPU：{why}"),
    "doctor.card": (
        "{card} ({place}): {free_bytes} free of {total_bytes}, computes in {dtype}",
        "{card}（{place}）：{total_bytes} 中可用 {free_bytes}，以 {dtype} 计算",
    ),
    "doctor.card-unused": ("{card} cannot be used: {why}", "{card} 无法使用：{why}"),
    "doctor.torch": ("{version}, built for CUDA {cuda}", "{version}，为 CUDA {cuda} 编译"),
    "doctor.torch-cpu": ("{version}, built without CUDA", "{version}，不含 CUDA"),
    "doctor.torch-blind": (
        "{version} (CUDA {cuda}) does not find {card}, which the driver shows: unset "
        "CUDA_VISIBLE_DEVICES, "
        "restart the machine after an update of the driver, or pass the card to the container "
        "(--gpus all)",
        "{version}（CUDA {cuda}）找不到驱动所列的 {card}：请取消 CUDA_VISIBLE_DEVICES；更新驱动后请重启；"
        "在容器中请传入显卡（--gpus all）",
    ),
    "doctor.library": ("{version}", "{version}"),
    "doctor.library-broken": (
        "{name} cannot be imported ({detail}): {mend}",
        "{name} 无法导入（{detail}）：{mend}",
    ),
    "doctor.bitsandbytes-cpu": (
        "{version} has no library for this CUDA, so nothing is quantized on the card: {mend}",
        "{version} 没有适用于此 CUDA 的库，无法在显卡上量化：{mend}",
    ),
    "doctor.gptqmodel-linux": (
        "not on {system}; everything else goes without it",
        "{system} 上没有；其余功能不需要它",
    ),
    "doctor.disk": ("{free_bytes} free at {path}", "{path} 可用 {free_bytes}"),
    "doctor.disk-little": (
        "{free_bytes} free at {path}, a download may need {least_bytes}: make room, or set HF_HOME to "
        "another disk",
        "{path} 只有 {free_bytes} 可用，下载可能需要 {least_bytes}：请腾出空间，或把 HF_HOME 设到别的磁盘",
    ),
    "doctor.disk-unknown": ("what is free at {path} cannot be read", "无法读取 {path} 的可用空间"),
    "doctor.hub": ("{address} answers", "{address} 可以访问"),
    "doctor.hub-mirror": (
        "{address} does not answer ({detail}), {mirror} does: export HF_ENDPOINT={mirror}",
        "{address} 无法访问（{detail}），{mirror} 可以：export HF_ENDPOINT={mirror}",
    ),
    "doctor.hub-silent": (
        "{address} does not answer ({detail}): what is on this disk works; for downloads check the "
        "network, or set HF_ENDPOINT to a mirror",
        "{address} 无法访问（{detail}）：本机已有的模型可用；下载前请检查网络，或用 HF_ENDPOINT 指定镜像",
    ),
    "doctor.store": ("{path}, {count} results", "{path}，{count} 条结果"),
}
