"""What the commands say around their answers."""

WORDS = {
    "cli.usage": ("{message} See `basefit --help`.", "{message} 用法见 basefit --help。"),
    "cli.cancelled": (
        "Cancelled; what was measured is kept, and the same command goes on from there.",
        "已取消；已测得的结果均已保存，重新运行同一命令即可继续。",
    ),
    "cli.crash": (
        "Something in basefit itself went wrong ({what}); nothing measured is lost. "
        "Please report it with {path}.",
        "basefit 自身出错（{what}）；已测得的结果没有丢失。请附上 {path} 报告。",
    ),
    "cli.crash-unkept": (
        "Something in basefit itself went wrong ({what}); nothing measured is lost. What led to it could "
        "be written nowhere: make some room, run the same command again and report it.",
        "basefit 自身出错（{what}）；已测得的结果没有丢失。详情无处可写："
        "请腾出空间，重新运行同一命令并报告。",
    ),
    "cli.job-failed": ("{probe} {subject}: failed. {why}", "{probe} {subject}：失败。{why}"),
    "cli.job-done": ("{probe} {subject}: done", "{probe} {subject}：完成"),
    "cli.whole-run": ("all: {left}", "全部：{left}"),
    "cli.text": ("{path}: {bytes} bytes, {chars} characters", "{path}：{bytes} 字节，{chars} 个字符"),
    "cli.data": (
        "{path}: {format} rows, {examples} to train on, {holdout} held out",
        "{path}：{format} 格式，{examples} 条用于训练，{holdout} 条留作检验",
    ),
    "cli.adapter": ("{model}: adapter in {path}", "{model}：适配器位于 {path}"),
    "cli.premium": (
        "{name}: this text takes {premium} times the tokens of its English parallel.",
        "{name}：该文本的词元数是英文对照的 {premium} 倍。",
    ),
    "cli.price-per-1000": (
        "{name}: 1,000 characters of this text cost {price}.",
        "{name}：该文本每 1,000 个字符费用为 {price}。",
    ),
    "cli.no-round-trip": (
        "{name}: decoding does not give the text back exactly (see --json for the first difference).",
        "{name}：解码后与原文不完全一致（首处差异见 --json）。",
    ),
    "problem.picture-unknown": (
        "Cannot write {path}: give it the ending .md, .svg or .json.",
        "无法写出 {path}：请使用 .md、.svg 或 .json 后缀。",
    ),
    "cli.forecast": (
        "{model}: a full run of {examples} examples would reach about {middle} bits per byte, "
        "{low} to {high} nine times in ten.",
        "{model}：用 {examples} 条样本完整训练，每字节约 {middle} 比特，"
        "十次有九次在 {low} 至 {high} 之间。",
    ),
    "cli.forecast-bound": (
        "{model}: by the laws such curves follow, at most {at_most}, {optimistic} if all goes well.",
        "{model}：按此类曲线的规律，至多 {at_most}，顺利时可达 {optimistic}。",
    ),
    "cli.sample-prompt": ("asked:  {text}", "问题：{text}"),
    "cli.sample-target": ("wanted: {text}", "标准：{text}"),
    "cli.sample-before": ("before: {text}", "训前：{text}"),
    "cli.sample-after": ("after:  {text}", "训后：{text}"),
    "cli.budget": ("Budget: {label}, {size}", "预算：{label}，{size}"),
    "cli.winner": ("{model} at {level} ({size} of memory).", "{model}，{level}（内存 {size}）。"),
    "cli.winner-imported": (
        "By imported results, not measured here: {model} at {level} ({size} of memory).",
        "依据导入的结果，未在本机实测：{model}，{level}（内存 {size}）。",
    ),
    "cli.winner-estimated": (
        "An estimate, nothing measured yet: {model} at {level} ({size} of memory).",
        "仅为估计，尚未测量：{model}，{level}（内存 {size}）。",
    ),
    "cli.nothing-fits": (
        "Nothing fits: take a larger budget, a shorter context or lower levels.",
        "没有可容纳的选择：请增大预算、缩短上下文，或选用更低的量化级别。",
    ),
    "cli.undated": ("a day its source does not name", "来源未注明的日期"),
    "cli.nothing-satisfies": (
        "Nothing satisfies all of it; what would is said under “What would change it”.",
        "没有满足全部要求的选择；如何放宽见“什么会改变结论”。",
    ),
    "cli.no-runs": ("Nothing has been run yet: try `basefit demo`.", "还没有运行记录：可试 basefit demo。"),
    "cli.shown-of": (
        "{shown} of {total} rows; --all shows the rest.",
        "共 {total} 行，显示 {shown} 行；--all 显示全部。",
    ),
    "cli.left-out.kind-unwanted": (
        "Left out: {count} that are no {kind} models; --kind any takes them in.",
        "未计入：{count} 个不属于 {kind} 类的模型；加 --kind any 可计入。",
    ),
    "cli.left-out.context-too-short": (
        "Left out: {count} made for a shorter context.",
        "未计入：{count} 个模型的原生上下文较短。",
    ),
    "cli.added": (
        "{name}: {count} parameters, {kind}. It stands in {path}, where you may add what you know of it.",
        "{name}：{count} 参数，{kind}。已写入 {path}，您可在其中补充所知的信息。",
    ),
    "cli.estimates": (
        "Estimates with their range; measure with `basefit perplexity` and `basefit deploy`.",
        "以上为估计值及其范围；可用 basefit perplexity 与 basefit deploy 实测。",
    ),
    "cli.free-of": ("{free} free of {total}", "可用 {free}，共 {total}"),
    "cli.used-by": ("{name} uses {size}", "{name} 占用 {size}"),
    "cli.used-by-unsized": (
        "{name} uses a share that the driver does not tell",
        "{name} 占用其中一部分，驱动未给出大小",
    ),
    "cli.process": ("process {pid}", "进程 {pid}"),
    "cli.card-unused": (
        "{name} cannot be used: {why}. The CPU is taken instead.",
        "{name} 无法使用：{why}。改用 CPU。",
    ),
    "cli.card-why": ("cannot be used: {why}", "无法使用：{why}"),
    "cli.card-unified": ("memory shared with the host", "与主机共用内存"),
    "cli.disk-free": ("{free} free", "可用 {free}"),
    "cli.context": ("context {size}", "上下文开销 {size}"),
    "cli.rates-unmeasured": ("rates not measured", "速率未测"),
    "memory.weights": ("weights", "权重"),
    "memory.experts": ("experts (stay at 16 bits)", "专家（保持 16 位）"),
    "memory.vision": ("other senses (vision, audio, projectors)", "其他模态（视觉、音频、投影层）"),
    "memory.unquantized": ("unquantized (embedding, head, norms)", "未量化部分（嵌入、输出、归一化）"),
    "memory.kv-cache": ("KV cache", "KV 缓存"),
    "memory.activations": ("activations", "激活"),
    "memory.logits": ("logits", "输出分数"),
    "memory.adapter": ("adapter", "适配器"),
    "memory.buffers": ("buffers of the trainer", "训练器的缓冲区"),
    "memory.gradients": ("gradients", "梯度"),
    "memory.optimizer": ("optimizer", "优化器"),
    "memory.checkpoints": ("activation checkpoints", "激活检查点"),
    "memory.dequantization": ("dequantization buffer", "反量化缓冲"),
    "memory.context": ("driver context", "驱动上下文"),
    "memory.slack": ("allocator slack", "分配器余量"),
    "memory.correction": ("correction from measurements", "实测修正"),
    "cli.knee": (
        "Beyond {added} added pieces each further thousand saves little.",
        "新增超过 {added} 个之后，再增加收效甚微。",
    ),
    "cli.vocab-cost": (
        "{parameters} new parameters: {infer} more in inference, {train} more while they are trained.",
        "新增参数 {parameters}：推理多占 {infer}，训练时多占 {train}。",
    ),
    "cli.vocab-trial": (
        "{name}: {before} -> {after} bits per byte after {tokens} training tokens, {seconds} s",
        "{name}：训练 {tokens} 个词元（{seconds} 秒）后，每字节 {before} -> {after} 比特",
    ),
    "cli.vocab-distilled": (
        "  distilled from {snippets} snippets, {tokens} tokens, in {seconds} s of these",
        "  其中蒸馏用 {snippets} 个片段、{tokens} 个词元，{seconds} 秒",
    ),
    "cli.vocab-model": (
        "The model is written with {rows} rows in its vocabulary; new ones: {embeddings}.",
        "已写出模型，其词表共 {rows} 行；新行取法：{embeddings}。",
    ),
    "cli.vocab-no": ("Extend it? No.", "要扩充词表吗？不必。"),
    "cli.vocab-maybe": ("Extend it? Maybe.", "要扩充词表吗？可以考虑。"),
    "cli.vocab-yes": ("Extend it? Yes.", "要扩充词表吗？应当。"),
    "cli.written": ("Written to {path}.", "已写入 {path}。"),
    "cli.cost-hosted": (
        "{name}, hosted: {amount} {currency} (price of {date}; {source}).",
        "{name}（托管）：{amount} {currency}（价格日期 {date}；{source}）。",
    ),
    "cli.cost-own": (
        "Own card: {amount} {currency}, {hours} hours.",
        "自有显卡：{amount} {currency}，{hours} 小时。",
    ),
    "cli.deploy-peak": (
        "Peak: {allocated} allocated, {reserved} reserved, {process} for the process.",
        "峰值：已分配 {allocated}，已保留 {reserved}，整个进程 {process}。",
    ),
    "cli.deploy-estimate": (
        "The estimate was {expected} ({error} against the measurement).",
        "此前估计为 {expected}（与实测相差 {error}）。",
    ),
    "cli.deploy-speed": (
        "Prefill {prefill} tokens/s, decoding {decode} tokens/s, loaded in {load} s.",
        "预填充 {prefill} 词元/秒，解码 {decode} 词元/秒，载入用时 {load} 秒。",
    ),
    "cli.column.added": ("added", "新增"),
    "cli.column.saved": ("saved", "节省"),
    "problem.levels-none": (
        "No level is named: give --levels names separated by commas, such as bf16,int8,nf4.",
        "没有指定量化级别：请在 --levels 后用逗号分隔地写出，例如 bf16,int8,nf4。",
    ),
    "problem.language-unspoken": (
        "No model of the catalog is known to speak {language}: choose one of {known}, or leave --language "
        "out.",
        "内置模型表中没有标明支持 {language} 的模型：请从 {known} 中选择，或去掉 --language。",
    ),
    "problem.count-unreadable": (
        "Cannot read {text} as a number of tokens: write it as 2B, 500M or 120000000.",
        "无法把 {text} 读作词元数：请写成 2B、500M 或 120000000。",
    ),
    "problem.cost-rate-missing": (
        "For amounts in {currency}, say how many of it a US dollar buys: --rate 7.18.",
        "要以 {currency} 计价，请给出 1 美元的兑换率：--rate 7.18。",
    ),
    "problem.cost-nothing-asked": (
        "Say what to price: --hosted with one of {known}, or --gpu-hour with --tokens-per-second.",
        "请说明要计算什么：用 --hosted 指定 {known} 之一，或用 --gpu-hour 加 --tokens-per-second。",
    ),
    "problem.cost-speed-missing": (
        "An own card is paid by the hour: give its training speed, as `basefit trial` measures it, "
        "with --tokens-per-second, or the hours with --hours.",
        "自有显卡按小时计费：请用 --tokens-per-second 给出训练速度（可由 basefit trial 测得），"
        "或用 --hours 给出小时数。",
    ),
    "problem.cost-speed-twice": (
        "The hours of a card follow from --tokens-per-second: leave that or --hours out.",
        "显卡用时可由 --tokens-per-second 算出：请去掉它或 --hours 之一。",
    ),
    "problem.cost-tokens-missing": (
        "What is trained on is paid by the token: give --tokens, or for a card alone its --hours.",
        "按词元计费：请用 --tokens 给出训练词元数；若只算显卡，也可用 --hours 给出小时数。",
    ),
    "cli.preview": (
        "{model} sees the first rows so; trained on is what stands between « and ».",
        "{model} 看到的前几行如下；« 与 » 之间的是训练目标。",
    ),
    "cli.preview-row": ("row {row}: {text}", "第 {row} 行：{text}"),
    "cli.sum": ("sum", "合计"),
    "cli.status.done": ("done", "完成"),
    "cli.status.no": ("nothing fits", "无可行"),
    "cli.status.failed": ("failed", "失败"),
    "cli.status.cancelled": ("cancelled", "已取消"),
    "cli.status.running": ("unfinished", "未结束"),
    "cli.column.tokenizer": ("tokenizer", "分词器"),
    "cli.column.vocabulary": ("vocabulary", "词表"),
    "cli.column.tokens": ("tokens", "词元数"),
    "cli.column.per-char": ("tokens/char", "词元/字符"),
    "cli.column.per-han": ("tokens/Han", "词元/汉字"),
    "cli.column.bytes-per": ("bytes/token", "字节/词元"),
    "cli.column.fallback": ("byte fallback", "字节回退"),
    "cli.column.unk": ("unknown", "未知"),
    "cli.column.model": ("model", "模型"),
    "note.chat-model": (
        "A chat model on raw text: its bits per byte are not fair beside a base model's.",
        "这是对话模型，面对的是原始文本：其每字节比特不宜与基座模型相比。",
    ),
    "note.text-well-known": (
        "This text was probably in the training data: bits per byte are too good to compare models by.",
        "该文本多半在训练数据之中：每字节比特低得不足以比较模型。",
    ),
    "note.languages-part": (
        "A level harms one of the texts more than another: choose by the language you need.",
        "某个级别对不同文本的损害不同：请按所需语言选择。",
    ),
    "cli.column.text": ("text", "文本"),
    "cli.column.level": ("level", "级别"),
    "cli.column.weights": ("weights", "权重"),
    "cli.column.ppl": ("perplexity", "困惑度"),
    "cli.column.bits-per-byte": ("bits/byte", "比特/字节"),
    "cli.column.delta": ("Δ ln PPL", "Δ ln PPL"),
    "cli.column.kl": ("KL nats", "KL 纳特"),
    "cli.column.same-top": ("same top", "首选一致"),
    "cli.column.same-experts": ("same experts", "专家一致"),
    "cli.column.word": ("against reference", "与基准相比"),
    "cli.column.before": ("bits/byte before", "试训前"),
    "cli.column.after": ("after", "试训后"),
    "cli.column.tokens-per-s": ("tokens/s", "词元/秒"),
    "cli.column.status": ("status", "状态"),
    "cli.column.memory": ("memory", "内存"),
    "cli.column.low": ("low", "下限"),
    "cli.column.high": ("high", "上限"),
    "cli.column.fits": ("fits", "容纳"),
    "cli.column.after-trial": ("after trial", "试训后"),
    "cli.column.verdict": ("verdict", "结论"),
    "cli.column.run": ("run", "编号"),
    "cli.column.started": ("started (UTC)", "开始（UTC）"),
    "cli.column.command": ("command", "命令"),
    "cli.column.parameters": ("parameters", "参数量"),
    "cli.column.speed": ("tokens/s (est.)", "词元/秒（估）"),
    "cli.column.decoding": ("tokens/s", "词元/秒"),
    "cli.column.term": ("term", "项目"),
    "cli.column.expected": ("expected", "预计"),
    "problem.budget-twice": (
        "--gpu {gpu} and --budget {budget} both say how much memory there is: give one of them.",
        "--gpu {gpu} 和 --budget {budget} 都指定了显存大小：请只给其中一个。",
    ),
    "problem.no-candidates": (
        "No model to judge: name some with --candidates A,B.",
        "没有可评判的模型：请用 --candidates A,B 指定。",
    ),
    "problem.nothing-to-measure": (
        "None of the candidates has its weights on this disk: name directories with --candidates, "
        "or leave out --measure for an estimate.",
        "候选模型的权重都不在本机：请用 --candidates 给出目录，或去掉 --measure 只看估计。",
    ),
    "problem.target-missing": (
        "No directory at {path}: check the path, or give a Hub id or catalog id.",
        "目录 {path} 不存在：请检查路径，或改用 Hub 名称或目录中的名称。",
    ),
    "problem.target-not-on-disk": (
        "The weights of {name} are not on this disk: give the directory of a downloaded copy.",
        "本机没有 {name} 的权重：请给出已下载副本的目录。",
    ),
    "problem.config-missing": (
        "{path} has no config.json: give the directory of a Hugging Face checkpoint.",
        "{path} 中没有 config.json：请给出 Hugging Face 检查点的目录。",
    ),
    "problem.config-unreadable": (
        "{path} cannot be read as JSON ({detail}): fetch the file again.",
        "{path} 不是有效的 JSON（{detail}）：请重新下载该文件。",
    ),
    "problem.checkpoint-file-too-large": (
        "{path} has {size_bytes} where such a file has at most {most_bytes}: it was not "
        "read; fetch it again.",
        "{path} 有 {size_bytes}，而这类文件最多 {most_bytes}，因此没有读取：请重新下载该文件。",
    ),
    "problem.folder-missing": (
        "No folder at {path}: name one that holds checkpoint directories.",
        "文件夹 {path} 不存在：请给出存放检查点目录的文件夹。",
    ),
    "problem.frame-unknown": (
        "No frame is called {given}: choose one of {known}.",
        "没有名为 {given} 的测量方式：请从 {known} 中选择。",
    ),
    "problem.spend-unknown": (
        "Cannot spend {given}: choose one of {known}.",
        "--spend 不能是 {given}：请从 {known} 中选择。",
    ),
    "problem.optimizer-unknown": (
        "No optimizer is called {given}: choose one of {known}.",
        "没有名为 {given} 的优化器：请从 {known} 中选择。",
    ),
    "problem.device-unknown": (
        "No device is called {device} here: choose one of {known}.",
        "本机没有名为 {device} 的设备：请从 {known} 中选择。",
    ),
    "problem.use-unknown": (
        "No use is called {use}: choose one of {known}.",
        "没有名为 {use} 的用途：请从 {known} 中选择。",
    ),
    "problem.trainer-unknown": (
        "No trainer is called {name}: choose one of {known}.",
        "没有名为 {name} 的训练程序：请从 {known} 中选择。",
    ),
    "problem.kind-unknown": (
        "No kind of model is called {kind}: choose one of {known}.",
        "没有名为 {kind} 的模型种类：请从 {known} 中选择。",
    ),
    "problem.task-unknown": (
        "No task is called {task}: choose one of {known}.",
        "没有名为 {task} 的任务：请从 {known} 中选择。",
    ),
    "problem.wish-not-positive": (
        "--{setting} must be a number above nothing, not {value}.",
        "--{setting} 必须是大于零的数，而不是 {value}。",
    ),
    "problem.wish-too-large": (
        "--{setting} can be {most:,} at most, not {value}.",
        "--{setting} 最大为 {most:,}，而不是 {value}。",
    ),
    "problem.languages-unreadable": (
        "Cannot read the languages {text}: write zh, or shares such as zh:70,en:30.",
        "无法识别语言 {text}：请写 zh，或带比例，如 zh:70,en:30。",
    ),
    "problem.request-name-wrong": (
        "A request cannot be called {name}: use letters, digits, dots and dashes, 64 at most.",
        "请求不能命名为 {name}：请用字母、数字、点和短横，最多 64 个字符。",
    ),
    "problem.request-unknown": (
        "No request is saved as {name}. There are: {known}. Save one with --save NAME.",
        "没有名为 {name} 的已存请求。现有：{known}。用 --save NAME 保存。",
    ),
    "problem.request-entry-wrong": (
        "A request has no such entry: {entry}.",
        "请求中没有这样的条目：{entry}。",
    ),
    "problem.number-unreadable": (
        "{setting} has to be a number, and {value} is none.",
        "{setting} 应为数字，而 {value} 不是。",
    ),
    "problem.request-unreadable": (
        "The saved request {path} cannot be read ({detail}): mend it, or save it again.",
        "无法读取已存请求 {path}（{detail}）：请改正，或重新保存。",
    ),
    "cli.why-not": ("Why not the others", "其他选项为何落选"),
    "cli.would-change": ("What would change it", "什么会改变结论"),
    "cli.vocabulary": ("Vocabulary", "词表"),
    "cli.data-question": ("Training data", "训练数据"),
    "cli.next": ("What to measure next", "下一步测量什么"),
    "cli.nothing-would-change": (
        "Nothing left to measure here is likely to change the verdict.",
        "此处已没有可能改变结论的测量。",
    ),
    "cli.tilde": (
        "~ is an estimate, by shapes and data sheets; what has a ± is measured on your text and data",
        "~ 为估算，依据模型结构与显卡规格；带 ± 的为在您的文本与数据上的实测",
    ),
    "cli.on-front": (
        "* nothing else is as good in quality, memory and speed together",
        "* 在质量、内存与速度上没有其他选项同时不逊于它",
    ),
    "cli.request-saved": ("Saved as {path}", "已存为 {path}"),
    "problem.out-of-memory": (
        "Not enough memory: take a smaller model, fewer windows or a shorter context ({detail}).",
        "内存不足：请换更小的模型、减少窗口数或缩短上下文（{detail}）。",
    ),
    "problem.disk-full": (
        "No disk space left at {path}: free some and run the same command again.",
        "{path} 所在磁盘已满：请清理后重新运行同一命令。",
    ),
    "problem.temporary-unusable": (
        "No temporary folder can be made in {path} ({detail}): free some space, or set TMPDIR to a "
        "folder of your own.",
        "无法在 {path} 创建临时文件夹（{detail}）：请清理磁盘，或用 TMPDIR 指定自己的文件夹。",
    ),
    "problem.home-unusable": (
        "What basefit measures cannot be kept in {path} ({detail}): set BASEFIT_HOME to a folder of "
        "your own, or make this one writable.",
        "无法在 {path} 保存测量结果（{detail}）：请用 BASEFIT_HOME 指定自己的文件夹，或使其可写。",
    ),
    "problem.not-permitted": (
        "{path} cannot be read or written ({detail}): change its permissions or name another place.",
        "无法读写 {path}（{detail}）：请修改权限，或换一个位置。",
    ),
    "problem.output-unwritable": (
        "The answer cannot be written where stdout goes ({detail}): free some space there or send it "
        "elsewhere.",
        "无法向标准输出写出结果（{detail}）：请腾出空间，或改写到别处。",
    ),
    "problem.library-missing": (
        "This needs the library {library}, which is not installed here ({system}): run `make run` again, "
        "or `pip install {library}`; where it does not exist for {system}, measure on Linux (on Windows: "
        "WSL 2).",
        "此功能需要 {library} 库，而此处（{system}）没有安装：请再次运行 make run，或 pip install "
        "{library}；若它没有 {system} 版本，请在 Linux 上测量（Windows 上可用 WSL 2）。",
    ),
    "problem.probe-killed": (
        "Killed by the system, most likely for lack of memory while in phase '{phase}': close other "
        "programs or take a smaller model, and run the same command again.",
        "在“{phase}”阶段被系统终止，多半是内存不足：请关闭其他程序或换更小的模型，再运行同一命令。",
    ),
    "problem.probe-signalled": (
        "The probe was ended by the signal {signal} in phase '{phase}'. Nothing measured before is lost: "
        "run the same command again; if it recurs, report it.",
        "测量进程在“{phase}”阶段被信号 {signal} 终止。先前的结果没有丢失：请重新运行同一命令；"
        "若再次出现，请报告。",
    ),
    "problem.probe-silent": (
        "The probe ended with status {code} in phase '{phase}' and said nothing: run the same command "
        "again; if it recurs, report it.",
        "测量进程在“{phase}”阶段以状态 {code} 结束且没有说明：请重新运行；若再次出现，请报告。",
    ),
    "problem.library-panicked": (
        "A library broke off over one of the model's files ({detail}), most likely its tokenizer's: fetch "
        "the model again.",
        "某个库在读取模型文件（很可能是分词器文件）时中断（{detail}）：请重新下载该模型。",
    ),
    "problem.probe-crashed": (
        "The probe failed: {detail}. Nothing measured before is lost; if it recurs, report it.",
        "测量失败：{detail}。先前的结果没有丢失；若再次出现，请报告。",
    ),
}
