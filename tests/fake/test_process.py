"""The fake in a process of its own: what it imports, and how much it remembers."""

from __future__ import annotations

import subprocess
import sys

ALL_OF_IT = """
import sys
from mtango_ref.backends import open_backend
from mtango_ref.settings.model import Settings
backend = open_backend(Settings())
for name in backend.database.get_device_names("sys/t*"):
    device = backend.get_device_proxy(name)
    device.read_attributes(device.get_attribute_list())
    device.command_history("State")
    device.read_pipe(device.get_pipe_list()[0])
print(name, [each for each in sys.modules if each.split(".")[0] in ("tango", "PyTango", "numpy")])
"""


def test_neither_tango_nor_numpy_is_imported() -> None:
    command = [sys.executable, "-W", "error", "-c", ALL_OF_IT]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout, done.stderr) == ("sys/tg_test/1 []\n", "")
