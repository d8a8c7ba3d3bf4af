"""Words for what a checkpoint's files are, and for codes that are not read as numbers."""

WORDS: dict[str, tuple[str, str]] = {
    "cli.stored": (
        "{name}: the files are quantized already, stored as {word} ({what}).",
        "{name}：文件已经量化，以 {word} 存储（{what}）。",
    ),
    "stored.fp8-tensor": ("FP8, one scale a matrix", "FP8，每个矩阵一个缩放系数"),
    "stored.fp8-channel": ("FP8, one scale a row", "FP8，每行一个缩放系数"),
    "stored.fp8-block": ("FP8, one scale a block", "FP8，每块一个缩放系数"),
    "stored.scaled": ("8-bit integers, one scale a row", "8 位整数，每行一个缩放系数"),
    "stored.gptq": ("GPTQ at {bits} bits", "{bits} 位 GPTQ"),
    "stored.awq": ("AWQ at {bits} bits", "{bits} 位 AWQ"),
    "stored.bnb-nf4": ("bitsandbytes' NF4", "bitsandbytes 的 NF4"),
    "stored.bnb-fp4": ("bitsandbytes' FP4", "bitsandbytes 的 FP4"),
    "stored.bnb-int8": ("bitsandbytes' int8", "bitsandbytes 的 int8"),
    "stored.mxfp4": ("FP4, one exponent for 32 weights", "FP4，每 32 个权重一个指数"),
    "stored.nvfp4": ("FP4, one FP8 scale for 16 weights", "FP4，每 16 个权重一个 FP8 缩放系数"),
    "stored.mlx": ("MLX at {bits} bits", "{bits} 位 MLX"),
    "stored.chatglm": ("ChatGLM's own integers of {bits} bits", "ChatGLM 自有的 {bits} 位整数"),
    "stored.compressed-tensors": ("packed by compressed-tensors", "由 compressed-tensors 打包"),
    "stored.other": ("a layout that is not known here", "此处不认识的格式"),
    "problem.checkpoint-quantized": (
        "The weights in {path} are already quantized, stored as {stored}, which cannot be used here; "
        "give the model's original checkpoint at 16 bits.",
        "{path} 中的权重已经量化，以 {stored} 存储，在这里不能使用；请给出 16 位的原始模型。",
    ),
    "problem.tensor-unclaimed": (
        "The tensor {tensor} in {path} is of type {dtype}, and nothing in the folder explains it "
        "(stored as {stored}, {count} such tensors), so it is not read as numbers; "
        "give the model's original checkpoint at 16 bits.",
        "{path} 中的张量 {tensor} 类型为 {dtype}，目录里没有任何内容说明其含义（存储格式 {stored}，"
        "此类张量共 {count} 个），因此不会当作数值读取；请给出 16 位的原始模型。",
    ),
    "problem.level-stored-otherwise": (
        "There is no level {level}: the files there are stored as {stored}; "
        "give a folder whose files are what the name says, or measure that folder as a model of its own.",
        "没有级别 {level}：该目录的文件以 {stored} 存储；请给出与名称相符的目录，"
        "或把该目录作为单独的模型测量。",
    ),
    "problem.scale-shape": (
        "A weight of {expected} has a scale of {found}, which is neither one number, nor one for each row, "
        "nor one for each block; get the files again from their publisher.",
        "形状为 {expected} 的权重带有形状为 {found} 的缩放系数，既不是单个数，也不是每行或每块一个；"
        "请从发布者处重新获取文件。",
    ),
    "problem.tensor-codes": (
        "{tensor} in {path} holds codes of type {dtype} and no plain numbers; "
        "give the model's original checkpoint at 16 bits.",
        "{path} 中的 {tensor} 存储的是 {dtype} 编码而非普通数值；请给出 16 位的原始模型。",
    ),
}
