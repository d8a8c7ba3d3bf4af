"""A SentencePiece BPE as a pipeline of the tokenizers library, the form transformers loads.

transformers' own conversion orders the merges by id; sentencepiece merges by score, which differs for
LLaMA's pieces of spaces, so the conversion is made here, by score.
"""

from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from probes.tokenization.model_proto import Piece, PieceType, read_charsmap, read_header, read_pieces
from probes.tokenization.sentencepiece_file import SPACE


def to_pipeline(model: bytes, prefix_ids: tuple[int, ...] = ()) -> Tokenizer:
    """The same vocabulary and, but for ties between equal scores, the same cuts. BPE only (ValueError)."""
    header = read_header(model)
    if header.algorithm != "bpe":
        raise ValueError(f"cannot convert {header.algorithm}")
    pieces = list(read_pieces(model))
    vocabulary = {piece.text: index for index, piece in enumerate(pieces)}
    unknown = next(piece.text for piece in pieces if piece.type is PieceType.UNKNOWN)
    pipeline = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=merges(pieces),
            unk_token=unknown,
            fuse_unk=True,
            byte_fallback=header.byte_fallback,
        )
    )
    steps: list[Any] = []
    charsmap = read_charsmap(model)
    if charsmap:
        steps.append(normalizers.Precompiled(charsmap))
    # Pieces the user defined cut the text before it is normalised: then each part would get a prefix.
    cut_before = any(piece.type is PieceType.USER_DEFINED for piece in pieces)
    if header.add_dummy_prefix and cut_before:
        pipeline.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, "first", split=False)
    elif header.add_dummy_prefix:
        steps.append(normalizers.Prepend(SPACE))
    pipeline.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
    strip = [decoders.Strip(" ", 1, 0)] if header.add_dummy_prefix else []
    pipeline.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    # In one call each: the library builds its matcher anew for every call.
    special = [piece.text for piece in pieces if piece.type in (PieceType.CONTROL, PieceType.UNKNOWN)]
    defined = [piece.text for piece in pieces if piece.type is PieceType.USER_DEFINED]
    pipeline.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in special])
    pipeline.add_tokens([AddedToken(text, normalized=False, special=False) for text in defined])
    if prefix_ids:
        names = [pieces[token].text for token in prefix_ids]
        pipeline.post_processor = processors.TemplateProcessing(
            single=" ".join([*names, "$A"]),
            pair=" ".join([*names, "$A", *names, "$B"]),
            special_tokens=list(zip(names, prefix_ids, strict=True)),
        )
    return pipeline


def merges(pieces: list[Piece]) -> list[tuple[str, str]]:
    """Every way to make a piece from two others, the pieces of the highest score first."""
    known = {piece.text for piece in pieces if piece.type is not PieceType.BYTE}
    ordered = sorted(
        (piece for piece in pieces if piece.type is PieceType.NORMAL), key=lambda piece: -piece.score
    )
    return [
        (piece.text[:at], piece.text[at:])
        for piece in ordered
        for at in range(1, len(piece.text))
        if piece.text[:at] in known and piece.text[at:] in known
    ]
