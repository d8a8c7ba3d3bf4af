"""What is said about ChatGLM directories and the files weights are read from."""

WORDS = {
    "problem.chatglm-quantized-unsupported": (
        "{path} holds weights already quantized to {bits} bits, which cannot be read: take the same "
        "model without -int4 or -int8 in its name, and basefit quantizes it itself.",
        "{path} 里的权重已经量化为 {bits} 位，无法读取：请改用名字里不带 -int4 / -int8 的同一模型，由 "
        "basefit 来量化。",
    ),
    "problem.chatglm-kind-unsupported": (
        "{path} calls itself ChatGLM, but its {field} is {value}: only ChatGLM-6B, ChatGLM2-6B and "
        "ChatGLM3-6B are read; for GLM-4 and later take the repository whose name ends in -hf.",
        "{path} 自称 ChatGLM，但 {field} 是 {value}：这里只读 ChatGLM-6B、ChatGLM2-6B 和 ChatGLM3-6B；"
        "GLM-4 及以后的模型请用名字以 -hf 结尾的仓库。",
    ),
    "problem.chatglm-prefix-unsupported": (
        "{path} was tuned with a prefix of {tokens} tokens (pre_seq_len in config.json), which is not "
        "read: give the untuned base model, or remove pre_seq_len to leave the prefix out.",
        "{path} 经过 {tokens} 个词元的前缀微调（config.json 里的 pre_seq_len），这种前缀不支持：请给出未"
        "微调的基座，或删去 pre_seq_len 以舍弃前缀。",
    ),
    "problem.chatglm-no-prompt-end": (
        "Row {row} of the batch has no [gMASK] and <sop>, so ChatGLM-6B cannot tell prompt from answer: "
        "encode the text with its special tokens.",
        "批次第 {row} 行缺少 [gMASK] 和 <sop>，ChatGLM-6B 无法区分提示与回答：编码时请加上特殊词元。",
    ),
    "problem.chatglm-embeddings-unsupported": (
        "ChatGLM-6B finds the end of the prompt by its ids, so it cannot be tuned by prompt tuning or "
        "p-tuning: take lora, qlora, adalora or prefix, or ChatGLM2-6B.",
        "ChatGLM-6B 靠词元编号找到提示的结尾，因此不能用 prompt tuning 或 p-tuning：请改用 lora、qlora、"
        "adalora 或 prefix，或换成 ChatGLM2-6B。",
    ),
    "problem.chatglm-vocabulary-missing": (
        "{path} has none of the vocabulary files {files}: download the one that belongs to the model "
        "into it.",
        "{path} 里没有词表文件 {files}：请把模型自带的那一个下载到该目录。",
    ),
    "problem.chatglm-chat-roles": (
        "A message of the role {role} cannot stand there: questions (user) and answers (assistant) take "
        "turns, and the last message is a question.",
        "角色 {role} 的消息不能放在那里：提问（user）与回答（assistant）须轮流出现，最后一条应是提问。",
    ),
    "problem.weights-missing": (
        "{path} holds no weights (model.safetensors, pytorch_model.bin or their index): download them, "
        "or give the directory they are in.",
        "{path} 里没有权重（model.safetensors、pytorch_model.bin 或它们的索引）：请下载权重，或给出权重"
        "所在的目录。",
    ),
    "problem.index-unreadable": (
        "{path} is no index of weight shards: download it again.",
        "{path} 不是有效的权重分片索引：请重新下载。",
    ),
    "problem.shard-missing": (
        "{shard} is named by the index but is not in {path}: the download is incomplete, run it again.",
        "索引里列出的 {shard} 不在 {path} 中：下载不完整，请重新下载。",
    ),
    "problem.bin-unreadable": (
        "{path} is cut short or no PyTorch file: download it again.",
        "{path} 不完整，或不是 PyTorch 文件：请重新下载。",
    ),
    "problem.pickle-holds-code": (
        "{path} holds more than named tensors, and loading it could run code, so it was not read: take "
        "the model's safetensors files, or a copy from its publisher.",
        "{path} 里除具名张量外还有别的内容，读取它可能会执行代码，因此没有读取：请改用该模型的 "
        "safetensors 文件，或发布者提供的原件。",
    ),
    "problem.tensor-missing": (
        "{path} has no tensor {tensor}: the weights do not belong to this config.json, or the download "
        "is incomplete; get both again.",
        "{path} 里没有张量 {tensor}：权重与 config.json 不匹配，或下载不完整；请重新获取两者。",
    ),
    "problem.tensor-shape": (
        "{tensor} in {path} is {found}, but config.json asks for {expected}: the two are of different "
        "models, get both from the same place.",
        "{path} 里的 {tensor} 形状为 {found}，而 config.json 要求 {expected}：两者来自不同的模型，请从同"
        "一处获取。",
    ),
    "problem.tensor-dtype-unsupported": (
        "{tensor} in {path} is stored as {dtype}, which is not read: take the model in bf16, fp16 or fp32.",
        "{path} 里的 {tensor} 以 {dtype} 存储，无法读取：请改用 bf16、fp16 或 fp32 的版本。",
    ),
    "problem.convert-target-exists": (
        "{path} already holds something: give a new or empty directory to convert into.",
        "{path} 里已有内容：请给出一个新的或空的目录作为转换目标。",
    ),
    "problem.convert-no-space": (
        "{path} needs {needed} bytes and the disk has {free}: make room or give a directory on another "
        "disk.",
        "{path} 需要 {needed} 字节，而磁盘只剩 {free} 字节：请腾出空间，或换到另一块磁盘上的目录。",
    ),
}
