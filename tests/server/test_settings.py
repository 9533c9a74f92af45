"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mtango_ref.settings.model import Settings, SettingsError, expected
from mtango_ref.settings.sources import load_settings

COUNTS = ("max_query_keys", "max_attributes", "max_waiting")

# setting -> texts that are taken, with what they mean
TAKEN: dict[str, dict[str, object]] = {
    "app_base": {
        "/tango/rest": "/tango/rest",
        "/": "",
        "": "",
        "/x": "/x",
        "/A-z.0_9~": "/A-z.0_9~",
        "/swagger2": "/swagger2",
        "/x/swagger": "/x/swagger",
        "/...": "/...",
    },
    "workers": {"1": 1},
    "drain_timeout": {"0": 0.0, "2.5": 2.5, "600": 600.0},
    "debug": {"true": True, "Yes": True, "on": True, "1": True, "FALSE": False, "off": False},
    "access_log": {"off": "off", "console": "console", "json": "json"},
    "host": {
        "0.0.0.0": "0.0.0.0",
        "::1": "::1",
        "fe80::1%eth0": "fe80::1%eth0",
        "localhost": "localhost",
        "my_host-1.example.org": "my_host-1.example.org",
    },
    "port": {"0": 0, "65535": 65535, "08000": 8000},
    "rc3_mode": {"strict": "strict", "implementation": "implementation"},
    "cache_size": {"1": 1, "100000": 100_000},
    "value_ttl": {"0": 0.0, "0.2": 0.2, "60": 60.0},
    "backend": {"fake": "fake", "tango": "tango"},
    "fixture": {"tango_test": "tango_test", "./a b.yml": "./a b.yml"},
    "watch": {"true": True, "off": False},
    "threads": {"1": 1, "256": 256},
    "tango_timeout": {"0.1": 0.1, "3": 3.0, "60": 60.0, "2.50": 2.5},
    "seed": {"0": 0, "4294967295": 4294967295},
    "start_time": {
        each: each
        for each in (
            *("now", "2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2100-12-31T23:59:59.9Z"),
            *("2026-01-01T00:00:00.123456+01:00", "1969-12-31T23:00:00-01:00"),
        )
    },
    "clock": {"running": "running", "stopped": "stopped"},
    "extensions": {
        "": (),
        " , ": (),
        "filters": ("filters",),
        "ranges,all": ("ranges", "writes", "filters", "status"),
    },
    "public_url": {
        "http://a": "http://a",
        "https://example.org:8443/gateway/": "https://example.org:8443/gateway",
        "HTTP://[::1]:1/x": "HTTP://[::1]:1/x",
    },
    "trusted_proxy": {"10.0.0.1": "10.0.0.1", "0::1": "::1", "unix": "unix"},
    "socket": {"/run/a b.sock": "/run/a b.sock", "x": "x"},
    "pid_file": {"/run/a b.pid": "/run/a b.pid"},
    "socket_mode": {"660": "660", "0777": "0777", "000": "000"},
    "metrics": {"true": True, "false": False},
    "cors_origins": {
        "": (),
        "any": ("any",),
        "https://a.org": ("https://a.org",),
        "HTTPS://A.org:443, http://[::1]:80": ("https://a.org", "http://[::1]"),
    },
    "writable": {"": (), "sys/tg_test/*, Sys/Database/2": ("sys/tg_test/*", "Sys/Database/2")},
    "audit_log": {"off": "off", "console": "console", "json": "json"},
    "compress_above": {"0": 0, "1073741824": 1073741824},
    "max_header": {"1024": 1024, "1048576": 1048576},
    "max_url": {"256": 256, "1048576": 1048576},
    "max_body": {"0": 0, "1073741824": 1073741824},
    "max_response": {"1024": 1024, "4294967296": 4294967296},
    "max_unsent": {"1048576": 1048576, "68719476736": 68719476736},
    "max_connections": {"10": 10, "100000": 100000},
    **{name: {"1": 1, "100000": 100000} for name in COUNTS},
    "request_timeout": {"0.1": 0.1, "2.5": 2.5, "3600": 3600.0},
    "receive_timeout": {"0.1": 0.1, "2.5": 2.5, "3600": 3600.0},
    "idle_timeout": {"1": 1.0, "2.5": 2.5, "3600": 3600.0},
}
WRONG: dict[str, list[str]] = {
    "app_base": [
        *("x", "/x/", "//", "/x//y", "/a b", "/{x}", "/x?y", "/x#y", "/%20", "/ä", "/a\n"),
        *("/.", "/x/..", "/../x", "/swagger", "/swagger/x", "http://a/x", " /x", "/\x00"),
    ],
    "workers": ["0", "-1", "65", "1000000000", "1e9", "four", ""],
    "drain_timeout": ["", "-1", "601", "1e1", "long"],
    "debug": ["maybe", "2", "", "none"],
    "access_log": ["", "on", "JSON", "true"],
    "host": ["", "a b", "http://a", "[::1]", "a..b", "1.2.3", "256.0.0.1", "a:80", "ä", "x" * 254],
    "port": ["-1", "65536", "+3", "1_000", "8e3", "0x1F", "8000.0", "٣", " 1", "x", "9" * 9999, ""],
    "rc3_mode": ["Strict", "", "both"],
    "cache_size": ["0", "-1", "100001", "many", "1.5"],
    "value_ttl": ["", "-1", "61", "1e1", "nan", "long"],
    "backend": ["Fake", "pytango", ""],
    "fixture": ["", "a\nb", "x" * 4097],
    "watch": ["maybe", ""],
    "threads": ["0", "-16", "257", "x"],
    "tango_timeout": ["0", "0.05", "-1", "60.1", "nan", "inf", "1e1", "3s", ""],
    "seed": ["-1", "4294967296", "x"],
    "start_time": [
        *("", "Now", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "0"),
        *("2026-02-30T00:00:00Z", "2026-01-01T24:00:01Z", "2026-01-01T00:00:60Z", "1767225600"),
        *("2026-01-01T00:00:00 UTC", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00.1234567Z"),
        *("1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "2101-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "٢٠٢٦-01-01T00:00:00Z"),
    ],
    "clock": ["", "Running", "stop", "real"],
    "public_url": [
        *("example.org", "ftp://a", "http://", "http://a b", "http://a?x", "http://a#x", "//a"),
        *("http://u:p@a", "http://a:0", "http://a:65536", "http://a:x", "http://[::1", "http://ä"),
    ],
    "metrics": ["", "maybe", "2"],
    "socket": ["", "a\nb", "/\x00", "x" * 4097],
    "pid_file": ["", "a\nb", "/\x00", "x" * 4097],
    "socket_mode": ["", "66", "668", "0o660", "1660", "rw", "660\n", "-660"],
    "trusted_proxy": ["", "localhost", "Unix", "10.0.0", "10.0.0.0/8", "10.0.0.1, 10.0.0.2", "*"],
    "writable": ["a\tb", "a/b/c,\x7f"],
    "audit_log": ["", "on", "JSON", "true"],
    "compress_above": ["", "-1", "1073741825", "1e3", "many"],
    "cors_origins": [
        *("a.org", "https://a.org/", "https://a.org/x", "null", "https://*.a.org", "ftp://a"),
        *("https://a.org,nope", "https://u@a.org", "https://a.org:0", "*"),
    ],
    "max_header": ["", "-1", "1023", "1048577", "1e3", "many"],
    "max_url": ["", "-1", "255", "1048577", "1e3", "many"],
    "max_body": ["", "-1", "1073741825", "1e3", "many"],
    "max_response": ["", "-1", "1023", "4294967297", "1e3", "many"],
    "max_unsent": ["", "-1", "1048575", "68719476737", "1e3", "many"],
    "max_connections": ["", "-1", "9", "100001", "1e3", "many"],
    **{name: ["", "-1", "0", "100001", "1e3", "many"] for name in COUNTS},
    "request_timeout": ["", "-1", "0", "3601", "1e3", "many"],
    "receive_timeout": ["", "-1", "0", "3601", "1e3", "many"],
    "idle_timeout": ["", "-1", "0", "3601", "1e3", "many"],
}

DEFAULTS: dict[str, object] = {
    "app_base": "/tango/rest",
    "workers": 1,
    "drain_timeout": 10.0,
    "debug": False,
    "access_log": "off",
    "host": "127.0.0.1",
    "port": 8000,
    "socket": None,
    "socket_mode": "660",
    "pid_file": None,
    "rc3_mode": "strict",
    "cache_size": 10_000,
    "value_ttl": 0.0,
    "backend": "fake",
    "fixture": "tango_test",
    "watch": False,
    "threads": 16,
    "tango_timeout": 3.0,
    "seed": 0,
    "start_time": "now",
    "clock": "running",
    "extensions": (),
    "writable": ("*",),
    "audit_log": "off",
    "public_url": None,
    "trusted_proxy": None,
    "metrics": True,
    "cors_origins": None,
    "compress_above": 8192,
    "max_header": 65536,
    "max_url": 32768,
    "max_query_keys": 1000,
    "max_body": 1048576,
    "max_attributes": 1000,
    "max_response": 268435456,
    "max_unsent": 268435456,
    "max_connections": 1000,
    "max_waiting": 500,
    "request_timeout": 60.0,
    "receive_timeout": 30.0,
    "idle_timeout": 60.0,
}


def load(
    cli: dict[str, object] | None = None,
    file: str | None = None,
    folder: Path | None = None,
    **environ: str,
) -> Settings:
    config = None
    if file is not None and folder is not None:
        config = folder / "settings.yml"
        config.write_text(file, encoding="utf-8")
    return load_settings(cli or {}, config, environ)


def problems(**arguments: object) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        load(**arguments)  # type: ignore[arg-type]  # by name
    return refusal.value.problems


def test_defaults_are_as_documented() -> None:
    assert load().model_dump() == DEFAULTS


def test_stronger_source_overrides_weaker(tmp_path: Path) -> None:
    """Defaults < file < environment < command line, setting by setting."""
    file = "port: 1\nseed: 1\nthreads: 1\n"
    settings = load({"port": "3"}, file, tmp_path, MTANGO_PORT="2", MTANGO_SEED="2", HOME="/")
    found = settings.port, settings.seed, settings.threads
    assert (*found, settings.cache_size) == (3, 2, 1, 10_000)


def test_environment_names_the_file(tmp_path: Path) -> None:
    for name, text in {"weak.yml": "port: 1", "strong.yml": "seed: 2"}.items():
        (tmp_path / name).write_text(text, "utf-8")
    environ = {"MTANGO_CONFIG": str(tmp_path / "weak.yml")}
    assert load_settings({}, None, environ).port == 1
    settings = load_settings({}, tmp_path / "strong.yml", environ)
    assert (settings.port, settings.seed) == (8000, 2)


TAKEN_TEXTS = [(name, text) for name, texts in TAKEN.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), TAKEN_TEXTS)
def test_value_is_taken_from_every_source(name: str, text: str, tmp_path: Path) -> None:
    meaning = TAKEN[name][text]
    assert getattr(load({name: text}), name) == meaning
    assert getattr(load_settings({}, None, {f"MTANGO_{name.upper()}": text}), name) == meaning
    assert getattr(load(file=f'{name}: "{text}"', folder=tmp_path), name) == meaning
    if text.strip(" ,"):  # as people write it
        assert getattr(load(file=f"{name}: {text}", folder=tmp_path), name) == meaning


def test_every_setting_is_tried() -> None:
    assert set(TAKEN) == set(WRONG) | {"extensions"} == set(Settings.model_fields)


WRONG_TEXTS = [(name, text) for name, texts in WRONG.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), WRONG_TEXTS, ids=lambda text: text[:40])
def test_value_is_refused_from_every_source(name: str, text: str, tmp_path: Path) -> None:
    option, variable = f"--{name.replace('_', '-')}", f"MTANGO_{name.upper()}"
    sentence = f"expected {expected(name)}, got "
    (told,) = problems(cli={name: text})
    assert told.startswith(f"{option}: {sentence}")
    (told,) = problems(**{variable: text})
    assert told.startswith(f"{variable}: {sentence}")
    if text.isprintable():
        (told,) = problems(file=f"# first line\n{name}: '{text}'", folder=tmp_path)
        assert told.startswith(f"{tmp_path / 'settings.yml'}, line 2, {name}: {sentence}")
    assert len(told) < 400


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hosts", "the extension 'hosts' is not available yet"),
        ("evnts", "there is no extension 'evnts' (did you mean 'events'?)"),
        ("[writes]", "there is no extension '[writes]' (did you mean 'writes'?)"),
    ],
)
def test_unavailable_extensions_are_refused(text: str, problem: str) -> None:
    assert problems(cli={"extensions": text}) == [f"--extensions: {problem}"]


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("extensions: [events]", ", line 1, extensions: the extension 'events' is not"),
        ("extensions: [[]]", ", line 1, extensions: expected a list of names, got [None]"),
        ("extensions: {a: b}", ", line 1, extensions: expected a list of names, got {}"),
        ("port:", ", line 1, port: expected a whole number from 0 to 65535, got nothing"),
        ("port: [1]", ", line 1, port: expected a whole number from 0 to 65535, got ['1']"),
        ("port: {a: 1}", ", line 1, port: expected a whole number from 0 to 65535, got {}"),
        ("port: 1:30", ", line 1, port: expected a whole number from 0 to 65535, got '1:30'"),
        ("port: 1\nport: 1", ", line 2, port: duplicate setting, expected it once"),
        ("Port: 1", ", line 1: there is no setting 'Port' (did you mean 'port'?)"),
        ("ports: 1", ", line 1: there is no setting 'ports' (did you mean 'port'?)"),
        ("config: x", ", line 1: there is no setting 'config'"),
        ("8000: port", ", line 1: there is no setting '8000'"),
        ("[a]: 1", ", line 1: there is no setting ['a']"),
        ("null: 1", ", line 1: there is no setting nothing"),
        ("port", ": expected lines such as 'port: 8000'"),
        ("- port: 1", ": expected lines such as 'port: 8000'"),
        ("port: [", ", line 1: not YAML: "),
        ("port: 1\n\tseed: 1", ", line 2: not YAML: "),
        ("port: 1\n--- \nport: 2", ", line 2: not YAML: "),
        ("port: *x", ", line 1: not YAML: "),
        ("port: \x01", ": cannot be read: "),
        ("[" * 5000, ": cannot be read: nested too deeply"),
        ("#" * 70_000, ": cannot be read: too large; expected at most 65536 bytes"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_wrong_files_are_refused(file: str, problem: str, tmp_path: Path) -> None:
    (told,) = problems(file=file, folder=tmp_path)
    assert told.startswith(f"{tmp_path / 'settings.yml'}{problem}")
    assert "\n" not in told


def test_unknown_variables_are_refused() -> None:
    assert problems(MTANGO_PROT="1", MTANGO_QQQQQQ="1", mtango_port="1") == [
        "MTANGO_PROT: there is no such setting (did you mean 'MTANGO_PORT'?)",
        "MTANGO_QQQQQQ: there is no such setting",
    ]


def test_mistakes_of_overridden_sources_are_reported_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"port": "-1"}, "port: x\nnope: 1", tmp_path, MTANGO_PORT="80", MTANGO_SEED="x")
    path = tmp_path / "settings.yml"
    assert str(refusal.value).split("\n") == [
        "The settings have 4 mistakes:",
        f"{path}, line 2: there is no setting 'nope'",
        f"{path}, line 1, port: expected a whole number from 0 to 65535, got 'x'",
        "MTANGO_SEED: expected a whole number from 0 to 4294967295, got 'x'",
        "--port: expected a whole number from 0 to 65535, got '-1'",
    ]


def test_one_mistake_is_one_line() -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"threads": "0"})
    assert str(refusal.value) == "--threads: expected a whole number from 1 to 256, got '0'"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().port = 1
