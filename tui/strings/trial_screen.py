"""The words of the Trial screen: data, race, answers, vote and forecast."""

WORDS = {
    "app.screen.trial": ("Trial", "试训"),
    "app.help.trial": (
        "Candidates race on your data: each is tuned a little, the worse half leaves at each rung, and the "
        "held-out answers say who learns best. d shows the data, c the race, a the answers before and "
        "after, f the forecast for the full run. p pauses and goes on, x ends; what is measured is kept. "
        "Vote with v before you read the answers.",
        "让候选模型在您的数据上比赛：各自短暂微调，每一级淘汰较差的一半，由留出的样本判断谁学得最好。"
        "d 看数据，c 看比赛，a 看微调前后的回答，f 看正式训练的预测。p 暂停或继续，x 结束；已测得的会保留。"
        "请先按 v 盲评，再阅读回答。",
    ),
    "app.race-over": ("The race is over: press 6.", "比赛结束：按 6 查看。"),
    # keys
    "app.key.trial": ("Trial", "试训"),
    "app.key.race": ("race", "比赛"),
    "app.key.view-data": ("data", "数据"),
    "app.key.view-race": ("curves", "曲线"),
    "app.key.view-answers": ("answers", "回答"),
    "app.key.view-forecast": ("forecast", "预测"),
    "app.key.go-on": ("go on", "继续"),
    "app.key.pause": ("pause", "暂停"),
    "app.key.leave-fields": ("leave the fields", "离开输入框"),
    "app.key.fields": ("change", "修改"),
    "app.key.curve": ("loss", "损失"),
    "app.key.vote": ("blind vote", "盲评"),
    "app.key.vote-first": ("the first", "第一个"),
    "app.key.vote-second": ("the second", "第二个"),
    "app.key.vote-tie": ("no difference", "不分上下"),
    "app.key.vote-back": ("take back", "撤回"),
    "app.key.next-racer": ("model", "模型"),
    "app.key.last-racer": ("model before", "上一模型"),
    "app.key.fewer-epochs": ("fewer epochs", "减少轮数"),
    "app.key.more-epochs": ("epochs", "轮数"),
    "app.key.fewer-examples": ("fewer examples", "减少样本"),
    "app.key.more-examples": ("examples", "样本"),
    # data
    "app.trial.view-data": ("data", "数据"),
    "app.trial.view-race": ("curves", "曲线"),
    "app.trial.view-answers": ("answers", "回答"),
    "app.trial.view-forecast": ("forecast", "预测"),
    "app.trial.field-data": ("data", "数据"),
    "app.trial.field-format": ("format", "格式"),
    "app.trial.field-models": ("models", "模型"),
    "app.trial.field-levels": ("levels", "级别"),
    "app.trial.field-until": ("until", "长度"),
    "app.trial.example-data": ("empty: the bundled instructions", "留空：用内置指令数据"),
    "app.trial.example-format": (
        "empty: recognised; or two columns: a, b; or a name like alpaca",
        "留空：自动识别；或填两列：a, b；或格式名，如 alpaca",
    ),
    "app.trial.example-models": ("empty: {models}", "留空：{models}"),
    "app.trial.example-levels": ("empty: nf4; or nf4, int8, bf16", "留空：nf4；或 nf4, int8, bf16"),
    "app.trial.example-until": (
        "empty: what the data has, at most 3,200; or 800; or 10 min",
        "留空：数据所有的样本，最多 3,200；或 800；或 10 分钟",
    ),
    "app.trial.reading": ("Reading the data ...", "正在读取数据 ..."),
    "app.trial.preparing": ("Reading models and data ...", "正在读取模型和数据 ..."),
    "app.trial.busy": (
        "A measurement is running: wait for it or end it on Run (4), or tokens/s would be wrong.",
        "测量正在进行：请等待，或在测量页（4）结束它，否则测得的速度不准。",
    ),
    "app.trial.format-recognised": (
        "Read as {format} (recognised): {rows} rows, {train} to train on, {holdout} held out.",
        "按 {format} 读取（自动识别）：{rows} 行，{train} 条用于训练，{holdout} 条留出。",
    ),
    "app.trial.format-named": (
        "Read as {format} (as you said): {rows} rows, {train} to train on, {holdout} held out.",
        "按 {format} 读取（由您指定）：{rows} 行，{train} 条用于训练，{holdout} 条留出。",
    ),
    "app.trial.lengths": (
        "Characters (middle, 9 in 10, longest): asked {prompt_median}, {prompt_ninth_tenth}, "
        "{prompt_longest}; answered {target_median}, {target_ninth_tenth}, {target_longest}.",
        "字符数（中位、九成不超过、最长）：问题 {prompt_median}、{prompt_ninth_tenth}、"
        "{prompt_longest}；回答 {target_median}、{target_ninth_tenth}、{target_longest}。",
    ),
    "app.trial.repeats": (
        "Left out: rows of a held-out group {shared}. Repeated answers: {answers}.",
        "去除：与留出样本同组的 {shared} 行。重复的回答：{answers}。",
    ),
    "app.trial.languages": ("Language of the answers: {mix}.", "回答的语言：{mix}。"),
    "app.trial.language-zh": ("Chinese", "中文"),
    "app.trial.language-mixed": ("mixed", "混合"),
    "app.trial.language-other": ("not Chinese", "非中文"),
    "app.trial.skipped": (
        "Rows that cannot be used: {count}, {first}.",
        "无法使用的行：{count}，{first}。",
    ),
    "app.trial.row": ("row {row} ({reason})", "第 {row} 行（{reason}）"),
    "app.trial.preview": (
        "As a model without a chat template sees it; trained on: underlined.",
        "没有对话模板的模型看到的内容；加下划线的是训练目标。",
    ),
    "app.trial.preview-template": (
        "As {model} sees it, in its own chat template; trained on: underlined.",
        "{model} 按自己的对话模板看到的内容；加下划线的是训练目标。",
    ),
    "app.trial.preview-row": ("row {row}", "第 {row} 行"),
    "problem.until-unreadable": (
        "{value} is neither a number of examples nor minutes: write 800, or 10 min, or both.",
        "{value} 既不是样本数也不是分钟数：请写 800、10 分钟，或两者都写。",
    ),
    # race
    "app.trial.title-none": (
        "No race yet: r starts one on the data that d shows.",
        "尚无比赛：按 r 用 d 所示的数据开始。",
    ),
    "app.trial.title-running": (
        "Rung {rung} of {total}, to {examples} examples: {racers} racers, {time}, left in this rung {left}",
        "第 {rung}/{total} 级，至 {examples} 条样本：{racers} 个模型，已用 {time}，本级剩余 {left}",
    ),
    "app.trial.title-paused": (
        "Paused in rung {rung} of {total} after {time}: p goes on where it stopped.",
        "在第 {rung}/{total} 级暂停，已用 {time}：按 p 从停下处继续。",
    ),
    "app.trial.title-cut": (
        "Your last race was cut off in rung {rung} of {total}: p goes on where it stopped.",
        "上次的比赛在第 {rung}/{total} 级中断：按 p 从停下处继续。",
    ),
    "app.trial.not-restored": (
        "Your last race cannot be shown: {why}",
        "无法显示上次的比赛：{why}",
    ),
    "app.trial.title-done": (
        "Over after {time}: {winner} learns this data best. a answers, f forecast",
        "比赛结束，用时 {time}：{winner} 学得最好。a 看回答，f 看预测",
    ),
    "app.trial.title-failed": (
        "No racer could be measured: the lines below say why. r tries again.",
        "没有一个模型测得结果：原因见下。按 r 重试。",
    ),
    "app.trial.title-cancelled": (
        "Ended after {time}; what is measured is kept. r goes on with the rest.",
        "{time} 后结束；已测得的会保留。按 r 继续其余部分。",
    ),
    "app.trial.column-state": ("state", "状态"),
    "app.trial.column-gain": ("gain", "改进"),
    "app.trial.column-predicted": ("predicted", "预计"),
    "app.trial.column-left": ("left", "剩余"),
    "app.trial.lane-waiting": ("waiting", "等待"),
    "app.trial.lane-running": ("starting", "启动中"),
    "app.trial.lane-measured": ("measured", "已测"),
    "app.trial.lane-left": ("left", "淘汰"),
    "app.trial.lane-failed": ("failed", "失败"),
    "app.trial.lane-cancelled": ("ended", "已结束"),
    "app.trial.lane-paused": ("paused", "暂停"),
    "app.trial.place": ("place {place}", "第 {place} 名"),
    "app.trial.tied": ("tie", "平"),
    "app.trial.plot-x": ("examples seen", "已见样本"),
    "app.trial.plot-held": (
        "held-out bits per byte (lower is better)",
        "留出样本每字节比特（越低越好）",
    ),
    "app.trial.plot-loss": ("training loss, nats per token", "训练损失（纳特/词元）"),
    "app.trial.memory-predicted": ("predicted {size}", "预计 {size}"),
    "app.trial.memory-gpu": ("measured {size}", "实测 {size}"),
    "app.trial.memory-cpu": ("process {size}, libraries too", "进程 {size}（含程序库）"),
    "app.trial.memory-unmeasured": ("not measured yet", "尚未实测"),
    "app.trial.nobody-left": (
        "Rungs at {rungs} examples; who is behind leaves, ties are kept while there is room.",
        "在 {rungs} 条样本处淘汰落后者；不分高下时名额内保留。",
    ),
    "app.trial.one-rung": (
        "Everybody runs to {examples} examples: with so few racers or examples nobody leaves before.",
        "所有模型都跑到 {examples} 条样本：模型或样本较少，中途不淘汰。",
    ),
    "app.trial.left-worse": (
        "{name} left after {examples}: behind {best} by {gap}.",
        "{name} 在 {examples} 条后淘汰：落后 {best} {gap}。",
    ),
    "app.trial.left-tied": (
        "{name} left after {examples} for want of room: a tie with {best} ({gap}).",
        "{name} 在 {examples} 条后因名额淘汰：与 {best} 不分高下（{gap}）。",
    ),
    "app.trial.left-failed": ("{name} left: {why}", "{name} 退出：{why}"),
    # answers and the vote
    "app.trial.answers-title-none": ("Answers before and after the trial", "试训前后的回答"),
    "app.trial.answers-none": (
        "No answers yet: the last rung of a race generates ten on the held-out rows.",
        "尚无回答：比赛的最后一级会在留出样本上生成十个。",
    ),
    "app.trial.answers-title": (
        "{name}: {count} held-out answers. v votes blind: best before you read.",
        "{name}：{count} 个留出样本的回答。请先按 v 盲评，再往下读。",
    ),
    "app.trial.voted": (
        "{name}, blind vote: tuned better {wins}, worse {losses}, tie {ties}. "
        "Win rate {rate} ({low} to {high}, 95 %)",
        "{name}，盲评：微调后更好 {wins}，更差 {losses}，平 {ties}。胜率 {rate}"
        "（95 % 区间 {low} 至 {high}）",
    ),
    "app.trial.question": ("{place}/{count} Question:", "{place}/{count} 问题："),
    "app.trial.wanted": ("Wanted:", "参考答案："),
    "app.trial.before": ("before the trial", "微调前"),
    "app.trial.after": ("after the trial", "微调后"),
    "app.vote.title": (
        "Which answer is better? {place} of {count}",
        "哪个回答更好？第 {place} 个，共 {count} 个",
    ),
    "app.vote.question": ("Question:", "问题："),
    "app.vote.first": ("1: first answer", "1：第一个回答"),
    "app.vote.second": ("2: second answer", "2：第二个回答"),
    "app.vote.keys": (
        "1 the first, 2 the second, 0 no difference, Backspace takes back, Escape leaves without keeping.",
        "1 第一个，2 第二个，0 不分上下，退格键撤回，Esc 放弃。",
    ),
    "app.kind.vote": ("vote", "盲评"),
    # forecast
    "app.trial.forecast-none": (
        "No forecast yet: it needs a racer that is measured at two sizes or more.",
        "尚无预测：需要至少一个模型测得两个以上规模的结果。",
    ),
    "app.trial.forecast-title": (
        "Full run: - + {examples} examples, [ ] {epochs} epochs: {seen} seen",
        "正式训练：- + {examples} 条样本，[ ] {epochs} 轮，共见 {seen} 条",
    ),
    "app.trial.column-now": ("now", "现在"),
    "app.trial.column-middle": ("full run", "正式训练"),
    "app.trial.column-band": ("nine in ten", "九成范围"),
    "app.trial.column-time": ("time", "时长"),
    "app.trial.plot-forecast": (
        "held-out bits per byte; * what to expect, the bar nine times in ten",
        "留出样本每字节比特；* 为预期曲线，竖线为十次有九次的范围",
    ),
    "app.trial.forecast": (
        "{name}: about {middle} bits per byte, {low} to {high} nine times in ten, as on {tasks} recorded "
        "tasks.",
        "{name}：每字节约 {middle} 比特，十次有九次在 {low} 至 {high} 之间（据 {tasks} 个已记录任务）。",
    ),
    "app.trial.forecast-bound": (
        "By the laws such curves follow: at most {at_most}, {optimistic} if all goes well (slope {slope} "
        "on the last {points} sizes).",
        "按此类曲线的规律：至多 {at_most}，顺利时 {optimistic}（最后 {points} 个规模上的斜率 {slope}）。",
    ),
    "app.trial.forecast-short": (
        "Too few sizes for a forecast: let it race further.",
        "规模太少，无法预测：请让比赛继续。",
    ),
    "app.trial.caveat-repeats-data": (
        "Epochs repeat the data: none past the fourth is counted on; watch the held-out curve.",
        "多轮会重复数据：第四轮以后的改进不计入；请留意留出曲线。",
    ),
    "app.trial.caveat-few-points": ("Only two sizes: take it as a hint.", "只有两个规模：仅供参考。"),
    "app.trial.caveat-not-falling": (
        "The last sizes gained nothing: more of the same data may not help.",
        "最后几个规模没有改进：更多同类数据可能无益。",
    ),
    "app.trial.caveat-beyond-recorded": (
        "The full run is over 8 times as long as what was measured: no recorded curve tells how wide the "
        "band is there.",
        "正式训练比实测长 8 倍以上：没有已记录的曲线说明此时范围应有多宽。",
    ),
    "app.trial.caveat-far": (
        "The full run is over 32 times as long as what was measured: race longer to be surer.",
        "正式训练比实测长 32 倍以上：延长比赛会更可靠。",
    ),
    "app.trial.money": (
        "{time} of training here at {rate} tokens/s ({tokens} tokens); hosted, {hosted} (price of {date}): "
        "{bill}.",
        "本机训练 {time}，{rate} 词元/秒（{tokens} 词元）；托管 {hosted}（{date} 的价格）：{bill}。",
    ),
    "app.trial.money-own": (
        "{time} of training here at {rate} tokens/s ({tokens} tokens), {own} for the card; hosted, "
        "{hosted} (price of {date}): {bill}.",
        "本机训练 {time}，{rate} 词元/秒（{tokens} 词元），显卡 {own}；托管 {hosted}（{date} 的价格）："
        "{bill}。",
    ),
}
