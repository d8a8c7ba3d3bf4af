"""The words about configurations that are counted on their own class."""

WORDS = {
    "problem.model-type-missing": (
        "config.json names no model_type, so nothing can tell how to read it (architectures says "
        '"{architecture}"); write it there, as "{meant}".',
        "config.json 没有 model_type，无法判断如何读取（architectures 为“{architecture}”）；"
        "请补上，如“{meant}”。",
    ),
    "problem.model-type-unknown": (
        "config.json names no model_type, and what its architectures say "
        '("{architecture}") is not known here; write the model_type there, such as {near}.',
        "config.json 没有 model_type，其 architectures（“{architecture}”）也不认识；"
        "请补上 model_type，例如 {near}。",
    ),
    "problem.model-type-unsupported": (
        'config.json names the model_type "{architecture}", which neither basefit nor transformers knows '
        "without code from the checkpoint; near it these are supported: {near}.",
        "config.json 的 model_type 为“{architecture}”，不运行检查点自带代码时 basefit 与 transformers "
        "都不认识它；相近且受支持的有：{near}。",
    ),
    "problem.model-type-contradicted": (
        'config.json contradicts itself: model_type is "{architecture}", but architectures names {named}, '
        "which is of type {meant}; correct one of the two.",
        "config.json 自相矛盾：model_type 为“{architecture}”，而 architectures 中的 {named} "
        "属于类型 {meant}；请改正其中之一。",
    ),
    "problem.config-refused": (
        'config.json of architecture "{architecture}" is refused by its class in transformers ({detail}): '
        "correct it.",
        "架构“{architecture}”的 config.json 被 transformers 中对应的类拒绝（{detail}）；请改正。",
    ),
    "problem.config-too-large": (
        'config.json: field "{field}" is {value}, and no model has more than {most} there; correct it.',
        "config.json：字段“{field}”为 {value}，任何模型在此都不超过 {most}；请改正。",
    ),
    "problem.config-too-costly": (
        'config.json of architecture "{architecture}" asks for more than can be counted here in a minute '
        "and 8 GiB; correct its sizes.",
        "架构“{architecture}”的 config.json 过大，无法在一分钟、8 GiB 内完成计算；请改正其中的大小。",
    ),
    "unknown.cache": (
        "Not known: how its cache grows; the range goes from what its configuration says to all tokens.",
        "未知：缓存如何增长；范围从配置所述到保留全部词元。",
    ),
    "unknown.activations-uncounted": (
        "Not known: what it holds while it works. The files alone say how much it takes at least, "
        "not whether it fits.",
        "未知：运行时另需多少。仅凭文件只能得知最少占用，不能断定是否放得下。",
    ),
    "unknown.cache-uncounted": (
        "Not known: how its cache grows; none is counted.",
        "未知：缓存如何增长；未计入缓存。",
    ),
    "unknown.tensors": (
        "Not understood: {field} tensors that nothing explains; they are not counted.",
        "未理解：{field} 个无法解释的张量；未计入。",
    ),
    "unknown.active": (
        "Not known: how many parameters a token goes through; all are taken to be active.",
        "未知：每个词元经过多少参数；按全部激活计算。",
    ),
    "unknown.activations": (
        "Not known: what its layers hold while they work; a plain block is taken, with a wider range.",
        "未知：其各层工作时占用多少；按普通层计算，范围更宽。",
    ),
    "unknown.config": (
        'Not understood: "{field}" in config.json, which its class does not read; it may add to the size.',
        "未理解：config.json 中的“{field}”，对应的类不读取它；实际大小可能更大。",
    ),
}
