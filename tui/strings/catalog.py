"""Sentences for the Problems that the catalog raises: code -> (English, Chinese)."""

WORDS: dict[str, tuple[str, str]] = {
    "problem.level-unknown": (
        'There is no quantization level "{name}"; nearest: {nearest}. Name one of those.',
        "没有名为“{name}”的量化级别；相近的有：{nearest}。请改用其中之一。",
    ),
    "problem.model-unknown": (
        'The catalog has no model "{name}"; nearest: {nearest}. '
        "Use one of those, a local folder or a Hub id.",
        "目录中没有模型“{name}”；相近的有：{nearest}。请改用其中之一、本地文件夹或 Hub 名称。",
    ),
    "problem.gpu-too-old": (
        "{name} has compute capability {capability} and is too old to be planned for: for its memory "
        "alone say --budget {gib}GiB.",
        "{name} 的计算能力为 {capability}，过于陈旧，不在规划之列：若只看显存，请用 --budget {gib}GiB。",
    ),
    "problem.budget-unreadable": (
        'Cannot read "{text}" as a memory budget: write a size such as 24GiB, '
        "or a card such as rtx-4090 (near this: {nearest}).",
        "无法把“{text}”理解为显存预算：请写大小（如 24GiB）或显卡名（如 rtx-4090；相近的有：{nearest}）。",
    ),
    "problem.config-unsupported": (
        'config.json of architecture "{architecture}": field "{field}" is missing or not supported, so its '
        "shapes cannot be counted; use a supported architecture, or correct that field.",
        "架构“{architecture}”的 config.json：字段“{field}”缺失或不受支持，无法计算形状；"
        "请换用受支持的架构或改正该字段。",
    ),
    "problem.safetensors-unreadable": (
        "{path} is not a safetensors file: download it again, or convert the checkpoint to safetensors.",
        "{path} 不是 safetensors 文件：请重新下载，或把检查点转换为 safetensors。",
    ),
    "problem.safetensors-truncated": (
        "{path} ends early ({found} of {expected} bytes): download it again.",
        "{path} 不完整（应有 {expected} 字节，只有 {found} 字节）：请重新下载。",
    ),
    "problem.models-file-unreadable": (
        "Cannot read the models file {path}: {detail}. Correct that line, or remove the file.",
        "无法读取模型文件 {path}：{detail}。请改正该行或删除此文件。",
    ),
    "problem.model-name-wrong": (
        'A model cannot be called "{name}": take small letters, digits, dots and dashes (--name).',
        "模型不能叫“{name}”：请用小写字母、数字、点和连字符（--name）。",
    ),
    "problem.model-listed": (
        'A model "{name}" is known already: give this one another name (--name), or change it in {path}.',
        "已有名为“{name}”的模型：请另取名称（--name），或在 {path} 中修改。",
    ),
    "problem.model-field-missing": (
        'Model "{name}" in your models file lacks "{field}": add it.',
        "您的模型文件中，模型“{name}”缺少“{field}”：请补上。",
    ),
    "problem.model-field-wrong": (
        'Model "{name}" in your models file: "{field}" cannot be {value}; correct or remove it.',
        "您的模型文件中，模型“{name}”的“{field}”不能是 {value}：请改正或删除。",
    ),
}
