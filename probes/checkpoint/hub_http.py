"""Requests to a hub or a mirror: each hop checked, each answer bounded, silence retried so many times.

huggingface-hub's client and headers are used, not its downloads (2.4): those make paths of whatever
ETag and commit a server sends, and follow it wherever it leads.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from huggingface_hub import get_session
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # in its __all__ at run time
    build_hf_headers,
    hf_raise_for_status,
)

from catalog.bounded_json import SMALL_BYTES, parse_json
from catalog.problem import Problem
from probes.checkpoint.hub_answers import origin, redirect
from probes.checkpoint.hubs import MODELSCOPE, Host

ATTEMPTS = 5
"""Requests for the same bytes before a server counts as gone."""
_HOPS = 6
_SLOWEST_BYTES_PER_S = 1024
"""Slower than this for as long as a silence may last is silence too."""
_PASSING = {429, 500, 502, 503, 504}
T = TypeVar("T")


class Silent(Exception):
    """A server that sends nothing, or next to nothing."""


def silence_s() -> float:
    """Seconds without a byte after which a request is made again; the library's own variable sets it."""
    return float(os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT") or 30)


def endpoint(host: Host) -> str:
    """The hub's address, or that of its mirror. Problem hub-endpoint."""
    address = host.endpoint()
    try:
        scheme, name, _ = origin(address)
    except ValueError:  # a port that is none
        scheme, name = "", None
    if scheme not in ("http", "https") or not name:
        raise Problem("hub-endpoint", endpoint=address)
    return address.rstrip("/")


def address(host: Host, *parts: str) -> str:
    """The endpoint's URL of a path."""
    return "/".join([endpoint(host), *(quote(part, safe="/") for part in parts)])


def _headers(host: Host, own: bool, start: int) -> dict[str, str]:
    """Of one request; the token is for the hub itself, not for the store it may send us to."""
    token = host.token() if own else None
    headers: dict[str, str] = build_hf_headers(token=token or False)
    headers["Accept-Encoding"] = "identity"
    if token and host is MODELSCOPE:  # its older routes read the cookie, as modelscope-hub has it
        headers["Cookie"] = f"m_session_id={token}"
    return headers | ({"Range": f"bytes={start}-"} if start else {})


@contextmanager
def answered(
    host: Host,
    method: str,
    url: str,
    repo: str,
    at_home: Callable[[Mapping[str, str]], None],
    start: int = 0,
) -> Iterator[Any]:
    """The response of a file's or an answer's own address, redirects followed; its body is still to come.

    `at_home` sees the headers of each answer that is the hub's own, and a HEAD ends at the last of those.
    Bytes from `start` on are asked for. Raises what huggingface-hub does for a refusal; Problem hub-answer.
    """
    home = endpoint(host)
    for _ in range(_HOPS):
        own = origin(url) == origin(home)
        request = get_session().stream(
            method, url, headers=_headers(host, own, start), follow_redirects=False, timeout=silence_s()
        )
        with request as response:
            hf_raise_for_status(response)
            there = None
            if response.is_redirect:
                there = redirect(url, response.headers.get("location"), home, repo)
            # A hop within the hub (a model renamed) says nothing yet of the file.
            if own and (there is None or origin(there) != origin(home)):
                at_home(response.headers)
            if there is None or (method == "HEAD" and origin(there) != origin(home)):
                yield response
                return
            url = there
    raise Problem("hub-answer", repo=repo, field="Location", said="> " + str(_HOPS))


def ask(host: Host, url: str, repo: str) -> dict[str, Any]:
    """A JSON object of the hub's. Problems hub-not-json, hub-too-large and those of `answered`."""

    def once() -> bytes:
        with answered(host, "GET", url, repo, lambda _: None) as response:
            return b"".join(arriving(response, SMALL_BYTES, "JSON", repo))

    body = patiently(once, lambda _: None)
    try:
        found = parse_json(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Problem("hub-not-json", repo=repo, endpoint=endpoint(host))
    return found


def arriving(response: Any, most: int, name: str, repo: str) -> Iterator[bytes]:
    """The body as it comes, as sent. Problem hub-too-large beyond `most` bytes; Silent when it trickles."""
    arrived, since, counted = 0, time.monotonic(), 0
    for block in response.iter_raw():
        arrived += len(block)
        if arrived > most:
            raise Problem("hub-too-large", repo=repo, file=name, size_bytes=arrived, most_bytes=most)
        yield block
        if (passed := time.monotonic() - since) > silence_s():
            if arrived - counted < passed * _SLOWEST_BYTES_PER_S:
                raise Silent(f"{arrived - counted} bytes in {passed:.0f} s")
            since, counted = time.monotonic(), arrived


def patiently(
    once: Callable[[], T], again: Callable[[int], None], gained: Callable[[], bool] | None = None
) -> T:
    """What `once` gives, asked for again after silence: `ATTEMPTS` times, anew when something was `gained`.

    `again` hears of each further attempt. A server that cannot be reached at all is asked again only in the
    middle of something, where `gained` is given.
    """
    attempt = 1
    while True:
        try:
            return once()
        except Exception as error:
            if gained is not None and gained():
                attempt = 1
            if attempt >= ATTEMPTS or not (passing(error) if gained is None else lost(error)):
                raise
        attempt += 1
        again(attempt)
        time.sleep(silence_s() / 30 * 2 ** (attempt - 2))  # 1, 2, 4, 8 s


def passing(error: Exception) -> bool:
    """Whether a server only was silent or busy."""
    response = getattr(error, "response", None)
    busy = response is not None and response.status_code in _PASSING
    return busy or isinstance(error, Silent) or (of_the_client(error) and "Timeout" in type(error).__name__)


def lost(error: Exception) -> bool:
    """Whether a connection broke, or its other end is silent or busy."""
    return passing(error) or of_the_client(error)


def of_the_client(error: Exception) -> bool:
    """A transport error. The library lets its HTTP client's through, and has changed that client twice."""
    transport = type(error).__module__.startswith(("httpx", "httpcore", "requests", "urllib3"))
    return transport and not hasattr(error, "response")
