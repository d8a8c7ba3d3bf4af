"""Words for what the perplexity probe refuses."""

WORDS: dict[str, tuple[str, str]] = {
    "note.windows-shortened": (
        "Some windows have less context before them: the model was made for fewer tokens than they take.",
        "部分窗口前的上下文被缩短：模型的原生上下文容纳不下整个窗口。",
    ),
    "note.beyond-context": (
        "! scored on windows longer than the model was made for: its bits per byte read too many.",
        "! 所用窗口超过模型的原生上下文：其每字节比特偏高。",
    ),
    "note.of-this-text": (
        "Each ± is of this text: its windows lie side by side or are alike, so another text of the "
        "kind may "
        "differ by more.",
        "各 ± 仅就本文本而言：窗口彼此相邻或相似，同类的其他文本可能相差更多。",
    ),
    "note.standing-not-kept": (
        "Where it stood could not be written down (a full disk, or a folder that cannot be written): "
        "stopped, this model would have begun anew.",
        "测量进度未能写入磁盘（磁盘已满或文件夹不可写）：若中途停止，该模型需从头开始。",
    ),
    "note.calibration-short": (
        "GPTQ saw less than 2,048 tokens of text, so its levels may be better than this: "
        "give more by --calibration FILE.",
        "GPTQ 只见到不足 2,048 个词元的文本，其级别实际可能更好：请用 --calibration FILE 给出更多文本。",
    ),
    "note.architecture-unproved": (
        "This architecture is scored through transformers' own layers, but is not among those that are "
        "compared with the whole model in every release: hold one level against transformers itself.",
        "该结构用 transformers 自己的层评测，但不在每个版本都与完整模型比对的结构之列：请用 transformers "
        "本身核对一个级别。",
    ),
    "note.level-changes-nothing": (
        "A level asked for replaces no matrix of this model, as its loader would not: its numbers are the "
        "16-bit model's.",
        "所要求的级别不替换该模型的任何矩阵（加载它的库也不会替换）：其数值就是 16 位模型的数值。",
    ),
    "problem.architecture-unsupported": (
        "The model in {path} is a {architecture}: transformers does not know it, or its layers do not "
        "follow one another in one list, as scoring layer by layer needs; choose another model.",
        "{path} 中的模型是 {architecture}：transformers 不认识它，或它的层不是在一个列表中依次相接，"
        "而逐层评测需要如此；请选择其他模型。",
    ),
    "problem.level-experts-unsolved": (
        "{levels}: GPTQ is not solved here for experts held in one parameter, of which this model has "
        "{count} sets; take rtn-…, or a quantized checkpoint as gptq:DIR.",
        "{levels}：这里不能为合在一个参数中的专家（该模型有 {count} 组）求解 GPTQ；请改用 rtn-…，"
        "或以 gptq:目录 给出已量化的模型。",
    ),
    "problem.tensor-unmade": (
        "The tensors in {path} do not make {tensor} ({detail}): the weights do not belong to this "
        "config.json, or the download is incomplete; get both again.",
        "{path} 中的张量不能组成 {tensor}（{detail}）：权重与 config.json 不匹配，或下载不完整；"
        "请重新获取两者。",
    ),
    "problem.level-unmeasured": (
        "The level {level} is known to the catalog but cannot be built here; "
        "the nearest that can be: {nearest}.",
        "目录中有级别 {level}，但这里不能生成；能生成的最接近的级别：{nearest}。",
    ),
    "problem.windows-few": (
        "{windows} windows cannot be scored; give --windows 1 or more.",
        "无法评测 {windows} 个窗口；请给出 --windows 1 或更多。",
    ),
    "problem.text-too-short": (
        "The text has {bytes} and one window needs {needed_bytes}; give a longer text.",
        "文本只有 {bytes}，一个窗口需要 {needed_bytes}；请给出更长的文本。",
    ),
    "problem.text-too-short-tokens": (
        "The text has {tokens} tokens and one window of this frame needs {needed}; "
        "give a longer text or use --frame probe.",
        "文本只有 {tokens} 个词元，这种分窗方式的一个窗口需要 {needed} 个；请给出更长的文本，或使用"
        " --frame probe。",
    ),
    "problem.tokenizer-too-large": (
        "The tokenizer gives token {token} but the model's embedding has only {rows} rows; "
        "put the tokenizer that belongs to this model into its folder.",
        "分词器给出词元 {token}，而模型的嵌入只有 {rows} 行；请把属于该模型的分词器放进它的目录。",
    ),
    "problem.weights-not-finite": (
        "The weight {tensor} in layer {layer} holds NaN or infinity; download or convert this "
        "checkpoint again.",
        "第 {layer} 层的权重 {tensor} 含有 NaN 或无穷大；请重新下载或转换该模型。",
    ),
    "problem.states-not-finite": (
        "After layer {layer} the states at {level} are no longer finite numbers; "
        "try another reference, such as --reference fp32.",
        "在 {level} 下，第 {layer} 层之后的隐藏状态不再是有限的数；请换一个参照，例如 --reference fp32。",
    ),
    "problem.device-missing": (
        "torch finds no device {device} here: `basefit doctor` says why, and --device cpu goes without.",
        "torch 在本机找不到设备 {device}：`basefit doctor` 会说明原因，也可使用 --device cpu。",
    ),
    "problem.gptq-settings": (
        "{path} is no GPTQ checkpoint that can be read (method {method}, format {format}, bits {bits}); "
        "give a folder written by AutoGPTQ or GPTQModel at 2, 3, 4 or 8 bits.",
        "{path} 不是可读取的 GPTQ 模型（方法 {method}，格式 {format}，位数 {bits}）；请给出 "
        "AutoGPTQ 或 GPTQModel 写出的 2、3、4 或 8 位目录。",
    ),
    "problem.hessian-singular": (
        "GPTQ cannot be solved for a layer of {inputs} inputs, since its inputs are no finite numbers; "
        "give another text by --calibration FILE.",
        "某个有 {inputs} 个输入的层无法做 GPTQ，因为它的输入不是有限的数；请用 --calibration FILE "
        "给出另一份文本。",
    ),
    "problem.calibration-missing": (
        "GPTQ levels need text that is not scored, and every part of this text is; "
        "give fewer --windows or another text by --calibration FILE.",
        "GPTQ 级别需要不参与评测的文本，而这份文本全部参与了评测；请减少 --windows，或用 "
        "--calibration FILE 另给文本。",
    ),
    "problem.architecture-unwritable": (
        "A GPTQ checkpoint of a {architecture} is not written here, as nobody has proved that it loads; "
        "quantize it with GPTQModel, and give the result as gptq:DIR.",
        "这里不写出 {architecture} 的 GPTQ 模型，因为没有验证过它能否加载；请用 GPTQModel 量化，"
        "再以 gptq:目录 给出结果。",
    ),
    "problem.level-unwritable": (
        "A checkpoint at {level} cannot be written; choose gptq-4-g128, gptq-4-col, gptq-8-g128 or "
        "gptq-8-col, with -act for activation order.",
        "不能写出 {level} 级别的模型；请选择 gptq-4-g128、gptq-4-col、gptq-8-g128 或 gptq-8-col，"
        "激活排序加 -act。",
    ),
    "problem.out-not-empty": (
        "The folder {path} is not empty and nothing in it is overwritten; give a new folder by --out.",
        "目录 {path} 不为空，其中内容不会被覆盖；请用 --out 给出新目录。",
    ),
    "problem.shape-unpackable": (
        "The layer {tensor} has {rows} x {columns} weights, which fill no 32-bit words at {bits} bits; "
        "choose 8 bits or another model.",
        "层 {tensor} 的 {rows} x {columns} 个权重在 {bits} 位下不能填满 32 位字；请选择 8 位或其他模型。",
    ),
}
