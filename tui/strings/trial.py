"""Words about datasets and trials."""

WORDS = {
    "problem.data-missing": (
        "No dataset at {path}: check the path.",
        "数据文件 {path} 不存在：请检查路径。",
    ),
    "problem.data-directory": (
        "{path} is a directory: give one file of rows (JSONL, JSON, CSV, Parquet or text).",
        "{path} 是目录：请给出一个数据文件（JSONL、JSON、CSV、Parquet 或文本）。",
    ),
    "problem.data-too-large": (
        "{path} has {size_bytes}, and at most {most_bytes} are read: cut a part out of it, for one with "
        "`head -n`.",
        "{path} 有 {size_bytes}，最多读取 {most_bytes}：请截取其中一部分，例如用 head -n。",
    ),
    "problem.data-empty": (
        "{path} holds no rows: give a file with at least 20.",
        "{path} 中没有数据行：请给出至少 20 行的文件。",
    ),
    "problem.data-not-utf8": (
        "{path} is not UTF-8 at byte {offset}: save it as UTF-8 and run again.",
        "{path} 在第 {offset} 字节处不是 UTF-8：请另存为 UTF-8 后重试。",
    ),
    "problem.data-other-encoding": (
        "{path} is not UTF-8 (byte {offset}) but reads as {guess}: add --encoding {guess} to trial, "
        'or convert it with "iconv -f {guess} -t UTF-8 FILE > NEW".',
        "{path} 不是 UTF-8（第 {offset} 字节处），看来是 {guess} 编码："
        "请在 trial 命令后加 --encoding {guess}，"
        '或用 "iconv -f {guess} -t UTF-8 文件 > 新文件" 转换。',
    ),
    "problem.data-not-encoding": (
        "{path} is not {encoding} (byte {offset}): name the encoding it has, or save it as UTF-8.",
        "{path} 不是 {encoding} 编码（第 {offset} 字节处）：请指明正确的编码，或另存为 UTF-8。",
    ),
    "problem.data-unreadable": (
        "{path} cannot be read from line {line} on ({detail}): mend the file there.",
        "{path} 从第 {line} 行起无法读取（{detail}）：请修正该处。",
    ),
    "problem.data-kind-unknown": (
        "The kind of {path} is unknown: name it .jsonl, .json, .csv, .tsv, .parquet or .txt.",
        "无法判断 {path} 的类型：请使用 .jsonl、.json、.csv、.tsv、.parquet 或 .txt 扩展名。",
    ),
    "problem.data-format-ambiguous": (
        "The rows of {path} can be read as {readings}: choose with --format, for example --format {first}.",
        "{path} 的数据行可按 {readings} 读取：请用 --format 选择，例如 --format {first}。",
    ),
    "problem.data-columns-unnamed": (
        "{path} has the columns {columns}, and none says which is the question: "
        "name them with --prompt-column and --target-column.",
        "{path} 的列为 {columns}，无法判断哪一列是问题：请用 --prompt-column 和 --target-column 指定。",
    ),
    "problem.data-column-missing": (
        "{path} has no column {column}: choose among {columns}.",
        "{path} 中没有列 {column}：请从 {columns} 中选择。",
    ),
    "problem.data-format-unknown": (
        "No data format is called {format}: choose one of {known}.",
        "没有名为 {format} 的数据格式：请从 {known} 中选择。",
    ),
    "problem.data-format-not-here": (
        "{path} is not {format} data, which needs {needs}: leave out --format, or name two columns.",
        "{path} 不是 {format} 格式（需要 {needs}）：请去掉 --format，或指定两列。",
    ),
    "problem.data-too-few-different": (
        "Of {rows} usable rows in {path} only {usable} differ, too few to train and to hold out: give at "
        "least {needed} different ones.",
        "{path} 的 {rows} 行可用数据中只有 {usable} 行互不相同，不足以训练并留出检验："
        "请至少给出 {needed} 行不同的数据。",
    ),
    "problem.state-unkept": (
        "The state of this run cannot be kept in {path} ({detail}): it goes on, but would begin anew if it "
        "were cut off; free some space there and later states are kept again.",
        "无法将本次运行的状态存入 {path}（{detail}）：运行会继续，但若中断将从头开始；"
        "腾出空间后，之后的状态会重新保存。",
    ),
    "problem.state-damaged": (
        "The state kept in {path} is damaged and cannot be gone on from: the trial begins anew, and its "
        "state is then written again.",
        "{path} 中保存的状态已损坏，无法从中继续：试训从头开始，之后会重新写入状态。",
    ),
    "problem.adapter-unkept": (
        "The adapter cannot be written to {path} ({detail}); everything measured is kept: free some space "
        "and run the same trial with another --seed or more --examples to get one.",
        "无法将适配器写入 {path}（{detail}）；测得的结果均已保留：腾出空间后，"
        "换一个 --seed 或加大 --examples 再运行同一试训即可得到适配器。",
    ),
    "problem.data-leaks": (
        "Nearly all of {path} also stands in the holdout {holdout} ({left} rows are left to train on): "
        "give a holdout of other rows.",
        "{path} 几乎全部出现在留出文件 {holdout} 中（只剩 {left} 行可训练）：请换用其他数据作留出。",
    ),
    "problem.cancelled": ("Cancelled.", "已取消。"),
    "problem.example-exceeds-context": (
        "Every example is longer than the model's context of {context} tokens (the shortest has {tokens}): "
        "cut them with --max-chars.",
        "所有样本都超出模型 {context} 个词元的上下文（最短的有 {tokens} 个）：请用 --max-chars 截短。",
    ),
    "problem.no-trained-token": (
        "None of the {examples} examples has an answer to learn: check which column is the target.",
        "{examples} 条样本都没有可学习的答案：请检查目标列是否正确。",
    ),
    "problem.layout-unknown": (
        "No layout is called {layout}: choose one of {known}.",
        "没有名为 {layout} 的提示格式：请从 {known} 中选择。",
    ),
    "problem.chat-template-missing": (
        "The model has no chat template: choose --layout alpaca or --layout wenda.",
        "该模型没有对话模板：请改用 --layout alpaca 或 --layout wenda。",
    ),
    "problem.chat-template-raises": (
        "The model's chat template fails in line {line}, at {block} ({detail}): mend it there, or choose "
        "--layout alpaca or --layout wenda.",
        "该模型的对话模板在第 {line} 行的 {block} 处出错（{detail}）：请修正该处，或改用 --layout alpaca "
        "或 --layout wenda。",
    ),
    "problem.chat-template-refuses": (
        "The model's chat layout does not take these rows ({detail}): "
        "choose --layout alpaca or --layout wenda.",
        "该模型的对话格式不接受这些数据（{detail}）：请改用 --layout alpaca 或 --layout wenda。",
    ),
    "problem.chat-template-costly": (
        "The model's chat template was stopped: for one row it took more than {seconds:g} s, "
        "{memory_bytes} of memory or {answer_bytes} of text; choose --layout alpaca or --layout wenda.",
        "该模型的对话模板已被停止：处理一行时超过了 {seconds:g} 秒、{memory_bytes} 内存或 "
        "{answer_bytes} 文本；请改用 --layout alpaca 或 --layout wenda。",
    ),
    "problem.chat-template-drops-text": (
        "The model's chat template leaves out a part of what the rows say (the first: row {row}): "
        "choose --layout alpaca or --layout wenda.",
        "该模型的对话模板丢掉了数据中的部分内容（首先是第 {row} 行）：请改用 --layout alpaca 或 "
        "--layout wenda。",
    ),
    "problem.chat-template-rewrites": (
        "The model's chat template rewrites the answers (the first: row {row}): "
        "choose --layout alpaca or --layout wenda.",
        "该模型的对话模板改写了答案（首先是第 {row} 行）：请改用 --layout alpaca 或 --layout wenda。",
    ),
    "problem.chat-template-differs": (
        "The model's chat template lays the same dialogue out in different ways (the first: row {row}), so "
        "that its answers cannot be told from the rest: choose --layout alpaca or --layout wenda.",
        "该模型的对话模板对同一段对话给出不同的结果（首先是第 {row} 行），无法分辨哪些是答案："
        "请改用 --layout alpaca 或 --layout wenda。",
    ),
    "problem.level-not-trainable": (
        "No adapter can be trained at {level} here: choose one of {known}.",
        "此处无法在 {level} 级别训练适配器：请从 {known} 中选择。",
    ),
    "problem.method-unknown": (
        "No training method is called {method}: choose one of {known}.",
        "没有名为 {method} 的训练方法：请从 {known} 中选择。",
    ),
    "problem.preset-unknown": (
        "No preset is called {preset}: choose one of {known}.",
        "没有名为 {preset} 的预设：请从 {known} 中选择。",
    ),
    "problem.context-not-stretchable": (
        "The context of {architecture} models cannot be stretched here: leave out longqlora.",
        "此处无法扩展 {architecture} 模型的上下文：请不要使用 longqlora。",
    ),
    "problem.metric-unknown": (
        "No metric is called {metric}: choose one of {known}.",
        "没有名为 {metric} 的指标：请从 {known} 中选择。",
    ),
    "problem.metric-databases-unnamed": (
        "The metric sqlite runs the answers on your databases: name the file, or the folder of them, with "
        "--databases.",
        "指标 sqlite 要在您的数据库上执行答案：请用 --databases 给出文件或所在目录。",
    ),
    "problem.metric-database-missing": (
        "No SQLite database{database} at {path}: give a file, or a folder of them, with --databases.",
        "在 {path} 找不到 SQLite 数据库{database}：请用 --databases 给出文件或所在目录。",
    ),
    "problem.metric-gold-fails": (
        "The dataset's own SQL fails on {database} ({detail}): "
        "check that the database belongs to the rows.",
        "数据集自带的 SQL 在 {database} 上执行失败（{detail}）：请检查数据库是否与数据对应。",
    ),
    "problem.metric-no-options": (
        "The metric choice picks among the answers that the rows give, 2 to {most} different ones, and "
        "here are {count}: use exact-match, or rows that end in an option.",
        "指标 choice 在数据给出的答案中选择，需要 2 至 {most} 种不同的答案，此处有 {count} 种："
        "请改用 exact-match，或使用以选项作答的数据。",
    ),
    "problem.metric-target-no-json": (
        "The metric json compares objects or lists, and the answer of row {row} is none ({detail}): "
        "mend it, or use exact-match.",
        "指标 json 比较对象或列表，但第 {row} 行的答案不是（{detail}）：请修正该行，或改用 exact-match。",
    ),
    "trial.failed.constant-output": (
        "The tuned model gives the same answer to everything: "
        "the run failed, which says nothing of the model.",
        "微调后的模型对所有问题给出相同的回答：这是训练失败，并不说明模型不好。",
    ),
    "problem.export-unknown": (
        "Nothing is exported for {name}: choose one of {known}.",
        "不支持导出到 {name}：请从 {known} 中选择。",
    ),
    "problem.export-method-unsupported": (
        "{name} cannot train {method}: run the trial with --method qlora or lora.",
        "{name} 不能训练 {method}：请用 --method qlora 或 lora 试训。",
    ),
    "problem.export-level-unsupported": (
        "{name} cannot load the level {level}: run the trial at bf16, int8, nf4 or nf4-dq.",
        "{name} 无法加载 {level}：请在 bf16、int8、nf4 或 nf4-dq 下试训。",
    ),
    "problem.run-too-short": (
        "A run of {steps} steps is too short for {method}, which needs {needed}: raise --examples.",
        "{steps} 步的训练对 {method} 太短（至少需要 {needed} 步）：请增大 --examples。",
    ),
    "problem.job-setting-missing": (
        "The job of {probe} lacks its setting {setting}: add it to the job file.",
        "{probe} 的任务缺少设置 {setting}：请在任务文件中补上。",
    ),
    "problem.job-setting-wrong": (
        "The job of {probe} has no setting {setting} of the form {value}: mend or remove it.",
        "{probe} 的任务没有形如 {value} 的设置 {setting}：请改正或删去。",
    ),
    "problem.trial-setting": (
        "The setting {setting} is {value}: give at least {least}.",
        "设置 {setting} 为 {value}：请给出不小于 {least} 的值。",
    ),
    "problem.trial-not-positive": (
        "The setting {setting} is {value}: give a number above zero.",
        "设置 {setting} 为 {value}：请给出大于零的数。",
    ),
    "trial.failed.nan-loss": (
        "The loss became NaN, also at a third of the rate: "
        "the run failed, which says nothing of the model.",
        "损失变为 NaN，降到三分之一学习率后仍然如此：这是训练失败，并不说明模型不好。",
    ),
    "trial.failed.zero-loss": (
        "The loss is zero: the answers are already in the prompts, or nothing is being trained.",
        "损失为零：答案可能已包含在提示中，或没有训练任何内容。",
    ),
    "trial.failed.rising-loss": (
        "The held-out loss rose above that of the untuned model, also at a third of the rate: "
        "the run failed, which says nothing of the model.",
        "留出数据上的损失高于微调之前，降到三分之一学习率后仍然如此：这是训练失败，并不说明模型不好。",
    ),
    "data.groups": (
        "{groups} groups (rows of one question or one beginning stay on one side). Repeated rows: "
        "{duplicates} dropped. Nearly repeated: {near}; held out, and nearly the same as a trained row: "
        "{near_held}.",
        "共 {groups} 组（问题或开头相同的行同组，只在一侧）。重复 {duplicates} 行，已去除；"
        "近似重复 {near} 行；与训练样本近似的留出样本 {near_held} 条。",
    ),
    "data.unscored": (
        "{count} earlier answers of held-out dialogues are trained on too and were not scored.",
        "留出对话中有 {count} 条较早的回答也在训练数据中，未计分。",
    ),
    "data.cut": (
        "{rows} rows were longer than --max-chars and lost {chars} characters: documents first, then the "
        "middle of questions, instructions and system prompts last; {answers} answers lost their end.",
        "{rows} 行超过 --max-chars，共截去 {chars} 个字符：先截文档，再截问题中部，指令与系统提示最后；"
        "{answers} 条回答被截去末尾。",
    ),
    "data.advice.few": (
        "Few examples: a trial can tell whether they help, a full run will soon repeat itself.",
        "样本很少：试训可以看出是否有用，但正式训练很快会重复。",
    ),
    "data.advice.some": (
        "Enough to begin with: 156 samples beat the untuned model in a published task; more will help.",
        "可以开始：在一项已发表的任务中，156 条样本已超过未微调的模型；更多数据会更好。",
    ),
    "data.advice.enough": (
        "Enough: from here on quality and variety count for more than size (LIMA used 1,000).",
        "数量足够：此后质量与多样性比数量更重要（LIMA 只用了 1,000 条）。",
    ),
    "data.advice.plenty": (
        "Plenty: a varied part of it may do as well as the whole.",
        "数量充足：其中多样的一部分可能与全部同样有效。",
    ),
    "data.skipped": (
        "{count} rows were not used; the first: {first}.",
        "有 {count} 行未使用；前几行：{first}。",
    ),
    "data.row": ("row {row} ({reason})", "第 {row} 行（{reason}）"),
    "problem.hosted-unknown": (
        "No hosted model called {name} is in the price table: "
        "choose one of {known}, or add it to the table.",
        "价目表中没有名为 {name} 的托管模型：请从 {known} 中选择，或自行添加。",
    ),
    "problem.card-price-unknown": (
        "No hourly price of {name} is in the price table: "
        "give it with --gpu-hour, or choose one of {known}.",
        "价目表中没有 {name} 的每小时价格：请用 --gpu-hour 给出，或从 {known} 中选择。",
    ),
    "problem.prices-unreadable": (
        "The price table {path} cannot be read ({detail}): mend it, or move it away.",
        "无法读取价目表 {path}（{detail}）：请修正或移走该文件。",
    ),
    "problem.cost-not-positive": (
        "The setting {setting} is {value}: give a number above zero.",
        "设置 {setting} 为 {value}：请给出大于零的数。",
    ),
    "cost.reason.private-data": (
        "The data may not leave the house: hosted tuning is out.",
        "数据不能外传：不能使用托管微调。",
    ),
    "cost.reason.own-cheaper": ("Your own run is the cheaper one.", "自行训练更便宜。"),
    "cost.reason.hosted-cheaper": ("The hosted run is the cheaper one.", "托管微调更便宜。"),
    "cost.reason.hosted-tests-feasibility": (
        "Hosted tuning shows quickly whether the task can be learnt at all.",
        "托管微调可以很快看出任务是否可学。",
    ),
    "cost.reason.hosted-is-managed": (
        "Hosted tuning is managed for you, and its answers cost more each time.",
        "托管微调无需自己维护，但每次调用更贵。",
    ),
    "cost.reason.own-is-free-to-change": (
        "An open model stays yours: serve it where you like, tune it again when you like.",
        "开源模型归自己所有：可任意部署，也可随时再次微调。",
    ),
    "cost.reason.little-data-helps": (
        "Little data can be enough: 156 samples beat the untuned model in a published paper-review task.",
        "数据少也可能足够：在一项已发表的论文评审任务中，156 条样本就超过了未微调的模型。",
    ),
}
