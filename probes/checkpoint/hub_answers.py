"""What a server says of a repository, believed only where it has the form it must have.

A mirror is a stranger: an ETag becomes a file's name, a commit a folder's, a redirect the next request.
Each is checked here before anything is asked for, joined to a path or written.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from catalog.problem import Problem

MOST_FILES = 2000
"""Of one repository; the largest models have some 200."""
_REPOSITORY = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
_ETAG = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_COMMIT = re.compile("[0-9a-f]{40}")
_SHA256 = re.compile("[0-9a-f]{64}")
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}
_LONGEST_ADDRESS = 16_384


def repository_name(name: str) -> str:
    """`owner/name` as the hubs allow it. Problem hub-not-found."""
    if not _REPOSITORY.fullmatch(name) or ".." in name or "--" in name:
        raise Problem("hub-not-found", repo=name[:200])
    return name


def file_name(name: object, repo: str) -> str:
    """A relative path that means the same file on every system. Problem hub-answer."""
    whole = isinstance(name, str) and name.isprintable() and not set(name) & set('\\:*?"<>|')
    if not whole or not all(_part(part) for part in str(name).split("/")):
        raise doubtful(repo, "file name", name)
    return str(name)


def _part(part: str) -> bool:
    plain = part.strip() == part and not part.endswith(".") and 0 < len(part.encode()) <= 255
    return plain and part.partition(".")[0].upper() not in _RESERVED


def commit(said: object, repo: str) -> str:
    """Forty hex digits. Problem hub-answer."""
    if not isinstance(said, str) or not _COMMIT.fullmatch(said):
        raise doubtful(repo, "commit", said)
    return said


def etag(headers: Mapping[str, str], repo: str) -> str:
    """A file's identity, bare: a large one's SHA-256, a small one's git id. Problem hub-answer."""
    said = headers.get("x-linked-etag") or headers.get("etag")
    bare = (said or "").removeprefix("W/").strip('"')
    if not _ETAG.fullmatch(bare):
        raise doubtful(repo, "ETag", said)
    return bare


def size(headers: Mapping[str, str], repo: str) -> int:
    """The bytes a file has. Problem hub-answer."""
    return length(headers.get("x-linked-size") or headers.get("content-length"), "Content-Length", repo)


def length(said: object, field: str, repo: str) -> int:
    """A number of bytes, as digits or as JSON has it. Problem hub-answer."""
    digits = str(said) if isinstance(said, str | int) else ""
    if not re.fullmatch("[0-9]{1,15}", digits, re.ASCII):
        raise doubtful(repo, field, said)
    return int(digits)


def sha256(said: object, repo: str) -> str:
    """Sixty-four hex digits, in lower case. Problem hub-answer."""
    if not isinstance(said, str) or not _SHA256.fullmatch(said.lower()):
        raise doubtful(repo, "Sha256", said)
    return said.lower()


def objects(said: object, field: str, repo: str) -> list[dict[str, Any]]:
    """A list of JSON objects. Problem hub-answer."""
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise doubtful(repo, field, said)
    return said


def redirect(here: str, location: str | None, endpoint: str, repo: str) -> str:
    """Where a redirect leads: https, or http where the endpoint itself is; into this machine only from it.

    Problem hub-answer.
    """
    if location and location.isprintable() and len(location) <= _LONGEST_ADDRESS:
        try:
            there, home = urlsplit(urljoin(here, location)), urlsplit(endpoint)
            safe = there.scheme == "https" or there.scheme == home.scheme == "http"
            inward = _inward(there) and not _inward(home)
            if safe and there.hostname and there.username is None and not inward:
                return there.geturl()
        except ValueError:  # an address that is none
            pass
    raise doubtful(repo, "Location", location)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: whom a token is meant for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _inward(place: SplitResult) -> bool:
    """Whether it is this machine itself, or the address at which a cloud hands out its secrets."""
    host = (place.hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_link_local or address.is_unspecified


def doubtful(repo: str, field: str, said: object) -> Problem:
    """Problem hub-answer: what was said where, cut to what a line holds."""
    return Problem("hub-answer", repo=repo, field=field, said=ascii(said)[:80])
