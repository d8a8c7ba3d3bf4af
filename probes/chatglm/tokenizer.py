"""ChatGLM's tokenizers as ordinary transformers tokenizers: special tokens, padding and chat layouts.

The text itself is cut by probes.tokenization; what looks like a special token in a text stays text.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import sentencepiece
from transformers import BatchEncoding, PreTrainedTokenizer

from catalog.problem import Problem
from probes.chatglm.chat import Message, role_parts, rounds_text
from probes.chatglm.config import COMMANDS, Family, family_of
from probes.tokenization.load import load_tokenizer
from probes.tokenization.offsets import Offsets
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer
from probes.tokenization.shifted import ShiftedTokenizer

VOCABULARY_FILES = ("ice_text.full.model", "ice_text.model", "tokenizer.model")


class ChatGLMTokenizer(PreTrainedTokenizer):
    """The tokenizer of one generation; padding goes to the left.

    With special tokens a text is `text [gMASK] <sop>` in ChatGLM-6B and `[gMASK] sop text` in 2 and 3; a
    second text (an answer) follows, with the end token.
    """

    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012
    padding_side = "left"

    def __init__(self, text: SentencePieceTokenizer, family: Family, image_tokens: int = 0) -> None:
        """`image_tokens`: ids set aside before the text's own (ChatGLM-6B's first release: 20,000)."""
        self.text = text
        self.family = family
        self.image_tokens = image_tokens
        first = family is Family.FIRST
        self.commands = {
            name: text.vocab_size + place if (own := text.control_id(name)) is None else own
            for place, name in enumerate(COMMANDS[family])
        }
        library = sentencepiece.SentencePieceProcessor(model_proto=text.model)
        self._pieces: list[str] = library.id_to_piece(list(range(text.vocab_size)))
        # A piece that is spelled like a command keeps its own id.
        self._ids = self.commands | {piece: image_tokens + at for at, piece in enumerate(self._pieces)}
        begin = "<sop>" if first else "sop"
        self.prefix_ids = (self._ids["[gMASK]"], self._ids[begin])
        """`[gMASK]` and the begin token: before a text to be scored in every generation."""
        end = {"bos_token": "<sop>", "eos_token": "<eop>", "pad_token": "<pad>", "mask_token": "[MASK]"}
        if not first:
            end = {"eos_token": "</s>", "pad_token": "<unk>"}
        # The first generation's published tokenizer drops the space before `,` `.` `!` when it decodes.
        special = {"unk_token": "<unk>"} | end
        super().__init__(padding_side="left", clean_up_tokenization_spaces=first, **special)  # type: ignore[no-untyped-call]

    @property
    def vocab_size(self) -> int:
        """Ids in use; the model's embedding is padded beyond it."""
        return max([self.image_tokens + self.text.vocab_size - 1, *self.commands.values()]) + 1

    def __len__(self) -> int:
        return self.vocab_size

    def get_vocab(self) -> dict[str, int]:
        """Piece or special token -> id."""
        return dict(self._ids)

    def tokenize(
        self, text: str, pair: str | None = None, add_special_tokens: bool = False, **_: Any
    ) -> list[str]:
        """The pieces of `text`."""
        return [self._pieces[place] for place in self.text.encode(text)]

    def encode_text(self, text: str) -> list[int]:
        """The ids of `text` without special tokens."""
        return [self.image_tokens + token for token in self.text.encode(text)]

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        """The ids without special tokens, and the characters (start, end) of `text` each stands for."""
        ids, offsets = self.text.encode_with_offsets(text)
        return [self.image_tokens + token for token in ids], offsets

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """What ends an answer; ChatGLM3 also ends one by handing over to the user or to a tool."""
        handing_over = (self.commands.get("<|user|>"), self.commands.get("<|observation|>"))
        return (self.eos_token_id, *(token for token in handing_over if token is not None))

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Prompt ids (and answer ids) with what the model needs around them."""
        prefix = list(self.prefix_ids)
        prompt = token_ids_0 + prefix if self.family is Family.FIRST else prefix + token_ids_0
        return prompt if token_ids_1 is None else [*prompt, *token_ids_1, self.eos_token_id]

    def get_special_tokens_mask(
        self,
        token_ids_0: list[int],
        token_ids_1: list[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        """1 for a special token, 0 for text."""
        if already_has_special_tokens:
            return [int(self._is_special(token)) for token in token_ids_0]
        ids = self.build_inputs_with_special_tokens(token_ids_0, token_ids_1)
        return [int(self._is_special(token)) for token in ids]

    def chat_ids(self, messages: Sequence[Message]) -> list[int]:
        """What the model is fed for a conversation whose last message is to be answered."""
        if self.family is not Family.THIRD:
            text = rounds_text(messages, self.family)
            return self.build_inputs_with_special_tokens(self.encode_text(text))
        ids = list(self.prefix_ids)
        for role, line, content in role_parts(messages):
            ids += [self.commands[role], *self.encode_text(line), *self.encode_text(content)]
        return [*ids, self.commands["<|assistant|>"]]

    def answer_ids(self, answer: str) -> list[int]:
        """What should follow `chat_ids`: the answer and the end token (ChatGLM3: first a line)."""
        line = self.encode_text("\n") if self.family is Family.THIRD else []
        return [*line, *self.encode_text(answer), self.eos_token_id]

    def apply_chat_template(  # type: ignore[override]  # those of its arguments that mean something here
        self,
        conversation: Sequence[Message],
        tokenize: bool = True,
        return_dict: bool = False,
        return_tensors: str | None = None,
        **_: Any,
    ) -> Any:
        """`chat_ids`, as ids, tensors, a BatchEncoding or (tokenize False) readable text."""
        if not tokenize:
            return self.chat_text(conversation)
        ids = self.chat_ids(conversation)
        batch = BatchEncoding(
            {"input_ids": ids, "attention_mask": [1] * len(ids)},
            tensor_type=return_tensors,
            prepend_batch_axis=return_tensors is not None,
        )
        return batch if return_dict else batch["input_ids"]

    def chat_text(self, messages: Sequence[Message]) -> str:
        """The conversation to read; encoding this text does not give ChatGLM3's role tokens."""
        if self.family is not Family.THIRD:
            return rounds_text(messages, self.family)
        parts = [role + line + content for role, line, content in role_parts(messages)]
        return "".join(parts) + "<|assistant|>"

    def shown(self, ids: Sequence[int]) -> str:
        """Ids as a person can read them: the text, and every special token by its name."""
        runs = groupby(ids, key=self._is_special)
        return "".join(
            "".join(map(self._convert_id_to_token, run)) if special else self._decode_text(list(run))
            for special, run in runs
        )

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str]:
        """Write the model file under its published name."""
        name = "ice_text.model" if self.family is Family.FIRST else "tokenizer.model"
        path = Path(save_directory) / f"{filename_prefix + '-' if filename_prefix else ''}{name}"
        path.write_bytes(self.text.model)
        return (str(path),)

    def _is_special(self, token: int) -> bool:
        place = token - self.image_tokens
        return not 0 <= place < self.text.vocab_size or self.text.control(place)

    def _convert_token_to_id(self, token: str) -> int:
        return self._ids.get(token, self.image_tokens + (self.text.unk_id or 0))

    def _convert_id_to_token(self, index: int) -> str:
        place = index - self.image_tokens
        if 0 <= place < self.text.vocab_size:
            return self._pieces[place]
        return self._command_name(index)

    def _command_name(self, token: int) -> str:
        return next((name for name, number in self.commands.items() if number == token), "")

    def _decode(
        self,
        token_ids: int | list[int],
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        **_: Any,
    ) -> str:
        """Text alone, as the published tokenizers give it; only ChatGLM3 shows its special tokens."""
        ids = [token_ids] if isinstance(token_ids, int) else list(token_ids)
        parts = []
        for command, run in groupby(ids, key=lambda token: token in self.commands.values()):
            if not command:
                parts.append(self._decode_text(list(run)))
            elif self.family is Family.THIRD and not skip_special_tokens:
                parts.append("".join(map(self._command_name, run)))
        text = " ".join(parts)
        if clean_up_tokenization_spaces is None:
            clean_up_tokenization_spaces = self.clean_up_tokenization_spaces
        return self.clean_up_tokenization(text) if clean_up_tokenization_spaces else text

    def _decode_text(self, ids: Sequence[int]) -> str:
        places = (token - self.image_tokens for token in ids if token != self.pad_token_id)
        return self.text.decode([place for place in places if 0 <= place < self.text.vocab_size])


def from_directory(directory: Path) -> ChatGLMTokenizer:
    """The tokenizer of a published or converted directory.

    Problem("chatglm-vocabulary-missing") where there is no vocabulary file, those of
    probes.tokenization where it cannot be read.
    """
    family = family_of(directory)
    file = next((directory / name for name in VOCABULARY_FILES if (directory / name).is_file()), None)
    if file is None:
        raise Problem(
            "chatglm-vocabulary-missing", path=str(directory), files=", ".join(VOCABULARY_FILES[1:])
        )
    text, image_tokens = load_tokenizer(file, directory.name), 0
    if isinstance(text, ShiftedTokenizer):
        image_tokens, text = text.shift, text.inner
    if not isinstance(text, SentencePieceTokenizer):
        raise Problem("chatglm-kind-unsupported", path=str(directory), field=file.name, value=text.format)
    return ChatGLMTokenizer(text, family, image_tokens)
