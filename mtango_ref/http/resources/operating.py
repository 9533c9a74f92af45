"""The resources for those who operate the server: is it well, and what does it do."""

from __future__ import annotations

from collections.abc import Mapping

import falcon

from mtango_ref.calls import OutOfTime, TooManyWait
from mtango_ref.figures.exposition import MEDIA_TYPE
from mtango_ref.http.answers import Answer, At
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.figures import Figures
from mtango_ref.http.middleware import DRAINING
from mtango_ref.model import DevFailed

# RFC 9111, 5.2.2.5: no cache may keep the answer, and so none can give it later.
_NO_STORE = {"Cache-Control": "no-store"}


class Operating:
    """The responders beside the API: GET on each."""

    def __init__(self, facilities: Facilities, figures: Figures, build: Mapping[str, str]) -> None:
        """build: what this server is, as labels of its figures."""
        self._facilities = facilities
        self._figures = figures
        self._build = build

    def get_live(self, _: falcon.Request, __: At) -> Answer:
        """Answer, which is all that is asked for."""
        # Nobody is asked: to restart this server mends no facility that is down.
        return Answer({"status": "live"}, _NO_STORE)

    def get_ready(self, req: falcon.Request, _: At) -> Answer:
        """Ask the database. HTTPServiceUnavailable while it does not answer, and at the end."""
        if DRAINING in req.env:
            raise _unready("The server is about to end")
        try:
            self._facilities.own.database.get_info()
        except DevFailed as failed:
            error = failed.errors[0]
            why = f"The database does not answer: {error.reason}, {error.desc}"
            raise _unready(why) from failed
        except (OutOfTime, TooManyWait) as waited:
            raise _unready("Too many requests wait for the database") from waited
        return Answer({"status": "ready"}, _NO_STORE)

    def get_metrics(self, _: falcon.Request, __: At) -> Answer:
        """Return the figures of all workers in Prometheus' text format."""
        return Answer(
            self._figures.exposition(self._build), {"Content-Type": MEDIA_TYPE, **_NO_STORE}
        )


def _unready(why: str) -> falcon.HTTPServiceUnavailable:
    return falcon.HTTPServiceUnavailable(description=why, headers=_NO_STORE)
