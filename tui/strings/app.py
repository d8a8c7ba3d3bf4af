"""The words of the app around its screens: names, keys, palette, help, dialogs."""

WORDS = {
    "app.screen.home": ("Home", "首页"),
    "app.screen.models": ("Models", "模型"),
    "app.screen.tokenizers": ("Tokenizers", "分词器"),
    "app.screen.run": ("Run", "测量"),
    "app.screen.verdict": ("Verdict", "结论"),
    "app.unknown": ("unknown", "未知"),
    "app.some-failed": (
        "Jobs that failed: {count}. Run (4) says why.",
        "失败的任务：{count} 个。测量页（4）说明原因。",
    ),
    "app.incomplete": (
        "Your last measurement is not complete: r measures the rest.",
        "上次的测量没有做完：按 r 补测其余。",
    ),
    "app.verdict-ready": ("The verdict is ready: press 5.", "结论已出：按 5 查看。"),
    # keys
    "app.key.act": ("go", "开始"),
    "app.key.all": ("all languages", "所有语言"),
    "app.key.batch-less": ("smaller batch", "减小批量"),
    "app.key.batch-more": ("larger batch", "增大批量"),
    "app.key.budget": ("budget", "预算"),
    "app.key.cancel": ("cancel", "取消"),
    "app.key.cancel-all": ("end everything", "全部结束"),
    "app.key.cancel-job": ("end this job", "结束此任务"),
    "app.key.clear": ("clear the filter", "清除筛选"),
    "app.key.close": ("close", "关闭"),
    "app.key.context-less": ("shorter context", "缩短上下文"),
    "app.key.context-more": ("longer context", "加长上下文"),
    "app.key.count": ("count", "统计"),
    "app.key.down": ("down", "下移"),
    "app.key.evidence": ("evidence", "证据"),
    "app.key.filter": ("filter", "筛选"),
    "app.key.help": ("help", "帮助"),
    "app.key.home": ("Home", "首页"),
    "app.key.language": ("中文", "English"),
    "app.key.less": ("smaller budget", "调小预算"),
    "app.key.mark": ("mark", "标记"),
    "app.key.measure": ("measure", "测量"),
    "app.key.models": ("Models", "模型"),
    "app.key.more": ("step", "调整"),
    "app.key.own": ("my models", "自选模型"),
    "app.key.palette": ("palette", "命令"),
    "app.key.pick": ("pick", "选择"),
    "app.key.plot": ("plot", "图"),
    "app.key.quit": ("quit", "退出"),
    "app.key.run": ("Run", "测量"),
    "app.key.run-again": ("resume", "补测"),
    "app.key.sort": ("sort", "排序"),
    "app.key.theme": ("dark or light", "深色/浅色"),
    "app.key.tokenizers": ("Tokenizers", "分词器"),
    "app.key.up": ("up", "上移"),
    "app.key.use": ("use", "用途"),
    "app.key.verdict": ("Verdict", "结论"),
    # palette
    "app.palette.placeholder": ("What would you like to do?", "想做什么？"),
    "app.palette.nothing": ("nothing of that name", "没有这样的命令"),
    "app.palette.go": ("view: {screen}", "查看：{screen}"),
    "app.palette.cancel": ("cancel: everything that runs", "取消：所有任务"),
    "app.palette.cancel-help": ("What is measured is kept.", "已测得的结果会保留。"),
    "app.palette.demo": ("measure: the bundled family", "测量：内置模型"),
    "app.palette.demo-help": (
        "Four small models on a simulated card, about two minutes.",
        "四个小模型，模拟显卡，约两分钟。",
    ),
    "app.palette.own": ("measure: my own models", "测量：自选模型"),
    "app.palette.own-help": ("Directories or ids, your text, your data.", "目录或名称，您的文本和数据。"),
    "app.palette.budget": ("budget: choose or write one", "预算：选择或输入"),
    "app.palette.budget-help": ("A card by name, or a size such as 24GiB.", "显卡名，或大小，如 24GiB。"),
    "app.palette.plan": ("budget: {label}", "预算：{label}"),
    "app.palette.plan-help": ("Plan for this much memory.", "按此内存规划。"),
    "app.palette.language": ("language: 中文", "语言：English"),
    "app.palette.language-help": ("Switch at once.", "立即切换。"),
    "app.palette.theme": ("theme: dark or light", "主题：深色或浅色"),
    "app.palette.theme-help": ("The other one.", "换成另一种。"),
    "app.palette.help": ("help: this screen", "帮助：当前页面"),
    "app.palette.help-help": ("What it is for, and its keys.", "用途与按键。"),
    "app.palette.quit": ("quit", "退出"),
    "app.palette.quit-help": ("What is measured is kept.", "已测得的结果会保留。"),
    # help
    "app.help.home": (
        "What this machine has, which memory to plan for, and the best starting point for it. "
        "Left and right move the budget, g, u and c say what it is for; Enter does the next thing.",
        "本机的配置、要规划的内存，以及最合适的起点。左右键调整预算，g、u、c 设定用途；回车键做下一步。",
    ),
    "app.help.models": (
        "Every model that lists your language, at its best level that fits, the one to start from first. "
        "All sizes are estimates with a range. Space marks a model, r measures what is marked, [ and ] "
        "change the context, - and + the batch, c the kind of model; a shows what is left out as well.",
        "标明支持您的语言的模型及其放得下的最好级别，首行即推荐起点。大小均为带范围的估算。空格标记，"
        "r 测量所标记的，[ 和 ] 调整上下文，- 和 + 调整批量，c 换模型种类，a 显示未计入的。",
    ),
    "app.help.tokenizers": (
        "What a text costs each tokenizer: the same text in fewer tokens is less time and less memory. "
        "Name directories, vocabulary files or ids, separated by commas. v learns more pieces for the one "
        "under the cursor and says whether they would pay; p turns between ladder and cut, e exports.",
        "同一文本在各分词器下的代价：词元越少，越省时间和内存。请填目录、词表文件或名称，以逗号分隔。"
        "v 为光标所在的分词器学习新词元，并说明扩充是否合算；p 切换图与切分，e 导出。",
    ),
    "app.help.run": (
        "The jobs as they are worked off, each in a process of its own: one that fails costs its own row. "
        "x ends a job or everything; what is measured is kept, and r measures the rest. With minutes set "
        "in the form (m), what could still change the verdict is measured first, and no more than needed. "
        "Tab goes to the levels, where Enter (or w) shows the windows of the text that suffered most; p "
        "shows the plot, on which the best trades of size for quality stand out, and y perplexity instead "
        "of bits per byte.",
        "各任务在独立进程中进行：失败只影响它那一行。x 结束某个或全部任务；已测得的会保留，r 补测其余。"
        "在表单（m）中填了分钟数时，先测最可能改变结论的，测够即止。"
        "Tab 转到级别表，回车（或 w）显示文本中受损最重的窗口；p 显示图，大小与质量的最佳折中会突出显示；"
        "y 在比特/字节与困惑度之间切换。",
    ),
    "app.help.verdict": (
        "The ranking with its reasons. Left and right look at the next budget at which something changes; "
        "Enter shows the evidence behind a row.",
        "排名与理由。左右键查看下一个会改变结果的预算；回车键显示某行的证据。",
    ),
    "problem.store-unwritable": (
        "The evidence store {path} cannot be written ({detail}): free some disk space, then press r.",
        "无法写入证据库 {path}（{detail}）：请清理磁盘后按 r 继续。",
    ),
    # dialogs
    "app.budget.title": ("Which memory to plan for?", "按多大内存规划？"),
    "app.budget.placeholder": ("24GiB, 2x24GiB, rtx-4090 and Enter", "24GiB、2x24GiB、rtx-4090，按回车"),
    "app.budget.here": ("this machine, {size} free", "本机，可用 {size}"),
    "app.cancel.title": ("What should end?", "要结束什么？"),
    "app.cancel.kept": (
        "What is measured is kept; r measures the rest later.",
        "已测得的会保留；以后可按 r 补测。",
    ),
    "app.cancel.job": ("This job: {subject} (x)", "此任务：{subject}（x）"),
    "app.cancel.all": ("Everything (a)", "全部（a）"),
    "app.cancel.none": ("Nothing: go on (Esc)", "都不结束，继续（Esc）"),
    "app.own.title": ("Measure my own models", "测量自选模型"),
    "app.own.candidates": (
        "Models: directories, Hub ids or catalog ids",
        "模型：文件夹、Hub 名称或内置模型表中的名称",
    ),
    "app.own.candidates-example": ("./my-7b, ./my-13b", "./my-7b, ./my-13b"),
    "app.own.text": ("Text in UTF-8", "UTF-8 文本"),
    "app.own.text-example": ("empty: the bundled sample", "留空：用内置样本"),
    "app.own.data": ("Instruction data for a short trial", "试训用的指令数据"),
    "app.own.data-example": ("empty: no trial", "留空：不试训"),
    "app.own.budget": ("Budget: {label}, {size}", "预算：{label}，{size}"),
    "app.own.more": (
        "More, where it matters (Tab leads there)",
        "其他条件（按 Tab 前往，可不填）",
    ),
    "app.own.usual": ("does not matter", "不限"),
    "app.own.use": ("What it is for", "用途"),
    "app.own.kind": ("Kind of model", "模型种类"),
    "app.own.task": ("Task", "任务"),
    "app.own.commercial": ("Commercial use", "商用"),
    "app.own.language": ("Languages: zh or zh:70,en:30", "语言：zh 或 zh:70,en:30"),
    "app.own.context": ("Tokens of context", "上下文词元数"),
    "app.own.batch": ("Sequences at a time", "并行序列数"),
    "app.own.levels": ("Quantization levels", "量化级别"),
    "app.own.engine": ("Engine", "推理引擎"),
    "app.own.prefill": ("Prompt tokens at once", "一次预填充的词元数"),
    "app.own.kv_bits": ("Bits of the KV cache: 16, 8, 4", "KV 缓存位宽：16、8、4"),
    "app.own.min_speed": ("Tokens/s at least", "每秒词元数下限"),
    "app.own.hours": ("Hours to tune in at most", "微调小时数上限"),
    "app.own.money": ("Dollars to tune for at most", "微调费用上限（美元）"),
    "app.own.gpu_hour": ("Dollars an hour of the card", "显卡每小时费用（美元）"),
    "app.own.windows": ("Windows to score", "评测窗口数"),
    "app.own.examples": ("Examples in a trial", "试训样本数"),
    "app.kind.usual": ("as usual for the use", "按用途默认"),
    "app.task.general": ("general", "通用"),
    "app.task.extraction": ("extraction", "信息抽取"),
    "app.task.classification": ("classification", "分类"),
    "app.task.summary": ("summary", "摘要"),
    "app.task.chat": ("chat", "对话"),
    "app.task.code": ("code", "代码"),
    "app.task.maths": ("maths", "数学"),
    "app.task.writing": ("writing", "写作"),
    "app.own.reading": ("Reading the files ...", "正在读取文件 ..."),
    "app.own.start": ("Measure", "开始测量"),
    "app.evidence.title": ("Evidence: {model} at {level}", "证据：{model}（{level}）"),
    "app.evidence.estimates": (
        "Also rests on arithmetic, not on a measurement: {names}.",
        "另有依据来自计算而非测量：{names}。",
    ),
    "app.kind.perplexity": ("perplexity", "困惑度"),
    "app.kind.trial": ("trial", "试训"),
    "app.kind.tokenizer": ("tokenizer", "分词器"),
    "app.kind.deploy": ("deployment", "部署"),
    "app.kind.hardware": ("hardware", "硬件"),
}
