"""A Prometheus of Debian's that reads one server's figures."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from debian import find_or_skip
from master_process import WAIT, eventually

JOB = "mtango-ref"


class Prometheus:
    """One that runs; `url` is its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str, **arguments: str) -> Any:
        with urlopen(f"{self._url}/api/v1/{path}?{urlencode(arguments)}", timeout=WAIT) as answer:
            document = json.load(answer)
        assert document["status"] == "success"
        return document["data"]

    def query(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        """Ask for the samples of now: their labels and numbers."""
        samples = self.get("query", query=expression)["result"]
        return [(each["metric"], float(each["value"][1])) for each in samples]


@contextmanager
def prometheus(folder: Path, target_port: int, *rules: Path) -> Iterator[Prometheus]:
    """Let one read the figures at a port of this machine, several times a second."""
    program = find_or_skip("prometheus", "usr/bin/prometheus")
    (folder / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
                "rule_files": [*map(str, rules)],
                "scrape_configs": [
                    {
                        "job_name": JOB,
                        "static_configs": [{"targets": [f"127.0.0.1:{target_port}"]}],
                    }
                ],
            }
        ),
        "utf-8",
    )
    log = folder / "log"
    command = [
        *(str(program), f"--config.file={folder}/prometheus.yml"),
        *(f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0"),
    ]
    with log.open("wb") as errors, subprocess.Popen(command, stderr=errors) as process:
        try:
            assert eventually(lambda: b"Server is ready" in log.read_bytes()), log.read_text(
                "utf-8"
            )
            address = re.search(r'"Listening on" address=(\S+)', log.read_text("utf-8"))
            assert address
            yield Prometheus(f"http://{address[1]}")
        finally:
            process.kill()
