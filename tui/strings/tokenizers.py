"""Texts, tokenizers and vocabularies: what can be wrong with them, and what follows from the figures."""

WORDS = {
    "problem.text-missing": (
        "There is no text file {path}: check the path.",
        "找不到文本文件 {path}：请检查路径。",
    ),
    "problem.text-unreadable": (
        "{path} may not be read: change its permissions or copy it elsewhere.",
        "没有读取 {path} 的权限：请修改权限或另存一份。",
    ),
    "problem.text-empty": (
        "{path} has no text in it: give a file with at least a few lines.",
        "{path} 中没有文字：请提供至少有几行内容的文件。",
    ),
    "problem.text-not-utf8": (
        "{path} is not UTF-8 (byte {offset}) but reads as {guess}: "
        "add --encoding {guess} to tokenizers or vocab, "
        'or convert it with "iconv -f {guess} -t UTF-8 FILE > NEW".',
        "{path} 不是 UTF-8（第 {offset} 字节处），看来是 {guess} 编码："
        "请在 tokenizers 或 vocab 命令后加 --encoding {guess}，"
        '或用 "iconv -f {guess} -t UTF-8 文件 > 新文件" 转换。',
    ),
    "problem.text-unknown-encoding": (
        "{path} is not UTF-8 (byte {offset}), and its encoding is not known: save it as UTF-8.",
        "{path} 不是 UTF-8（第 {offset} 字节处），且无法判断其编码：请另存为 UTF-8。",
    ),
    "problem.text-not-encoding": (
        "{path} is not {encoding} (byte {offset}): name the encoding it has, or save it as UTF-8.",
        "{path} 不是 {encoding} 编码（第 {offset} 字节处）：请指明正确的编码，或另存为 UTF-8。",
    ),
    "problem.text-binary": (
        "{path} is a binary file, not text: give a plain text file in UTF-8.",
        "{path} 是二进制文件，不是文本：请提供 UTF-8 纯文本文件。",
    ),
    "problem.text-rows": (
        '{path}, after byte {offset}: a row has no "text" or "content" ({line}): correct it, or '
        "give plain text.",
        "{path} 第 {offset} 字节之后有一行缺少 text 或 content 字段（{line}）：请改正，或提供纯文本。",
    ),
    "problem.tokenizer-missing": (
        "There is no {path}: give a model's folder or a tokenizer file.",
        "找不到 {path}：请给出模型文件夹或分词器文件。",
    ),
    "problem.tokenizer-none-found": (
        "{path} holds no tokenizer (tokenizer.json, tokenizer.model, *.tiktoken, or vocab.json "
        "with merges.txt): "
        "put one there or name the file.",
        "{path} 中没有分词器文件（tokenizer.json、tokenizer.model、*.tiktoken，或 vocab.json 与 "
        "merges.txt）："
        "请放入其一，或直接指定文件。",
    ),
    "problem.tokenizer-several": (
        "{path} holds several tokenizers ({files}): name the one you mean.",
        "{path} 中有多个分词器文件（{files}）：请指定其中一个。",
    ),
    "problem.tokenizer-unknown-format": (
        "{path} is no tokenizer file of a known format (tokenizer.json, SentencePiece, tiktoken "
        "ranks, vocab.json): "
        "check that it was downloaded whole and is the right file.",
        "{path} 不是已知格式的分词器文件（tokenizer.json、SentencePiece、tiktoken、vocab.json）："
        "请确认下载完整且文件无误。",
    ),
    "problem.tokenizer-unreadable": (
        "{path} cannot be read as a tokenizer ({detail}): download it again.",
        "{path} 无法作为分词器读取（{detail}）：请重新下载。",
    ),
    "problem.tokenizer-unknown-split": (
        '{path} has {ranks} ranks and its family ("{family}") is not known, so the split pattern is not: '
        "put the model's config.json beside it.",
        "{path} 含 {ranks} 个词元，但家族（“{family}”）未知，无法确定切分规则：请把模型的 "
        "config.json 放在同一文件夹。",
    ),
    "problem.tokenizer-half": (
        "{path} needs {missing} beside it: download that too.",
        "{path} 还需要同一文件夹中的 {missing}：请一并下载。",
    ),
    "problem.tokenizer-no-target": (
        "No tokenizer was named: give at least one model or tokenizer file.",
        "没有指定分词器：请至少给出一个模型或分词器文件。",
    ),
    "problem.tokenizer-too-many": (
        "{given} tokenizers were named, at most {most} can be compared at once: leave some out.",
        "指定了 {given} 个分词器，一次最多比较 {most} 个：请减少数量。",
    ),
    "problem.vocabulary-corpus-too-small": (
        "{path} cannot support {add} new pieces, only {most}: ask for no more than that, or give "
        "more text.",
        "{path} 的文本不足以学出 {add} 个新词元，最多 {most} 个：请减少数量，或提供更多文本。",
    ),
    "problem.vocabulary-text-poor": (
        "{path} gives only {most} new pieces, and fewer than {least} are not worth measuring: give more "
        "text, or more varied text.",
        "{path} 只能学出 {most} 个新词元，少于 {least} 个不值得测量：请提供更多或更多样的文本。",
    ),
    "problem.vocabulary-add": (
        "{add} is no number of pieces to add: give one from {least} to {most}.",
        "{add} 不是有效的新增词元数：请给出 {least} 到 {most} 之间的数。",
    ),
    "problem.vocabulary-base-unsupported": (
        "{path} has a vocabulary of kind {algorithm}, which cannot be extended here: "
        "take a model with BPE or SentencePiece.",
        "{path} 的词表类型为 {algorithm}，此处无法扩充：请选用 BPE 或 SentencePiece 的模型。",
    ),
    "problem.vocabulary-exists": (
        "{path} is there already: name another folder for the merged tokenizer.",
        "{path} 已存在：请为合并后的分词器另选文件夹。",
    ),
    "problem.vocabulary-choice": (
        "{given} is no way to begin the rows of new pieces: choose from {known}.",
        "{given} 不是新词元向量的取法：请从 {known} 中选择。",
    ),
    "problem.vocabulary-model-out": (
        "--write-model has no folder to write {path} with its new rows to: add --out DIR.",
        "--write-model 没有写出 {path} 的目录：请加 --out 目录。",
    ),
    "problem.vocabulary-model-table": (
        "{path} has a table {tensor} with a row for each token, which is not understood: leave "
        "--write-model out, and resize the model in transformers.",
        "{path} 中每个词元一行的表 {tensor} 无法识别：请去掉 --write-model，改用 transformers 调整词表。",
    ),
    "problem.vocabulary-model-weights": (
        "The weights in {path} have no embedding under a name that is known: leave --write-model out.",
        "{path} 的权重中没有可识别名称的词向量表：请去掉 --write-model。",
    ),
    "problem.vocabulary-training-failed": (
        "No pieces could be learnt for {path} ({detail}): give more text, or fewer pieces.",
        "无法为 {path} 学习词元（{detail}）：请提供更多文本，或减少词元数。",
    ),
    "problem.vocabulary-text-too-short": (
        "{path} ({bytes}) cannot be cut at line ends into a part to learn from and one to hold out: give "
        "more text, in lines.",
        "{path}（{bytes}）无法在行尾切成学习与留出两部分：请提供更多文本，并分行。",
    ),
    "problem.vocabulary-try-target": (
        "{path} is no model directory (no config.json), so nothing can be trained: name one with weights.",
        "{path} 不是模型文件夹（没有 config.json），无法训练：请指定含权重的文件夹。",
    ),
    "problem.vocabulary-try-corpus": (
        "The text gives {tokens} tokens to train on, one window takes {needed}: give more text.",
        "文本只有 {tokens} 个可训练的词元，一个窗口就需要 {needed} 个：请提供更多文本。",
    ),
    "reason.text-no-han": (
        "{path} has no Han character: figures per Han character are left out; give Chinese text "
        "to see them.",
        "{path} 中没有汉字：不给出按汉字计的数值；请提供中文文本。",
    ),
    "reason.vocabulary-qlora": (
        "Never extend the vocabulary for a QLoRA or LoRA job alone: new pieces need the "
        "embeddings and the head "
        "trained on billions of tokens; change the base model instead.",
        "仅为 QLoRA 或 LoRA 微调绝不要扩充词表：新词元的嵌入与输出层需要数十亿词元训练；请改换基座模型。",
    ),
    "reason.vocabulary-change-base": (
        "{candidate} already writes this text with {tokens_per_char} tokens a character ({after} "
        "after extending): "
        "change the base model instead.",
        "{candidate} 处理此文本已是每字 {tokens_per_char} 个词元（扩充后为 {after}）：请直接改换基座模型。",
    ),
    "reason.vocabulary-little-saving": (
        "It would save only {saving} of the tokens on held-out text ({before} to {after} a character).",
        "在留出文本上只能省下 {saving} 的词元（每字 {before} 降到 {after}）。",
    ),
    "reason.vocabulary-saving": (
        "It saves {saving} of the tokens on held-out text ({before} to {after} a character).",
        "在留出文本上可省下 {saving} 的词元（每字 {before} 降到 {after}）。",
    ),
    "reason.vocabulary-corpus-unknown": (
        "How much text there is to train on was not said; {corpus_tokens} tokens are in this "
        "file, {needed} are needed.",
        "未说明可用于训练的文本量；此文件有 {corpus_tokens} 个词元，至少需要 {needed} 个。",
    ),
    "reason.vocabulary-too-little-text": (
        "{corpus_tokens} tokens to train on; below {needed} an extended vocabulary has done worse "
        "than the original.",
        "可训练的词元为 {corpus_tokens} 个；少于 {needed} 个时，扩充词表的效果不如原词表。",
    ),
    "reason.vocabulary-some-text": (
        "{corpus_tokens} tokens to train on: enough to try (from {needed}), below the {sure} from "
        "which it surely pays.",
        "可训练的词元为 {corpus_tokens} 个：可以一试（{needed} 个起），但低于确定合算的 {sure} 个。",
    ),
    "reason.vocabulary-enough-text": (
        "{corpus_tokens} tokens to train on, more than the {sure} from which changing the vocabulary pays.",
        "可训练的词元为 {corpus_tokens} 个，超过更换词表合算的门槛 {sure} 个。",
    ),
    "reason.vocabulary-break-even": (
        "The training is paid back after {low} to {high} characters served.",
        "服务 {low} 到 {high} 个字符后，训练成本才能收回。",
    ),
    "reason.vocabulary-served-too-few": (
        "{served} characters are to be served, the training is paid back only after {low} to {high}.",
        "预计服务 {served} 个字符，而收回训练成本需要 {low} 到 {high} 个。",
    ),
    "reason.vocabulary-not-served": (
        "Inference is not what limits you, and that is all a larger vocabulary saves.",
        "推理并非瓶颈，而扩充词表只能节省推理。",
    ),
    "problem.picture-unwritable": (
        "{path} cannot be written ({detail}): name a file in a folder that is there and yours.",
        "无法写入 {path}（{detail}）：请换一个存在且可写的文件夹。",
    ),
    "export.name": ("tokenizer", "分词器"),
    "export.tokenizer": ("tokenizer", "分词器"),
    "export.vocab_size": ("vocabulary", "词表"),
    "export.tokens": ("tokens", "词元数"),
    "export.tokens_per_char": ("tokens per character", "词元/字符"),
    "export.tokens_per_han_char": ("tokens per Han character", "词元/汉字"),
    "export.bytes_per_token": ("bytes per token", "字节/词元"),
    "export.byte_fallback_share": ("byte fallback", "字节回退"),
    "export.unk_share": ("unknown", "未知"),
    "export.han_single_in_text": ("Han of the text that are one piece", "文中单词元汉字"),
    "export.han_single_of_standard": ("of the 8,105 standard", "8105 规范字中"),
    "export.han_pieces": ("Han pieces", "汉字词元"),
    "export.round_trip": ("round trip", "可还原"),
    "export.premium": ("premium over English", "相对英文倍数"),
    "export.relative_compute": ("relative compute", "相对计算量"),
    "export.yes": ("yes", "是"),
    "export.no": ("no", "否"),
    "export.added": ("pieces added", "新增词元"),
    "export.saving": ("saved", "节省"),
    "export.knee": ("little more beyond", "此后收效甚微"),
    "export.training_tokens": ("training tokens", "训练词元数"),
    "export.bits_per_byte": ("bits per byte", "比特/字节"),
    "export.unextended": ("not extended", "未扩充"),
    "export.mean": ("extended, mean of subpieces", "扩充，取子词元均值"),
    "export.weighted": ("extended, weighted mean", "扩充，取加权均值"),
    "export.distilled": ("extended, distilled", "扩充，经蒸馏"),
    "export.random": ("extended, random", "扩充，随机"),
    "cli.knee-none": (
        "Up to {added} added pieces each further thousand still saves.",
        "直到新增 {added} 个，继续增加仍有收效。",
    ),
    "app.key.extend": ("extend", "扩充"),
    "app.key.export": ("save", "导出"),
    "app.key.read-so": ("read it so", "按此读取"),
    "app.tokenizers.add": ("extend", "扩充"),
    "app.tokenizers.add-example": (
        "pieces / training tokens at hand, as in 20000 / 2B",
        "新增词元 / 手头可训练的词元，如 20000 / 2B",
    ),
    "app.tokenizers.learning": ("Learning pieces for {name} ...", "正在为 {name} 学习词元 ..."),
    "app.tokenizers.climbing": (
        "{name}: measuring on held-out text, {done} of {total}",
        "{name}：在留出文本上测量，{done}/{total}",
    ),
    "app.tokenizers.climbed": (
        "{name}: learnt from {train} characters, measured on {held_out} held out.",
        "{name}：从 {train} 个字符学习，在留出的 {held_out} 个字符上测量。",
    ),
    "app.tokenizers.exported": ("Written to {path}.", "已写入 {path}。"),
    "app.ladder.added": ("pieces added", "新增词元数"),
    "app.ladder.tokens_per_han_char": (
        "{name}: tokens per Han character, held-out text",
        "{name}：每个汉字的词元数（留出文本）",
    ),
    "app.ladder.tokens_per_char": (
        "{name}: tokens per character, held-out text",
        "{name}：每个字符的词元数（留出文本）",
    ),
    "app.export.title": ("Write what is shown to a file", "把所示内容写入文件"),
    "app.export.endings": (
        "The ending says the form: .svg, .md or .json. Enter writes, Esc leaves.",
        "后缀决定格式：.svg、.md 或 .json。回车写入，Esc 放弃。",
    ),
    "app.encoding.title": ("{path} is not UTF-8", "{path} 不是 UTF-8"),
    "app.encoding.words": ("It reads as {encoding}.", "看来是 {encoding} 编码。"),
    "app.encoding.yes": ("Read it as {encoding} (y)", "按 {encoding} 读取（y）"),
    "app.encoding.no": ("Leave it (Esc)", "不读（Esc）"),
}
