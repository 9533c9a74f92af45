"""Follow the page `clients` of the manual: generate both clients and compare what they print.

`python tests/clients/generated.py` needs a network for the generators, and Node for the second.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtango_ref import manual

FILES = {"python": "client.py", "ts": "client.ts"}
"""The file of the code, by its language."""
RUN = {"In Python": "python client.py", "In TypeScript": ""}
"""The command that is run after the last block, by section."""


@contextmanager
def serving() -> Iterator[None]:
    """Serve what the page says, at the port that it says."""
    [arguments] = re.findall(r"`mtango-ref (serve .*?)`", manual.markdown("clients"))
    command = [sys.executable, "-m", "mtango_ref", *arguments.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as server:
        try:
            assert server.stdout is not None
            print(server.stdout.readline(), end="")
            yield
        finally:
            server.terminate()


def follow(section: str, folder: Path) -> tuple[str, str]:
    """Do what a section says in a folder; return what was printed last, and what should be."""
    text = manual.markdown("clients").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    printed = expected = ""
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        if language == "sh":
            printed = run(block, folder)
        elif language == "text":
            expected = block
        else:
            (folder / FILES[language]).write_text(block, "utf-8")
    return run(RUN[section], folder) if RUN[section] else printed, expected


def run(commands: str, folder: Path) -> str:
    """Return what these commands print. The Python there has an environment of its own."""
    path = f"PATH={folder / 'env' / 'bin'}:$PATH"
    done = subprocess.run(
        ["/bin/sh", "-ec", f"{path}\n{commands}"],
        cwd=folder, stdout=subprocess.PIPE, encoding="utf-8", check=True,
    )  # fmt: skip
    return done.stdout


def main() -> int:
    """Return 1 if a client prints something else."""
    wrong = 0
    with serving():
        for section in RUN:
            if section == "In TypeScript" and not shutil.which("npm"):
                print("no Node: no TypeScript")
                continue
            with tempfile.TemporaryDirectory() as folder:
                venv.create(Path(folder) / "env", with_pip=True)
                printed, expected = follow(section, Path(folder))
            print(f"{section}: {'as expected' if printed == expected else printed}")
            wrong += printed != expected
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
