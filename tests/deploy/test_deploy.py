"""`mtango-ref deploy`: each file says what was given, and is one that its reader takes."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.deploying import printed
from mtango_ref import __version__
from mtango_ref.cli.deploy import _KINDS
from mtango_ref.deploy.filling import KINDS
from program import run

ROOT = Path(__file__).parents[2]
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
HADOLINT = shutil.which("hadolint")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


def test_command_knows_every_kind() -> None:
    assert (*KINDS,) == _KINDS


def unit(*arguments: str, **environ: str) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]  # as its manual has it
    read.read_string(printed("systemd", *arguments, **environ))
    return read


def test_unit_runs_the_server_with_what_was_given() -> None:
    service = unit("--backend", "tango", "--host", "0.0.0.0", "--drain-timeout", "30")["Service"]
    program = Path(sys.executable).with_name("mtango-ref")
    assert service["ExecStart"] == (
        f"{program} serve --drain-timeout 30.0 --host 0.0.0.0 --backend tango"
    )
    assert service["TimeoutStopSec"] == "35"


def test_unit_leaves_a_gateway_what_it_needs() -> None:
    """omniORB wants AF_NETLINK. OpenBLAS calls mbind, and lives with a refusal.

    The workers are stopped by their parent.
    """
    service = unit("--backend", "tango")["Service"]
    assert service["RestrictAddressFamilies"] == "AF_INET AF_INET6 AF_NETLINK AF_UNIX"
    assert service["SystemCallErrorNumber"] == "EPERM"
    assert service["KillMode"] == "mixed"
    # The shell's own kill: the program may not be there.
    assert service["ExecReload"] == "/bin/sh -c 'kill -HUP $MAINPID'"


def test_unit_takes_settings_from_the_environment_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text("threads: 8\nwatch: true\nmetrics: false\n", "utf-8")
    service = unit("--config", str(file), MTANGO_PORT="8001")["Service"]
    assert service["ExecStart"].partition(" serve ")[2] == (
        "--port 8001 --watch --threads 8 --no-metrics"
    )


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("plain.yml", "{folder}/plain.yml"),
        ("with blank.yml", '"{folder}/with blank.yml"'),
        ('50% "$x\\".yml', '"{folder}/50%% \\"$$x\\\\\\".yml"'),
    ],
)
def test_unit_quotes_the_path_of_a_fixture(tmp_path: Path, name: str, quoted: str) -> None:
    words = unit("--fixture", str(tmp_path / name))["Service"]["ExecStart"]
    assert words.partition(" --fixture ")[2] == quoted.format(folder=tmp_path)


def test_unit_has_a_folder_for_the_socket() -> None:
    service = unit("--socket", "/run/mtango-ref/socket", "--port", "8000")["Service"]
    words = service["ExecStart"].partition(" serve ")[2]
    assert words == "--port 8000 --socket /run/mtango-ref/socket"
    assert service["RuntimeDirectory"] == "mtango-ref"
    service = unit("--socket", "/srv/x/socket")["Service"]
    assert service["ExecStart"].partition(" serve ")[2] == "--socket /srv/x/socket"
    assert "RuntimeDirectory" not in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    file = tmp_path / "mtango-ref.service"
    file.write_text(printed("systemd", "--backend", "tango"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(file)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (["--host", "0.0.0.0", "--port", "80"], ["0.0.0.0:80"]),
        (["--host", "::1"], ["[::1]:8000"]),
        (["--socket", "/run/mtango-ref/50% x"], ["/run/mtango-ref/50%% x"]),
        (["--socket", "/run/x", "--port", "8000"], ["127.0.0.1:8000", "/run/x"]),
    ],
)
def test_socket_unit_is_one_that_systemd_takes(
    tmp_path: Path, arguments: list[str], places: list[str]
) -> None:
    text = printed("systemd-socket", "--socket-mode", "600", *arguments)
    assert "\nSocketMode=600\n" in text
    found = [line for line in text.splitlines() if line.startswith("ListenStream=")]
    assert found == [f"ListenStream={place}" for place in places]
    (tmp_path / "mtango-ref.socket").write_text(text, "utf-8")
    (tmp_path / "mtango-ref.service").write_text(printed("systemd", *arguments), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", tmp_path / "mtango-ref.socket"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["--host", "::", "--port", "8001"], "[::1]:8001"),
        (["--socket", "/run/a b"], '"unix:/run/a b"'),
    ],
)
def test_nginx_takes_its_file(tmp_path: Path, arguments: list[str], address: str) -> None:
    server = printed("nginx", "--tango-timeout", "10", *arguments)
    assert f"server {address};" in server
    assert "proxy_read_timeout 25s;" in server
    (tmp_path / "server.conf").write_text(server, "utf-8")
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; include {tmp_path}/server.conf; }}\n",
        "utf-8",
    )
    command = [str(NGINX), "-t", "-q", "-c", str(whole)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(HAPROXY is None, reason="no haproxy here")
@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["--host", "::", "--port", "8001"], "[::1]:8001"),
        (["--socket", "/run/a b"], "'unix@/run/a b'"),
    ],
)
def test_haproxy_takes_its_file(tmp_path: Path, arguments: list[str], address: str) -> None:
    text = printed("haproxy", "--tango-timeout", "10", *arguments)
    assert f"server one {address}\n" in text
    assert "timeout server 25s\n" in text
    file = tmp_path / "haproxy.cfg"
    file.write_text(text, "utf-8")
    command = [str(HAPROXY), "-c", "-q", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_compose_runs_the_fake_where_it_was_to_listen(tmp_path: Path) -> None:
    fixture = tmp_path / "my $lab.yml"
    file = yaml.safe_load(printed("compose", "--fixture", str(fixture), "--port", "8001"))
    assert file == {
        "services": {
            "mtango-ref": {
                "image": f"mtango-ref:{__version__}",
                "command": ["--fixture", "/fixture.yml"],
                "ports": ["127.0.0.1:8001:8000"],
                # Compose reads $$ as $.
                "volumes": [f"{tmp_path}/my $$lab.yml:/fixture.yml:ro"],
                "read_only": True,
                "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges:true"],
                "restart": "unless-stopped",
                "stop_grace_period": "15s",
            }
        }
    }


def test_compose_names_a_packaged_fixture() -> None:
    file = yaml.safe_load(printed("compose", "--fixture", "synchrotron"))
    service = file["services"]["mtango-ref"]
    assert (service["command"], service["volumes"]) == (["--fixture", "synchrotron"], [])


def facility() -> dict[str, Any]:
    text = printed("compose", "--backend", "tango", "--host", "::1", "--rc3-mode", "implementation")
    file: dict[str, Any] = yaml.safe_load(text.replace("$$", "$"))
    return file


def test_compose_runs_gateways_before_a_facility() -> None:
    services = facility()["services"]
    assert [*services] == ["nginx", "gateway", "mariadb", "database", "tango-test"]
    assert services["nginx"]["ports"] == ["[::1]:8000:80"]
    gateway = services["gateway"]
    assert gateway["command"] == [
        *("--rc3-mode", "implementation", "--backend", "tango"),
    ]
    assert gateway["environment"] == {"TANGO_HOST": "database:10000"}
    assert gateway["deploy"] == {"replicas": 3}
    assert services["database"]["environment"]["MYSQL_PASSWORD"] == "tango"
    assert services["database"]["environment"]["MARIADB_PASSWORD"] == "tango"


def lint(dockerfile: str) -> str:
    """Return what hadolint says of a Dockerfile."""
    # DL3008: versions of Debian's packages are gone with the next ones.
    command = [str(HADOLINT), "--ignore", "DL3008", "-"]
    done = subprocess.run(
        command, input=dockerfile, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(HADOLINT is None, reason="no hadolint here")
def test_hadolint_has_nothing_to_say_of_the_images() -> None:
    assert lint((ROOT / "Dockerfile").read_text("utf-8")) == ""
    assert lint(facility()["services"]["database"]["build"]["dockerfile_inline"]) == ""
    assert "DL3020" in lint("FROM debian:12\nADD x /x\n")


def test_database_of_compose_begins_with_sh_that_is_right() -> None:
    shell, options, script = facility()["services"]["database"]["command"]
    done = subprocess.run([shell, "-n", "-c", script], capture_output=True, check=False)
    assert (options, done.returncode, done.stderr) == ("-ec", 0, b"")
    assert "\nexec /usr/lib/tango/DataBaseds 2 -ORBendPoint giop:tcp::10000\n" in script


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_nginx_takes_the_file_of_compose(tmp_path: Path) -> None:
    server = facility()["configs"]["nginx"]["content"].replace("gateway:8000", "127.0.0.1:8000")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {server} }}\n",
        "utf-8",
    )
    command = [str(NGINX), "-t", "-q", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_missing_tango_host_is_said() -> None:
    code, output, errors = run("deploy", "kubernetes", "--backend", "tango", TANGO_HOST="")
    assert (code, errors) == (
        0,
        "mtango-ref: TANGO_HOST is not set; the file says localhost:10000\n",
    )
    assert '"value": "localhost:10000"' in output


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        (
            ["swarm"],
            {},
            "'swarm' is not one of 'systemd', 'systemd-socket', 'nginx', 'haproxy', ",
        ),
        (["nginx", "--port", "four"], {}, "a whole number from 0 to 65535"),
        (["systemd"], {"TANGO_HOST": "tango"}, "TANGO_HOST=tango: 'tango' is not an address"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: list[str], environ: dict[str, str], expected: str
) -> None:
    code, output, errors = run("deploy", *arguments, **environ)
    assert (code, output) == (2, "")
    assert expected in errors


ENTRY = yaml.safe_load(
    next(
        line
        for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("ENTRYPOINT ")
    ).removeprefix("ENTRYPOINT ")
)


@pytest.mark.parametrize(
    ("tango_host", "arguments", "expected"),
    [
        ("", [], ["serve"]),
        ("mylab:10000", [], ["serve", "--backend", "tango"]),
        (
            "mylab:10000",
            ["--backend", "fake"],
            ["serve", "--backend", "tango", "--backend", "fake"],
        ),
        ("", ["--fixture", "my lab.yml"], ["serve", "--fixture", "my lab.yml"]),
    ],
)
def test_image_serves_what_tango_host_names(
    tmp_path: Path, tango_host: str, arguments: list[str], expected: list[str]
) -> None:
    program = tmp_path / "mtango-ref"
    program.write_text('#!/bin/sh\nfor each; do printf "%s\\n" "$each"; done\n', "utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        [*ENTRY, *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "TANGO_HOST": tango_host},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines() == expected


def test_image_asks_for_its_health_at_its_own_port() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    check = text.partition("HEALTHCHECK")[2].partition("CMD ")[2].partition("\n")[0]
    python, option, code = yaml.safe_load(check)
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert shlex.split(text.partition("MTANGO_PORT=")[2])[0] == "8000"
