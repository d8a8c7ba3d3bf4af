"""A checkpoint's identity by its content, so that a result is found again wherever the folder lies."""

import hashlib
import struct
from pathlib import Path

WHOLE_FILE_BYTES = 64 * 2**20
"""Weight files up to this size are hashed whole; of larger ones the header and samples."""
_SAMPLES, _SAMPLE_BYTES = 64, 64 * 1024
_WEIGHTS = (".safetensors", ".bin")
_IDENTITY = (".json", ".model", ".txt")


def revision(directory: Path) -> str:
    """Sixteen hex digits of a SHA-256 over the config, the tokenizer files and the weights.

    A weight file over 64 MiB counts with its size, its safetensors header and 64 samples of 64 KiB at
    fixed places: enough to tell two trainings apart, quick on 100 GB.
    """
    digest = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        if path.is_file() and path.suffix in (*_WEIGHTS, *_IDENTITY) and path.name != "training.json":
            digest.update(f"{path.name}:{path.stat().st_size}\n".encode())
            _hash_content(path, digest)
    return digest.hexdigest()[:16]


def _hash_content(path: Path, digest: "hashlib._Hash") -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= WHOLE_FILE_BYTES:
            while block := stream.read(2**20):
                digest.update(block)
            return
        (header,) = struct.unpack("<Q", stream.read(8))
        digest.update(stream.read(min(header, 2**25)))
        for sample in range(_SAMPLES):
            stream.seek((size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
            digest.update(stream.read(_SAMPLE_BYTES))
