"""Commands that run nothing: schema, plot, compare, report without a paper."""

import json

import pytest

from fem_cell.case import case_schema
from fem_cell.cli import main


def test_gitt_without_a_titration(tmp_path, capsys):
    (tmp_path / "case.toml").write_text("")
    assert main(["gitt", str(tmp_path), "--area", "12"]) == 2
    assert "holds no complete pulse; run a case with { gitt" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["gitt", str(tmp_path), "--area", "-1"])


def test_schema(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == case_schema()


@pytest.mark.parametrize("command", ["plot", "compare"])
def test_a_folder_without_results(command, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main([command, str(tmp_path / "empty")]) == 2
    assert "holds no results; give a folder that fem-cell run wrote" in capsys.readouterr().out
    assert main([command, str(tmp_path / "none")]) == 2
    assert f"there is no folder {tmp_path / 'none'}" in capsys.readouterr().out


def test_compare_reports_every_wrong_folder(tmp_path, capsys):
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "two")]) == 2
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_compare_writes_a_table(tmp_path, capsys):
    folders = []
    for name, capacity in (("a", 1.0), ("b", 2.0)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "case.toml").write_text(f'title = "{name}"\n')
        step = {"text": "Discharge at 1C until 2.7 V", "capacity_mAh_cm2": capacity}
        (folder / "summary.json").write_text(json.dumps({"steps": [step]}))
        (folder / "run.json").write_text('{"status": "finished"}')
        folders.append(str(folder))
    assert main(["compare", *folders, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "1.000" in printed
    assert "2.000" in printed
    assert (tmp_path / "out" / "table.txt").read_text().strip() in printed


def test_papers_are_listed(capsys):
    assert main(["report", "--list"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("A  laser-channelled NCM811")
    assert second.startswith("B  dense cathode of oriented LiCoO2")
    assert third.startswith("C  ")


def test_unknown_paper(capsys):
    assert main(["report", "Z"]) == 2
    assert "'Z' is not known" in capsys.readouterr().out


def test_report_without_its_cases(tmp_path, capsys):
    assert main(["report", "a", "--runs", str(tmp_path)]) == 2
    assert "--runs: there is no" in capsys.readouterr().out
