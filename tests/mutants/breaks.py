"""The means of breaking an app. Each function gives a Break, which MonkeyPatch undoes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import falcon
import orjson
import pytest

from mtango_ref.http.modes import MODES
from mtango_ref.model import DevFailed
from mutants.wire import Rule

Break = Callable[[pytest.MonkeyPatch], None]

Environ = dict[str, Any]


class Mutant(NamedTuple):
    """One deliberate break.

    name: what is wrong now. facet: the one whose cases should notice. break_: applied before the
    app is made. mode: in which it shows. given: what the facility has to be like for it to show,
    which is no break: cases that notice this do not count. rule: what stands before the app, where
    the break is one of the answers alone.
    """

    name: str
    facet: str
    break_: Break
    mode: str = "strict"
    given: Break | None = None
    rule: Rule | None = None


def of_rule(rule: Rule) -> Mutant:
    """A mutant that leaves the app as it is."""
    return Mutant(rule.name, rule.facet, lambda _: None, rule.mode, rule=rule)


# Of one function


def instead(owner: Any, name: str, new: Any) -> Break:
    """Something else stands for `owner.name`."""
    return lambda patch: patch.setattr(owner, name, new)


def around(owner: Any, name: str, wrap: Callable[..., Any]) -> Break:
    """`wrap` stands for `owner.name`, which it is given before the arguments."""

    def break_(patch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, name)
        patch.setattr(owner, name, lambda *given, **named: wrap(original, *given, **named))

    return break_


def after(owner: Any, name: str, change: Callable[[Any], Any]) -> Break:
    """What `owner.name` returns is changed."""
    return around(owner, name, lambda original, *given, **named: change(original(*given, **named)))


def refusing(owner: Any, name: str, wrong: Callable[..., Exception | None]) -> Break:
    """`owner.name` raises what `wrong` makes of its arguments, where it makes anything."""

    def wrap(original: Any, *given: Any, **named: Any) -> Any:
        error = wrong(*given, **named)
        if error is not None:
            raise error
        return original(*given, **named)

    return around(owner, name, wrap)


def forgiving(owner: Any, name: str, otherwise: Callable[..., Any]) -> Break:
    """Where `owner.name` would raise DevFailed it returns what `otherwise` makes of the call."""

    def wrap(original: Any, *given: Any, **named: Any) -> Any:
        try:
            return original(*given, **named)
        except DevFailed:
            return otherwise(*given, **named)

    return around(owner, name, wrap)


# Of a JSON object that a function returns


def lost(owner: Any, name: str, *keys: str) -> Break:
    """Keys are missing."""
    return after(owner, name, lambda body: {k: v for k, v in body.items() if k not in keys})


def put(owner: Any, name: str, /, **values: Any) -> Break:
    """Keys have other values; a function makes a key's value of its right one."""
    return after(
        owner,
        name,
        lambda body: (
            body
            | {key: new(body.get(key)) if callable(new) else new for key, new in values.items()}
        ),
    )


def renamed(owner: Any, name: str, old: str, new: str) -> Break:
    """A key is spelled otherwise."""
    return after(
        owner, name, lambda body: {new if key == old else key: each for key, each in body.items()}
    )


def mode(name: str, **rules: Any) -> Break:
    """One mode has rules of the other."""
    return lambda patch: patch.setitem(MODES, name, replace(MODES[name], **rules))


# Of HTTP


class Answer(NamedTuple):
    """What the app answers; the names of headers are in lower case."""

    status: str
    headers: dict[str, str]
    body: bytes

    def is_(self, *statuses: int) -> bool:
        """Whether it has one of the statuses."""
        return int(self.status[:3]) in statuses

    def but(self, **headers: str) -> Answer:
        """With other headers."""
        return self._replace(
            headers=self.headers | {k.replace("_", "-"): v for k, v in headers.items()}
        )

    def without(self, *headers: str) -> Answer:
        """Without these headers."""
        return self._replace(headers={k: v for k, v in self.headers.items() if k not in headers})

    def holding(self, body: bytes) -> Answer:
        """With another body."""
        return self._replace(body=body).but(content_length=str(len(body)))

    def rewritten(self, change: Callable[[Any], Any]) -> Answer:
        """With its JSON changed, if it has any."""
        return self.holding(orjson.dumps(change(orjson.loads(self.body)))) if self.body else self


def answering(change: Callable[[Environ, Answer], Answer]) -> Break:
    """The app's answers are changed on their way to the client."""

    def call(original: Any, app: Any, environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        begun: list[Any] = []
        body = b"".join(original(app, environ, lambda *given: begun.extend(given)))
        headers = {name.lower(): text for name, text in begun[1]}
        answer = change(environ, Answer(begun[0], headers, body))
        start(answer.status, list(answer.headers.items()))
        return [answer.body]

    return around(falcon.App, "__call__", call)


def header_lost(*names: str) -> Break:
    """No answer has these headers."""
    return answering(lambda _, answer: answer.without(*names))


HTML = b"<html><body><h1>Something went wrong</h1></body></html>"


def reason_as(status: str, reason: str) -> Break:
    """A failure of Tango's with that reason is told with one of HTTP's statuses."""
    told = f'"{reason}"'.encode()
    return answering(
        lambda _, answer: answer._replace(status=status) if told in answer.body else answer
    )
