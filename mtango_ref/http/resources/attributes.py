"""Attributes: their links, values, configuration, history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import falcon

from mtango_ref import tango_errors
from mtango_ref.http import parsing
from mtango_ref.http.answers import Answer, At, Written, claim_of
from mtango_ref.http.changes import Change
from mtango_ref.http.conditional import entity_tag, freshness, http_date
from mtango_ref.http.input.info import Changes, changes, given_info
from mtango_ref.http.input.values import given_value, given_values
from mtango_ref.http.rc3_json import Json
from mtango_ref.http.resources.resource import Resource, device_name
from mtango_ref.http.resources.several import not_fitted, written
from mtango_ref.http.value_cache import Made, ValueCache
from mtango_ref.interface import Device
from mtango_ref.json_text import Claim, joined, to_parts
from mtango_ref.model import AttributeInfoEx, DevFailed, DeviceAttribute
from mtango_ref.names import lower
from mtango_ref.refusals import refusal


@dataclass(frozen=True)
class Attributes(Resource):
    """The responders of attributes: GET on each, PUT on values and configurations."""

    max_attributes: int
    """The most attributes that one request may name."""
    are_writable: bool
    """Clients may change values through this server."""

    def get_list(self, req: falcon.Request, at: At) -> list[Json]:
        """List all attributes of a device with their links."""
        device = self.device(at)
        href = self.device_href(req, at, device.name)
        # Tango: in the order of the device, which has State and Status among them.
        return self.rc3.attributes(device.get_attribute_list(), href)

    def get_one(self, req: falcon.Request, at: At) -> Json:
        """Return the links of one."""
        facility, device = self.facility(at), device_name(at)
        # An attribute that the device does not have is a Failure, its links, too; and answers use
        # the defined spelling, which the configuration has.
        name = facility.attribute(device, at["attribute"]).get_config().name
        href = self.device_href(req, at, facility.device(device).name)
        return self.rc3.attribute(name, href)

    def get_value(self, req: falcon.Request, at: At) -> Answer:
        """Read one, or take what was read a moment ago."""
        facility, device, attribute = self.facility(at), device_name(at), at["attribute"]
        if facility.values is None:
            return self._dated(facility.attribute(device, attribute).read())

        def read() -> Answer:
            return _tagged(self._dated(facility.attribute(device, attribute).read()), claim_of(req))

        answer, until = facility.values.read(f"{device}/{attribute}", read)
        # rc3 recommends Expires, and Last-Modified.
        return self._fresh(answer, facility.values, until)

    def _fresh(self, answer: Answer, values: ValueCache, until: float) -> Answer:
        """Say of an answer until when it is kept."""
        left = until - monotonic()
        fresh = freshness(values.ttl, left, is_writable=self.are_writable)
        return answer._replace(headers={**answer.headers, **fresh})

    def put_value(self, req: falcon.Request, at: At) -> Change:
        """Write one, and return what it is then."""
        given = given_value(req)

        def fitted() -> tuple[Device, AttributeInfoEx, Any]:
            device = self.device(at)
            [config] = device.get_attribute_config([at["attribute"]])
            return device, config, given.fit(config)

        def write() -> Answer:
            device, config, value = fitted()
            # rc3, "PUT D/attributes/{a}/value": "Returns value after it is being written".
            return self._dated(device.write_read_attribute(config, value))

        def check() -> None:
            device, config, value = fitted()
            if (error := refusal(config, value)) is not None:
                outer = tango_errors.write_attribute_failed(device.name, config.name)
                raise DevFailed(error, outer)

        return Change(write, check)

    def put_values(self, req: falcon.Request, at: At) -> Change:
        """Write several in the order of the query, and return what they are then."""
        given = given_values(req, self.max_attributes)

        def answer(readings: Sequence[DeviceAttribute]) -> list[Json]:
            return self.rc3.attribute_values(readings, self.facility(at).clock())

        def write() -> list[Json]:
            return answer(written(self.device(at), given) if given else [])

        def check() -> list[Json] | None:
            failed = not_fitted(self.device(at), given)
            return answer(failed) if failed else None

        return Change(write, check)

    def _dated(self, reading: DeviceAttribute) -> Answer:
        value = self.rc3.attribute_value(reading)
        # A reading without a time has no date to send.
        if reading.time is None:
            return Answer(value)
        # rc3, "GET D/attributes/{a}/value": Last-Modified is the time of the value.
        return Answer(value, {"Last-Modified": http_date(int(reading.time))})

    def get_values(self, req: falcon.Request, at: At) -> Answer | list[Json]:
        """Read several, in the order asked, or take of them what was read a moment ago."""
        names = parsing.attribute_names(req, self.max_attributes)
        # rc3, "GET D/attributes/value": in the order asked, "no attr: []".
        if not names:
            return []
        facility, device = self.facility(at), device_name(at)
        # Tango refuses names that come twice, be they kept or not.
        if facility.values is None or len({*map(lower, names)}) < len(names):
            readings = facility.device(device).read_attributes(names)
            return self.rc3.attribute_values(readings, facility.clock())
        claim = _adding(claim_of(req))

        def read(missing: list[str]) -> list[Made]:
            readings = facility.device(device).read_attributes(missing)
            now = facility.clock()
            return [self._element(reading, now, claim) for reading in readings]

        values = facility.values.read_several(device, names, read)
        until = min(value.until for value in values)
        return self._fresh(_list([value.answer for value in values]), facility.values, until)

    def _element(self, reading: DeviceAttribute, now: float, claim: Claim) -> Made:
        if not reading.err_stack:
            return _tagged(self._dated(reading), claim), False
        [failure] = self.rc3.attribute_values([reading], now)
        return _tagged(Answer(failure), claim), True

    def get_info(self, _: falcon.Request, at: At) -> Json:
        """Return the configuration of one."""
        return self.rc3.attribute_info(self.attribute(at).get_config())

    def put_info(self, req: falcon.Request, at: At) -> Change:
        """Change the configuration of one, and return what it is then."""
        given = self.rc3.given_info(given_info(req))

        def found() -> tuple[Device, str, Changes]:
            device = self.device(at)
            [info] = device.get_attribute_config([at["attribute"]])
            return device, info.name, changes(info, given)

        def change() -> Json:
            device, name, others = found()
            # rc3, "PUT D/attributes/{a}/info": "Updates writable elements", those that are given.
            if others:
                device.set_attribute_config(name, others)
            return self.rc3.attribute_info(device.get_attribute_config([name])[0])

        def check() -> None:
            found()

        return Change(change, check)

    def get_infos(self, req: falcon.Request, at: At) -> list[Json]:
        """Return the configuration of several, in the order asked."""
        names = parsing.attribute_names(req, self.max_attributes)
        # As of the values; but Tango fails as a whole where it knows one of the names not.
        infos = self.device(at).get_attribute_config(names) if names else []
        return [self.rc3.attribute_info(info) for info in infos]

    def get_history(self, _: falcon.Request, at: At) -> list[Json]:
        """Return the readings that polling kept of one, oldest first."""
        # cppTango: API_AttrNotPolled where nothing is kept.
        readings = self.attribute(at).history()
        return self.rc3.attribute_history(readings, self.facility(at).clock())


def _tagged(answer: Answer, claim: Claim) -> Answer:
    """Write an answer, and give it the tag of what it says."""
    body = Written(to_parts(answer.representation, claim))
    return Answer(body, {**answer.headers, "ETag": entity_tag(body.parts)})


def _list(answers: Sequence[Answer]) -> Answer:
    """Make a list of answers that have tags; its tag is made of theirs."""
    pieces = [piece for each in answers for piece in (b",", *each.representation.parts)]
    tag = entity_tag(each.headers["ETag"].encode() for each in answers)
    return Answer(Written([*joined([b"[", *pieces[1:], b"]"])]), {"ETag": tag})


def _adding(claim: Claim) -> Claim:
    """Return what claims room for one text after the other."""
    sizes: list[int] = []

    def add(size: int) -> None:
        sizes.append(size)
        claim(sum(sizes))

    return add
