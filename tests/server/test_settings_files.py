"""Files of settings that hold nothing, or cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtango_ref.settings.model import Settings
from server.test_settings import load, problems


@pytest.mark.parametrize("file", ["", "# nothing\n", "---\n", "\ufeffport: 8000\r\n"])
def test_empty_files_change_nothing(file: str, tmp_path: Path) -> None:
    assert load(file=file, folder=tmp_path) == Settings()


def test_null_unsets(tmp_path: Path) -> None:
    assert load(file="public_url: null\ntrusted_proxy: ~", folder=tmp_path) == Settings()


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    latin_1 = tmp_path / "latin_1.yml"
    latin_1.write_bytes("# ä".encode("latin-1"))
    reasons = {
        tmp_path: "Is a directory",
        tmp_path / "none.yml": "No such file or directory",
        latin_1: "not UTF-8 text",
    }
    for path, reason in reasons.items():
        assert problems(MTANGO_CONFIG=str(path)) == [f"{path}: cannot be read: {reason}"]
