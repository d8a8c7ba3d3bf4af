"""The layouts that are known, one record each. Adding one is adding a record."""

from collections.abc import Mapping

from probes.dataset.forms.form import Form

_CONTEXT = ("context", "passage", "article", "document", "paragraph", "background", "support", "上下文")
_SCHEMA = ("schema", "context", "create_table", "input")
_QUESTION = ("question", "query", "question_stem", "sentence", "ctx", "goal", "问题", "题目")
_LETTER = ("answer", "answerkey", "answer_idx", "correct_option", "correct_answer", "cop", "label", "答案")

FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("messages", dialogue=("messages",)),
        Form("sharegpt", dialogue=("conversations",)),  # ChatGLM3, BELLE, FastChat, LIMA
        Form("conversation", dialogue=("conversation", "dialogue")),
        Form("firefly-multi", dialogue=("conversation",), inside=("human",), over=("conversation",)),
        Form(
            "xtuner",
            dialogue=("conversation",),
            inside=("input", "output"),
            alone=True,
            over=("conversation",),
        ),
        Form("moss", dialogue=("chat", "plain_text")),  # Glaive's function calls too
        Form(
            "alpaca",
            question=("instruction", "指令"),
            after=("input", "context", "输入"),  # Dolly calls it context
            answer=("output", "response", "answer", "target", "completion", "输出"),
            over=("firefly",),
        ),
        Form(
            "prompt-completion",
            question=("prompt",),
            answer=("completion", "response", "answer", "output"),
        ),
        Form("swift", question=("query",), answer=("response",), over=("question-sql",)),
        Form(
            "question-sql",
            question=("question",),
            before=_SCHEMA,
            answer=("sql", "query"),
            database=True,
        ),
        Form(
            "question-answer",
            question=("question", "ask", "问题", "问"),
            before=_CONTEXT,
            answer=("answer", "answers", "response", "output", "答案", "回答", "答"),
        ),
        Form(
            "choice",
            question=_QUESTION,
            before=_CONTEXT,
            answer=_LETTER,
            options=True,
            over=("question-answer", "question-sql", "summary", "adgen", "text"),
        ),
        Form("firefly", question=("input", "inputs"), answer=("target", "targets", "output", "content")),
        Form("adgen", question=("content",), answer=("summary",)),
        Form(
            "summary",
            question=("document", "article", "dialogue", "text"),
            answer=("summary", "highlights"),
            over=("conversation",),
        ),
        Form("preference", dialogue=("chosen",), beside=("rejected",), last=True),
        Form("ultrachat", dialogue=("data",), inside=("",), last=True),
        Form("text", answer=("text", "content"), last=True),
    )
}
"""By name. `columns` is chosen by naming two columns."""
