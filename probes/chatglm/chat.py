"""How each generation writes a conversation: rounds of 问 and 答 (1 and 2), role tokens (3).

A message is `{"role": "user" | "assistant" | "system" | "observation", "content": str}`; ChatGLM3 also
reads `metadata` (the tool an assistant calls) and a system message's `tools`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.problem import Problem
from probes.chatglm.config import Family

Message = Mapping[str, Any]
ROLES = ("system", "user", "assistant", "observation")


def rounds_text(messages: Sequence[Message], family: Family) -> str:
    """The prompt text of ChatGLM-6B (rounds from 0, none for a lone question) or ChatGLM2 (rounds from 1).

    A system message stands before the first question: these two have no place of its own for it.
    Problem("chatglm-chat-roles", role=) where questions and answers do not alternate.
    """
    pairs, query = _pairs(messages)
    if family is Family.FIRST:
        if not pairs:
            return query
        rounds = [f"[Round {n}]\n问：{asked}\n答：{told}\n" for n, (asked, told) in enumerate(pairs)]
        return "".join(rounds) + f"[Round {len(pairs)}]\n问：{query}\n答："
    rounds = [f"[Round {n}]\n\n问：{asked}\n\n答：{told}\n\n" for n, (asked, told) in enumerate(pairs, 1)]
    return "".join(rounds) + f"[Round {len(pairs) + 1}]\n\n问：{query}\n\n答："


def role_parts(messages: Sequence[Message]) -> list[tuple[str, str, str]]:
    """ChatGLM3's (role token, line after it, content) of each message."""
    parts = []
    for message in messages:
        role, content = _role(message), str(message["content"])
        if role == "system" and "tools" in message:
            content += "\n" + json.dumps(message["tools"], indent=4, ensure_ascii=False)
        parts.append((f"<|{role}|>", f"{message.get('metadata', '')}\n", content))
    return parts


def _pairs(messages: Sequence[Message]) -> tuple[list[tuple[str, str]], str]:
    """(question, answer) of the rounds done, and the question that is open."""
    head, asked = "", None
    pairs: list[tuple[str, str]] = []
    for message in messages:
        role, content = _role(message), str(message["content"])
        if role == "system" and asked is None and not pairs:
            head += f"{content}\n\n"
        elif role == "user" and asked is None:
            asked, head = head + content, ""
        elif role == "assistant" and asked is not None:
            pairs.append((asked, content))
            asked = None
        else:
            raise Problem("chatglm-chat-roles", role=role)
    if asked is None:
        raise Problem("chatglm-chat-roles", role="assistant")
    return pairs, asked


def _role(message: Message) -> str:
    role = str(message.get("role"))
    if role not in ROLES or "content" not in message:
        raise Problem("chatglm-chat-roles", role=role)
    return role
