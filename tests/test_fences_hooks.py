"""The hooks for pre-commit and the GitHub Action.

pre-commit runs for real on the manifest of this project; what it does not do here is to install the project from
an index, so that the test needs no network: the project that uses the hooks sets `language: system`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import whichcode

pytest.importorskip("pre_commit", reason="pre-commit is not installed")
yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = str(Path(whichcode.__file__).resolve().parents[1])
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
PYTHON = (
    "import os\n\n\ndef ducks(path):\n    return [name for name in os.listdir(path) if name.startswith('duck')]\n"
)


def git(folder, *arguments):
    user = ["-c", "user.name=Duck", "-c", "user.email=duck@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *user, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder):
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def test_the_manifest_is_one_that_pre_commit_reads():
    from pre_commit.clientlib import load_manifest

    hooks = {hook["id"]: hook for hook in load_manifest(str(MANIFEST))}
    assert set(hooks) == {"whichcode-fences-check", "whichcode-fences-fix"}
    needed = (ROOT / "pyproject.toml").read_text("utf-8")
    for hook in hooks.values():
        for dependency in hook["additional_dependencies"]:
            assert f'"{dependency}"' in needed
        from whichcode.fences.document import EXTENSIONS

        assert all(re.search(hook["files"], "docs/Duck" + extension.upper()) for extension in EXTENSIONS)
        assert not re.search(hook["files"], "duck.py")


def test_pre_commit_runs_the_hooks(tmp_path):
    hooks = repository(tmp_path / "hooks")
    (hooks / MANIFEST.name).write_bytes(MANIFEST.read_bytes())
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "Hooks")
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=hooks, check=True, capture_output=True, text=True
    ).stdout.strip()
    project = repository(tmp_path / "project")
    told = [
        {
            "id": f"whichcode-fences-{what}",
            "language": "system",
            "entry": f'"{sys.executable}" -m whichcode fences --{what}',
            "additional_dependencies": [],
        }
        for what in ("fix", "check")
    ]
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": told}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    document = project / "ducks.md"
    document.write_text(f"```\n{PYTHON}```\n", "utf-8")
    (project / "other.txt").write_text("```\nx\n```\n", "utf-8")
    git(project, "add", ".")

    def run():
        environment = os.environ | {
            "PRE_COMMIT_HOME": str(tmp_path / "home"),
            "PYTHONPATH": os.pathsep.join(
                [str(Path(whichcode.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
            ),
        }
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    status, said = run()
    assert status == 1, said
    assert "files were modified by this hook" in said
    assert document.read_text("utf-8") == f"```python\n{PYTHON}```\n"
    git(project, "add", ".")
    status, said = run()
    assert status == 0, said
    document.write_text("```\nnil\n```\n", "utf-8")
    git(project, "add", ".")
    status, said = run()
    assert status == 1
    assert "ducks.md:1: unknown" in said


def test_the_action_is_whole():
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    script = "\n".join(step.get("run", "") for step in action["runs"]["steps"])
    # An input that is written into a script is a script.
    assert "${{" not in script
    used = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8"))
    assert set(used) == set(action["inputs"])
    for step in action["runs"]["steps"]:
        if "run" in step:
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
