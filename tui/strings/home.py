"""The words on Home: the machine, the guide (what to set, by which key), the answer, what Enter does."""

WORDS = {
    "app.home.title": (
        "Which base model, at which quantization, for this GPU and this text?",
        "这块显卡、这些文本，该选哪个基座模型、哪种量化？",
    ),
    "app.home.gpu": ("{name}: {free} free of {total}.", "{name}：{total} 中可用 {free}。"),
    "app.home.busy": (
        "In use by others: {count}, first {first}.",
        "被其他进程占用：{count} 个，首个 {first}。",
    ),
    "app.home.no-gpu": ("No GPU: {why}.", "没有 GPU：{why}。"),
    "app.home.host": (
        "CPU {cpu}, cores: {cores}, memory: {free} free of {total}.",
        "CPU {cpu}，{cores} 核，内存 {total} 中可用 {free}。",
    ),
    "app.home.here": ("here", "本机"),
    "app.home.budget-sim": ("{label}, {size} (simulated)", "{label}，{size}（模拟）"),
    "app.home.budget-here": ("this machine, {size} free now", "本机，现可用 {size}"),
    "app.home.budget-card": ("{label}, {size} free now", "{label}，现可用 {size}"),
    "app.home.gpu-unused": ("{name} cannot be used: {why}.", "{name} 无法使用：{why}。"),
    "app.home.unified": ("It shares the host's memory.", "与主机共用内存。"),
    "app.home.budget-cpu": ("this machine without a GPU, {size} free now", "本机（无 GPU），现可用 {size}"),
    "app.home.answer": (
        "On {size} the best starting point is {model} at {level}: {memory}, about {speed} tokens/s for "
        "{use} with {context} tokens of context.",
        "{size} 下最合适的起点是 {model}（{level}）：{memory}，{use}约 {speed} 词元/秒，"
        "上下文 {context} 词元。",
    ),
    "app.home.answer-no-speed": (
        "On {size} the best starting point is {model} at {level}: {memory} for {use} with {context} tokens "
        "of context.",
        "{size} 下最合适的起点是 {model}（{level}）：{memory}，用途{use}，上下文 {context} 词元。",
    ),
    "app.home.estimated": (
        " An estimate: nothing of it is measured here.",
        "这是估算，尚未实测。",
    ),
    "app.home.measured": (
        " Its quality was measured here, memory and speed are estimates.",
        "质量为本机实测，内存和速度为估算。",
    ),
    "app.home.looking": ("Looking through the catalog …", "正在查找目录……"),
    "app.home.nothing-fits": (
        "No model of the catalog that is what you ask for fits {size}: move the budget to the right, ask "
        "for less, or press m to measure yours.",
        "目录中没有合乎条件又能放进 {size} 的模型：请向右调大预算、放宽条件，或按 m 测量您自己的模型。",
    ),
    "app.home.act-fresh": ("Enter: measure the bundled family", "回车：测量内置模型"),
    "app.home.act-running": ("Enter: watch the measurement", "回车：查看测量进度"),
    "app.home.act-again": ("Enter: see the verdict", "回车：查看结论"),
    "app.home.note-fresh": (
        "Four small real models on a small simulated card, with a short trial: about two minutes on two "
        "cores, no download. For your own models and the memory set above: m.",
        "四个真实小模型，一块模拟小显卡，外加短暂试训：双核约两分钟，无需下载。按上面的内存测量您自己的模型：m。",
    ),
    "app.home.note-running": ("The measurement goes on meanwhile.", "测量仍在进行。"),
    "app.home.note-again": (
        "Measured before: the evidence is kept. m measures models of yours.",
        "已有实测证据。按 m 测量您自己的模型。",
    ),
    "app.guide.fresh": (
        "New to this? Set what you know, skip the rest, then press Enter:",
        "第一次选模型？设定您知道的，其余跳过，然后按回车：",
    ),
    "app.guide.again": (
        "What is asked; each line has its key:",
        "当前的条件；每行前面是它的按键：",
    ),
    "app.guide.budget": ("memory to plan for", "规划的内存"),
    "app.guide.language": ("language of your text", "文本语言"),
    "app.guide.use": ("what it is for", "用途"),
    "app.guide.kind": ("kind of model", "模型种类"),
    "app.guide.others": ("{kind} (others left out: {count})", "{kind}（未计其他种类 {count} 个）"),
    "app.kind.any": ("any kind", "任何种类"),
    "app.kind.base": ("base models", "基座模型"),
    "app.kind.chat": ("chat models", "对话模型"),
    "app.kind.coder": ("coding models", "代码模型"),
    "app.kind.reasoning": ("reasoning models", "推理思考模型"),
    "app.wish.task": ("task: {value}", "任务：{value}"),
    "app.wish.commercial": ("for commercial use", "可商用"),
    "app.wish.min_speed": ("{value:g} tokens/s at least", "每秒至少 {value:g} 词元"),
    "app.wish.hours": ("tuned in {value:g} hours", "微调不超过 {value:g} 小时"),
    "app.wish.money": ("tuned for {value:g} dollars", "微调不超过 {value:g} 美元"),
    "app.wish.levels": ("levels: {value}", "级别：{value}"),
    "app.guide.own": ("models, text, data", "模型、文本、数据"),
    "app.guide.own-none": ("none of yours yet: a form of four lines", "尚未填写：四行的表单"),
    "app.guide.use.infer": ("run it as it is", "直接使用"),
    "app.guide.use.qlora": ("fine-tune it, weights at 4 bits (QLoRA)", "微调，权重 4 位（QLoRA）"),
    "app.guide.use.lora": ("fine-tune it, weights at 16 bits (LoRA)", "微调，权重 16 位（LoRA）"),
    "app.guide.use.both": ("run it and fine-tune it (QLoRA) on one card", "同一张卡上使用并微调（QLoRA）"),
    "app.guide.language.zh": ("Chinese", "中文"),
    "app.guide.language.en": ("English", "英文"),
    "app.guide.language.zh,en": ("Chinese and English", "中文和英文"),
    "app.key.work-language": ("text language", "文本语言"),
    "app.key.kind": ("kind of model", "模型种类"),
    "app.models.left-out": (
        "{kind} (c), left out: {count} (a)",
        "{kind}（c），未计 {count} 个（a）",
    ),
    "app.models.corrected": (
        "estimate × {ratio}: peaks measured on this device",
        "估算 × {ratio}：按本设备实测峰值修正",
    ),
    "app.palette.here": ("here: {action}", "本页：{action}"),
    "app.palette.here-help": ("On this screen: {screen}.", "当前页面：{screen}。"),
}
