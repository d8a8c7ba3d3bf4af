"""Evidence for others, and from them."""

WORDS = {
    "cli.evidence-exported": (
        "{count} results written to {path}; {stays} stay here (what they rest on has no public name).",
        "已将 {count} 条结果写入 {path}；{stays} 条留在本机（所依据的内容没有公开名称）。",
    ),
    "cli.evidence-none": (
        "Nothing to share yet, and nothing written ({stays} results stay here): measure first, "
        "for example with `basefit perplexity`.",
        "暂无可分享的结果，未写文件（{stays} 条留在本机）：请先测量，例如 basefit perplexity。",
    ),
    "cli.evidence-imported": (
        "{taken} taken as imported, {known} known, {refused} refused.",
        "导入 {taken} 条，已有 {known} 条，拒绝 {refused} 条。",
    ),
    "cli.evidence-more": (
        "… and {count} more (--json lists all).",
        "……另有 {count} 条（--json 列出全部）。",
    ),
    "problem.evidence-action": (
        "evidence does not know {given}: say {known}.",
        "evidence 不支持 {given}：可用 {known}。",
    ),
    "problem.evidence-exists": (
        "{path} exists with other content: name another file, or move it away.",
        "{path} 已存在且内容不同：请指定其他文件，或移走该文件。",
    ),
    "problem.evidence-unwritable": (
        "Nothing can be written to {path} ({detail}): name another file.",
        "无法写入 {path}（{detail}）：请指定其他文件。",
    ),
    "problem.evidence-unreadable": (
        "{path} cannot be read ({detail}): check the path.",
        "无法读取 {path}（{detail}）：请检查路径。",
    ),
    "problem.evidence-empty": (
        "{path} holds no line: `basefit evidence export FILE` writes one for each result.",
        "{path} 没有任何内容：basefit evidence export FILE 会为每条结果写一行。",
    ),
    "problem.evidence-rows": (
        "{path} has more than {most:,} lines: split it.",
        "{path} 超过 {most:,} 行：请拆分。",
    ),
    "problem.evidence-line-unreadable": (
        "Line {line} refused: it is no JSON of a row ({detail}); have the file exported again.",
        "第 {line} 行被拒绝：不是一行 JSON（{detail}）；请重新导出该文件。",
    ),
    "problem.evidence-schema": (
        "Line {line} refused: its schema is {found}, this basefit reads {known}; update the older one.",
        "第 {line} 行被拒绝：格式版本为 {found}，本版本读取 {known}；请升级较旧的一方。",
    ),
    "problem.evidence-kind": (
        "Line {line} refused: kind {found} is none of {known}.",
        "第 {line} 行被拒绝：类型 {found} 不属于 {known}。",
    ),
    "problem.evidence-field": (
        "Line {line} refused: {field} cannot be {value} (docs/evidence.md says what it may be).",
        "第 {line} 行被拒绝：{field} 不能为 {value}（允许的取值见 docs/evidence.md）。",
    ),
    "problem.evidence-part": (
        "Line {line} refused: one of {field} is missing, or is not what it may be (docs/evidence.md).",
        "第 {line} 行被拒绝：某个 {field} 缺失或取值不被允许（见 docs/evidence.md）。",
    ),
    "problem.evidence-key": (
        "Line {line} refused: its key has {field}, beside {known}; what it means is not known here.",
        "第 {line} 行被拒绝：key 中有 {field}，不属于 {known}，本版本不知其含义。",
    ),
    "problem.evidence-missing": (
        "Line {line} refused: {field} is missing, and without it no verdict can rest on the row.",
        "第 {line} 行被拒绝：缺少 {field}，无法据以判断。",
    ),
    "problem.evidence-no-number": (
        "Line {line} refused: there is no number in its values.",
        "第 {line} 行被拒绝：values 中没有数值。",
    ),
    "problem.evidence-torn": (
        "Line {line} refused: it says {value:.6g} bits per byte, but its own spans come to {spans:.6g}.",
        "第 {line} 行被拒绝：称每字节 {value:.6g} 比特，但其各段合计为 {spans:.6g}。",
    ),
    "problem.evidence-contradicts-own": (
        "Line {line} refused: {field} {value:.6g} contradicts your own {known:.6g} of the same model, "
        "level and conditions.",
        "第 {line} 行被拒绝：{field} 为 {value:.6g}，"
        "与您自己在相同模型、级别和条件下测得的 {known:.6g} 矛盾。",
    ),
    "problem.evidence-contradicts-imported": (
        "Line {line} refused: {field} {value:.6g} contradicts {known:.6g}, imported earlier of the same "
        "model, level and conditions.",
        "第 {line} 行被拒绝：{field} 为 {value:.6g}，"
        "与先前导入的相同模型、级别和条件下的 {known:.6g} 矛盾。",
    ),
}
