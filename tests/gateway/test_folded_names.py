"""A device has one name, whatever the database takes for the same.

MariaDB's latin1_swedish_ci takes more letters for the same than Tango, and drops blanks at the end.
"""

from __future__ import annotations

import pytest

from mtango_ref.interface import Backend
from mtango_ref.model import DevFailed

NAME = "sys/tg_test/1"
OTHERS = ["s\xfds/tg_test/1", "sys/tg_test/1 ", "sys/tg_t\xe8st/1"]


@pytest.mark.parametrize("name", [NAME, NAME.upper(), "Sys/tg_Test/1"])
def test_case_of_ascii_is_folded(backend: Backend, name: str) -> None:
    assert backend.database.get_device_info(name).name == NAME
    assert backend.get_device_proxy(name).name == NAME
    assert "polled_attr" in backend.database.get_device_property(name)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_another_name_is_not_defined(backend: Backend, name: str) -> None:
    for ask in (backend.database.get_device_info, backend.get_device_proxy):
        with pytest.raises(DevFailed) as caught:
            ask(name)
        first = caught.value.errors[0]
        assert first.reason == "DB_DeviceNotDefined"
        assert first.desc == f"device {name} not defined in the database !"
    assert backend.database.get_device_property(name) == {}
    assert backend.database.get_device_attribute_property(name, "double_scalar") == {}
