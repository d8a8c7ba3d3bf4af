"""Words of the commands trial and export."""

WORDS = {
    "trial.levels": (" ({levels})", "（{levels}）"),
    "trial.elsewhere-short": ("({level})", "({level})"),
    "trial.elsewhere": ("({level} trial)", "（{level} 试训）"),
    "cli.rung-begun": (
        "Rung {number} of {total}: {racers} racers, up to {examples} examples each.",
        "第 {number}/{total} 轮：{racers} 个参赛者，各至多 {examples} 条样本。",
    ),
    "cli.rung-begun-known": (
        "Rung {number} of {total}: {racers} racers, up to {examples} examples each; "
        "{known} of them measured before.",
        "第 {number}/{total} 轮：{racers} 个参赛者，各至多 {examples} 条样本；其中 {known} 个此前已测。",
    ),
    "cli.rung-kept": ("The best {kept} go on.", "前 {kept} 名继续。"),
    "cli.trial-measured": (
        "{subject}: {bits} bits per byte after {examples} examples",
        "{subject}：{examples} 条样本后每字节 {bits} 比特",
    ),
    "cli.phase.read": ("reading", "读取"),
    "cli.phase.score": ("scoring", "评估"),
    "cli.phase.train": ("training", "训练"),
    "cli.phase.answer": ("answering", "作答"),
    "cli.rate": ("{rate}/s", "{rate}/秒"),
    "cli.left": ("{left} left", "还需 {left}"),
    "cli.rung-left": ("({left} for the rung)", "（本轮 {left}）"),
    "cli.column.examples": ("examples", "样本"),
    "cli.column.peak": ("peak memory", "峰值内存"),
    "cli.status.won": ("best", "最佳"),
    "cli.status.tied": ("a tie", "并列"),
    "cli.status.left": ("left", "出局"),
    "cli.tie": (
        "Tied within the error: {names}. The first is put first for what is published of it, "
        "then for its size.",
        "在误差以内并列：{names}。排序依据为已发表的结果，其次为模型大小。",
    ),
    "cli.metric": (
        "{model}: {metric} {before} before, {after} after, on {count} held-out examples",
        "{model}：{metric} 训前 {before}，训后 {after}（{count} 条留出样本）",
    ),
    "cli.full-run": (
        "{model}: that run takes about {time} at the speed measured here ({tokens} tokens an epoch).",
        "{model}：按此处实测速度约需 {time}（每轮 {tokens} 个词元）。",
    ),
    "cli.repeats-data": (
        "It repeats the data: watch the held-out loss for overfitting.",
        "它会重复使用数据：请留意留出损失，防止过拟合。",
    ),
    "cli.leaked": (
        "{count} rows of the data also stand in the holdout and were not trained on.",
        "数据中有 {count} 行与留出文件相同，未用于训练。",
    ),
    "cli.too-long": (
        "{count} examples are longer than a model's context and were left out.",
        "有 {count} 条样本超出模型上下文，已略去。",
    ),
    "cli.refused": (
        "{count} rows do not go through the model's chat template and were left out; the first: {first}.",
        "有 {count} 行无法套用模型的对话模板，已略去；前几行：{first}。",
    ),
    "cli.unthought": (
        "The model's chat template leaves out the thoughts of {count} answers: these were trained without.",
        "模型的对话模板去掉了 {count} 条回答的思考内容：这些回答在训练时不含思考。",
    ),
    "cli.next-export": (
        "For the full run elsewhere: basefit export {model} --to trl",
        "要在别处完整训练：basefit export {model} --to trl",
    ),
    "cli.export-of": (
        "From the trial of {model} at {level} on {data}, {created} UTC ({id}).",
        "依据 {model}（{level}）在 {data} 上的试训，{created} UTC（{id}）。",
    ),
    "cli.export-other-data": (
        "No trial was made on {path}: its rows are put as that trial's were, with its settings.",
        "没有在 {path} 上试训过：其数据行按该次试训的方式与设置转换。",
    ),
    "cli.export-data-changed": (
        "{path} has changed since that trial: these are its rows of today.",
        "{path} 在该次试训之后已改动：以下为其当前的数据行。",
    ),
    "cli.export-rows": (
        "{path}: {rows} rows, {out} to train on, {held} held out, {left} left out.",
        "{path}：共 {rows} 行，{out} 行用于训练，{held} 行留出，{left} 行未用。",
    ),
    "cli.export-left-out": ("Left out: {reasons}.", "未用的行：{reasons}。"),
    "cli.export-with-ids": (
        "The rows carry their token ids: {count} of them would be cut otherwise from their text.",
        "数据行附带词元编号：其中 {count} 行若只给文本，切分会与试训不同。",
    ),
    "cli.export-cut-otherwise": (
        "{tool} will cut {count} rows otherwise than the trial did: it takes text only, "
        "choose another tool with --to for the same token ids.",
        "{tool} 对 {count} 行的切分会与试训不同：它只接受文本，要得到相同的词元编号请用 --to 换一个工具。",
    ),
    "cli.export-serve": ("To serve the adapter with {tool}: {line}", "用 {tool} 部署适配器：{line}"),
    "problem.export-no-trial": (
        "No trial of {model} is stored: run `basefit trial {model} --data FILE` first.",
        "没有 {model} 的试训记录：请先运行 basefit trial {model} --data 文件。",
    ),
    "problem.export-nothing-tried": (
        "No such trial is stored: run `basefit trial MODEL --data FILE` first, or leave --level out.",
        "没有这样的试训记录：请先运行 basefit trial 模型 --data 文件，或去掉 --level。",
    ),
    "problem.export-run-unknown": (
        "No run is stored as {run}: `basefit runs` lists them; "
        "without --run the trial shown last is taken.",
        "没有编号为 {run} 的运行：basefit runs 会列出全部；不写 --run 即用最近显示的试训。",
    ),
    "problem.export-run-without": (
        "Run {run} shows no such trial: `basefit runs` lists the others, or leave --run out.",
        "运行 {run} 没有这样的试训：basefit runs 会列出其他运行，或去掉 --run。",
    ),
    "problem.export-holdout-unknown": (
        "Trial {trial} was scored on a file of its own that no stored run names: "
        "run that trial again with --holdout FILE, then export.",
        "试训 {trial} 用了单独的留出文件，但没有运行记下其路径：请带 --holdout 文件 重跑该试训后再导出。",
    ),
    "problem.export-trial-unknown": (
        "No trial is stored as {trial}: `basefit export --json` tells the latest one's id; "
        "without --trial it is taken.",
        "没有编号为 {trial} 的试训：basefit export --json 给出最近一次的编号；不写 --trial 即用最近一次。",
    ),
    "problem.export-exists": (
        "{path} exists with other content: name another folder with --out, or move it away.",
        "{path} 已存在且内容不同：请用 --out 指定其他文件夹，或移走该文件。",
    ),
    "problem.export-unwritable": (
        "Nothing can be written to {path} ({detail}): name another folder with --out.",
        "无法写入 {path}（{detail}）：请用 --out 指定其他文件夹。",
    ),
    "problem.dataset-declined": (
        "{repo} was not fetched: give --yes to agree to {size}, or a file of rows.",
        "未下载 {repo}：用 --yes 表示同意下载 {size}，或给出本地数据文件。",
    ),
    "problem.dataset-part": (
        "{repo} has no {setting} called {given}: choose with --{setting} among {known}.",
        "{repo} 没有名为 {given} 的 {setting}：请用 --{setting} 从 {known} 中选择。",
    ),
    "problem.dataset-script": (
        "{repo} is a script, and no code of a dataset is run: name one that holds files, "
        "or give a file of rows.",
        "{repo} 是脚本数据集，本程序不运行数据集自带的代码：请换用文件形式的数据集，或给出本地数据文件。",
    ),
    "problem.dataset-unreadable": (
        "{repo} cannot be read ({detail}): download its files and give one of them.",
        "无法读取 {repo}（{detail}）：请自行下载其文件并给出其中之一。",
    ),
    "problem.targets-missing": (
        "The model has no linear layers called {name}; it has {known}: leave out the preset to adapt all.",
        "该模型没有名为 {name} 的线性层；现有 {known}：去掉预设即可适配全部线性层。",
    ),
    "problem.columns-one": (
        "Only one column is named: give both --prompt-column and --target-column.",
        "只指定了一列：请同时给出 --prompt-column 和 --target-column。",
    ),
}
