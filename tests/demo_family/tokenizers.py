"""The two vocabularies of the demo family, learnt with the `tokenizers` library.

`llama`: byte-fallback BPE of 4,096 pieces whose alphabet is mostly English, so that most Han
characters fall to three byte tokens, as they do in LLaMA. `glm`: 8,192 pieces, bilingual.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

BYTES = [f"<0x{value:02X}>" for value in range(256)]


def byte_fallback_bpe(
    documents: Iterable[tuple[str, str]], vocabulary: int, specials: list[str], han_characters: int
) -> Tokenizer:
    """Learn a BPE with byte fallback, as SentencePiece's for LLaMA.

    `documents`: (language, text). Of the Han characters only the `han_characters` most frequent
    enter the alphabet; merges are learnt on text from which the others have been removed.
    """
    docs = list(documents)
    counts = Counter(char for _, text in docs for char in text)
    plain = [char for char, n in counts.items() if ord(char) < 0x250 and n >= 20]
    other = [char for char, _ in counts.most_common() if ord(char) >= 0x250][:han_characters]
    alphabet = sorted(set(plain) | set(other) | {"▁"})
    keep = set(alphabet)
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[*specials, *BYTES],
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
        max_token_length=16,
    )
    space_kept = keep | {" "}
    cleaned = ("".join(c if c in space_kept else "\n" for c in text) for _, text in docs)
    lines = (line for text in cleaned for line in text.split("\n") if line)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def finish(tokenizer: Tokenizer, prefix: list[str], directory: Path, config: dict[str, object]) -> None:
    """Attach decoder and prefix template; write tokenizer.json and tokenizer_config.json.

    The byte pieces are ordinary vocabulary, not special tokens, so that decoding shows them.
    """
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [t for t in data["added_tokens"] if t["content"] not in BYTES]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    ids = [(token, tokenizer.token_to_id(token)) for token in prefix]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=" ".join([*prefix, "$A"]),
        pair=" ".join([*prefix, "$A", "$B"]),
        special_tokens=ids,
    )
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"))
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
