"""`mtango-ref deploy kubernetes`: what it says, and that Kubernetes reads it so."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from deploy.deploying import printed


def kubernetes(*arguments: str, **environ: str) -> tuple[dict[str, Any], dict[str, Any]]:
    deployment, service = yaml.safe_load_all(printed("kubernetes", *arguments, **environ))
    assert service["spec"] == {
        "selector": deployment["spec"]["template"]["metadata"]["labels"],
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
    }
    assert deployment["spec"]["selector"] == {"matchLabels": service["spec"]["selector"]}
    return deployment["spec"], deployment["spec"]["template"]["spec"]


def test_kubernetes_runs_gateways() -> None:
    spec, pod = kubernetes("--backend", "tango", "--app-base", "/lab", "--public-url", "http://a")
    [container] = pod["containers"]
    assert spec["replicas"] == 3
    assert container["args"] == [
        *("--app-base", "/lab", "--backend", "tango", "--public-url", "http://a"),
    ]
    assert container["env"] == [{"name": "TANGO_HOST", "value": "tango:10000"}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    ready = {"path": "/health/ready", "port": "http"}
    assert container["readinessProbe"] == {
        "httpGet": ready,
        "periodSeconds": 10,
        "timeoutSeconds": 11,
    }
    assert (container["volumeMounts"], pod["volumes"]) == ([], [])


def test_kubernetes_has_memory_for_each_worker() -> None:
    options = ("--backend", "tango", "--workers", "4", "--max-unsent", str(64 * 2**20))
    [container] = kubernetes(*options)[1]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "200m", "memory": "400Mi"},
        "limits": {"memory": "1056Mi"},
    }


def test_kubernetes_runs_one_fake_with_its_fixture() -> None:
    spec, pod = kubernetes("--fixture", "$(my).yml")
    [container] = pod["containers"]
    assert (spec["replicas"], container["env"]) == (1, [])
    assert container["args"] == ["--fixture", "/fixture.yml"]
    [mount], [volume] = container["volumeMounts"], pod["volumes"]
    assert mount == {"name": volume["name"], "mountPath": "/fixture.yml", "subPath": "fixture.yml"}


@pytest.mark.parametrize("version", ["1.28", "1.36"])
@pytest.mark.parametrize(
    "arguments", [[], ["--backend", "tango", "--app-base", "/lab"], ["--fixture", "my.yml"]]
)
def test_kubernetes_is_of_its_schema(arguments: list[str], version: str) -> None:
    validating = pytest.importorskip("kubernetes_validate")
    resources = [*yaml.safe_load_all(printed("kubernetes", *arguments))]
    assert [each["kind"] for each in resources] == ["Deployment", "Service"]
    for each in resources:
        validating.validate(each, version, strict=True)
    resources[0]["spec"]["replica"] = 3
    with pytest.raises(validating.ValidationError, match="replica"):
        validating.validate(resources[0], version, strict=True)
