"""What is shipped beside the wheel is well-formed, names what there is, and gives the process no more than it needs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from covet_sre.cli.configuration.reading import read_configuration
from covet_sre.spec import read_paths

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGING = ROOT / "packaging"
CONTAINER = PACKAGING / "container" / "Containerfile"
UNIT = PACKAGING / "systemd" / "covet-sre.service"
KUBERNETES = PACKAGING / "kubernetes"
TOOLS = Path(sys.executable).parent

# ---------------------------------------------------------------- the container file


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) in order, with lines joined and comments left out."""
    text = re.sub(r"(?m)^\s*#.*\n", "", CONTAINER.read_text())
    text = re.sub(r"\\\n", " ", text)
    found = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    return [(name.upper(), rest.strip()) for name, rest in found]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


KNOWN = words("FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD")


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for one in instructions():
        if one[0] == "FROM":
            found.append([])
        found[-1].append(one)
    return found


def test_the_container_file_has_known_instructions_and_two_stages() -> None:
    assert {name for name, _ in instructions()} <= KNOWN
    assert len(stages()) == 2


def test_an_image_is_named_by_a_version_and_by_no_host() -> None:
    for name, rest in instructions():
        if name == "FROM":
            image = rest.split()[0]
            assert re.fullmatch(r"[a-z]+:[0-9][\w.-]*", image), image


def test_everything_that_is_copied_is_there() -> None:
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from="):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source


def test_packages_are_installed_by_hash_and_nothing_is_built_from_source() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert any("--require-hashes" in one and "--only-binary :all:" in one for one in installs)
    for command in re.findall(r"pip (?:install|wheel) [^&]*", " ".join(installs)):
        assert "--require-hashes" in command or "--no-index" in command, command


def test_the_last_stage_runs_as_nobody_special_and_holds_no_compiler() -> None:
    last = stages()[-1]
    users = [rest for name, rest in last if name == "USER"]
    assert users and all(re.fullmatch(r"[1-9]\d+:[1-9]\d+", user) for user in users)
    after = [name for name, _ in last[[name for name, _ in last].index("USER") :]]
    assert "RUN" not in after and "COPY" not in after, "nothing that it runs as is its to change"
    runs = " ".join(rest for name, rest in last if name == "RUN")
    assert not re.search(r"apt|pip |gcc|curl|wget", runs)


def test_only_two_folders_need_to_be_written() -> None:
    """The rest may be mounted read-only: the data, and /tmp."""
    last = dict(stages()[-1])
    assert json.loads(last["VOLUME"]) == [last["WORKDIR"]] == ["/var/lib/covet-sre"]
    assert "PYTHONDONTWRITEBYTECODE=1" in last["ENV"]
    found = read_configuration(PACKAGING / "container" / "covet-sre.toml", {}, {})
    for place in (found["database_url"], found["backup.folder"]):
        assert "/var/lib/covet-sre/" in str(place)


def test_its_health_check_and_its_command_work(tmp_path: Path) -> None:
    last = stages()[-1]
    check = next(rest for name, rest in last if name == "HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python"
    done = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, "nothing listens there in a test; with a server see below"
    assert "Connection refused" in done.stderr or "HTTP" in done.stderr or "timed out" in done.stderr
    entry = [json.loads(rest) for name, rest in last if name in ("ENTRYPOINT", "CMD")]
    shown = subprocess.run([TOOLS / entry[0][0], *entry[1], "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0


# ---------------------------------------------------------------- Kubernetes


def manifests() -> list[dict[str, Any]]:
    names = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    return [each for name in names for each in yaml.safe_load_all((KUBERNETES / name).read_text())]


def of_kind(kind: str) -> dict[str, Any]:
    [found] = [one for one in manifests() if one["kind"] == kind]
    return found


@pytest.mark.parametrize("manifest", manifests(), ids=lambda one: one["kind"])
@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()])
def test_a_manifest_keeps_to_the_published_schema(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_planted_mistake_is_seen() -> None:
    broken = of_kind("StatefulSet")
    broken["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.29", strict=True)


def test_every_file_of_the_base_is_part_of_it() -> None:
    whole = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    named = {*whole["resources"], *(file for one in whole["configMapGenerator"] for file in one["files"])}
    there = {str(path.relative_to(KUBERNETES)) for path in KUBERNETES.rglob("*") if path.is_file()}
    assert there == {*named, "kustomization.yaml"}
    assert {one["kind"] for one in manifests()} == {
        "ServiceAccount",
        "StatefulSet",
        "Service",
        "NetworkPolicy",
        "PodDisruptionBudget",
    }


def pod() -> tuple[dict[str, Any], dict[str, Any]]:
    spec = of_kind("StatefulSet")["spec"]["template"]["spec"]
    return spec, spec["containers"][0]


def test_the_pod_may_do_nothing_but_what_it_needs() -> None:
    spec, container = pod()
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    written = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
    assert written == {"/var/lib/covet-sre", "/tmp"}
    assert all("value" not in one or "password" not in one["value"].lower() for one in container["env"][:1])


def test_volumes_labels_ports_and_probes_fit_together() -> None:
    spec, container = pod()
    volumes = {one["name"] for one in spec["volumes"]}
    volumes |= {one["metadata"]["name"] for one in of_kind("StatefulSet")["spec"]["volumeClaimTemplates"]}
    assert {one["name"] for one in container["volumeMounts"]} == volumes
    labels = of_kind("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    for selector in (
        of_kind("StatefulSet")["spec"]["selector"]["matchLabels"],
        of_kind("Service")["spec"]["selector"],
        of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container[name]["httpGet"]
        assert probe["path"] in ("/healthz", "/readyz")
        assert probe["port"] == container["ports"][0]["name"]
        assert {"name": "Host", "value": "localhost"} in probe["httpHeaders"], "or it is answered with 421"
    assert container["ports"][0]["containerPort"] == of_kind("Service")["spec"]["ports"][0]["port"] == 8420


def test_the_configuration_in_the_base_is_valid_and_leads_to_what_is_mounted(tmp_path: Path) -> None:
    text = (KUBERNETES / "covet-sre.toml").read_text()
    (tmp_path / "link-secret").write_text("secret")
    (tmp_path / "covet-sre.toml").write_text(text.replace("/run/secrets/covet-sre/", f"{tmp_path}/"))
    found = read_configuration(tmp_path / "covet-sre.toml", {}, {})
    _, container = pod()
    mounted = [one["mountPath"] for one in container["volumeMounts"]]
    assert "/run/secrets/covet-sre" in mounted and "/run/secrets/covet-sre/" in text
    assert "/var/lib/covet-sre" in mounted and "/var/lib/covet-sre/" in str(found["database_url"])
    assert set(found["hosts"]) >= {of_kind("Service")["metadata"]["name"]}  # type: ignore[call-overload]
    assert read_paths([KUBERNETES / "reliability"]).services


def test_kustomize_puts_it_together() -> None:
    """Where kubectl is at hand; the tests above look at the parts one by one."""
    if shutil.which("kubectl") is None:
        return
    done = subprocess.run(["kubectl", "kustomize", str(KUBERNETES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for manifest in yaml.safe_load_all(done.stdout):
        kubernetes_validate.validate(manifest, "1.29", strict=True)


# ---------------------------------------------------------------- systemd

#: Those in use here, of systemd.unit, systemd.service, systemd.exec, systemd.kill and systemd.resource-control.
DIRECTIVES = {
    "Unit": words("Description Documentation Wants After"),
    "Service": words(
        """
        Type ExecStart ExecReload EnvironmentFile WorkingDirectory Restart RestartSec TimeoutStopSec KillMode
        DynamicUser StateDirectory StateDirectoryMode ConfigurationDirectory UMask NoNewPrivileges CapabilityBoundingSet
        AmbientCapabilities ProtectSystem ProtectHome ProtectProc ProcSubset PrivateTmp PrivateDevices PrivateUsers
        ProtectClock ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables
        RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID RemoveIPC LockPersonality
        SystemCallArchitectures SystemCallFilter SystemCallErrorNumber LimitNOFILE
        """
    ),
    "Install": {"WantedBy"},
}

HARDENED = {
    "NoNewPrivileges": "yes",
    "DynamicUser": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "UMask": "0077",
}


def unit() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = []
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[section].append((name, value))
    return found


def test_the_unit_has_only_directives_that_systemd_knows() -> None:
    for section, lines in unit().items():
        assert {name for name, _ in lines} <= DIRECTIVES[section]


def test_the_unit_is_hardened() -> None:
    assert HARDENED.items() <= dict(unit()["Service"]).items()


def test_systemd_verifies_the_unit(tmp_path: Path) -> None:
    """Where systemd is at hand; else the tests above go by names. The program of the unit is not on this machine: that
    alone is put in its place.
    """
    if shutil.which("systemd-analyze") is None:
        return
    text = UNIT.read_text().replace("/opt/covet-sre/bin/covet-sre", str(TOOLS / "covet-sre"))
    (tmp_path / "covet-sre.service").write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "covet-sre.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "covet-sre.service" in line]
    assert not [line for line in ours if "Unknown" in line or "Failed to parse" in line or "Invalid" in line], (
        done.stderr
    )


def test_the_command_and_the_configuration_of_the_unit_are_there() -> None:
    service = dict(unit()["Service"])
    typed = shlex.split(service["ExecStart"])
    assert (Path(typed[0]).name, typed[1:]) == ("covet-sre", ["serve"])
    assert service["StateDirectory"] == service["ConfigurationDirectory"] == "covet-sre"
    found = read_configuration(PACKAGING / "systemd" / "covet-sre.toml", {}, {})
    assert f"/var/lib/{service['StateDirectory']}/" in str(found["database_url"])


# ---------------------------------------------------------------- pre-commit and GitHub


def run(command: list[str], folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path, **environment},
    )


def test_the_pre_commit_hook_validates(tmp_path: Path) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python" and hook["pass_filenames"] is False
    shutil.copytree(ROOT / "examples/covetpy/reliability", tmp_path / "reliability")
    command = [*shlex.split(hook["entry"]), "reliability"]
    assert run(command, tmp_path).returncode == 0
    (tmp_path / "reliability" / "broken.yaml").write_text("kind: SLO\n")
    assert run(command, tmp_path).returncode == 1


def test_the_action_validates_and_marks_the_lines(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    steps = action["runs"]["steps"]
    assert all("shell" in step for step in steps if "run" in step)
    assert "${{" not in "".join(step.get("run", "") for step in steps), "an input is no part of a script"
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(action["inputs"])
    validate = steps[-1]["run"]
    folder = tmp_path / "covet-sre" / "bin"
    folder.mkdir(parents=True)
    (folder / "covet-sre").symlink_to(TOOLS / "covet-sre")
    shutil.copytree(ROOT / "examples/covetpy/reliability", tmp_path / "of ours")
    inputs = {"RUNNER_TEMP": str(tmp_path), "COVET_SRE_PATHS_TO_VALIDATE": "of ours\n\n", "COVET_SRE_PROMETHEUS": ""}
    assert run(["bash", "-euo", "pipefail", "-c", validate], tmp_path, **inputs).returncode == 0
    (tmp_path / "of ours" / "broken.yaml").write_text("apiVersion: openslo/v1\nkind: SLO\nmetadata: {nam: x}\n")
    done = run(["bash", "-euo", "pipefail", "-c", validate], tmp_path, **inputs)
    assert done.returncode == 1
    assert re.search(r"^::error file=of ours/broken.yaml,line=3", done.stdout, re.MULTILINE), done.stdout
