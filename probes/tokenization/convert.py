"""A SentencePiece model as a pipeline of the tokenizers library, the form transformers loads.

transformers' own conversion orders the merges by id; sentencepiece merges by score, which differs for
LLaMA's pieces of spaces, so the conversion is made here, by score.
"""

from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from probes.tokenization.model_proto import (
    ModelHeader,
    Piece,
    PieceType,
    read_charsmap,
    read_header,
    read_pieces,
)
from probes.tokenization.sentencepiece_file import SPACE


def to_pipeline(model: bytes, prefix_ids: tuple[int, ...] = ()) -> Tokenizer:
    """The same vocabulary and, but for ties between equal scores, the same cuts. ValueError for others
    than BPE and Unigram.
    """
    header = read_header(model)
    pieces = list(read_pieces(model))
    pipeline = Tokenizer(_model(header, pieces))
    # Pieces the user defined cut the text before it is normalised: then each part would get a prefix.
    cut_before = any(piece.type is PieceType.USER_DEFINED for piece in pieces)
    steps: list[Any] = []
    charsmap = read_charsmap(model)
    if charsmap:
        steps.append(normalizers.Precompiled(charsmap))
    if header.remove_extra_whitespaces:
        steps += [normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
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
        pipeline.post_processor = prefix_template(pipeline, prefix_ids)
    return pipeline


def prefix_template(pipeline: Tokenizer, prefix_ids: tuple[int, ...]) -> processors.TemplateProcessing:
    """What puts `prefix_ids`, special tokens of `pipeline`, before every text."""
    names = [str(pipeline.id_to_token(token)) for token in prefix_ids]
    return processors.TemplateProcessing(
        single=" ".join([*names, "$A"]),
        pair=" ".join([*names, "$A", *names, "$B"]),
        special_tokens=list(zip(names, prefix_ids, strict=True)),
    )


def _model(header: ModelHeader, pieces: list[Piece]) -> models.Model:
    unknown = next(at for at, piece in enumerate(pieces) if piece.type is PieceType.UNKNOWN)
    if header.algorithm == "unigram":
        scored = [(piece.text, piece.score) for piece in pieces]
        return models.Unigram(scored, unknown, header.byte_fallback)
    if header.algorithm != "bpe":
        raise ValueError(f"cannot convert {header.algorithm}")
    return models.BPE(
        vocab={piece.text: index for index, piece in enumerate(pieces)},
        merges=merges(pieces),
        unk_token=pieces[unknown].text,
        fuse_unk=True,
        byte_fallback=header.byte_fallback,
    )


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
