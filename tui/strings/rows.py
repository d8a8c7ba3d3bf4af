"""Words about the rows of a dataset: why one cannot be used, and what of the file is left out."""

WORDS = {
    "data.unused": ("Not used: {columns}.", "未使用：{columns}。"),
    "data.rejected": (
        "Preference data: the chosen answers are trained, {count} rejected ones are left out.",
        "偏好数据：训练所选的回答，去除被拒绝的 {count} 条。",
    ),
    "data.why": ("{rows} rows: {reason} (row {row})", "{rows} 行：{reason}（第 {row} 行）"),
    "data.why-said": (
        "{rows} rows: {reason} (row {row}: {said})",
        "{rows} 行：{reason}（第 {row} 行：{said}）",
    ),
    "data.why-joint": ("; ", "；"),
    "skip.no": ("no {column}", "没有 {column}"),
    "skip.empty": ("{column} is empty", "{column} 为空"),
    "skip.not-json": ("the line is no JSON object", "该行不是 JSON 对象"),
    "skip.not-an-object": ("it is no object", "不是对象"),
    "skip.columns-differ": ("it has other columns than the header", "列数与表头不符"),
    "skip.role-unknown": ("the role is not known", "角色未知"),
    "skip.content-not-text": ("a message holds more than text", "消息中含有文本以外的内容"),
    "skip.message-not-object": (
        "a message is no object with role and content",
        "消息不是含角色和内容的对象",
    ),
    "skip.not-pairs": ("the history is no list of pairs", "历史不是成对的列表"),
    "skip.round-empty": ("a round has neither question nor answer", "某一轮既无问题也无回答"),
    "skip.call-unreadable": ("a call has no name", "函数调用没有名称"),
    "skip.no-options": ("there are fewer than two options", "选项少于两个"),
    "skip.answer-no-option": ("the answer is none of the options", "答案不在选项中"),
    "skip.not-text": ("a value is no text", "值不是文本"),
    "skip.no-answer": ("there is no answer", "没有回答"),
    "skip.no-question": ("there is no question", "没有问题"),
    "skip.empty-answer": ("an answer is empty", "回答为空"),
    "skip.untrained": ("every answer has the weight 0", "所有回答的权重均为 0"),
    "skip.chat-template-raises": ("the template raises an error on it", "模板处理时报错"),
    "skip.chat-template-refuses": ("the chat layout does not take it", "对话格式不接受"),
    "skip.chat-template-costly": ("the template takes too much time or memory", "模板耗时或内存过多"),
    "skip.chat-template-drops-text": ("the template leaves out a part of it", "模板丢掉了部分内容"),
    "skip.chat-template-rewrites": ("the template rewrites an answer", "模板改写了答案"),
    "skip.chat-template-differs": (
        "the template lays it out differently each time",
        "模板每次给出的结果不同",
    ),
    "skip.rejected": ("the answer is a rejected one", "回答是被拒绝的"),
    "problem.data-no-usable-rows": (
        "None of the {rows} rows of {path}, read as {format}, can be used: {why}. Mend these, or name "
        "another --format or two columns.",
        "{path} 按 {format} 读取的 {rows} 行都不可用：{why}。请修正，或换用 --format，或指定两列。",
    ),
    "problem.data-too-few": (
        "{path} has {usable} usable rows, too few to train and to hold out: give at least {needed}.",
        "{path} 只有 {usable} 行可用，不足以训练并留出检验：请至少给出 {needed} 行。",
    ),
    "problem.data-too-few-chosen": (
        "{path} is preference data with {usable} good answers, too few to train and to hold out "
        "({rejected} rejected ones are left out): give at least {needed}.",
        "{path} 是偏好数据，只有 {usable} 条好的回答，不足以训练并留出检验"
        "（去除了被拒绝的 {rejected} 条）：请至少给出 {needed} 条。",
    ),
}
